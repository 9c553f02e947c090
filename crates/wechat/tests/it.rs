//! The client against the peer, over real sockets.

use std::time::Duration;
use wechat::peer::{self, Peer};
use wechat::{Client, Config, Message, Sent};

const TEMPLATE: &str = "task-reminder";

async fn world() -> (Peer, Client) {
    let peer = Peer::new("wx-app", "wx-secret").template(TEMPLATE, &["number1", "thing2"]);
    let address = peer::start(peer.clone()).await.unwrap();
    let config = Config {
        pause: Duration::from_millis(5),
        timeout: Duration::from_millis(400),
        ..Config::new(&address, "wx-app", "wx-secret")
    };
    (peer, Client::new(config).unwrap())
}

fn message() -> Message {
    let data = [("number1".to_owned(), "3".to_owned()), ("thing2".to_owned(), "请打开小程序查看".to_owned())].into();
    Message { template: TEMPLATE.into(), page: "pages/today/today".into(), data }
}

#[tokio::test]
async fn a_code_is_a_person_once_and_for_five_minutes() {
    let (peer, client) = world().await;
    let code = peer.code("甲");
    let openid = client.openid(&code).await.unwrap();
    assert_eq!(*openid.expose(), peer.person("甲"));
    assert_eq!(client.openid(&code).await.unwrap_err().code, "wechat.code", "a second time");
    assert_eq!(client.openid("nonsense").await.unwrap_err().code, "wechat.code");
    let old = peer.code("甲");
    peer.forward(301);
    assert_eq!(client.openid(&old).await.unwrap_err().code, "wechat.code", "after five minutes");
}

#[tokio::test]
async fn a_busy_platform_is_asked_again_and_a_silent_one_given_up() {
    let (peer, client) = world().await;
    peer.busy(2);
    assert!(client.openid(&peer.code("甲")).await.is_ok(), "the third attempt is answered");
    assert_eq!(peer.asked("jscode2session"), 3);
    peer.busy(3);
    assert_eq!(client.openid(&peer.code("甲")).await.unwrap_err().code, "wechat.unreachable");
    peer.slow(Some(Duration::from_secs(2)));
    let before = peer.asked("jscode2session");
    let code = peer.code("甲");
    let error = client.openid(&code).await.unwrap_err();
    assert_eq!(error.code, "wechat.unreachable");
    // the code may have been used up by the request that was not answered
    assert_eq!(peer.asked("jscode2session"), before + 1, "what may have arrived is not asked twice");
    let told = error.chain();
    assert!(!told.contains(&code) && !told.contains("wx-secret"), "{told}");
    let nobody =
        Client::new(Config { pause: Duration::ZERO, ..Config::new("http://127.0.0.1:1", "wx-app", "wx-secret") }).unwrap();
    let told = nobody.openid("some-code").await.unwrap_err().chain();
    assert!(told.contains("wechat.unreachable") && !told.contains("some-code") && !told.contains("wx-secret"), "{told}");
}

#[tokio::test]
async fn whoever_logs_in_too_often_waits_and_a_wrong_secret_is_the_operators_affair() {
    let (peer, client) = world().await;
    for _ in 0..100 {
        client.openid(&peer.code("甲")).await.unwrap();
    }
    assert_eq!(client.openid(&peer.code("甲")).await.unwrap_err().code, "wechat.too_many");
    assert!(client.openid(&peer.code("乙")).await.is_ok(), "others are not concerned");
    peer.forward(61);
    assert!(client.openid(&peer.code("甲")).await.is_ok());
    let address = peer::start(peer.clone()).await.unwrap();
    let wrong = Client::new(Config::new(&address, "wx-app", "other")).unwrap();
    assert_eq!(wrong.openid(&peer.code("甲")).await.unwrap_err().code, "wechat.configuration");
}

#[tokio::test]
async fn a_message_takes_a_consent_and_without_one_nothing_is_sent() {
    let (peer, client) = world().await;
    let openid = client.openid(&peer.code("甲")).await.unwrap();
    assert_eq!(client.send(&openid, &message()).await.unwrap(), Sent::NotWanted);
    peer.consent("甲", TEMPLATE);
    assert_eq!(client.send(&openid, &message()).await.unwrap(), Sent::Delivered);
    assert_eq!(client.send(&openid, &message()).await.unwrap(), Sent::NotWanted, "one consent is one message");
    let arrived = peer.arrived();
    assert_eq!((arrived.len(), arrived[0].data["number1"].as_str(), arrived[0].page.as_str()), (1, "3", "pages/today/today"));
    let stranger = base::Secret::new("o-unknown".to_owned());
    assert_eq!(client.send(&stranger, &message()).await.unwrap(), Sent::NoSuchPerson);
    let mut long = message();
    long.data.insert("thing2".into(), "字".repeat(21));
    assert_eq!(client.send(&openid, &long).await.unwrap_err().code, "wechat.configuration", "a field too long");
}

