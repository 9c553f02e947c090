//! Accounts as administrators see them: opened, changed, locked open, stopped. Must not know how anybody signs in.

pub(crate) mod bulk;
pub(crate) mod posts;
pub(crate) mod review;
pub(crate) mod store;
pub(crate) mod two_person;

use crate::account::store::{AccountRow, NewAccount, PostRow};
use crate::guard::rules::Standing;
use crate::log::EventKind;
use crate::model::{AccountStatus, PostView, TimeWindow};
use crate::password::{initial_password, rules::PasswordOwner};
use crate::roles::roles;
use crate::session::rules::EndReason;
use crate::sign_in::{login_key, normal_login};
use crate::store::Tx;
use crate::{Access, guard, need_reason, session};
use base::{Actor, Error, FieldProblem, RegionCode, Result, Secret};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use secure::{TokenKind, place};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// A new account with its first post.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Made from the region when left out.
    #[serde(default)]
    pub login_name: Option<String>,
    pub name: String,
    #[serde(default)]
    pub id_card: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub org: String,
    pub region_code: RegionCode,
    pub role: String,
    /// ACCT_TYPE: 1 person, 3 temporary (at most 30 days), 5 training.
    #[serde(default = "person")]
    pub account_type: String,
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// Number of the sealed application form.
    #[serde(default)]
    pub apply_doc: String,
    #[serde(default)]
    pub approved_by: String,
}

fn person() -> String {
    "1".into()
}

/// An account just opened; the password is handed over once and not kept.
#[derive(Debug)]
pub struct Created {
    pub user_id: Uuid,
    pub login_name: String,
    pub initial_password: Secret<String>,
    pub initial_until: DateTime<Utc>,
}

/// What an administrator may change.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    pub row_version: i32,
    pub name: String,
    /// Left out: stays. Empty: taken away.
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub org: String,
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    #[serde(default)]
    pub time_window: Option<TimeWindow>,
}

/// Somebody one works with: name and post, nothing else.
#[derive(Clone, Debug, Serialize)]
pub struct Colleague {
    pub id: Uuid,
    pub name: String,
    pub post: String,
    pub region_code: RegionCode,
}

/// A line in the list of accounts. No identity number, no telephone.
#[derive(Clone, Debug, Serialize)]
pub struct UserView {
    pub id: Uuid,
    pub login_name: String,
    pub name: String,
    pub org: String,
    pub region_code: RegionCode,
    pub account_type: String,
    pub status: AccountStatus,
    pub valid_to: Option<NaiveDate>,
    pub posts: Vec<PostView>,
    pub second_factor_bound: bool,
    /// A mini-program's user is bound.
    pub wechat_bound: bool,
    pub locked_until: Option<DateTime<Utc>>,
    /// Only an administrator opens it.
    pub locked_for_admin: bool,
    pub lock_reason: String,
    pub last_login_at: Option<DateTime<Utc>>,
    pub last_review_at: DateTime<Utc>,
    pub row_version: i32,
}

pub(crate) fn post_view(p: &PostRow) -> PostView {
    PostView {
        id: p.id,
        role: p.role.clone(),
        title: roles().get(&p.role).map(|r| r.title.clone()).unwrap_or_default(),
        region_code: p.region.clone(),
        valid_to: p.valid_to,
        is_default: p.is_default,
    }
}

impl Access {
    /// An account the actor administers (region and every post within the own rights), with its posts.
    pub(crate) async fn administered(&self, actor: &Actor, user: Uuid) -> Result<(AccountRow, Vec<PostRow>)> {
        let account = store::by_id(self.pool(), user).await?.ok_or_else(crate::no_such_user)?;
        let posts = store::posts_of(self.pool(), user).await?;
        let held: Vec<&str> = posts.iter().map(|p| p.role.as_str()).collect();
        if !roles().administers(&actor.role) && !actor.is_system() {
            return Err(Error::forbidden(
                "access.not_permitted",
                "您当前岗位没有此项权限；如工作需要，请联系本级管理员调整岗位。",
            ));
        }
        roles().may_administer(actor, user, &held, &account.region)?;
        if posts.iter().any(|p| !actor.scope().contains(&p.region)) {
            return Err(Error::forbidden("access.post_elsewhere", "该账号在您的辖区外还有岗位，请由上级管理员办理。"));
        }
        Ok((account, posts))
    }

