//! Administration: opening, posts, exclusions, two persons, review, dormancy.

use crate::world::*;
use access::*;

#[tokio::test]
async fn an_account_is_opened_below_and_its_person_has_only_one() {
    let w = World::new().await;
    let county = w.actor("county", "R06", "360121").await;
    let row = |name: &str, id: &str, role: &str, at: &str| NewUser {
        login_name: None,
        name: name.into(),
        id_card: (!id.is_empty()).then(|| id.to_owned()),
        phone: Some("13800001234".into()),
        ..new_user("", role, at)
    };
    let rows = [
        row("甲", "11010519491231002X", "R08", "360121100"),
        row("乙", "", "R08", "360121100"),
        row("丙", "11010519491231002x", "R10", "360121100201"),
        row("丁", "110105194912310021", "R10", "360121100201"),
        row("戊", "", "R08", "360121100201"),
        row("己", "", "R08", "360122100"),
        row("庚", "", "R05", "3601"),
    ];
    let out = w.access.create_users(&county, &rows).await;
    let told: Vec<String> = out
        .iter()
        .map(|r| match r {
            Ok(c) => c.login_name.clone(),
            Err(e) => e.problems.first().map_or(e.code.to_string(), |p| p.code.clone()),
        })
        .collect();
    assert_eq!(
        told,
        [
            "360121100-01",
            "360121100-02",
            "access.person_has_account",
            "access.id_card",
            "access.role_level",
            "access.no_such_user",
            "access.no_such_user"
        ]
    );
    let stored: String =
        sqlx::query_scalar("select string_agg(u::text, ' ') from app.user_account u").fetch_one(&w.pool).await.unwrap();
    assert!(!stored.contains("11010519491231002") && !stored.contains("13800001234"));
    let first = out[0].as_ref().unwrap();
    let signed = w.sign_in(&first.login_name, first.initial_password.expose()).await.unwrap();
    assert!(signed.must_change_password);
    assert_eq!(signed.session.state, SessionState::MustChangePassword);
    let e = w.access.create_user(&county, &new_user("360121100-01", "R08", "360121100")).await.unwrap_err();
    assert_eq!(e.code, "access.login_taken");
    assert_eq!(w.logged("create_user").len(), 3, "the county's own and two of hers");
}

#[tokio::test]
async fn duties_stay_apart_and_nobody_raises_themselves() {
    let w = World::new().await;
    let county = w.actor("county", "R06", "360121").await;
    let province = w.actor("province", "R01", "36").await;
    let user = w.person("officer", "R08", "360121100").await;
    let add = async |actor: &base::Actor, user, role: &str, at: &str| {
        w.access
            .add_post(actor, user, role, &region(at), None)
            .await
            .map(drop)
            .map_err(|e| e.problems.first().map_or(e.code.to_string(), |p| p.code.clone()))
    };
    assert_eq!(add(&county, user, "R09", "360121100").await, Err("access.role_exclusion".into()));
    assert_eq!(add(&county, user, "R10", "360122100201").await, Err("access.no_such_user".into()));
    assert_eq!(add(&county, user, "R05", "3601").await, Err("access.no_such_user".into()));
    assert_eq!(add(&county, county.user_id, "R08", "360121100").await, Err("access.own_account".into()));
    assert_eq!(add(&county, province.user_id, "R08", "360121100").await, Err("access.no_such_user".into()));
    assert_eq!(add(&province, province.user_id, "R17", "36").await, Err("access.own_account".into()));
    assert_eq!(add(&province, county.user_id, "R07", "360121").await, Err("access.role_exclusion".into()));
    assert_eq!(add(&county, user, "R10", "360121100201").await, Ok(()));
    assert_eq!(add(&county, user, "R10", "360121100201").await, Err("access.post_exists".into()));
    let denied = w.logged("add_post").into_iter().filter(|e| e.result == EventResult::Denied).count();
    assert_eq!(denied, 8, "each refusal is in the trail");
}

