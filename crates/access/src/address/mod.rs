//! Rules on addresses: kept by the security administrator, asked at each sign-in. Must not know passwords.

pub mod rules;
pub(crate) mod store;

use crate::Access;
use crate::account::store::{AccountRow, PostRow};
use crate::address::rules::{IpRuleInput, address_allowed, rule_problems};
use crate::log::EventKind;
use crate::model::Channel;
use crate::roles::roles;
use base::{Actor, Error, Result};
use serde::Serialize;
use serde_json::json;
use std::net::IpAddr;
use uuid::Uuid;

/// A rule in the list.
#[derive(Clone, Debug, Serialize)]
pub struct IpRuleView {
    pub id: Uuid,
    #[serde(flatten)]
    pub rule: IpRuleInput,
}

impl Access {
    pub(crate) async fn check_address(&self, account: &AccountRow, post: &PostRow, channel: Channel, ip: IpAddr) -> Result<()> {
        let rules = store::applicable(self.pool(), account.id, &post.role, channel.name(), self.now()).await?;
        let needs_list = roles().get(&post.role).is_some_and(|r| r.needs_ip_allow());
        if address_allowed(&rules, ip, needs_list) {
            return Ok(());
        }
        Err(Error::forbidden(
            "access.address_denied",
            "您所在的网络地址不在允许登录的范围内，请在规定的网络登录，或联系安全管理员登记。",
        ))
    }

    /// Adds a rule; the security administrator's right.
    pub async fn create_ip_rule(&self, actor: &Actor, rule: &IpRuleInput) -> Result<Uuid> {
        self.require_role(actor, &["SEC_ADMIN"])?;
        let problems = rule_problems(rule);
        if !problems.is_empty() {
            return Err(Error::refused("access.ip_rule", "网络地址规则不符合要求，请按提示修改。").with_problems(problems));
        }
        let id = Uuid::now_v7();
        self.note(EventKind::Policy, "create_ip_rule", Some(actor), None, serde_json::to_value(rule)?).await?;
        store::insert(self.pool(), id, rule, actor.user_id, self.now()).await?;
        Ok(id)
    }

    /// Replaces a rule: the old one ends, the new one gets its own id, so that history stays readable.
    pub async fn replace_ip_rule(&self, actor: &Actor, id: Uuid, rule: &IpRuleInput) -> Result<Uuid> {
        let new = self.create_ip_rule(actor, rule).await?;
        self.end_ip_rule(actor, id).await?;
        Ok(new)
    }

    /// Ends a rule.
    pub async fn end_ip_rule(&self, actor: &Actor, id: Uuid) -> Result<()> {
        self.require_role(actor, &["SEC_ADMIN"])?;
        self.note(EventKind::Policy, "end_ip_rule", Some(actor), None, json!({"rule": id})).await?;
        if store::end(self.pool(), id, actor.user_id, self.now()).await? {
            return Ok(());
        }
        Err(Error::not_found("access.no_such_ip_rule", "没有这条规则或规则已停用，请刷新。"))
    }

    /// The rules that have not been ended.
    pub async fn ip_rules(&self, actor: &Actor) -> Result<Vec<IpRuleView>> {
        self.require_role(actor, &["SEC_ADMIN", "AUDIT_ADMIN"])?;
        store::list(self.pool()).await
    }
}
