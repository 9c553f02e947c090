//! The room itself: its seams, its settings, the first administrators, and how security events are handed over.

use crate::account::store::PostRow;
use crate::account::{Created, NewUser};
use crate::address::rules::{IpRuleInput, RuleScope};
use crate::clock::{Clock, SystemClock};
use crate::guard::rules::GuardLimits;
use crate::log::{EventKind, EventResult, SecurityEvent, SecurityLog};
use crate::password::hash::{HashCost, Hasher};
use crate::roles::roles;
use crate::session::cache::SessionCache;
use crate::store::{Pool, Tx};
use crate::unmask::UnmaskLimits;
use base::{Actor, Error, RegionCode, Result};
use chrono::{DateTime, Duration, Utc};
use secure::Vault;
use serde_json::{Value as Json, json};
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;

/// Settings of this room; the defaults are those of domain/06 §7.
#[derive(Clone, Debug)]
pub struct AccessConfig {
    pub hash: HashCost,
    pub limits: GuardLimits,
    pub unmask: UnmaskLimits,
    /// A refused sign-in is answered no faster.
    pub answer_floor: std::time::Duration,
    /// How old a session in memory may be; what another process ends is noticed within it.
    pub cache_age: Duration,
    /// The database is a demonstration one: training accounts (ACCT_TYPE 5, which may sign in nowhere else) need no second
    /// factor and no registered address.
    pub training: bool,
}

impl Default for AccessConfig {
    fn default() -> Self {
        Self {
            hash: HashCost::default(),
            limits: GuardLimits::default(),
            unmask: UnmaskLimits::default(),
            answer_floor: std::time::Duration::from_millis(500),
            cache_age: Duration::seconds(5),
            training: false,
        }
    }
}

struct Inner {
    pool: Pool,
    vault: Arc<dyn Vault>,
    log: Arc<dyn SecurityLog>,
    clock: Arc<dyn Clock>,
    config: AccessConfig,
    hasher: Hasher,
    cache: SessionCache,
}

/// The door. Cheap to clone.
#[derive(Clone)]
pub struct Access(Arc<Inner>);

type From = (Option<IpAddr>, Option<String>);

impl Access {
    pub fn new(pool: Pool, vault: Arc<dyn Vault>, log: Arc<dyn SecurityLog>, config: AccessConfig) -> Result<Self> {
        Self::with_clock(pool, vault, log, config, Arc::new(SystemClock))
    }
    /// As [`Access::new`], by another clock.
    pub fn with_clock(
        pool: Pool,
        vault: Arc<dyn Vault>,
        log: Arc<dyn SecurityLog>,
        config: AccessConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let hasher = Hasher::new(config.hash, vault.clone())?;
        let cache = SessionCache::new(config.cache_age);
        Ok(Self(Arc::new(Inner { pool, vault, log, clock, config, hasher, cache })))
    }
    pub(crate) fn pool(&self) -> &Pool {
        &self.0.pool
    }
    pub(crate) fn vault(&self) -> &dyn Vault {
        self.0.vault.as_ref()
    }
    pub(crate) fn config(&self) -> &AccessConfig {
        &self.0.config
    }
    pub(crate) fn hasher(&self) -> &Hasher {
        &self.0.hasher
    }
    pub(crate) fn cache(&self) -> &SessionCache {
        &self.0.cache
    }
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    pub(crate) async fn commit_and_forget(&self, tx: Tx, user: Uuid) -> Result<()> {
        crate::store::commit(tx).await?;
        self.cache().forget_user(user);
        Ok(())
    }

    /// Refuses to open training accounts in a database whose accounts are all of real people: the flag was forgotten there.
    pub async fn check_demonstration(&self) -> Result<()> {
        let (training, others) = crate::account::store::training_and_others(self.pool()).await?;
        if training == 0 && others > 0 {
            return Err(Error::refused(
                "access.not_a_demonstration",
                format!("数据库里已有 {others} 个正式账号，不能以演示方式启动。请去掉 --demo，或换一个空的数据目录。"),
            ));
        }
        Ok(())
    }

    /// Whether an account is one for training on a demonstration database (domain/06 §7.1 ACCT_TYPE 5).
    pub(crate) fn is_training(&self, account: &crate::account::store::AccountRow) -> bool {
        self.config().training && account.account_type == "5"
    }

    pub(crate) fn require_role(&self, actor: &Actor, allowed: &[&str]) -> Result<()> {
        if actor.is_system() || allowed.contains(&actor.role.as_str()) {
            return Ok(());
        }
        Err(Error::forbidden("access.not_permitted", "您当前岗位没有此项权限；如工作需要，请联系本级管理员调整岗位。"))
    }

