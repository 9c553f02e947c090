//! The roles of `roles.toml` and what follows from holding them: exclusions, second factor, who may give which. Pure.

use base::{Actor, Error, FieldProblem, Level, RegionCode, Result};
use indexmap::IndexMap;
use serde::Deserialize;
use std::sync::LazyLock;

/// One role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub code: String,
    pub title: String,
    pub levels: Vec<Level>,
    #[serde(default)]
    excludes: Vec<String>,
    #[serde(default)]
    second_factor: bool,
    /// Counts as 管理/运维端: shorter session, longer password, address list a must.
    #[serde(default)]
    pub administrative: bool,
    /// Roles a holder may give to and take from accounts inside the own region.
    #[serde(default)]
    pub assigns: Vec<String>,
}

impl Role {
    /// Whether a post of this role at this level needs a second factor (domain/06 §7.4: county and above, township admin, 三员).
    pub fn needs_second_factor(&self, level: Level) -> bool {
        self.second_factor || level <= Level::County
    }
    /// Seconds without a touch after which the console locks itself (domain/06 §7.5).
    pub fn idle_lock_seconds(&self) -> i64 {
        use crate::session::rules::EndpointClass;
        EndpointClass::of(crate::Channel::Pc, self.administrative).times().idle_lock.map_or(0, |d| d.num_seconds())
    }
    pub fn needs_ip_allow(&self) -> bool {
        self.administrative
    }
    pub fn excludes(&self, other: &str) -> bool {
        self.code != other && self.excludes.iter().any(|e| e == "*" || e == other)
    }
}

/// All roles, in the order of the file.
pub struct Roles(IndexMap<String, Role>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    role: Vec<Role>,
}

static ROLES: LazyLock<Roles> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../roles.toml")).expect("roles.toml is part of the program and tested");
    Roles(file.role.into_iter().map(|r| (r.code.clone(), r)).collect())
});

/// The roles of the system.
pub fn roles() -> &'static Roles {
    &ROLES
}