    /// Opens an account. Its first password is valid for a day and must be changed.
    pub async fn create_user(&self, actor: &Actor, new: &NewUser) -> Result<Created> {
        let now = self.now();
        let today = crate::clock::local_day(now);
        let role = roles().find(&new.role)?;
        roles().may_administer(actor, Uuid::nil(), &[&role.code], &new.region_code)?;
        let mut problems = roles().post_problems(&[], role, &new.region_code);
        problems.extend(person_problems(new, today));
        if !problems.is_empty() {
            return Err(Error::refused("access.user_refused", "账号信息不符合要求，请按提示修改。").with_problems(problems));
        }
        let policy = self.password_policy().await?;
        let id = Uuid::now_v7();
        let mut tx = crate::store::begin(self.pool()).await?;
        let login_name = match new.login_name.as_deref().map(normal_login).filter(|l| !l.is_empty()) {
            Some(login) => login,
            None => {
                let prefix = format!("{}-", &new.region_code.as_str()[..new.region_code.level().digits()]);
                let number = store::last_number(&mut tx, &prefix).await? + 1;
                format!("{prefix}{number:02}")
            }
        };
        let password = initial_password(
            &policy,
            &PasswordOwner {
                login_name: &login_name,
                name: &new.name,
                id_card: new.id_card.as_deref(),
                phone: new.phone.as_deref(),
                org: &new.org,
                administrative: role.administrative,
            },
        );
        let hash = self.hasher().hash(&password).await?;
        let initial_until = now + Duration::hours(policy.initial_hours);
        store::insert(
            &mut tx,
            NewAccount {
                id,
                login_name: &login_name,
                name: new.name.trim(),
                id_card: self.sealed("id_card", id, TokenKind::IdCard, new.id_card.as_deref())?,
                phone: self.sealed("phone", id, TokenKind::Phone, new.phone.as_deref())?,
                org: new.org.trim(),
                region: &new.region_code,
                account_type: &new.account_type,
                valid_from: today,
                valid_to: new.valid_to,
                pwd_hash: &hash,
                pwd_expire_at: now + Duration::days(policy.max_age_days),
                initial_until,
                apply_doc: &new.apply_doc,
                approved_by: &new.approved_by,
                by: actor.user_id,
                now,
            },
        )
        .await?;
        let post = self.signed_post(PostRow {
            id: Uuid::now_v7(),
            user_id: id,
            role: role.code.clone(),
            region: new.region_code.clone(),
            valid_from: today,
            valid_to: new.valid_to,
            is_default: true,
            row_mac: Vec::new(),
        })?;
        store::insert_post(&mut tx, &post, actor.user_id, now).await?;
        let detail =
            json!({"role": role.code, "region": new.region_code, "apply_doc": new.apply_doc, "approved_by": new.approved_by});
        self.note(EventKind::Account, "create_user", Some(actor), Some(id), detail).await?;
        crate::store::commit(tx).await?;
        Ok(Created { user_id: id, login_name, initial_password: Secret::new(password), initial_until })
    }

