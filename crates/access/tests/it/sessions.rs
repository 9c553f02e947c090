//! Sessions: locked, opened, ended, kicked, moved; passwords changed.

use crate::world::*;
use access::*;
use base::Secret;

fn secret(s: &str) -> Secret<String> {
    Secret::new(s.to_owned())
}

#[tokio::test]
async fn an_idle_session_locks_opens_with_the_password_and_ends() {
    let w = World::new().await;
    w.person("officer", "R08", "360121100").await;
    let signed = w.sign_in("officer", PASSWORD).await.unwrap();
    let token = signed.token.expose();
    w.forward(14);
    let s = w.access.authenticate(token, "10.3.1.1".parse().unwrap()).await.unwrap();
    w.access.touch(&s).await.unwrap();
    w.forward(14);
    assert_eq!(w.session_code(token).await, "Active");
    w.forward(1);
    assert_eq!(w.session_code(token).await, "Locked");
    let s = w.access.authenticate(token, "10.3.1.1".parse().unwrap()).await.unwrap();
    w.access.touch(&s).await.unwrap();
    assert_eq!(w.session_code(token).await, "Locked", "use does not open a locked screen");
    let from = origin("10.3.1.1");
    assert_eq!(w.access.unlock(token, &secret("wrong"), None, &from).await.unwrap_err().code, "access.wrong_password");
    assert_eq!(w.access.unlock(token, &secret(PASSWORD), None, &from).await.unwrap().state, SessionState::Active);
    let s = w.access.authenticate(token, "10.3.1.1".parse().unwrap()).await.unwrap();
    w.access.lock(&s).await.unwrap();
    assert_eq!(w.session_code(token).await, "Locked");
    w.forward(30);
    assert_eq!(w.session_code(token).await, "IDLE");
    assert_eq!(w.access.unlock(token, &secret(PASSWORD), None, &from).await.unwrap_err().code, "access.session_ended");
}

#[tokio::test]
async fn one_pc_and_one_phone_and_a_signed_out_token_is_dead_everywhere() {
    let w = World::new().await;
    w.person("officer", "R08", "360121100").await;
    let pc = w.sign_in("officer", PASSWORD).await.unwrap();
    let phone = w.access.sign_in(&request("officer", PASSWORD, None), Channel::Mini, &origin("10.3.1.1")).await.unwrap();
    assert!(!phone.ended_other);
    assert_eq!(w.access.sessions_of(&pc.session.actor, pc.session.actor.user_id).await.unwrap().len(), 2);
    let other = w.another();
    assert!(other.authenticate(pc.token.expose(), "10.3.1.1".parse().unwrap()).await.is_ok());
    w.access.sign_out(&pc.session).await.unwrap();
    assert_eq!(w.session_code(pc.token.expose()).await, "LOGOUT", "here at once");
    w.clock.forward(chrono::Duration::seconds(6));
    assert!(other.authenticate(pc.token.expose(), "10.3.1.1".parse().unwrap()).await.is_err(), "elsewhere within seconds");
    assert_eq!(w.session_code(phone.token.expose()).await, "Active");
    assert_eq!(w.session_code("made-up").await, "access.not_signed_in");
}

#[tokio::test]
async fn ten_hours_of_use_do_not_outlive_the_absolute_end() {
    let w = World::new().await;
    w.person("officer", "R08", "360121100").await;
    let signed = w.sign_in("officer", PASSWORD).await.unwrap();
    for _ in 0..71 {
        w.forward(10);
        let s = w.access.authenticate(signed.token.expose(), "10.3.1.1".parse().unwrap()).await.unwrap();
        w.access.touch(&s).await.unwrap();
    }
    w.forward(10);
    assert_eq!(w.session_code(signed.token.expose()).await, "ABSOLUTE");
}

