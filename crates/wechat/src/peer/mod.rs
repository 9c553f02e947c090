//! A platform of our own that answers as the real one does, for tests and the demonstration: codes of five minutes used once,
//! tokens of two hours, consents used up by messages, limits, disturbances. Must not be reachable from outside this machine.

mod http;

pub use http::start;

use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const CODE_LIFE: u64 = 300;
const TOKEN_LIFE: u64 = 7200;
/// Logins of one person a minute (45011).
const LOGINS_A_MINUTE: usize = 100;

/// A message as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    pub openid: String,
    pub template: String,
    pub page: String,
    pub data: BTreeMap<String, String>,
}

struct Code {
    openid: String,
    at: u64,
    used: bool,
}

#[derive(Default)]
struct State {
    /// Seconds since it began; moved by hand.
    now: u64,
    app_id: String,
    secret: String,
    templates: HashMap<String, Vec<String>>,
    people: Vec<String>,
    codes: HashMap<String, Code>,
    logins: Vec<(String, u64)>,
    tokens: Vec<(String, u64)>,
    consents: HashMap<(String, String), u32>,
    /// Code with which messages to a person are refused.
    refused: HashMap<String, i64>,
    arrived: Vec<Arrived>,
    asked: HashMap<&'static str, u32>,
    busy: u32,
    broken: u32,
    slow: Option<Duration>,
    left_today: Option<u32>,
}

/// Cheap to clone; all clones are one platform.
#[derive(Clone)]
pub struct Peer(Arc<Mutex<State>>);

fn refusal(code: i64, text: &str) -> Value {
    json!({"errcode": code, "errmsg": format!("{text} rid: 00000000-00000000-00000000")})
}

impl Peer {
    pub fn new(app_id: &str, secret: &str) -> Peer {
        Peer(Arc::new(Mutex::new(State { app_id: app_id.into(), secret: secret.into(), ..State::default() })))
    }
    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
    /// A template with its fields, as the mini-program's owner chose it.
    pub fn template(self, id: &str, fields: &[&str]) -> Peer {
        self.with(|s| s.templates.insert(id.into(), fields.iter().map(|f| (*f).to_owned()).collect()));
        self
    }
    /// The openid of a person who opens the mini-program.
    pub fn person(&self, name: &str) -> String {
        let hex = hex::encode(name);
        let openid = format!("o{hex:0>27}");
        self.with(|s| {
            if !s.people.contains(&openid) {
                s.people.push(openid.clone());
            }
        });
        openid
    }
    /// What `wx.login` gives on that person's telephone.
    pub fn code(&self, name: &str) -> String {
        let openid = self.person(name);
        let code = format!("0{}", hex::encode(rand::random::<[u8; 15]>()));
        self.with(|s| s.codes.insert(code.clone(), Code { openid, at: s.now, used: false }));
        code
    }
    /// The person agrees to one more message.
    pub fn consent(&self, name: &str, template: &str) {
        let openid = self.person(name);
        self.with(|s| *s.consents.entry((openid, template.to_owned())).or_default() += 1);
    }
    pub fn forward(&self, seconds: u64) {
        self.with(|s| s.now += seconds);
    }
    /// The next `n` requests are answered `-1 system error`.
    pub fn busy(&self, n: u32) {
        self.with(|s| s.busy = n);
    }
    /// The next `n` requests are answered 502 by a gateway before the platform.
    pub fn broken(&self, n: u32) {
        self.with(|s| s.broken = n);
    }
    /// Messages to that person are refused with a code, until 0 is given.
    pub fn refuse(&self, name: &str, errcode: i64) {
        let openid = self.person(name);
        self.with(|s| s.refused.insert(openid, errcode));
    }
    /// Answers come late by so much; what was asked is done nevertheless.
    pub fn slow(&self, by: Option<Duration>) {
        self.with(|s| s.slow = by);
    }
    /// Messages that the day still allows (45009 afterwards).
    pub fn left_today(&self, n: u32) {
        self.with(|s| s.left_today = Some(n));
    }
    /// Every token given out so far is void, as when another program forced a new one.
    pub fn void_tokens(&self) {
        self.with(|s| s.tokens.clear());
    }
    pub fn arrived(&self) -> Vec<Arrived> {
        self.with(|s| s.arrived.clone())
    }
    /// How often an interface was asked: `jscode2session`, `stable_token`, `send`.
    pub fn asked(&self, interface: &str) -> u32 {
        self.with(|s| s.asked.get(interface).copied().unwrap_or(0))
    }