    /// Changes name, telephone, unit, validity, hours.
    pub async fn update_user(&self, actor: &Actor, user: Uuid, patch: &UserPatch) -> Result<()> {
        let now = self.now();
        let (account, _) = self.administered(actor, user).await?;
        let mut problems = Vec::new();
        if patch.name.trim().is_empty() {
            problems.push(FieldProblem::new("name", "access.name", "请填写姓名。"));
        }
        problems.extend(phone_problem(patch.phone.as_deref()));
        problems.extend(validity_problem(&account.account_type, patch.valid_to, account.valid_from));
        if !problems.is_empty() {
            return Err(Error::refused("access.user_refused", "账号信息不符合要求，请按提示修改。").with_problems(problems));
        }
        let phone = match &patch.phone {
            Some(plain) => self.sealed("phone", user, TokenKind::Phone, Some(plain))?,
            None => match &account.phone_cipher {
                Some(c) => {
                    let plain = self.vault().open(c, &place("user_account", "phone", &user))?;
                    self.sealed("phone", user, TokenKind::Phone, Some(plain.expose()))?
                }
                None => None,
            },
        };
        let mut tx = crate::store::begin(self.pool()).await?;
        let (name, org) = (patch.name.trim(), patch.org.trim());
        let window = patch.time_window.as_ref();
        let by = actor.user_id;
        if !store::update(&mut tx, user, patch.row_version, name, phone, org, patch.valid_to, window, by, now).await? {
            return Err(Error::conflict("access.user_changed", "该账号刚被别人修改，请刷新后重试。"));
        }
        let detail = json!({"valid_to": patch.valid_to, "phone_changed": patch.phone.is_some()});
        self.note(EventKind::Account, "update_user", Some(actor), Some(user), detail).await?;
        self.commit_and_forget(tx, user).await
    }

    /// Gives a new first password and ends all sessions.
    pub async fn reset_password(&self, actor: &Actor, user: Uuid) -> Result<Created> {
        let now = self.now();
        let (account, posts) = self.administered(actor, user).await?;
        let policy = self.password_policy().await?;
        let administrative = posts.iter().filter_map(|p| roles().get(&p.role)).any(|r| r.administrative);
        let owner =
            PasswordOwner { login_name: &account.login_name, name: &account.name, administrative, ..PasswordOwner::default() };
        let password = initial_password(&policy, &owner);
        let hash = self.hasher().hash(&password).await?;
        let initial_until = now + Duration::hours(policy.initial_hours);
        let history: Vec<String> =
            std::iter::once(account.pwd_hash).chain(account.pwd_history).take(policy.history as usize).collect();
        let mut tx = crate::store::begin(self.pool()).await?;
        let expire_at = now + Duration::days(policy.max_age_days);
        store::set_password(&mut tx, user, &hash, &history, now, expire_at, Some(initial_until)).await?;
        session::store::end_all(&mut tx, user, None, EndReason::PwdChanged, now).await?;
        self.note(EventKind::Account, "reset_password", Some(actor), Some(user), json!({})).await?;
        self.commit_and_forget(tx, user).await?;
        Ok(Created { user_id: user, login_name: account.login_name, initial_password: Secret::new(password), initial_until })
    }

    /// Opens an account that guessing has locked. From the county upward (domain/06 §7.3).
    pub async fn unlock_user(&self, actor: &Actor, user: Uuid, reason: &str) -> Result<()> {
        need_reason(reason)?;
        let (account, _) = self.administered(actor, user).await?;
        let mut tx = crate::store::begin(self.pool()).await?;
        guard::store::reset(&mut tx, &login_key(&account.login_name)).await?;
        self.note(EventKind::Account, "unlock_user", Some(actor), Some(user), json!({"reason": reason})).await?;
        crate::store::commit(tx).await
    }

    /// Stops an account. One that audits is stopped only by two persons: the answer is then the request to be signed.
    pub async fn disable_user(&self, actor: &Actor, user: Uuid, reason: &str) -> Result<two_person::Stopped> {
        need_reason(reason)?;
        let posts = store::posts_of(self.pool(), user).await?;
        if posts.iter().any(|p| p.role == "AUDIT_ADMIN") {
            return self.ask_to_disable(actor, user, reason).await.map(two_person::Stopped::Asked);
        }
        self.administered(actor, user).await?;
        self.stop(actor, user, AccountStatus::Disabled, reason).await?;
        Ok(two_person::Stopped::Done)
    }