impl Roles {
    pub fn all(&self) -> impl Iterator<Item = &Role> {
        self.0.values()
    }
    pub fn get(&self, code: &str) -> Option<&Role> {
        self.0.get(code)
    }
    pub fn find(&self, code: &str) -> Result<&Role> {
        self.get(code).ok_or_else(|| Error::invalid("access.unknown_role", "没有这个角色，请从角色列表中选择。"))
    }
    /// The first pair among these that one account may not hold together.
    pub fn conflict<'a>(&'a self, codes: &[&str]) -> Option<(&'a Role, &'a Role)> {
        let held: Vec<&Role> = codes.iter().filter_map(|c| self.get(c)).collect();
        held.iter()
            .enumerate()
            .flat_map(|(i, a)| held[i + 1..].iter().map(move |b| (*a, *b)))
            .find(|(a, b)| a.excludes(&b.code) || b.excludes(&a.code))
    }
    /// What is wrong with giving `role` in `region` to somebody holding `held`.
    pub fn post_problems(&self, held: &[&str], role: &Role, region: &RegionCode) -> Vec<FieldProblem> {
        let mut out = Vec::new();
        if !role.levels.contains(&region.level()) {
            let levels: Vec<_> = role.levels.iter().map(|l| l.label()).collect();
            out.push(FieldProblem::new(
                "region_code",
                "access.role_level",
                format!("“{}”只能设在{}级，请重新选择区划。", role.title, levels.join("、")),
            ));
        }
        let mut together = held.to_vec();
        together.push(&role.code);
        if let Some((a, b)) = self.conflict(&together) {
            out.push(FieldProblem::new(
                "role",
                "access.role_exclusion",
                format!("“{}”与“{}”不得由同一账号兼任，请另行安排人员。", a.title, b.title),
            ));
        }
        out
    }
    /// Whether this actor may open and change accounts at all.
    pub fn administers(&self, role: &str) -> bool {
        self.get(role).is_some_and(|r| !r.assigns.is_empty())
    }
    /// Whether the actor may change an account of `region` holding `held` (and, for a post, giving `role` in it).
    pub fn may_administer(&self, actor: &Actor, user: uuid::Uuid, held: &[&str], region: &RegionCode) -> Result<()> {
        if actor.is_system() {
            return Ok(());
        }
        if actor.user_id == user {
            return Err(Error::forbidden("access.own_account", "不能管理自己的账号和岗位，请由上级管理员办理。"));
        }
        let mine = self.get(&actor.role).map(|r| r.assigns.as_slice()).unwrap_or_default();
        if !actor.scope().contains(region) {
            return Err(Error::not_found("access.no_such_user", "没有找到该账号，请核对后重试。"));
        }
        if mine.is_empty() || held.iter().any(|h| !mine.iter().any(|m| m == h)) {
            return Err(Error::forbidden("access.role_not_yours", "您的角色无权管理该岗位的账号，请由上级管理员办理。"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_only_roles_it_has() {
        assert_eq!(roles().all().count(), 22);
        for role in roles().all() {
            assert!(!role.levels.is_empty() && !role.title.is_empty(), "{}", role.code);
            for other in role.excludes.iter().chain(&role.assigns) {
                assert!(other == "*" || roles().get(other).is_some(), "{} names {other}", role.code);
            }
            assert!(!role.assigns.contains(&role.code), "{} could raise its like", role.code);
        }
    }

    #[test]
    fn every_pair_that_excludes_each_other_is_found() {
        let mut forbidden: Vec<(&str, &str)> = vec![("SYS_ADMIN", "SEC_ADMIN"), ("R02", "R03"), ("R06", "R07"), ("R08", "R09")];
        forbidden.extend(roles().all().filter(|r| r.code != "AUDIT_ADMIN").map(|r| (r.code.as_str(), "AUDIT_ADMIN")));
        for a in roles().all() {
            for b in roles().all().filter(|b| b.code != a.code) {
                let listed = forbidden.contains(&(&a.code, &b.code)) || forbidden.contains(&(&b.code, &a.code));
                assert_eq!(roles().conflict(&[&a.code, &b.code]).is_some(), listed, "{} {}", a.code, b.code);
            }
        }
    }

    #[test]
    fn second_factor_from_county_up_and_for_township_admins() {
        for (role, level, want) in [
            ("R02", Level::Province, true),
            ("R05", Level::City, true),
            ("R06", Level::County, true),
            ("R15", Level::Town, false),
            ("R08", Level::Town, false),
            ("R09", Level::Town, true),
            ("R10", Level::Village, false),
            ("AUDIT_ADMIN", Level::Province, true),
        ] {
            assert_eq!(roles().get(role).unwrap().needs_second_factor(level), want, "{role}");
        }
    }

    #[test]
    fn an_administrator_acts_below_and_never_on_themselves() {
        let (me, other) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
        let region = |c: &str| RegionCode::parse(c).unwrap();
        let actor = |role: &str, at: &str| Actor { user_id: me, role: role.into(), region: region(at), ..Actor::system("x") };
        for (role, at, user, held, of, want) in [
            ("R06", "360121", other, vec!["R08"], "360121100", Ok(())),
            ("R06", "360121", other, vec!["R08"], "360122100", Err("access.no_such_user")),
            ("R06", "360121", other, vec!["R08", "R05"], "360121100", Err("access.role_not_yours")),
            ("R06", "360121", me, vec!["R08"], "360121100", Err("access.own_account")),
            ("R08", "360121100", other, vec!["R10"], "360121100201", Err("access.role_not_yours")),
            ("R01", "36", other, vec!["R02", "R10"], "3601", Ok(())),
            ("R01", "36", other, vec!["SYS_ADMIN"], "36", Err("access.role_not_yours")),
            ("SYS_ADMIN", "36", other, vec!["AUDIT_ADMIN"], "36", Err("access.role_not_yours")),
            ("SYS_ADMIN", "36", other, vec!["SEC_ADMIN"], "36", Err("access.role_not_yours")),
        ] {
            let got = roles().may_administer(&actor(role, at), user, &held, &region(of)).map_err(|e| e.code.into_owned());
            assert_eq!(got.as_ref().map_err(String::as_str), want.as_ref().map_err(|e| *e), "{role} {held:?} {of}");
        }
    }
}