#[tokio::test]
async fn an_auditor_is_stopped_only_by_two() {
    let w = World::new().await;
    let auditor = w.person("auditor", "AUDIT_ADMIN", "36").await;
    let sys = w.actor("sysadmin", "SYS_ADMIN", "36").await;
    let sec = w.actor("secadmin", "SEC_ADMIN", "36").await;
    let owner = w.actor("owner", "R01", "36").await;
    let Stopped::Asked(request) = w.access.disable_user(&sys, auditor, "调离").await.unwrap() else { panic!("stopped by one") };
    assert_eq!(w.access.sign_request(&sys, request).await.unwrap_err().code, "access.not_permitted");
    assert_eq!(w.access.sign_request(&sec, request).await.unwrap(), Stopped::Asked(request));
    assert_eq!(w.access.sign_request(&sec, request).await.unwrap_err().code, "access.already_signed");
    let status = async || {
        sqlx::query_scalar::<_, String>("select status from app.user_account where id = $1")
            .bind(auditor)
            .fetch_one(&w.pool)
            .await
            .unwrap()
    };
    assert_eq!(status().await, "0");
    assert_eq!(w.access.sign_request(&owner, request).await.unwrap(), Stopped::Done);
    assert_eq!(status().await, "3");
    assert_eq!(w.access.sign_request(&owner, request).await.unwrap_err().code, "access.no_such_request");
    assert!(w.access.reset_password(&sys, sec.user_id).await.is_err(), "SYS_ADMIN does not reach the security administrator");
}

#[tokio::test]
async fn a_stopped_account_is_out_at_once_and_comes_back_with_a_new_password() {
    let w = World::new().await;
    let county = w.actor("county", "R06", "360121").await;
    let user = w.person("officer", "R08", "360121100").await;
    let signed = w.sign_in("officer", PASSWORD).await.unwrap();
    assert_eq!(w.access.disable_user(&county, user, "调离").await.unwrap(), Stopped::Done);
    assert_eq!(w.session_code(signed.token.expose()).await, "DISABLED");
    assert_eq!(w.code_of("officer", PASSWORD).await, "access.disabled");
    let back = w.access.enable_user(&county, user, "调回").await.unwrap();
    assert_eq!(w.code_of("officer", PASSWORD).await, "access.wrong_login");
    assert_eq!(w.code_of("officer", back.initial_password.expose()).await, "ok");
}

#[tokio::test]
async fn sleeping_and_unreviewed_accounts_are_stopped() {
    let w = World::new().await;
    let county = w.actor("county", "R06", "360121").await;
    let user = w.person("officer", "R08", "360121100").await;
    w.person("sleeper", "R08", "360121101").await;
    for _ in 0..3 {
        w.forward(70 * 24 * 60);
        // passwords expire meanwhile, which does not keep anybody from signing in to change them
        w.sign_in("officer", PASSWORD).await.unwrap();
        w.sign_in("county", PASSWORD).await.unwrap();
    }
    let due: Vec<String> = w.access.review_list(&county, None, 50).await.unwrap().into_iter().map(|u| u.login_name).collect();
    assert_eq!(due, ["county", "officer", "sleeper"]);
    w.access.review_confirm(&county, &[user]).await.unwrap();
    assert_eq!(w.access.sweep().await.unwrap(), 1);
    assert_eq!(w.code_of("sleeper", PASSWORD).await, "access.dormant");
    w.forward(10 * 24 * 60);
    assert_eq!(w.access.sweep().await.unwrap(), 1, "the county was not confirmed by anybody above");
    assert_eq!(w.code_of("officer", PASSWORD).await, "ok");
}

#[tokio::test]
async fn rules_and_parameters_are_the_security_administrators() {
    let w = World::new().await;
    let sec = w.actor("secadmin", "SEC_ADMIN", "36").await;
    let sys = w.actor("sysadmin", "SYS_ADMIN", "36").await;
    w.person("officer", "R08", "360121100").await;
    let rule = IpRuleInput {
        scope: RuleScope::Global,
        scope_ref: String::new(),
        cidr: "10.3.1.0/24".into(),
        zone: "GOV".into(),
        deny: true,
        reason: "异常访问".into(),
        valid_from: w.now(),
        valid_to: w.now() + chrono::Duration::days(1),
        approved_by: "业主单位".into(),
    };
    assert_eq!(w.access.create_ip_rule(&sys, &rule).await.unwrap_err().code, "access.not_permitted");
    let id = w.access.create_ip_rule(&sec, &rule).await.unwrap();
    assert_eq!(w.code_of("officer", PASSWORD).await, "access.address_denied");
    assert_eq!(w.access.ip_rules(&sec).await.unwrap().len(), 1);
    w.access.end_ip_rule(&sec, id).await.unwrap();
    assert_eq!(w.code_of("officer", PASSWORD).await, "ok");
    let strict = PasswordPolicy { min_length: 20, min_length_admin: 20, ..PasswordPolicy::default() };
    assert!(w.access.set_password_policy(&sys, &strict).await.is_err());
    w.access.set_password_policy(&sec, &strict).await.unwrap();
    assert!(w.sign_in("officer", PASSWORD).await.unwrap().must_change_password, "looked at again at sign-in");
}

