//! Posts of an account: given, taken, chosen as the default, and held against edits past the program.

use crate::Access;
use crate::account::store::{self, PostRow};
use crate::log::EventKind;
use crate::roles::roles;
use crate::session;
use base::{Actor, Error, RegionCode, Result};
use chrono::{DateTime, NaiveDate, Utc};
use secure::MacKey;
use serde_json::json;
use uuid::Uuid;

impl Access {
    /// Gives a post. Refused when it excludes one already held, lies outside the actor's region or rights, or is one's own.
    pub async fn add_post(
        &self,
        actor: &Actor,
        user: Uuid,
        role: &str,
        region: &RegionCode,
        valid_to: Option<NaiveDate>,
    ) -> Result<Uuid> {
        let now = self.now();
        let role = roles().find(role)?;
        let outcome = self.add_post_checked(actor, user, role, region, valid_to, now).await;
        if let Err(e) = &outcome {
            let detail = json!({"role": role.code, "region": region});
            self.refused(EventKind::Perm, "add_post", actor, Some(user), &e.code, detail).await?;
        }
        outcome
    }

    async fn add_post_checked(
        &self,
        actor: &Actor,
        user: Uuid,
        role: &crate::Role,
        region: &RegionCode,
        valid_to: Option<NaiveDate>,
        now: DateTime<Utc>,
    ) -> Result<Uuid> {
        self.administered(actor, user).await?;
        roles().may_administer(actor, user, &[&role.code], region)?;
        let mut tx = crate::store::begin(self.pool()).await?;
        let posts = store::posts_for_change(&mut tx, user).await?;
        let held: Vec<&str> = posts.iter().map(|p| p.role.as_str()).collect();
        let problems = roles().post_problems(&held, role, region);
        if !problems.is_empty() {
            return Err(Error::refused("access.post_refused", "不能增加该岗位，请按提示处理。").with_problems(problems));
        }
        let post = self.signed_post(PostRow {
            id: Uuid::now_v7(),
            user_id: user,
            role: role.code.clone(),
            region: region.clone(),
            valid_from: crate::clock::local_day(now),
            valid_to,
            is_default: posts.is_empty(),
            row_mac: Vec::new(),
        })?;
        store::insert_post(&mut tx, &post, actor.user_id, now).await?;
        let detail = json!({"role": role.code, "region": region, "post": post.id});
        self.note(EventKind::Perm, "add_post", Some(actor), Some(user), detail).await?;
        self.commit_and_forget(tx, user).await?;
        Ok(post.id)
    }

    /// Takes a post away; sessions acting in it end. An auditor's post is taken only by stopping the account, which needs two.
    pub async fn remove_post(&self, actor: &Actor, user: Uuid, post_id: Uuid) -> Result<()> {
        let now = self.now();
        self.administered(actor, user).await?;
        let mut tx = crate::store::begin(self.pool()).await?;
        let posts = store::posts_for_change(&mut tx, user).await?;
        let post = posts
            .iter()
            .find(|p| p.id == post_id)
            .ok_or_else(|| Error::not_found("access.no_such_post", "没有这个岗位或岗位已撤销，请刷新。"))?;
        if post.role == "AUDIT_ADMIN" {
            return Err(Error::refused("access.audit_needs_two", "审计管理员的岗位不能单独撤销，请办理停用账号（须双人签署）。"));
        }
        store::end_post(&mut tx, post, actor.user_id, now).await?;
        session::store::end_of_post(&mut tx, post_id, now).await?;
        let detail = json!({"role": post.role, "region": post.region, "post": post_id});
        self.note(EventKind::Perm, "remove_post", Some(actor), Some(user), detail).await?;
        self.commit_and_forget(tx, user).await
    }

    /// The posts in which somebody may act today, the default one first. A post edited past the program is an alarm, not a post.
    pub(crate) async fn valid_posts(&self, user: Uuid, now: DateTime<Utc>) -> Result<Vec<PostRow>> {
        let today = crate::clock::local_day(now);
        let mut out = Vec::new();
        for post in store::posts_of(self.pool(), user).await? {
            self.check_post(&post).await?;
            if post.valid_on(today) {
                out.push(post);
            }
        }
        Ok(out)
    }

    /// Who somebody is today, for an errand that runs while they are away (a schedule): the account acting in that post. Refused
    /// when the account is not open, or the post was taken away or is over.
    pub async fn acting(&self, user: Uuid, post: Uuid) -> Result<Actor> {
        let now = self.now();
        let account = store::by_id(self.pool(), user).await?;
        let closed = || Error::forbidden("access.owner_closed", "创建人的账号已停用或到期。");
        let account = account.filter(|a| a.status == crate::AccountStatus::Normal).ok_or_else(closed)?;
        let today = crate::clock::local_day(now);
        if account.valid_from > today || account.valid_to.is_some_and(|d| d < today) {
            return Err(closed());
        }
        let post = self.valid_posts(user, now).await?.into_iter().find(|p| p.id == post);
        let post = post.ok_or_else(|| Error::forbidden("access.owner_post", "创建人已不在创建时的岗位。"))?;
        Ok(Actor {
            user_id: user,
            name: account.name,
            post_id: post.id,
            role: post.role,
            region: post.region,
            session_id: None,
            ip: None,
            trace_id: None,
        })
    }

    /// Accounts by their sign-in names, of people in the actor's region or below it: id, sign-in name, name. A name that is not
    /// there, or lies elsewhere, is refused with itself.
    pub async fn people(&self, actor: &Actor, logins: &[String]) -> Result<Vec<(Uuid, String, String)>> {
        let mut out = Vec::new();
        for login in logins {
            let found = store::by_login(self.pool(), login.trim()).await?;
            let found = found.filter(|a| a.status == crate::AccountStatus::Normal && actor.region.contains(&a.region));
            let Some(a) = found else {
                let shown: String = login.trim().chars().take(30).collect();
                let text = format!("没有找到账号“{shown}”，或不在您的辖区内，请核对登录账号。");
                return Err(Error::invalid("access.no_such_person", text));
            };
            out.push((a.id, a.login_name, a.name));
        }
        Ok(out)
    }

    pub(crate) fn signed_post(&self, post: PostRow) -> Result<PostRow> {
        let row_mac = self.vault().mac(MacKey::Row, post.canonical().as_bytes()).to_vec();
        Ok(PostRow { row_mac, ..post })
    }

    pub(crate) fn post_is_whole(&self, post: &PostRow) -> bool {
        self.vault().mac(MacKey::Row, post.canonical().as_bytes()).as_slice() == post.row_mac
    }

    /// Refuses a post whose row was not written by the program (domain/06 §3.1 8.4b, DJ-17).
    pub(crate) async fn check_post(&self, post: &PostRow) -> Result<()> {
        if self.post_is_whole(post) {
            return Ok(());
        }
        let detail = json!({"post": post.id});
        self.alarm("post_altered", "access.post_altered", Some(post.user_id), detail).await?;
        Err(Error::forbidden("access.post_altered", "岗位授权数据校验不通过，已停止使用并通知安全管理员，请联系管理员。"))
    }
}
