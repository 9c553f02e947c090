//! The requests: with a time limit, repeated where the platform did nothing, one token for all of them.

use crate::rules::{self, Sent, Verdict};
use base::{Error, Result, Secret};
use reqwest_tls::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Where the platform is and who we are to it.
pub struct Config {
    /// `https://api.weixin.qq.com`, or a gateway of the government network before it.
    pub address: String,
    pub app_id: String,
    pub secret: Secret<String>,
    /// Of one request, connection included.
    pub timeout: Duration,
    /// Attempts in all.
    pub tries: u32,
    /// First wait between two attempts, see [`rules::pause`].
    pub pause: Duration,
}

impl Config {
    pub fn new(address: &str, app_id: &str, secret: &str) -> Config {
        Config {
            address: address.trim_end_matches('/').to_owned(),
            app_id: app_id.to_owned(),
            secret: Secret::new(secret.to_owned()),
            timeout: Duration::from_secs(5),
            tries: 3,
            pause: Duration::from_millis(200),
        }
    }
}

/// One subscription message: a template, the page it opens, and its fields.
#[derive(Clone, Debug)]
pub struct Message {
    pub template: String,
    pub page: String,
    /// Field of the template (`number1`, `thing2`) and its text.
    pub data: BTreeMap<String, String>,
}

struct Token {
    text: Secret<String>,
    until: Instant,
}

struct Inner {
    http: reqwest_tls::Client,
    config: Config,
    token: Mutex<Option<Token>>,
}

/// Cheap to clone; all clones share the token.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("address", &self.0.config.address).finish_non_exhaustive()
    }
}

/// No answer came, and whether the platform may have done what was asked nevertheless.
struct Silence {
    error: Error,
    may_have_arrived: bool,
}

impl From<Silence> for Error {
    fn from(s: Silence) -> Error {
        s.error
    }
}

/// Whether a request that may have arrived can be sent a second time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Always,
    /// Only when the platform certainly did nothing.
    Untouched,
}

impl Client {
    /// Errors: `wechat.address`, `wechat.plain_http` (a secret would travel in the clear).
    pub fn new(config: Config) -> Result<Client> {
        let http = reqwest_tls::Client::builder()
            .timeout(config.timeout)
            .connect_timeout(config.timeout)
            .redirect(reqwest_tls::redirect::Policy::none())
            .build()
            .map_err(|e| Error::internal(e.without_url()))?;
        let url = reqwest_tls::Url::parse(&config.address).map_err(|_| rules::no_address())?;
        rules::address(url.scheme(), url.host_str())?;
        Ok(Client(Arc::new(Inner { http, config, token: Mutex::new(None) })))
    }

    /// The openid behind a login code. Errors: `wechat.code` (ended, used before, unknown), `wechat.too_many`,
    /// `wechat.unreachable`, `wechat.configuration`.
    pub async fn openid(&self, js_code: &str) -> Result<Secret<String>> {
        let c = &self.0.config;
        let answer = self
            .ask("jscode2session", Repeat::Untouched, || {
                self.to(Method::GET, "/sns/jscode2session").query(&[
                    ("appid", c.app_id.as_str()),
                    ("secret", c.secret.expose()),
                    ("js_code", js_code),
                    ("grant_type", "authorization_code"),
                ])
            })
            .await?;
        good("jscode2session", &answer)?;
        match answer["openid"].as_str() {
            Some(id) if !id.is_empty() => Ok(Secret::new(id.to_owned())),
            _ => Err(rules::unreachable()),
        }
    }