    /// Lets a stopped or dormant account in again, with a new first password.
    pub async fn enable_user(&self, actor: &Actor, user: Uuid, reason: &str) -> Result<Created> {
        need_reason(reason)?;
        let now = self.now();
        let (account, _) = self.administered(actor, user).await?;
        if account.status == AccountStatus::Cancelled {
            return Err(Error::refused("access.cancelled", "账号已注销，不能恢复，请另开账号。"));
        }
        let mut tx = crate::store::begin(self.pool()).await?;
        store::set_status(&mut tx, user, AccountStatus::Pending, reason, actor.user_id, now).await?;
        review::store::confirm(&mut tx, &[user], now).await?;
        self.note(EventKind::Account, "enable_user", Some(actor), Some(user), json!({"reason": reason})).await?;
        self.commit_and_forget(tx, user).await?;
        self.reset_password(actor, user).await
    }

    pub(crate) async fn stop(&self, actor: &Actor, user: Uuid, status: AccountStatus, reason: &str) -> Result<()> {
        let mut tx = crate::store::begin(self.pool()).await?;
        self.stop_in(&mut tx, actor, user, status, reason).await?;
        self.commit_and_forget(tx, user).await
    }

    pub(crate) async fn stop_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        user: Uuid,
        status: AccountStatus,
        reason: &str,
    ) -> Result<()> {
        let now = self.now();
        store::set_status(tx, user, status, reason, actor.user_id, now).await?;
        session::store::end_all(tx, user, None, EndReason::Disabled, now).await?;
        let detail = json!({"reason": reason, "status": status.code()});
        self.note(EventKind::Account, "disable_user", Some(actor), Some(user), detail).await
    }

    /// Accounts of the actor's regions whose name or login contains `find`, by login name; `after` is the last one of the page before.
    pub async fn users(&self, actor: &Actor, find: &str, after: Option<&str>, limit: i64) -> Result<Vec<UserView>> {
        if !roles().administers(&actor.role) {
            self.require_role(actor, &["AUDIT_ADMIN"])?;
        }
        let scope = actor.scope();
        let rows = store::in_range(self.pool(), &scope.lo, &scope.hi, None, find.trim(), after, limit.clamp(1, 200)).await?;
        self.views(rows).await
    }

    /// One account of the same list.
    pub async fn user(&self, actor: &Actor, user: Uuid) -> Result<UserView> {
        if !roles().administers(&actor.role) {
            self.require_role(actor, &["AUDIT_ADMIN"])?;
        }
        let row = store::by_id(self.pool(), user).await?.filter(|r| actor.scope().contains(&r.region));
        let views = self.views(row.into_iter().collect()).await?;
        views.into_iter().next().ok_or_else(crate::no_such_user)
    }

    /// People with whom somebody shares a visit: open accounts with a post in the actor's own region or in the one above it
    /// (a village and its town). Names and posts only.
    pub async fn colleagues(&self, actor: &Actor) -> Result<Vec<Colleague>> {
        let town = actor.region.ancestor(base::Level::Town.min(actor.level()));
        let scope = town.scope();
        let rows = store::in_range(self.pool(), &scope.lo, &scope.hi, None, "", None, 200).await?;
        let views = self.views(rows).await?;
        Ok(views
            .into_iter()
            .filter(|v| v.status == AccountStatus::Normal)
            .filter_map(|v| {
                let near = |r: &RegionCode| *r == actor.region || *r == town;
                let post = v.posts.iter().find(|p| near(&p.region_code))?;
                Some(Colleague {
                    id: v.id,
                    name: v.name.clone(),
                    post: post.title.clone(),
                    region_code: post.region_code.clone(),
                })
            })
            .collect())
    }

    pub(crate) async fn views(&self, rows: Vec<AccountRow>) -> Result<Vec<UserView>> {
        let keys: Vec<Vec<u8>> = rows.iter().map(|r| login_key(&r.login_name)).collect();
        let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
        let locks = guard::store::standings(self.pool(), &keys, self.now()).await?;
        let posts = store::posts_of_many(self.pool(), &ids).await?;
        Ok(rows
            .into_iter()
            .zip(keys)
            .map(|(r, key)| {
                let lock = locks.iter().find(|(k, ..)| *k == key);
                UserView {
                    locked_until: lock.and_then(|(_, s, _)| if let Standing::LockedUntil(t) = s { Some(*t) } else { None }),
                    locked_for_admin: lock.is_some_and(|(_, s, _)| *s == Standing::AdminOnly),
                    lock_reason: lock
                        .filter(|(_, s, _)| !matches!(s, Standing::Open(_)))
                        .map(|l| l.2.clone())
                        .unwrap_or_default(),
                    posts: posts.iter().filter(|p| p.user_id == r.id).map(post_view).collect(),
                    second_factor_bound: r.totp_secret_cipher.is_some(),
                    wechat_bound: r.wx_bound,
                    id: r.id,
                    login_name: r.login_name,
                    name: r.name,
                    org: r.org,
                    region_code: r.region,
                    account_type: r.account_type,
                    status: r.status,
                    valid_to: r.valid_to,
                    last_login_at: r.last_login_at,
                    last_review_at: r.last_review_at,
                    row_version: r.row_version,
                }
            })
            .collect())
    }

    /// Cipher and token of a personal value; none when it is empty.
    fn sealed(&self, column: &str, id: Uuid, kind: TokenKind, plain: Option<&str>) -> Result<Option<(String, Vec<u8>)>> {
        let Some(plain) = plain.map(str::trim).filter(|p| !p.is_empty()) else { return Ok(None) };
        let normal = kind.normalise(plain);
        let cipher = self.vault().seal(&normal, &place("user_account", column, &id))?;
        Ok(Some((cipher, self.vault().token(kind, plain).to_vec())))
    }
}