    /// Hands a security event over; a failure refuses the operation.
    #[expect(clippy::too_many_arguments, reason = "one fact each; called through the short forms below")]
    pub(crate) async fn record(
        &self,
        kind: EventKind,
        action: &'static str,
        result: EventResult,
        code: String,
        actor: Option<&Actor>,
        user_id: Option<Uuid>,
        from: Option<From>,
        detail: Json,
        alert: bool,
    ) -> Result<()> {
        let (ip, trace_id) = from.unwrap_or_else(|| {
            (actor.and_then(|a| a.ip.as_deref()).and_then(|ip| ip.parse().ok()), actor.and_then(|a| a.trace_id.clone()))
        });
        let actor = actor.cloned();
        self.0
            .log
            .record(SecurityEvent { at: self.now(), kind, action, result, code, actor, user_id, ip, trace_id, detail, alert })
            .await
    }

    /// Something worked.
    pub(crate) async fn note(
        &self,
        kind: EventKind,
        action: &'static str,
        actor: Option<&Actor>,
        user: Option<Uuid>,
        detail: Json,
    ) -> Result<()> {
        self.record(kind, action, EventResult::Ok, String::new(), actor, user, None, detail, false).await
    }

    /// Somebody was refused something that matters.
    pub(crate) async fn refused(
        &self,
        kind: EventKind,
        action: &'static str,
        actor: &Actor,
        user: Option<Uuid>,
        code: &str,
        detail: Json,
    ) -> Result<()> {
        self.record(kind, action, EventResult::Denied, code.to_owned(), Some(actor), user, None, detail, false).await
    }

    /// Somebody should be woken.
    pub(crate) async fn alarm(&self, action: &'static str, code: &str, user: Option<Uuid>, detail: Json) -> Result<()> {
        self.record(EventKind::Security, action, EventResult::Failed, code.to_owned(), None, user, None, detail, true).await
    }

    /// Opens the first account of an administrative role, with the networks its holder may come from. There is no built-in
    /// password (domain/06 DJ-05); once somebody holds the role, this is refused.
    pub async fn bootstrap(&self, login_name: &str, name: &str, role: &str, nets: &[&str]) -> Result<Created> {
        let found = roles().find(role)?;
        if crate::account::store::anybody_holds(self.pool(), role).await? {
            return Err(Error::conflict("access.already_started", "该角色已有账号，请由现有管理员开通或重置。"));
        }
        let system = Actor::system("首次启动");
        let new = NewUser {
            login_name: Some(login_name.to_owned()),
            name: name.to_owned(),
            id_card: None,
            phone: None,
            org: String::new(),
            region_code: RegionCode::parse("36")?,
            role: role.to_owned(),
            account_type: "1".into(),
            valid_to: None,
            apply_doc: String::new(),
            approved_by: "首次启动".into(),
        };
        let created = self.create_user(&system, &new).await?;
        let now = self.now();
        for net in nets.iter().filter(|_| found.needs_ip_allow()) {
            let rule = IpRuleInput {
                scope: RuleScope::User,
                scope_ref: created.user_id.to_string(),
                cidr: (*net).to_owned(),
                zone: "MGMT".into(),
                deny: false,
                reason: "首次启动登记".into(),
                valid_from: now,
                valid_to: now + Duration::days(365),
                approved_by: "首次启动".into(),
            };
            self.create_ip_rule(&system, &rule).await?;
        }
        self.note(EventKind::Account, "bootstrap", Some(&system), Some(created.user_id), json!({"role": role})).await?;
        Ok(created)
    }

    /// Gives an account its posts and a password of choice without ceremony; for demonstration data and tests only, never for
    /// a person. The password need not be changed at first sign-in, but must fulfil the policy.
    pub async fn seed_account(&self, new: &NewUser, password: &str) -> Result<Uuid> {
        let system = Actor::system("演示数据");
        let created = self.create_user(&system, new).await?;
        let policy = self.password_policy().await?;
        let account = crate::account::store::by_id(self.pool(), created.user_id).await?.ok_or_else(crate::no_such_user)?;
        let administrative = roles().get(&new.role).is_some_and(|r| r.administrative);
        let problems = self.password_problems(&policy, &account, administrative, password)?;
        if !problems.is_empty() {
            return Err(Error::refused("access.password_refused", "口令不符合要求，请按提示修改。").with_problems(problems));
        }
        let hash = self.hasher().hash(password).await?;
        let (now, mut tx) = (self.now(), crate::store::begin(self.pool()).await?);
        let expire_at = now + Duration::days(policy.max_age_days);
        crate::account::store::set_password(&mut tx, created.user_id, &hash, &[], now, expire_at, None).await?;
        self.commit_and_forget(tx, created.user_id).await?;
        Ok(created.user_id)
    }

    /// Posts that were made or changed past the program.
    pub async fn altered_posts(&self) -> Result<Vec<Uuid>> {
        let posts: Vec<PostRow> = crate::account::store::all_posts(self.pool()).await?;
        Ok(posts.into_iter().filter(|p| !self.post_is_whole(p)).map(|p| p.id).collect())
    }
}
