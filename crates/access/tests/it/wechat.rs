//! A telephone bound to an account: never without the password, never in place of the second factor.

use crate::sign_in::{bind, code};
use crate::world::*;
use access::*;
use base::Secret;

fn openid(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}
fn beside(password: Option<&str>, code: Option<&str>) -> Beside {
    Beside { password: password.map(str::to_owned), code: code.map(str::to_owned) }
}
async fn by_phone(w: &World, id: &str, b: Beside) -> Result<SignedIn, String> {
    w.access.wechat_sign_in(&openid(id), &b, &origin("10.3.1.1")).await.map_err(|e| e.code.into_owned())
}

#[tokio::test]
async fn a_cadre_binds_by_password_and_comes_in_by_telephone_and_password() {
    let w = World::new().await;
    w.person("cadre", "R10", "360121100001").await;
    assert_eq!(by_phone(&w, "o-1", beside(Some(PASSWORD), None)).await.unwrap_err(), "access.wechat_unknown");
    let s = w.sign_in("cadre", PASSWORD).await.unwrap().session;
    let wrong = w.access.wechat_bind(&s, &openid("o-1"), &beside(Some("wrong"), None), &origin("10.3.1.1")).await.unwrap_err();
    assert_eq!(wrong.code, "access.wrong_password");
    w.access.wechat_bind(&s, &openid("o-1"), &beside(Some(PASSWORD), None), &origin("10.3.1.1")).await.unwrap();
    let kept: String =
        sqlx::query_scalar("select t::text from app.user_account t where login_name = 'cadre'").fetch_one(&w.pool).await.unwrap();
    assert!(!kept.contains("o-1"), "the openid stands there enciphered and hashed only");
    assert_eq!(
        by_phone(&w, "o-1", beside(None, None)).await.unwrap_err(),
        "access.password_needed",
        "the telephone alone is not enough"
    );
    assert_eq!(by_phone(&w, "o-1", beside(Some("wrong"), None)).await.unwrap_err(), "access.wrong_login");
    let in_ = by_phone(&w, "o-1", beside(Some(PASSWORD), None)).await.unwrap();
    assert_eq!(in_.session.channel, Channel::Mini);
    assert_eq!(w.session_code(s_token(&w).await.as_str()).await, "Active", "the console's session goes on");
    assert_eq!(
        (w.logged("bind_wechat").len(), w.access.wechat_standing(in_.session.actor.user_id).await.unwrap().unwrap().1),
        (1, 0)
    );
    w.access.wechat_unbind(&in_.session).await.unwrap();
    assert_eq!(by_phone(&w, "o-1", beside(Some(PASSWORD), None)).await.unwrap_err(), "access.wechat_unknown");
    assert_eq!(w.logged("unbind_wechat").len(), 1);
}

async fn s_token(w: &World) -> String {
    w.sign_in("cadre", PASSWORD).await.unwrap().token.into_inner()
}

#[tokio::test]
async fn guessing_by_telephone_locks_the_account_as_guessing_by_name_does() {
    let w = World::new().await;
    w.person("cadre", "R10", "360121100001").await;
    let s = w.sign_in("cadre", PASSWORD).await.unwrap().session;
    w.access.wechat_bind(&s, &openid("o-1"), &beside(Some(PASSWORD), None), &origin("10.3.1.1")).await.unwrap();
    for _ in 0..5 {
        let _ = by_phone(&w, "o-1", beside(Some("wrong"), None)).await;
    }
    assert_eq!(by_phone(&w, "o-1", beside(Some(PASSWORD), None)).await.unwrap_err(), "access.locked");
    assert_eq!(w.code_of("cadre", PASSWORD).await, "access.locked");
}