fn person_problems(new: &NewUser, today: NaiveDate) -> Vec<FieldProblem> {
    let mut out = Vec::new();
    if new.name.trim().is_empty() || new.name.chars().count() > 50 {
        out.push(FieldProblem::new("name", "access.name", "请填写姓名（50 字以内）。"));
    }
    if let Some(login) = new.login_name.as_deref().map(normal_login).filter(|l| !l.is_empty()) {
        let fits = (4..=32).contains(&login.len())
            && login.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
            && !base::phone::is_mobile(&login)
            && !base::idcard::check_digit_ok(&login);
        if !fits {
            let message = "登录名应为 4–32 位小写字母、数字或 . _ -，且不能用手机号、身份证号。";
            out.push(FieldProblem::new("login_name", "access.login_name", message));
        }
    }
    if let Some(id) = new.id_card.as_deref().filter(|i| !i.trim().is_empty())
        && !base::idcard::parse(id, today).is_ok()
    {
        out.push(FieldProblem::new("id_card", "access.id_card", "身份证号不正确，请核对。"));
    }
    out.extend(phone_problem(new.phone.as_deref()));
    if !["1", "3", "4", "5"].contains(&new.account_type.as_str()) {
        out.push(FieldProblem::new("account_type", "access.account_type", "请选择账号类型。"));
    }
    out.extend(validity_problem(&new.account_type, new.valid_to, today));
    out
}

fn phone_problem(phone: Option<&str>) -> Option<FieldProblem> {
    let phone = phone.map(str::trim).filter(|p| !p.is_empty())?;
    (!base::phone::is_mobile(&base::phone::normalise_mobile(phone)))
        .then(|| FieldProblem::new("phone", "access.phone", "手机号应为 11 位，请核对。"))
}

fn validity_problem(account_type: &str, valid_to: Option<NaiveDate>, from: NaiveDate) -> Option<FieldProblem> {
    let problem = |message: &str| Some(FieldProblem::new("valid_to", "access.valid_to", message));
    match valid_to {
        Some(to) if to < from => problem("有效期不能早于开始日期。"),
        Some(to) if account_type == "3" && to - from > Duration::days(30) => problem("临时账号有效期最长 30 天。"),
        None if account_type == "3" => problem("临时账号必须填写有效期（最长 30 天）。"),
        _ => None,
    }
}