#[tokio::test]
async fn one_token_serves_all_and_a_void_one_is_fetched_anew_once() {
    let (peer, client) = world().await;
    let openid = client.openid(&peer.code("甲")).await.unwrap();
    for _ in 0..6 {
        peer.consent("甲", TEMPLATE);
    }
    let m = message();
    let (a, b, c) = tokio::join!(client.send(&openid, &m), client.send(&openid, &m), client.send(&openid, &m));
    assert_eq!([a.unwrap(), b.unwrap(), c.unwrap()], [Sent::Delivered; 3]);
    assert_eq!(peer.asked("stable_token"), 1, "those who come together wait for one token");
    peer.void_tokens();
    assert_eq!(client.send(&openid, &m).await.unwrap(), Sent::Delivered, "replaced by another program");
    peer.forward(7201);
    assert_eq!(client.send(&openid, &m).await.unwrap(), Sent::Delivered, "ended");
    assert_eq!(peer.asked("stable_token"), 3);
    peer.left_today(0);
    assert_eq!(client.send(&openid, &m).await.unwrap_err().code, "wechat.too_many");
    assert_eq!(peer.arrived().len(), 5);
}

#[tokio::test]
async fn a_gateway_that_fails_after_taking_a_message_does_not_make_it_two() {
    let (peer, client) = world().await;
    let openid = client.openid(&peer.code("甲")).await.unwrap();
    peer.consent("甲", TEMPLATE);
    assert_eq!(client.send(&openid, &message()).await.unwrap(), Sent::Delivered);
    let before = peer.asked("send");
    peer.broken(1);
    assert_eq!(client.send(&openid, &message()).await.unwrap(), Sent::Unknown);
    assert_eq!(peer.asked("send"), before + 1);
}

#[tokio::test]
async fn a_message_that_is_answered_too_late_is_sent_once_and_said_to_be_unknown() {
    let (peer, client) = world().await;
    let openid = client.openid(&peer.code("甲")).await.unwrap();
    for _ in 0..3 {
        peer.consent("甲", TEMPLATE);
    }
    assert_eq!(client.send(&openid, &message()).await.unwrap(), Sent::Delivered);
    let before = peer.asked("send");
    peer.slow(Some(Duration::from_secs(2)));
    assert_eq!(client.send(&openid, &message()).await.unwrap(), Sent::Unknown);
    assert_eq!(peer.asked("send"), before + 1, "a request that may have arrived is not made again");
    assert_eq!(peer.arrived().len(), 2, "and here it did arrive");
    // nothing was sent where the platform did nothing, or where no token came: that is an error
    peer.slow(None);
    peer.busy(3);
    assert_eq!(client.send(&openid, &message()).await.unwrap_err().code, "wechat.unreachable");
    peer.slow(Some(Duration::from_secs(2)));
    let config = Config {
        pause: Duration::ZERO,
        timeout: Duration::from_millis(100),
        ..Config::new(&peer::start(peer.clone()).await.unwrap(), "wx-app", "wx-secret")
    };
    let fresh = Client::new(config).unwrap();
    assert_eq!(fresh.send(&openid, &message()).await.unwrap_err().code, "wechat.unreachable", "no token");
    assert_eq!(peer.arrived().len(), 2);
}

#[tokio::test]
async fn a_template_that_the_platform_does_not_know_is_the_operators_affair_and_uses_no_consent() {
    let (peer, client) = world().await;
    let openid = client.openid(&peer.code("甲")).await.unwrap();
    peer.consent("甲", TEMPLATE);
    let wrong = Message { template: "no-such-template".into(), ..message() };
    let error = client.send(&openid, &wrong).await.unwrap_err();
    assert_eq!((error.code.as_ref(), error.extra["errcode"].as_i64()), ("wechat.configuration", Some(40037)));
    assert_eq!(peer.asked("send"), 1, "asking again would not help");
    assert_eq!(client.send(&openid, &message()).await.unwrap(), Sent::Delivered, "the consent is still there");
}

#[tokio::test]
async fn a_platform_in_plain_http_is_refused_and_the_setting_named() {
    let made = |address: &str| Client::new(Config::new(address, "wx-app", "wx-secret")).map(|_| ());
    let error = made("http://api.weixin.qq.com").unwrap_err();
    assert_eq!(error.code, "wechat.plain_http");
    assert!(error.sentence.contains("GANONG_WECHAT_URL"), "{}", error.sentence);
    assert_eq!(made("http://127.0.0.1@weixin.example.com").unwrap_err().code, "wechat.plain_http", "a name before the host");
    assert_eq!(made("api.weixin.qq.com").unwrap_err().code, "wechat.address");
    for good in ["https://api.weixin.qq.com", "http://127.0.0.1:9", "http://[::1]:9", "http://localhost:9"] {
        assert!(made(good).is_ok(), "{good}");
    }
}
