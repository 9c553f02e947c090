//! The mini-program's user: bound, recognised, told what waits, taken off again; all through the platform's peer.

use crate::walk::row;
use serde_json::json;
use testkit::{PASSWORD, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_and_a_password_lead_in_and_are_written_down() {
    let w = World::new().await;
    let cadre = w.actor("R10", &w.village).await;
    let me = w.send(Some(&cadre), "GET", "/me", None).await;
    assert_eq!((me.body["wechat"]["available"].as_bool(), me.body["wechat"]["bound"].as_bool()), (Some(true), Some(false)));
    let shown = |with: bool| match with {
        true => json!({"js_code": w.wechat.code("甲"), "password": PASSWORD}),
        false => json!({"js_code": w.wechat.code("甲")}),
    };
    let a = w.send(None, "POST", "/wechat/session", Some(&shown(true))).await;
    assert_eq!((a.status.as_u16(), a.code()), (401, "access.wechat_unknown"));
    let a = w.send(Some(&cadre), "POST", "/me/wechat", Some(&shown(false))).await;
    assert_eq!((a.status.as_u16(), a.code()), (422, "access.wrong_password"));
    let used = shown(true);
    let a = w.send(Some(&cadre), "POST", "/me/wechat", Some(&used)).await;
    assert_eq!((a.status.as_u16(), a.body["bound"].as_bool()), (200, Some(true)), "{}", a.text);
    let a = w.send(None, "POST", "/wechat/session", Some(&used)).await;
    assert_eq!((a.status.as_u16(), a.code()), (401, "wechat.code"), "a code is used once");
    let a = w.send(None, "POST", "/wechat/session", Some(&shown(false))).await;
    assert_eq!((a.status.as_u16(), a.code()), (401, "access.password_needed"));
    let a = w.send(None, "POST", "/wechat/session", Some(&shown(true))).await;
    assert_eq!(
        (a.status.as_u16(), a.body["user"]["id"].as_str()),
        (200, Some(cadre.actor.user_id.to_string().as_str())),
        "{}",
        a.text
    );
    w.wechat.busy(3);
    let a = w.send(None, "POST", "/wechat/session", Some(&shown(true))).await;
    assert_eq!((a.status.as_u16(), a.code()), (503, "wechat.unreachable"));
    let events: Vec<String> =
        sqlx::query_scalar("select action from app.security_event where user_id = $1 and action like '%wechat' order by at")
            .bind(cadre.actor.user_id)
            .fetch_all(w.app.db.pool())
            .await
            .unwrap();
    assert_eq!(events, ["bind_wechat"]);
    let a = w.send(Some(&cadre), "DELETE", "/me/wechat", None).await;
    assert_eq!(a.status, 204);
    let a = w.send(None, "POST", "/wechat/session", Some(&shown(true))).await;
    assert_eq!(a.code(), "access.wechat_unknown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_agreed_is_told_how_much_waits_and_nothing_else() {
    let w = World::new().await;
    let (p, todo) = somebody_with_work(&w).await;
    let waiting: i64 = todo.body["counts"].as_array().unwrap().iter().filter_map(|c| c["count"].as_i64()).sum();
    let shown = json!({"js_code": w.wechat.code("乙"), "password": PASSWORD});
    assert_eq!(w.send(Some(&p), "POST", "/me/wechat", Some(&shown)).await.status, 200);
    let a = w.send(Some(&p), "POST", "/me/wechat/consent", None).await;
    assert_eq!(a.body["consents"].as_i64(), Some(1), "{}", a.text);
    assert_eq!(remind(&w).await["not_wanted"], 1, "the platform knows of no consent");
    assert!(w.wechat.arrived().is_empty(), "nothing arrives");
    let a = w.send(Some(&p), "GET", "/me", None).await;
    assert_eq!(a.body["wechat"]["consents"].as_i64(), Some(0), "and the telephone asks again");
    sqlx::query("update app.user_account set wx_told_at = null, wx_told_count = 0").execute(w.app.db.pool()).await.unwrap();
    w.wechat.consent("乙", "reminder");
    w.wechat.consent("乙", "reminder");
    for _ in 0..2 {
        assert_eq!(w.send(Some(&p), "POST", "/me/wechat/consent", None).await.status, 200);
    }
    assert_eq!(remind(&w).await["sent"], 1);
    let arrived = w.wechat.arrived();
    assert_eq!((arrived.len(), arrived[0].data["number1"].clone()), (1, waiting.to_string()));
    let text = format!("{:?}", arrived[0].data);
    for item in todo.body["items"].as_array().unwrap() {
        assert!(!text.contains(item["title"].as_str().unwrap()), "no name leaves the system: {text}");
    }
    assert_eq!(remind(&w).await["sent"], 0, "nothing new: nobody is told a second time");
    assert_eq!(w.wechat.arrived().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reminder_whose_answer_does_not_come_is_not_sent_again() {
    let w = World::new().await;
    let (p, _) = somebody_with_work(&w).await;
    let user = listens(&w, &p.actor, "甲", 3).await;
    w.wechat.slow(Some(std::time::Duration::from_secs(4)));
    // the token comes late too: nothing was sent, nothing is spent
    let r = remind(&w).await;
    assert_eq!((r["failed"]["wechat.unreachable"].as_i64(), kept(&w, user).await), (Some(1), ("not_sent".into(), 3)));
    w.wechat.slow(None);
    w.wechat.busy(3);
    assert_eq!(remind(&w).await["failed"]["wechat.unreachable"], 1, "no token");
    w.wechat.busy(0);
    // another's message fetches the token
    let other = listens(&w, &p.actor, "乙", 1).await;
    sqlx::query("update app.user_account set wx_consents = 0 where id = $1").bind(user).execute(w.app.db.pool()).await.unwrap();
    assert_eq!(remind(&w).await["sent"], 1);
    assert_eq!(kept(&w, other).await, ("delivered".into(), 0));
    sqlx::query("update app.user_account set wx_consents = 3 where id = $1").bind(user).execute(w.app.db.pool()).await.unwrap();
    w.wechat.slow(Some(std::time::Duration::from_secs(4)));
    let r = remind(&w).await;
    assert_eq!((r["sent"].as_i64(), r["unknown"].as_i64()), (Some(0), Some(1)));
    assert_eq!(kept(&w, user).await, ("unknown".into(), 2), "written down as unknown, its consent spent");
    assert_eq!(w.wechat.arrived().len(), 2, "it did arrive");
    w.wechat.slow(None);
    assert_eq!(remind(&w).await["sent"], 0);
    assert_eq!(w.wechat.arrived().len(), 2, "and no second one follows");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_persons_failure_does_not_stop_the_reminders_of_those_behind() {
    let w = World::new().await;
    let (p, _) = somebody_with_work(&w).await;
    let mut people = vec![];
    for name in ["甲", "乙", "丙", "丁"] {
        people.push(listens(&w, &p.actor, name, 2).await);
    }
    people.sort();
    // whoever comes first: one whose cipher text cannot be opened, one whom the platform refuses
    sqlx::query("update app.user_account set wx_openid_cipher = 'broken' where id = $1")
        .bind(people[0])
        .execute(w.app.db.pool())
        .await
        .unwrap();
    w.wechat.refuse("乙", 47003);
    let r = remind(&w).await;
    assert_eq!((r["sent"].as_i64(), r["unknown"].as_i64()), (Some(2), Some(0)), "{r}");
    assert_eq!(r["failed"].as_object().unwrap().values().filter_map(serde_json::Value::as_i64).sum::<i64>(), 2, "{r}");
    assert_eq!(r["failed"]["wechat.configuration"], 1, "{r}");
    assert_eq!(w.wechat.arrived().len(), 2);
    // what was not sent is tried again, and arrives when the cause is gone
    w.wechat.refuse("乙", 0);
    assert_eq!(remind(&w).await["sent"], 1);
    assert_eq!(w.wechat.arrived().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_outside_their_dates_get_no_reminder() {
    let w = World::new().await;
    let (p, _) = somebody_with_work(&w).await;
    listens(&w, &p.actor, "甲", 2).await;
    for dates in ["valid_to = current_date - 2", "valid_to = null, valid_from = current_date + 2"] {
        let text = format!("update app.user_account set {dates} where wx_openid_hash is not null");
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(w.app.db.pool()).await.unwrap();
        assert_eq!(remind(&w).await["sent"], 0, "{dates}");
    }
    assert!(w.wechat.arrived().is_empty());
    sqlx::query("update app.user_account set valid_from = current_date - 2").execute(w.app.db.pool()).await.unwrap();
    assert_eq!(remind(&w).await["sent"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_session_neither_binds_nor_unbinds_nor_agrees() {
    let w = World::new().await;
    let p = w.actor("R10", &w.village).await;
    let shown = json!({"js_code": w.wechat.code("甲"), "password": PASSWORD});
    assert_eq!(w.send(Some(&p), "POST", "/me/wechat", Some(&shown)).await.status, 200);
    let all = async |want: &str| {
        let shown = json!({"js_code": w.wechat.code("甲"), "password": PASSWORD});
        for (method, path, body) in
            [("POST", "/me/wechat", Some(&shown)), ("POST", "/me/wechat/consent", None), ("DELETE", "/me/wechat", None)]
        {
            let a = w.send(Some(&p), method, path, body).await;
            assert_eq!((a.status.as_u16(), a.code()), (403, want), "{method} {path}");
        }
        let bound = w.send(Some(&p), "GET", "/me", None).await.body["wechat"].clone();
        assert_eq!((bound["bound"].as_bool(), bound["consents"].as_i64()), (Some(true), Some(0)));
    };
    assert_eq!(w.send(Some(&p), "POST", "/me/lock", None).await.status, 204);
    all("access.session_locked").await;
    sqlx::query("update app.user_account set must_change = true where id = $1")
        .bind(p.actor.user_id)
        .execute(w.app.db.pool())
        .await
        .unwrap();
    let unlock = json!({"password": PASSWORD});
    assert_eq!(w.send(Some(&p), "POST", "/me/unlock", Some(&unlock)).await.status, 200);
    all("access.must_change_password").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_sees_the_binding_and_takes_it_off_with_a_reason() {
    let w = World::new().await;
    let p = w.actor("R10", &w.village).await;
    let boss = w.actor("SYS_ADMIN", &base::RegionCode::parse("36").unwrap()).await;
    let one = format!("/access/users/{}", p.actor.user_id);
    let before = w.send(Some(&boss), "GET", &one, None).await;
    assert_eq!((before.status.as_u16(), before.body["wechat_bound"].as_bool()), (200, Some(false)), "{}", before.text);
    let post = &before.body["posts"][0];
    assert!(post["role_title"].is_string() && !post["region_name"].as_str().unwrap().is_empty(), "{post}");
    let shown = json!({"js_code": w.wechat.code("甲"), "password": PASSWORD});
    assert_eq!(w.send(Some(&p), "POST", "/me/wechat", Some(&shown)).await.status, 200);
    assert_eq!(w.send(Some(&boss), "GET", &one, None).await.body["wechat_bound"], true);
    let off = format!("{one}/wechat-unbind");
    let a = w.send(Some(&boss), "POST", &off, Some(&json!({"reason": ""}))).await;
    assert_eq!((a.status.as_u16(), a.code()), (422, "access.reason"));
    let a = w.send(Some(&boss), "POST", &off, Some(&json!({"reason": "手机遗失"}))).await;
    assert_eq!(a.status, 200, "{}", a.text);
    assert_eq!(w.send(Some(&boss), "GET", &one, None).await.body["wechat_bound"], false);
    assert_eq!(w.send(Some(&p), "GET", "/me", None).await.status, 401, "the lost telephone is signed out");
    let stranger = w.actor("R10", &w.neighbour).await;
    assert_eq!(w.send(Some(&stranger), "GET", &one, None).await.status, 403);
}

#[tokio::test]
async fn the_program_does_not_start_with_a_platform_in_plain_http() {
    let with = |url: &str| ganong::mini::WechatOptions {
        app: Some("wx-app".into()),
        secret: Some("secret".into()),
        url: url.into(),
        template: None,
        fields: "number1,number2,date3,thing4".into(),
    };
    let error = with("http://wx.example.gov.cn").platform(false).await.unwrap_err().to_string();
    assert!(error.contains("GANONG_WECHAT_URL") && error.contains("https://"), "{error}");
    for good in ["https://wx.example.gov.cn", "http://127.0.0.1:8080"] {
        assert!(with(good).platform(false).await.unwrap().is_some(), "{good}");
    }
}

async fn somebody_with_work(w: &World) -> (testkit::Person, testkit::Answer) {
    w.work();
    let d = w.app.catalog.dataset("relapse.clue").unwrap().clone();
    row(w, &d).await;
    for (role, level) in [("R08", base::Level::Town), ("R10", base::Level::Village), ("R06", base::Level::County)] {
        let p = w.actor(role, &w.village.ancestor(level)).await;
        let todo = w.send(Some(&p), "GET", "/todo", None).await;
        if todo.body["counts"].as_array().is_some_and(|c| !c.is_empty()) {
            return (p, todo);
        }
    }
    panic!("nobody has work waiting");
}

/// Another person in the same post, bound to the telephone of `name`, who agreed to `n` messages.
async fn listens(w: &World, like: &base::Actor, name: &str, n: i32) -> uuid::Uuid {
    let login = format!("listener{}", w.next());
    let new = access::NewUser {
        login_name: Some(login.clone()),
        name: "某某".into(),
        id_card: None,
        phone: None,
        org: "测试".into(),
        region_code: like.region.clone(),
        role: like.role.clone(),
        account_type: "5".into(),
        valid_to: None,
        apply_doc: String::new(),
        approved_by: "测试".into(),
    };
    let access = &w.app.access;
    let user = access.seed_account(&new, PASSWORD).await.unwrap();
    let origin = access::Origin { ip: "127.0.0.1".parse().unwrap(), ua: String::new(), trace_id: None };
    let request = access::SignInRequest { login_name: login, password: PASSWORD.into(), code: None };
    let s = access.sign_in(&request, access::Channel::Pc, &origin).await.unwrap().session;
    let beside = access::Beside { password: Some(PASSWORD.into()), code: None };
    access.wechat_bind(&s, &base::Secret::new(w.wechat.person(name)), &beside, &origin).await.unwrap();
    for _ in 0..n {
        w.wechat.consent(name, "reminder");
        access.wechat_consent(&s).await.unwrap();
    }
    user
}

/// What is kept of the last message to somebody, and the consents left.
async fn kept(w: &World, user: uuid::Uuid) -> (String, i32) {
    sqlx::query_as("select coalesce(wx_outcome, ''), wx_consents from app.user_account where id = $1")
        .bind(user)
        .fetch_one(w.app.db.pool())
        .await
        .unwrap()
}

/// Runs the job; its result.
async fn remind(w: &World) -> serde_json::Value {
    let actor = base::Actor::system("测试");
    let id = w.app.jobs.enqueue(&actor, http::wechat::REMIND, "提醒", json!({})).await.unwrap();
    for _ in 0..800 {
        let job = w.app.jobs.get(&actor, id).await.unwrap();
        if job.state.is_over() {
            assert_eq!(job.state.as_str(), "done", "{}", job.message);
            return job.result.unwrap();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the job does not end");
}
