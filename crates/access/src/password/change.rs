//! Changing one's own password, and the parameters passwords follow. Must not know how sessions are kept.

use crate::account::store::AccountRow;
use crate::log::EventKind;
use crate::model::{Origin, Session};
use crate::password::rules::{PasswordOwner, PasswordPolicy, check_password};
use crate::roles::roles;
use crate::session::rules::EndReason;
use crate::store;
use crate::{Access, account, session};
use base::{Actor, Error, FieldProblem, Result, Secret};
use chrono::Duration;
use secure::place;
use serde_json::json;

const PARAMETER: &str = "password_policy";

impl Access {
    /// The parameters in force.
    pub async fn password_policy(&self) -> Result<PasswordPolicy> {
        match store::parameter(self.pool(), PARAMETER).await? {
            Some(value) => Ok(serde_json::from_value(value)?),
            None => Ok(PasswordPolicy::default()),
        }
    }

    /// Tightens the parameters; the security administrator's right.
    pub async fn set_password_policy(&self, actor: &Actor, policy: &PasswordPolicy) -> Result<()> {
        self.require_role(actor, &["SEC_ADMIN"])?;
        let problems = policy.problems();
        if !problems.is_empty() {
            return Err(Error::refused("access.policy_too_loose", "口令策略不能低于规定，请按提示修改。").with_problems(problems));
        }
        let value = serde_json::to_value(policy)?;
        store::set_parameter(self.pool(), PARAMETER, &value, actor.user_id, self.now()).await?;
        self.note(EventKind::Policy, "set_password_policy", Some(actor), None, value).await
    }

    /// Changes the password of the session's owner. Other sessions end; this one goes on.
    pub async fn change_password(
        &self,
        session: &Session,
        old: &Secret<String>,
        new: &Secret<String>,
        origin: &Origin,
    ) -> Result<()> {
        let now = self.now();
        let account = account::store::by_id(self.pool(), session.actor.user_id).await?.ok_or_else(crate::no_such_user)?;
        self.verify_own_password(&account, old.expose(), origin, session.channel).await?;
        let policy = self.password_policy().await?;
        let forced = account.must_change || account.weak_flag;
        if !forced && now - account.pwd_changed_at < Duration::days(policy.min_age_days) {
            return Err(Error::refused(
                "access.password_too_new",
                "口令修改后一天内不能再次修改；如怀疑泄露，请联系管理员重置。",
            ));
        }
        let posts = account::store::posts_of(self.pool(), account.id).await?;
        let administrative = posts.iter().filter_map(|p| roles().get(&p.role)).any(|r| r.administrative);
        let mut problems = self.password_problems(&policy, &account, administrative, new.expose())?;
        let used = [vec![account.pwd_hash.clone()], account.pwd_history.clone()].concat();
        if self.hasher().verify_any(new.expose(), &used).await? {
            problems.push(FieldProblem::new(
                "password",
                "access.password_reused",
                format!("不能使用最近 {} 次用过的口令，请换一个。", policy.history),
            ));
        }
        if !problems.is_empty() {
            return Err(Error::refused("access.password_refused", "新口令不符合要求，请按提示修改。").with_problems(problems));
        }
        let hash = self.hasher().hash(new.expose()).await?;
        let mut tx = store::begin(self.pool()).await?;
        let kept = used.into_iter().take(policy.history as usize).collect::<Vec<_>>();
        account::store::set_password(&mut tx, account.id, &hash, &kept, now, now + Duration::days(policy.max_age_days), None)
            .await?;
        session::store::end_all(&mut tx, account.id, Some(session.id), EndReason::PwdChanged, now).await?;
        self.note(EventKind::Account, "change_password", Some(&session.actor), Some(account.id), json!({})).await?;
        self.commit_and_forget(tx, account.id).await
    }

    /// Everything wrong with a password for this account, its personal facts opened for the comparison.
    pub(crate) fn password_problems(
        &self,
        policy: &PasswordPolicy,
        account: &AccountRow,
        administrative: bool,
        password: &str,
    ) -> Result<Vec<FieldProblem>> {
        let open = |column: &str, cipher: &Option<String>| {
            cipher.as_deref().map(|c| self.vault().open(c, &place("user_account", column, &account.id))).transpose()
        };
        let (id_card, phone) = (open("id_card", &account.id_card_cipher)?, open("phone", &account.phone_cipher)?);
        let owner = PasswordOwner {
            login_name: &account.login_name,
            name: &account.name,
            id_card: id_card.as_ref().map(|s| s.expose().as_str()),
            phone: phone.as_ref().map(|s| s.expose().as_str()),
            org: &account.org,
            administrative,
        };
        Ok(check_password(policy, &owner, password))
    }
}
