//! From which addresses one may come (domain/06 §7.1, A04): DENY > personal > role > app > global. Pure.

use base::FieldProblem;
use chrono::{DateTime, Duration, Utc};
use core::net::IpAddr;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleScope {
    User,
    Role,
    App,
    Global,
}

impl RuleScope {
    pub const ALL: [RuleScope; 4] = [RuleScope::User, RuleScope::Role, RuleScope::App, RuleScope::Global];
    pub fn name(self) -> &'static str {
        match self {
            RuleScope::User => "user",
            RuleScope::Role => "role",
            RuleScope::App => "app",
            RuleScope::Global => "global",
        }
    }
    pub(crate) fn parse(s: &str) -> Self {
        Self::ALL.into_iter().find(|x| x.name() == s).unwrap_or(RuleScope::Global)
    }
}

/// A rule as far as the decision needs it: already reduced to those that concern this user, these roles, this app.
#[derive(Clone, Debug)]
pub struct Applicable {
    pub scope: RuleScope,
    pub deny: bool,
    pub net: IpNet,
}

/// Whether one may come from here. The narrowest list that exists decides; without any list, only those who need none may.
pub fn address_allowed(rules: &[Applicable], ip: IpAddr, needs_list: bool) -> bool {
    let ip = ip.to_canonical();
    if rules.iter().any(|r| r.deny && r.net.contains(&ip)) {
        return false;
    }
    for scope in RuleScope::ALL {
        let mut list = rules.iter().filter(|r| !r.deny && r.scope == scope).peekable();
        if list.peek().is_some() {
            return list.any(|r| r.net.contains(&ip));
        }
    }
    !needs_list
}

/// What a person types for a rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IpRuleInput {
    pub scope: RuleScope,
    /// User id, role code or channel; empty for a global rule.
    #[serde(default)]
    pub scope_ref: String,
    pub cidr: String,
    /// Code of NET_ZONE.
    pub zone: String,
    pub deny: bool,
    pub reason: String,
    pub valid_from: DateTime<Utc>,
    pub valid_to: DateTime<Utc>,
    pub approved_by: String,
}

/// Reads `10.3.0.0/16` or a single address.
pub fn parse_net(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>().ok().map(|n| n.trunc()).or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Everything wrong with a rule (A04: no whole internet, IPv4 prefix ≥ 16, at most a year, with reason and approval).
pub fn rule_problems(rule: &IpRuleInput) -> Vec<FieldProblem> {
    let mut out = Vec::new();
    let mut bad = |field: &str, message: &str| out.push(FieldProblem::new(field, "access.ip_rule", message));
    match parse_net(&rule.cidr) {
        None => bad("cidr", "网段格式不正确，请填写如 10.3.0.0/16 或单个地址。"),
        Some(IpNet::V4(n)) if n.prefix_len() < 16 => bad("cidr", "网段过大，IPv4 前缀长度至少 16 位。"),
        Some(IpNet::V6(n)) if n.prefix_len() < 32 => bad("cidr", "网段过大，IPv6 前缀长度至少 32 位。"),
        Some(_) => {}
    }
    if (rule.scope == RuleScope::Global) != rule.scope_ref.trim().is_empty() {
        bad("scope_ref", "全局规则不填对象；其他规则必须选择用户、角色或应用。");
    }
    if rule.reason.trim().chars().count() < 2 {
        bad("reason", "请填写理由。");
    }
    if rule.approved_by.trim().is_empty() {
        bad("approved_by", "请填写批准人。");
    }
    if rule.valid_to <= rule.valid_from || rule.valid_to - rule.valid_from > Duration::days(366) {
        bad("valid_to", "有效期应晚于开始时间且不超过一年。");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(scope: RuleScope, deny: bool, net: &str) -> Applicable {
        Applicable { scope, deny, net: parse_net(net).unwrap() }
    }

    #[test]
    fn deny_first_then_the_narrowest_list() {
        use RuleScope::*;
        let office = rule(Global, false, "10.3.0.0/16");
        for (rules, ip, needs, want) in [
            (vec![], "203.0.113.9", false, true),
            (vec![], "203.0.113.9", true, false),
            (vec![office.clone()], "10.3.7.7", true, true),
            (vec![office.clone()], "10.4.7.7", false, false),
            (vec![office.clone(), rule(Global, true, "10.3.7.0/24")], "10.3.7.7", false, false),
            (vec![office.clone(), rule(User, false, "10.9.1.1")], "10.9.1.1", true, true),
            (vec![office.clone(), rule(User, false, "10.9.1.1")], "10.3.7.7", true, false),
            (vec![rule(Role, false, "10.5.0.0/16"), rule(App, false, "10.6.0.0/16")], "10.6.1.1", false, false),
            (vec![rule(App, false, "10.6.0.0/16"), office.clone()], "10.6.1.1", false, true),
            (vec![rule(User, false, "10.9.1.1"), rule(Role, true, "10.9.1.1")], "10.9.1.1", false, false),
            (vec![office], "::ffff:10.3.7.7", true, true),
        ] {
            assert_eq!(address_allowed(&rules, ip.parse().unwrap(), needs), want, "{rules:?} {ip}");
        }
    }

    #[test]
    fn a_rule_must_be_narrow_short_and_approved() {
        let from = DateTime::parse_from_rfc3339("2026-03-02T01:00:00Z").unwrap().to_utc();
        let good = IpRuleInput {
            scope: RuleScope::Role,
            scope_ref: "SYS_ADMIN".into(),
            cidr: "10.3.0.0/16".into(),
            zone: "MGMT".into(),
            deny: false,
            reason: "运维终端".into(),
            valid_from: from,
            valid_to: from + Duration::days(365),
            approved_by: "业主单位".into(),
        };
        assert!(rule_problems(&good).is_empty());
        for (bad, field) in [
            (IpRuleInput { cidr: "0.0.0.0/0".into(), ..good.clone() }, "cidr"),
            (IpRuleInput { cidr: "10.0.0.0/8".into(), ..good.clone() }, "cidr"),
            (IpRuleInput { cidr: "ten".into(), ..good.clone() }, "cidr"),
            (IpRuleInput { scope_ref: " ".into(), ..good.clone() }, "scope_ref"),
            (IpRuleInput { scope: RuleScope::Global, ..good.clone() }, "scope_ref"),
            (IpRuleInput { valid_to: from + Duration::days(800), ..good.clone() }, "valid_to"),
            (IpRuleInput { valid_to: from, ..good.clone() }, "valid_to"),
            (IpRuleInput { reason: String::new(), ..good.clone() }, "reason"),
            (IpRuleInput { approved_by: String::new(), ..good.clone() }, "approved_by"),
        ] {
            let fields: Vec<_> = rule_problems(&bad).into_iter().map(|p| p.field).collect();
            assert_eq!(fields, [field]);
        }
    }
}