#[tokio::test]
async fn whoever_has_an_authenticator_shows_its_code_at_binding_and_at_every_sign_in() {
    let w = World::new().await;
    w.person("county", "R06", "360121").await;
    let signed = w.sign_in("county", PASSWORD).await.unwrap();
    let early = w.access.wechat_bind(&signed.session, &openid("o-2"), &beside(Some(PASSWORD), None), &origin("10.3.1.1")).await;
    assert_eq!(early.unwrap_err().code, "access.factor_before_wechat", "a county's post binds an authenticator first");
    let (totp, _) = bind(&w, &signed).await;
    let without = w.access.wechat_bind(&signed.session, &openid("o-2"), &beside(Some(PASSWORD), None), &origin("10.3.1.1")).await;
    assert_eq!(without.unwrap_err().code, "access.second_factor_needed");
    let now = code(&w, &totp);
    w.access
        .wechat_bind(&signed.session, &openid("o-2"), &beside(Some(PASSWORD), Some(&now)), &origin("10.3.1.1"))
        .await
        .unwrap();
    w.forward(1);
    assert_eq!(by_phone(&w, "o-2", beside(Some(PASSWORD), None)).await.unwrap_err(), "access.second_factor_needed");
    assert_eq!(by_phone(&w, "o-2", beside(None, Some("000000"))).await.unwrap_err(), "access.wrong_code");
    let fresh = code(&w, &totp);
    assert!(by_phone(&w, "o-2", beside(None, Some(&fresh))).await.is_ok());
    let first: Vec<String> = sqlx::query_scalar("select factor1 from app.login_event where result = 'OK' order by at")
        .fetch_all(&w.pool)
        .await
        .unwrap();
    assert_eq!(first, ["口令", "微信绑定"]);
}

#[tokio::test]
async fn a_telephone_belongs_to_one_account_and_a_lost_one_is_taken_off_by_the_administrator() {
    let w = World::new().await;
    let user = w.person("first", "R10", "360121100001").await;
    w.person("second", "R10", "360121100001").await;
    let one = w.sign_in("first", PASSWORD).await.unwrap().session;
    let two = w.sign_in("second", PASSWORD).await.unwrap().session;
    w.access.wechat_bind(&one, &openid("o-3"), &beside(Some(PASSWORD), None), &origin("10.3.1.1")).await.unwrap();
    let taken = w.access.wechat_bind(&two, &openid("o-3"), &beside(Some(PASSWORD), None), &origin("10.3.1.1")).await.unwrap_err();
    assert_eq!(taken.code, "access.wechat_taken");
    assert_eq!(w.access.wechat_consent(&two).await.unwrap_err().code, "access.wechat_not_bound");
    w.access.wechat_consent(&one).await.unwrap();
    assert_eq!(w.access.wechat_listening().await.unwrap(), [user]);
    assert_eq!(w.access.wechat_listener(user).await.unwrap().unwrap().actors.len(), 1);
    let county = w.actor("boss", "R06", "360121").await;
    assert_eq!(w.access.wechat_unbind_of(&county, user, "").await.unwrap_err().code, "access.reason");
    let signed = w.sign_in("first", PASSWORD).await.unwrap();
    w.access.wechat_unbind_of(&county, user, "手机遗失").await.unwrap();
    assert_eq!(w.session_code(signed.token.expose()).await, "DISABLED", "what the telephone was signed in to ends");
    let again = w.access.wechat_unbind_of(&county, user, "手机遗失").await.unwrap_err();
    assert_eq!(again.code, "access.wechat_not_bound_there");
    assert_eq!(by_phone(&w, "o-3", beside(Some(PASSWORD), None)).await.unwrap_err(), "access.wechat_unknown");
}

/// A county's officer with authenticator and telephone `o-9`.
async fn officer(w: &World) -> (uuid::Uuid, totp_rs::Totp) {
    let user = w.person("officer", "R06", "360121").await;
    let signed = w.sign_in("officer", PASSWORD).await.unwrap();
    let (totp, _) = bind(w, &signed).await;
    let now = code(w, &totp);
    let both = beside(Some(PASSWORD), Some(&now));
    w.access.wechat_bind(&signed.session, &openid("o-9"), &both, &origin("10.3.1.1")).await.unwrap();
    w.forward(1);
    (user, totp)
}
async fn with_code(w: &World, code: &str) -> String {
    by_phone(w, "o-9", beside(None, Some(code))).await.map_or_else(|e| e, |_| "ok".into())
}