#[tokio::test]
async fn the_trail_holds_every_event_and_leads_to_its_reason() {
    let w = World::new().await;
    for dir in [&audit::MIGRATIONS] {
        for f in dir.files() {
            sqlx::raw_sql(f.contents_utf8().unwrap()).execute(&w.pool).await.unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let trail = audit::Audit::start(w.pool.clone(), w.vault.clone(), folder.path()).await.unwrap();
    let log = std::sync::Arc::new(Trail::new(w.pool.clone(), trail.clone()));
    let mut config = AccessConfig { hash: HashCost::cheap(), answer_floor: std::time::Duration::ZERO, ..AccessConfig::default() };
    config.limits.delay_unit = std::time::Duration::ZERO;
    let access = Access::with_clock(w.pool.clone(), w.vault.clone(), log, config, w.clock.clone()).unwrap();
    let county = w.actor("county", "R06", "360121").await;
    let sec = w.actor("secadmin", "SEC_ADMIN", "36").await;
    let user = w.person("officer", "R08", "360121100").await;
    for password in [PASSWORD, "wrong", "wrong", "wrong", "wrong", "wrong"] {
        let _ = access.sign_in(&request("officer", password, None), Channel::Pc, &origin("10.3.1.1")).await;
    }
    access.unlock_user(&county, user, "电话核实本人").await.unwrap();
    let lines = trail.list(&audit::Filter::default()).await.unwrap().items;
    let logins = lines.iter().filter(|l| l.event_type == "LOGIN").count();
    assert_eq!(logins, 1 + 5 + 1, "one that worked, five that failed, one lock");
    let unlocked = lines.iter().find(|l| l.action == "ENABLE").unwrap();
    assert_eq!(unlocked.object_id.as_deref(), Some(user.to_string().as_str()));
    let events = access.security_events(&sec, Some(user), false, None, 50).await.unwrap();
    let reason = events.iter().find(|e| Some(e.id.to_string()) == unlocked.auth_ref).unwrap();
    assert_eq!(reason.detail["reason"], "电话核实本人");
    assert!(trail.verify(None, None).await.unwrap().first_bad.is_none());
    assert!(access.security_events(&county, None, true, None, 50).await.is_err());
}

#[tokio::test]
async fn an_account_is_changed_once_and_keeps_its_hours() {
    let w = World::new().await;
    let county = w.actor("county", "R06", "360121").await;
    let user = w.person("officer", "R08", "360121100").await;
    let version = w.access.users(&county, "officer", None, 10).await.unwrap()[0].row_version;
    let patch = UserPatch {
        row_version: version,
        name: "某某某".into(),
        phone: Some("13800001234".into()),
        org: "某镇".into(),
        valid_to: None,
        time_window: Some(TimeWindow { days: vec![1, 2, 3, 4, 5], from: 8 * 60, to: 18 * 60 }),
    };
    w.access.update_user(&county, user, &patch).await.unwrap();
    assert_eq!(w.access.update_user(&county, user, &patch).await.unwrap_err().code, "access.user_changed");
    let bad = UserPatch { phone: Some("12".into()), row_version: version + 1, ..patch };
    assert_eq!(w.access.update_user(&county, user, &bad).await.unwrap_err().problems[0].code, "access.phone");
    assert_eq!(w.code_of("officer", PASSWORD).await, "ok");
    w.forward(9 * 60);
    assert_eq!(w.code_of("officer", PASSWORD).await, "access.not_at_this_time");
}

#[tokio::test]
async fn a_training_account_opens_a_demonstration_only_and_a_demonstration_only_its_own_database() {
    let w = World::new().await;
    w.person("zhangsan", "R08", "360121100").await;
    assert_eq!(w.access.check_demonstration().await.unwrap_err().code, "access.not_a_demonstration");
    let new = access::NewUser { account_type: "5".into(), ..new_user("peixun", "R08", "360121100") };
    w.access.seed_account(&new, PASSWORD).await.unwrap();
    w.access.check_demonstration().await.unwrap();
    assert_eq!(w.code_of("peixun", PASSWORD).await, "access.training_account");
    assert_eq!(w.code_of("zhangsan", PASSWORD).await, "ok");
    // the same database, started as a demonstration: the account opens, and its session ends with the demonstration
    let demo = w.demonstration();
    let signed = demo.sign_in(&request("peixun", PASSWORD, None), access::Channel::Pc, &origin("10.3.1.1")).await.unwrap();
    let token = signed.token.expose().to_owned();
    let ip = "10.3.1.1".parse().unwrap();
    assert!(demo.authenticate(&token, ip).await.is_ok());
    assert_eq!(w.access.authenticate(&token, ip).await.unwrap_err().code, "access.training_session");
}
