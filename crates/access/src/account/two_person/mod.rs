//! Stopping an auditor takes two persons (domain/06 §1.3): one of the owner's side (R01) and the security administrator.

pub(crate) mod store;

use crate::log::EventKind;
use crate::model::AccountStatus;
use crate::{Access, need_reason};
use base::{Actor, Error, Result};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// Whether an account is stopped, or the request that will stop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    Done,
    Asked(Uuid),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    pub user_id: Uuid,
    pub role: String,
    pub at: DateTime<Utc>,
}

/// Both sides have signed, and they are two persons.
pub fn complete(signatures: &[Signature]) -> bool {
    let by = |role: &'static str| signatures.iter().filter(move |s| s.role == role);
    by("SEC_ADMIN").any(|a| by("R01").any(|b| a.user_id != b.user_id))
}

const SIGNERS: [&str; 2] = ["SEC_ADMIN", "R01"];

impl Access {
    /// Opens a request; counts as the first signature when the asker is one of the two sides.
    pub(crate) async fn ask_to_disable(&self, actor: &Actor, user: Uuid, reason: &str) -> Result<Uuid> {
        self.require_role(actor, &["SYS_ADMIN", "SEC_ADMIN", "R01"])?;
        need_reason(reason)?;
        let now = self.now();
        let id = Uuid::now_v7();
        let signatures: Vec<Signature> = signature(actor, user, now).into_iter().collect();
        let mut tx = crate::store::begin(self.pool()).await?;
        let request = store::Request { id, user, reason: reason.to_owned(), signatures };
        store::insert(&mut tx, &request, actor.user_id, now, now + Duration::days(7)).await?;
        self.note(EventKind::Account, "ask_to_disable", Some(actor), Some(user), json!({"request": id, "reason": reason}))
            .await?;
        crate::store::commit(tx).await?;
        Ok(id)
    }

    /// Signs a request; the account is stopped when both sides have signed.
    pub async fn sign_request(&self, actor: &Actor, request: Uuid) -> Result<Stopped> {
        self.require_role(actor, &SIGNERS)?;
        let now = self.now();
        let mut tx = crate::store::begin(self.pool()).await?;
        let mut open = store::open(&mut tx, request, now)
            .await?
            .ok_or_else(|| Error::not_found("access.no_such_request", "没有这个申请，或申请已办结、已过期，请刷新。"))?;
        let user = open.user;
        let mine =
            signature(actor, user, now).ok_or_else(|| Error::forbidden("access.own_account", "不能签署停用本人账号的申请。"))?;
        if open.signatures.iter().any(|s| s.user_id == mine.user_id) {
            return Err(Error::conflict("access.already_signed", "您已签署过该申请，须由另一方签署。"));
        }
        open.signatures.push(mine);
        let done = complete(&open.signatures);
        store::sign(&mut tx, &open, done.then_some(now)).await?;
        self.note(EventKind::Account, "sign_request", Some(actor), Some(user), json!({"request": request})).await?;
        if done {
            self.stop_in(&mut tx, actor, user, AccountStatus::Disabled, &open.reason).await?;
        }
        self.commit_and_forget(tx, user).await?;
        Ok(if done { Stopped::Done } else { Stopped::Asked(request) })
    }
}

fn signature(actor: &Actor, user: Uuid, at: DateTime<Utc>) -> Option<Signature> {
    (SIGNERS.contains(&actor.role.as_str()) && actor.user_id != user).then(|| Signature {
        user_id: actor.user_id,
        role: actor.role.clone(),
        at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_and_two_persons() {
        let (a, b) = (Uuid::now_v7(), Uuid::now_v7());
        let sign = |user_id, role: &str| Signature { user_id, role: role.into(), at: DateTime::UNIX_EPOCH };
        for (signatures, want) in [
            (vec![], false),
            (vec![sign(a, "SEC_ADMIN")], false),
            (vec![sign(a, "SEC_ADMIN"), sign(b, "SEC_ADMIN")], false),
            (vec![sign(a, "SEC_ADMIN"), sign(a, "R01")], false),
            (vec![sign(a, "SYS_ADMIN"), sign(b, "R01")], false),
            (vec![sign(a, "SEC_ADMIN"), sign(b, "R01")], true),
        ] {
            assert_eq!(complete(&signatures), want, "{signatures:?}");
        }
    }
}
