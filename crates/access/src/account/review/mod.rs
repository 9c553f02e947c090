//! Half-year review of accounts (domain/06 §7.6) and accounts that sleep (§7.1: stopped after 90 days).

pub(crate) mod store;

use crate::Access;
use crate::account::UserView;
use crate::guard;
use crate::log::EventKind;
use crate::model::AccountStatus;
use crate::roles::roles;
use base::{Actor, Result};
use chrono::Duration;
use serde_json::json;
use uuid::Uuid;

const REVIEW_EVERY: Duration = Duration::days(182);
const REVIEW_GRACE: Duration = Duration::days(30);
const DORMANT_AFTER: Duration = Duration::days(90);

impl Access {
    /// Accounts of the actor's regions that are due for review.
    pub async fn review_list(&self, actor: &Actor, after: Option<&str>, limit: i64) -> Result<Vec<UserView>> {
        if !roles().administers(&actor.role) {
            self.require_role(actor, &["AUDIT_ADMIN"])?;
        }
        let (scope, before) = (actor.scope(), self.now() - REVIEW_EVERY);
        let rows =
            super::store::in_range(self.pool(), &scope.lo, &scope.hi, Some(before), "", after, limit.clamp(1, 500)).await?;
        self.views(rows).await
    }

    /// Confirms that these accounts are still needed, in the hands of their owners, with the right posts.
    pub async fn review_confirm(&self, actor: &Actor, users: &[Uuid]) -> Result<()> {
        for user in users {
            self.administered(actor, *user).await?;
        }
        let mut tx = crate::store::begin(self.pool()).await?;
        store::confirm(&mut tx, users, self.now()).await?;
        self.note(EventKind::Account, "review_confirm", Some(actor), None, json!({"users": users})).await?;
        crate::store::commit(tx).await
    }

    /// The daily errand: stops what sleeps for 90 days or was not confirmed 30 days after its review was due; forgets old counters.
    /// Answers how many accounts it stopped.
    pub async fn sweep(&self) -> Result<usize> {
        let now = self.now();
        let system = Actor::system("账号清理");
        let found = store::to_stop(self.pool(), now - DORMANT_AFTER, now - REVIEW_EVERY - REVIEW_GRACE).await?;
        for (user, idle) in &found {
            let reason = if *idle { "超过 90 天未登录" } else { "半年复核逾期未确认" };
            self.stop(&system, *user, AccountStatus::Dormant, reason).await?;
        }
        guard::store::sweep(self.pool(), now).await?;
        Ok(found.len())
    }
}
