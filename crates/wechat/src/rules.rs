//! What an answer of the platform means, and how long to wait before the next attempt.
//! Source: the platform's published pages 小程序登录 `auth.code2Session`, 获取稳定版接口调用凭据 `getStableAccessToken`,
//! 发送订阅消息 `subscribeMessage.send`, 全局返回码.

use base::Error;
use std::time::Duration;

/// What to do after an answer.
#[derive(Debug)]
pub enum Verdict {
    Good,
    /// The platform did nothing; the same may be asked again.
    Again,
    /// The access token is no longer good; a new one, then the same again.
    NewToken,
    Refused(Error),
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Delivered,
    /// The person took the consent back, or it is used up: nothing more is sent until a new one.
    NotWanted,
    /// The openid is no longer one of this mini-program.
    NoSuchPerson,
    /// The platform took the request and did not answer in time: it may have arrived, so it is not sent a second time.
    Unknown,
}

fn busy() -> Error {
    Error::busy("wechat.too_many", "微信平台限制了调用次数，请稍后再试。")
}
fn misconfigured(code: i64) -> Error {
    // operators read it in the log; the person can do nothing about it
    Error::unavailable("wechat.configuration", "微信接入参数有误，请联系系统管理员核对小程序标识、密钥和服务器白名单。")
        .with("errcode", code)
}

/// Reads `errcode`; 0 and none are good.
pub fn verdict(errcode: i64) -> Verdict {
    match errcode {
        0 => Verdict::Good,
        -1 => Verdict::Again,
        40001 | 40014 | 42001 => Verdict::NewToken,
        40029 | 40163 => {
            Verdict::Refused(Error::unauthenticated("wechat.code", "微信登录凭证已失效或已使用，请重新点“微信登录”。"))
        }
        40226 => {
            Verdict::Refused(Error::forbidden("wechat.blocked", "微信判定此用户存在风险，不能用微信登录，请用账号口令登录。"))
        }
        45009 | 45011 | 45047 => Verdict::Refused(busy()),
        40013 | 40125 | 40164 | 41002 | 41004 | 40037 | 41030 | 47003 | 48001 => Verdict::Refused(misconfigured(errcode)),
        other => Verdict::Refused(
            Error::unavailable("wechat.refused", "微信平台拒绝了这次请求，请稍后再试，或改用账号口令登录。")
                .with("errcode", other),
        ),
    }
}

/// The verdict of a message, where some refusals are facts about the person.
pub fn of_message(errcode: i64) -> Option<Sent> {
    match errcode {
        0 => Some(Sent::Delivered),
        43101 | 43107 => Some(Sent::NotWanted),
        40003 => Some(Sent::NoSuchPerson),
        _ => None,
    }
}

/// The platform cannot be reached or answers what nobody understands.
pub fn unreachable() -> Error {
    Error::unavailable("wechat.unreachable", "暂时连不上微信平台，请稍后再试，或改用账号口令登录。")
}

/// Whether secrets and openids may travel to this address: https, or http that does not leave the machine (the peer, a gateway
/// beside the program). Errors: `wechat.plain_http`, `wechat.address`.
pub fn address(scheme: &str, host: Option<&str>) -> Result<(), Error> {
    let host = host.unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<core::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match scheme {
        _ if host.is_empty() => Err(no_address()),
        "https" => Ok(()),
        "http" if here => Ok(()),
        "http" => Err(Error::refused(
            "wechat.plain_http",
            "微信平台地址不能用明文 http，密钥和用户标识会被途中的人看到；请把 GANONG_WECHAT_URL（--wechat-url）改为 https:// 开头的地址。\
             只有本机地址（127.0.0.1、localhost）可以用 http。",
        )),
        _ => Err(no_address()),
    }
}

/// What is configured is no address.
pub fn no_address() -> Error {
    Error::refused("wechat.address", "微信平台地址写法不对，应为 https://主机名，请核对 GANONG_WECHAT_URL（--wechat-url）。")
}

/// Wait before attempt `n` (1 is the first repetition): `unit`, three times `unit`, nine times …
pub fn pause(unit: Duration, n: u32) -> Duration {
    unit.saturating_mul(3u32.saturating_pow(n.saturating_sub(1)))
}

/// How long a token is used: five minutes less than it lives, so that it does not end under way; at least half of its life.
pub fn use_for(expires_in: u64) -> Duration {
    Duration::from_secs(expires_in.saturating_sub(300).max(expires_in / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_of_the_platform_has_its_consequence() {
        for (code, want) in [(0, "good"), (-1, "again"), (40001, "token"), (42001, "token"), (40014, "token")] {
            let got = match verdict(code) {
                Verdict::Good => "good",
                Verdict::Again => "again",
                Verdict::NewToken => "token",
                Verdict::Refused(_) => "refused",
            };
            assert_eq!(got, want, "{code}");
        }
        for (code, want) in [
            (40029, "wechat.code"),
            (40163, "wechat.code"),
            (40226, "wechat.blocked"),
            (45011, "wechat.too_many"),
            (45009, "wechat.too_many"),
            (40125, "wechat.configuration"),
            (47003, "wechat.configuration"),
            (40037, "wechat.configuration"),
            (99999, "wechat.refused"),
        ] {
            let Verdict::Refused(e) = verdict(code) else { panic!("{code}") };
            assert_eq!(e.code, want, "{code}");
        }
        assert_eq!(
            (of_message(43101), of_message(40003), of_message(-1)),
            (Some(Sent::NotWanted), Some(Sent::NoSuchPerson), None)
        );
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for (scheme, host, want) in [
            ("https", Some("api.weixin.qq.com"), "ok"),
            ("http", Some("127.0.0.1"), "ok"),
            ("http", Some("127.8.8.8"), "ok"),
            ("http", Some("[::1]"), "ok"),
            ("http", Some("localhost"), "ok"),
            ("http", Some("api.weixin.qq.com"), "wechat.plain_http"),
            ("http", Some("localhost.example.com"), "wechat.plain_http"),
            ("http", Some("127.0.0.1.example.com"), "wechat.plain_http"),
            ("http", Some("10.1.2.3"), "wechat.plain_http"),
            ("ftp", Some("127.0.0.1"), "wechat.address"),
            ("https", None, "wechat.address"),
        ] {
            let got = address(scheme, host).map_or_else(|e| e.code.to_string(), |()| "ok".to_owned());
            assert_eq!(got, want, "{scheme} {host:?}");
        }
        let told = address("http", Some("api.weixin.qq.com")).unwrap_err().sentence;
        assert!(told.contains("GANONG_WECHAT_URL") && told.contains("https://"), "{told}");
    }

    #[test]
    fn waits_grow_and_a_token_is_given_up_before_it_ends() {
        let unit = Duration::from_millis(200);
        assert_eq!([1, 2, 3].map(|n| pause(unit, n).as_millis()), [200, 600, 1800]);
        assert_eq!((use_for(7200).as_secs(), use_for(60).as_secs()), (6900, 30));
    }
}