    fn disturbed(&self, interface: &'static str) -> (Option<Duration>, Option<Result<Value, ()>>) {
        self.with(|s| {
            *s.asked.entry(interface).or_default() += 1;
            let trouble = if s.broken > 0 {
                s.broken -= 1;
                Some(Err(()))
            } else if s.busy > 0 {
                s.busy -= 1;
                Some(Ok(refusal(-1, "system error")))
            } else {
                None
            };
            (s.slow, trouble)
        })
    }

    fn code2session(&self, q: &HashMap<String, String>) -> Value {
        let given = |n: &str| q.get(n).map(String::as_str).unwrap_or_default();
        self.with(|s| {
            if given("appid") != s.app_id {
                return refusal(40013, "invalid appid");
            }
            if given("secret") != s.secret {
                return refusal(40125, "invalid appsecret");
            }
            if given("grant_type") != "authorization_code" {
                return refusal(40002, "invalid grant_type");
            }
            let now = s.now;
            let Some(code) = s.codes.get_mut(given("js_code")).filter(|c| now < c.at + CODE_LIFE) else {
                return refusal(40029, "invalid code");
            };
            if code.used {
                return refusal(40163, "code been used");
            }
            let openid = code.openid.clone();
            s.logins.retain(|(_, at)| at + 60 > now);
            if s.logins.iter().filter(|(o, _)| *o == openid).count() >= LOGINS_A_MINUTE {
                return refusal(45011, "api minute-quota reach limit  mustslower  retry next minute");
            }
            code.used = true;
            s.logins.push((openid.clone(), now));
            json!({"openid": openid, "session_key": hex::encode(rand::random::<[u8; 12]>())})
        })
    }

    fn stable_token(&self, body: &Value) -> Value {
        self.with(|s| {
            if body["appid"] != s.app_id.as_str() {
                return refusal(40013, "invalid appid");
            }
            if body["secret"] != s.secret.as_str() {
                return refusal(40125, "invalid appsecret");
            }
            let now = s.now;
            let alive = s.tokens.last().filter(|(_, at)| now < at + TOKEN_LIFE).cloned();
            let (token, at) = match alive {
                Some(t) if body["force_refresh"] != true => t,
                _ => {
                    let made = (hex::encode(rand::random::<[u8; 32]>()), now);
                    s.tokens = vec![made.clone()];
                    made
                }
            };
            json!({"access_token": token, "expires_in": at + TOKEN_LIFE - now})
        })
    }

    fn send(&self, token: &str, body: &Value) -> Value {
        self.with(|s| {
            let now = s.now;
            match s.tokens.iter().find(|(t, _)| t == token) {
                None => return refusal(40001, "invalid credential, access_token is invalid or not latest"),
                Some((_, at)) if now >= at + TOKEN_LIFE => return refusal(42001, "access_token expired"),
                Some(_) => {}
            }
            let (openid, template) =
                (body["touser"].as_str().unwrap_or_default(), body["template_id"].as_str().unwrap_or_default());
            if !s.people.iter().any(|p| p == openid) {
                return refusal(40003, "invalid openid");
            }
            if let Some(code) = s.refused.get(openid).filter(|c| **c != 0) {
                return refusal(*code, "refused");
            }
            let Some(fields) = s.templates.get(template) else { return refusal(40037, "invalid template_id") };
            let data = body["data"].as_object().cloned().unwrap_or_default();
            let text = |f: &str| data.get(f).and_then(|v| v["value"].as_str()).unwrap_or_default().to_owned();
            if let Some(bad) = fields.iter().find(|f| !fits(f, &text(f))) {
                return refusal(47003, &format!("argument invalid! data.{bad}.value invalid"));
            }
            if s.left_today == Some(0) {
                return refusal(45009, "reach max api daily quota limit");
            }
            let Some(left) = s.consents.get_mut(&(openid.to_owned(), template.to_owned())).filter(|n| **n > 0) else {
                return refusal(43101, "user refuse to accept the msg");
            };
            *left -= 1;
            s.left_today = s.left_today.map(|n| n - 1);
            s.arrived.push(Arrived {
                openid: openid.into(),
                template: template.into(),
                page: body["page"].as_str().unwrap_or_default().into(),
                data: fields.iter().map(|f| (f.clone(), text(f))).collect(),
            });
            json!({"errcode": 0, "errmsg": "ok", "msgid": s.arrived.len()})
        })
    }
}

/// Limits of the kinds of fields: thing 20 characters, number 32 digits, the others not empty.
fn fits(field: &str, text: &str) -> bool {
    let n = text.chars().count();
    match field.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "thing" => (1..=20).contains(&n),
        "number" => (1..=32).contains(&n) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.'),
        _ => n > 0,
    }
}