#[tokio::test]
async fn a_password_is_changed_by_the_rules_and_ends_other_sessions() {
    let w = World::new().await;
    w.person("officer", "R08", "360121100").await;
    let phone = w.access.sign_in(&request("officer", PASSWORD, None), Channel::Mini, &origin("10.3.1.1")).await.unwrap();
    let pc = w.sign_in("officer", PASSWORD).await.unwrap();
    let from = origin("10.3.1.1");
    let change = async |old: &str, new: &str| {
        w.access
            .change_password(&pc.session, &secret(old), &secret(new), &from)
            .await
            .map_err(|e| e.problems.first().map_or(e.code.to_string(), |p| p.code.clone()))
    };
    let next = "Barn#4qx-Wm.Lu83e";
    assert_eq!(change(PASSWORD, next).await, Err("access.password_too_new".into()));
    w.forward(24 * 60);
    let pc = w.sign_in("officer", PASSWORD).await.unwrap();
    let phone_before = w.session_code(phone.token.expose()).await;
    let change = async |old: &str, new: &str| {
        w.access
            .change_password(&pc.session, &secret(old), &secret(new), &from)
            .await
            .map_err(|e| e.problems.first().map_or(e.code.to_string(), |p| p.code.clone()))
    };
    assert_eq!(phone_before, "Active");
    assert_eq!(change("wrong", next).await, Err("access.wrong_password".into()));
    assert_eq!(change(PASSWORD, "short").await, Err("access.password_short".into()));
    assert_eq!(change(PASSWORD, PASSWORD).await, Err("access.password_reused".into()));
    assert_eq!(change(PASSWORD, next).await, Ok(()));
    assert_eq!(w.session_code(phone.token.expose()).await, "PWD_CHANGED");
    assert_eq!(w.session_code(pc.token.expose()).await, "Active");
    assert_eq!(w.code_of("officer", PASSWORD).await, "access.wrong_login");
    w.forward(85 * 24 * 60);
    let signed = w.sign_in("officer", next).await.unwrap();
    assert_eq!(signed.password_expires_in_days, Some(5));
    w.forward(6 * 24 * 60);
    assert_eq!(w.sign_in("officer", next).await.unwrap().session.state, SessionState::MustChangePassword);
}

#[tokio::test]
async fn another_post_is_acted_in_by_switching_and_taken_away_at_once() {
    let w = World::new().await;
    let user = w.person("officer", "R10", "360121100201").await;
    let county = w.actor("county", "R06", "360121").await;
    let second = w.access.add_post(&county, user, "R08", &region("360121100"), None).await.unwrap();
    let signed = w.sign_in("officer", PASSWORD).await.unwrap();
    let (token, from) = (signed.token.expose(), origin("10.3.1.1"));
    assert_eq!(signed.session.actor.role, "R10");
    let s = w.access.switch_post(token, &signed.session, second, &from).await.unwrap();
    assert_eq!((s.actor.role.as_str(), s.actor.region.as_str()), ("R08", "360121100000"));
    assert!(w.access.switch_post(token, &s, uuid::Uuid::now_v7(), &from).await.is_err());
    w.access.remove_post(&county, user, second).await.unwrap();
    assert_eq!(w.session_code(token).await, "POST_CHANGED");
    assert_eq!(w.sign_in("officer", PASSWORD).await.unwrap().session.actor.role, "R10");
}

#[tokio::test]
async fn a_post_edited_past_the_program_is_an_alarm() {
    let w = World::new().await;
    w.person("officer", "R08", "360121100").await;
    sqlx::query("update app.post set role = 'R15', region_code = '360000000000'").execute(&w.pool).await.unwrap();
    assert_eq!(w.code_of("officer", PASSWORD).await, "access.post_altered");
    assert!(w.logged("post_altered")[0].alert);
    assert_eq!(w.access.altered_posts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn plain_values_are_counted_by_the_day_and_kept_to_working_hours() {
    let w = World::new().await;
    w.person("officer", "R08", "360121100").await;
    let s = w.sign_in("officer", PASSWORD).await.unwrap().session;
    assert_eq!(w.access.take_unmask(&s, 30).await.unwrap(), 20);
    assert_eq!(w.access.take_unmask(&s, 21).await.unwrap_err().code, "access.unmask_quota");
    assert_eq!(w.access.take_unmask(&s, 20).await.unwrap(), 0);
    w.forward(13 * 60);
    assert_eq!(w.access.take_unmask(&s, 1).await.unwrap_err().code, "access.unmask_hours");
    w.forward(9 * 60);
    assert_eq!(w.access.take_unmask(&s, 1).await.unwrap(), 49);
}