#[tokio::test]
async fn an_account_that_guessing_locked_is_not_opened_by_telephone_and_code() {
    let w = World::new().await;
    let (user, totp) = officer(&w).await;
    for _ in 0..5 {
        w.code_of("officer", "wrong").await;
    }
    assert_eq!(with_code(&w, &code(&w, &totp)).await, "access.locked", "the right code of a locked account");
    assert_eq!(by_phone(&w, "o-9", beside(None, None)).await.unwrap_err(), "access.locked", "told before a code is asked for");
    w.forward(31);
    assert_eq!(with_code(&w, &code(&w, &totp)).await, "ok");
    // the second lock of the day waits for an administrator, whichever way it is tried
    for _ in 0..5 {
        w.code_of("officer", "wrong").await;
    }
    w.forward(31);
    assert_eq!(with_code(&w, &code(&w, &totp)).await, "access.locked_for_admin");
    let boss = w.actor("boss", "SYS_ADMIN", "36").await;
    w.access.unlock_user(&boss, user, "本人核实").await.unwrap();
    assert_eq!(with_code(&w, &code(&w, &totp)).await, "ok");
}

#[tokio::test]
async fn guessed_codes_beside_a_telephone_are_counted_and_lock_the_name() {
    let w = World::new().await;
    let (_, totp) = officer(&w).await;
    for _ in 0..6 {
        assert_eq!(
            by_phone(&w, "o-9", beside(None, None)).await.unwrap_err(),
            "access.second_factor_needed",
            "asking is no guess"
        );
    }
    for n in 1..5 {
        assert_eq!(with_code(&w, "000000").await, "access.wrong_code", "{n}");
    }
    assert_eq!(with_code(&w, "000000").await, "access.locked");
    assert_eq!(with_code(&w, &code(&w, &totp)).await, "access.locked");
    assert_eq!(w.code_of("officer", PASSWORD).await, "access.locked", "the same lock stands before the password");
    assert_eq!(w.logged("lock_account").len(), 1);
    let events: Vec<(String, String)> =
        sqlx::query_as("select result, factor1 from app.login_event where factor1 = '微信绑定' order by at, id")
            .fetch_all(&w.pool)
            .await
            .unwrap();
    let count = |r: &str| events.iter().filter(|e| e.0 == r).count();
    assert_eq!((count("BAD_TOTP"), count("LOCKED")), (5, 1));
    w.forward(31);
    assert_eq!(with_code(&w, &code(&w, &totp)).await, "ok");
    for n in 1..5 {
        assert_eq!(with_code(&w, "000000").await, "access.wrong_code", "a right code begins the count anew: {n}");
    }
}

#[tokio::test]
async fn codes_guessed_for_many_accounts_from_one_address_block_the_address() {
    let w = World::new().await;
    let (_, totp) = officer(&w).await;
    for n in 0..19 {
        w.access
            .sign_in(&request(&format!("nobody{}", n % 4), "wrong", None), Channel::Pc, &origin("10.3.1.1"))
            .await
            .unwrap_err();
    }
    assert_eq!(with_code(&w, "000000").await, "access.wrong_code", "the twentieth failure of the address");
    assert_eq!(with_code(&w, &code(&w, &totp)).await, "access.address_blocked");
}

#[tokio::test]
async fn an_account_outside_its_dates_or_hours_is_not_opened_by_telephone() {
    let w = World::new().await;
    let (user, totp) = officer(&w).await;
    for (change, want) in [
        ("valid_to = '2026-03-01'", "access.expired"),
        ("valid_to = null, valid_from = '2026-03-03'", "access.expired"),
        ("valid_from = '2026-01-01', status = '3'", "access.disabled"),
        (r#"status = '1', time_window = '{"days":[7],"from":480,"to":1080}'"#, "access.not_at_this_time"),
        ("time_window = null", "ok"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("update app.user_account set {change} where id = $1")))
            .bind(user)
            .execute(&w.pool)
            .await
            .unwrap();
        assert_eq!(with_code(&w, &code(&w, &totp)).await, want, "{change}");
    }
}