    /// Sends a message, at most once. Errors are those of the platform or the configuration, and then certainly nothing was sent;
    /// what the person decided is no error, nor is an answer that did not come ([`Sent::Unknown`]).
    pub async fn send(&self, openid: &Secret<String>, m: &Message) -> Result<Sent> {
        let data: serde_json::Map<String, Value> = m.data.iter().map(|(k, v)| (k.clone(), json!({ "value": v }))).collect();
        let body = json!({"touser": openid.expose(), "template_id": m.template, "page": m.page, "data": data, "lang": "zh_CN"});
        let mut renewed = false;
        loop {
            let token = self.token(renewed).await?;
            let asked = self.ask("subscribe/send", Repeat::Untouched, || {
                self.to(Method::POST, "/cgi-bin/message/subscribe/send")
                    .query(&[("access_token", token.expose().as_str())])
                    .json(&body)
            });
            let answer = match asked.await {
                Ok(answer) => answer,
                Err(silence) if silence.may_have_arrived => return Ok(Sent::Unknown),
                Err(silence) => return Err(silence.error),
            };
            let code = errcode(&answer);
            if let Some(sent) = rules::of_message(code) {
                return Ok(sent);
            }
            // a token that another program replaced is fetched anew once, not in a circle
            if matches!(rules::verdict(code), Verdict::NewToken) && !renewed {
                renewed = true;
                continue;
            }
            good("subscribe/send", &answer)?;
        }
    }

    /// The token at hand, or a new one; whoever comes meanwhile waits for the same.
    async fn token(&self, anew: bool) -> Result<Secret<String>> {
        let mut held = self.0.token.lock().await;
        if let Some(t) = held.as_ref().filter(|t| !anew && t.until > Instant::now()) {
            return Ok(Secret::new(t.text.expose().clone()));
        }
        let c = &self.0.config;
        let body =
            json!({"grant_type": "client_credential", "appid": c.app_id, "secret": c.secret.expose(), "force_refresh": anew});
        let answer =
            self.ask("stable_token", Repeat::Always, || self.to(Method::POST, "/cgi-bin/stable_token").json(&body)).await?;
        good("stable_token", &answer)?;
        let text = answer["access_token"].as_str().filter(|t| !t.is_empty()).ok_or_else(rules::unreachable)?.to_owned();
        let until = Instant::now() + rules::use_for(answer["expires_in"].as_u64().unwrap_or(0));
        *held = Some(Token { text: Secret::new(text.clone()), until });
        Ok(Secret::new(text))
    }

    fn to(&self, method: Method, path: &str) -> RequestBuilder {
        self.0.http.request(method, format!("{}{path}", self.0.config.address))
    }

    /// One request, repeated as often as sense allows. The log names the interface and the code, never the address with its
    /// parameters.
    async fn ask(&self, interface: &'static str, repeat: Repeat, make: impl Fn() -> RequestBuilder) -> Result<Value, Silence> {
        let c = &self.0.config;
        let mut n = 0;
        loop {
            n += 1;
            let silence = match self.once(&make).await {
                Ok(a) if errcode(&a) == -1 => Silence { error: rules::unreachable(), may_have_arrived: false },
                Ok(a) => return Ok(a),
                Err(e) => {
                    let may_have_arrived = !(e.is_connect() || e.is_builder());
                    Silence { error: rules::unreachable().because(e.without_url()), may_have_arrived }
                }
            };
            let again = repeat == Repeat::Always || !silence.may_have_arrived;
            if !again || n >= c.tries.max(1) {
                let unknown = silence.may_have_arrived;
                tracing::warn!(interface, attempts = n, unknown, "the platform does not answer");
                return Err(silence);
            }
            tokio::time::sleep(rules::pause(c.pause, n)).await;
        }
    }

    async fn once(&self, make: &impl Fn() -> RequestBuilder) -> reqwest_tls::Result<Value> {
        make().send().await?.error_for_status()?.json().await
    }
}

fn errcode(answer: &Value) -> i64 {
    answer["errcode"].as_i64().unwrap_or(0)
}

fn good(interface: &'static str, answer: &Value) -> Result<()> {
    let code = errcode(answer);
    match rules::verdict(code) {
        Verdict::Good => Ok(()),
        Verdict::Refused(e) => {
            tracing::warn!(interface, errcode = code, "the platform refuses");
            Err(e)
        }
        Verdict::Again | Verdict::NewToken => {
            tracing::warn!(interface, errcode = code, "the platform refuses again");
            Err(rules::unreachable())
        }
    }
}