async fn listener(w: &World) -> uuid::Uuid {
    let user = w.person("cadre", "R10", "360121100001").await;
    let s = w.sign_in("cadre", PASSWORD).await.unwrap().session;
    w.access.wechat_bind(&s, &openid("o-1"), &beside(Some(PASSWORD), None), &origin("10.3.1.1")).await.unwrap();
    w.access.wechat_consent(&s).await.unwrap();
    user
}
async fn kept(w: &World) -> (Option<String>, i32, i64) {
    sqlx::query_as("select wx_outcome, wx_consents, wx_told_count from app.user_account where login_name = 'cadre'")
        .fetch_one(&w.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_message_is_written_down_before_it_goes_out_and_by_one_alone() {
    let w = World::new().await;
    let user = listener(&w).await;
    let l = w.access.wechat_listener(user).await.unwrap().unwrap();
    let (a, b) = tokio::join!(w.access.wechat_claim(&l, 3), w.access.wechat_claim(&l, 3));
    let claims: Vec<Claim> = [a.unwrap(), b.unwrap()].into_iter().flatten().collect();
    assert_eq!(claims.len(), 1, "of two workers one sends");
    assert_eq!(kept(&w).await, (Some("sending".into()), 0, 3), "the consent is taken beforehand");
    assert!(w.access.wechat_listening().await.unwrap().is_empty(), "nobody sends a second one");
    // the program ends here and never tells: nobody knows whether it arrived
    w.forward(11);
    w.access.wechat_listening().await.unwrap();
    assert_eq!(kept(&w).await, (Some("unknown".into()), 0, 3));
    w.access.wechat_settle(&claims[0], Told::NotSent).await.unwrap();
    assert_eq!(kept(&w).await, (Some("unknown".into()), 0, 3), "a late word changes nothing");
}

#[tokio::test]
async fn what_certainly_did_not_go_out_gives_the_consent_back_and_a_refusal_takes_all() {
    let w = World::new().await;
    let user = listener(&w).await;
    for (told, outcome, consents, count) in [
        (Told::NotSent, "not_sent", 1, 0),
        (Told::Delivered, "delivered", 0, 3),
        (Told::Unknown, "unknown", 0, 3),
        (Told::NotWanted, "not_wanted", 0, 3),
    ] {
        w.forward(1);
        let start = "update app.user_account set wx_consents = $1, wx_told_at = null, wx_told_count = 0, wx_outcome = null";
        sqlx::query(start).bind(if told == Told::NotWanted { 5 } else { 1 }).execute(&w.pool).await.unwrap();
        let l = w.access.wechat_listener(user).await.unwrap().unwrap();
        let claim = w.access.wechat_claim(&l, 3).await.unwrap().unwrap();
        w.access.wechat_settle(&claim, told).await.unwrap();
        assert_eq!(kept(&w).await, (Some(outcome.into()), consents, count), "{told:?}");
    }
}

#[tokio::test]
async fn nobody_outside_the_dates_of_the_account_is_told() {
    let w = World::new().await;
    let user = listener(&w).await;
    let l = w.access.wechat_listener(user).await.unwrap().unwrap();
    for (change, listens) in [
        ("valid_to = '2026-03-01'", false),
        ("valid_to = '2026-03-02'", true),
        ("valid_to = null, valid_from = '2026-03-03'", false),
        ("valid_from = '2026-03-02'", true),
        ("status = '3'", false),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("update app.user_account set {change}"))).execute(&w.pool).await.unwrap();
        assert_eq!(w.access.wechat_listening().await.unwrap() == [user], listens, "{change}");
        assert_eq!(w.access.wechat_listener(user).await.unwrap().is_some(), listens, "{change}");
        if !listens {
            assert!(
                w.access.wechat_claim(&l, 1).await.unwrap().is_none(),
                "nor when it ends between looking and sending: {change}"
            );
        }
    }
}

#[tokio::test]
async fn whoever_administers_the_system_neither_comes_in_nor_binds_by_telephone() {
    let w = World::new().await;
    let (user, totp) = officer(&w).await;
    let sys = w.actor("boss", "SYS_ADMIN", "36").await;
    w.access.add_post(&sys, user, "OPS", &region("36"), None).await.unwrap();
    assert_eq!(with_code(&w, &code(&w, &totp)).await, "access.not_by_wechat", "bound before, an administrator afterwards");
    let now = code(&w, &totp);
    let ask = request("officer", PASSWORD, Some(&now));
    let session = w.access.sign_in(&ask, Channel::Pc, &origin("10.3.1.1")).await.unwrap().session;
    w.access.wechat_unbind(&session).await.unwrap();
    w.forward(1);
    let both = beside(Some(PASSWORD), Some(&code(&w, &totp)));
    let bound = w.access.wechat_bind(&session, &openid("o-9"), &both, &origin("10.3.1.1")).await;
    assert_eq!(bound.unwrap_err().code, "access.not_by_wechat");
}
