//! A database, a room with a clock that is moved by hand, and people at several levels.

use crate::pg;
use access::*;
use async_trait::async_trait;
use base::{Actor, RegionCode, Result};
use chrono::{DateTime, Duration, Utc};
use sqlx::PgPool;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

pub const PASSWORD: &str = "Kite#7pm-Rv.Tz29u";

/// Keeps events; can be told to fail.
#[derive(Default)]
pub struct Remember {
    pub events: Mutex<Vec<SecurityEvent>>,
    pub broken: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl SecurityLog for Remember {
    async fn record(&self, event: SecurityEvent) -> Result<()> {
        if self.broken.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(base::Error::unavailable("audit.down", "审计不可用"));
        }
        self.events.lock().unwrap().push(event);
        Ok(())
    }
}

pub struct World {
    pub access: Access,
    pub pool: PgPool,
    pub clock: Arc<ManualClock>,
    pub log: Arc<Remember>,
    pub vault: Arc<dyn secure::Vault>,
}

pub fn origin(ip: &str) -> Origin {
    Origin { ip: ip.parse().unwrap(), ua: "Browser/1".into(), trace_id: Some("t1".into()) }
}

pub fn request(login: &str, password: &str, code: Option<&str>) -> SignInRequest {
    SignInRequest { login_name: login.into(), password: password.into(), code: code.map(str::to_owned) }
}

pub fn region(code: &str) -> RegionCode {
    RegionCode::parse(code).unwrap()
}

pub fn new_user(login: &str, role: &str, at: &str) -> NewUser {
    NewUser {
        login_name: Some(login.into()),
        name: "某某".into(),
        id_card: None,
        phone: None,
        org: String::new(),
        region_code: region(at),
        role: role.into(),
        account_type: "1".into(),
        valid_to: None,
        apply_doc: String::new(),
        approved_by: String::new(),
    }
}

impl World {
    pub async fn new() -> World {
        let url = pg::database(&[&MIGRATIONS]).await;
        let pool = PgPool::connect(&url).await.unwrap();
        let start = DateTime::parse_from_rfc3339("2026-03-02T10:00:00+08:00").unwrap().to_utc();
        let (clock, log) = (Arc::new(ManualClock::at(start)), Arc::new(Remember::default()));
        let vault: Arc<dyn secure::Vault> = Arc::new(secure::SoftVault::in_memory().unwrap());
        let access = room(&pool, &vault, &log, &clock);
        World { access, pool, clock, log, vault }
    }
    /// Another process over the same database, started as a demonstration.
    pub fn demonstration(&self) -> Access {
        let config = AccessConfig {
            training: true,
            hash: HashCost::cheap(),
            answer_floor: std::time::Duration::ZERO,
            ..AccessConfig::default()
        };
        Access::with_clock(self.pool.clone(), self.vault.clone(), self.log.clone(), config, self.clock.clone()).unwrap()
    }
    /// Another process over the same database.
    pub fn another(&self) -> Access {
        room(&self.pool, &self.vault, &self.log, &self.clock)
    }
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
    pub fn forward(&self, minutes: i64) {
        self.clock.forward(Duration::minutes(minutes));
    }
    /// A person with a password of choice.
    pub async fn person(&self, login: &str, role: &str, at: &str) -> Uuid {
        self.access.seed_account(&new_user(login, role, at), PASSWORD).await.unwrap()
    }
    /// A person with an actor, for administration without a session.
    pub async fn actor(&self, login: &str, role: &str, at: &str) -> Actor {
        let user_id = self.person(login, role, at).await;
        Actor { user_id, role: role.into(), region: region(at), ..Actor::system("x") }
    }
    pub async fn sign_in(&self, login: &str, password: &str) -> Result<SignedIn> {
        self.access.sign_in(&request(login, password, None), Channel::Pc, &origin("10.3.1.1")).await
    }
    pub async fn code_of(&self, login: &str, password: &str) -> String {
        match self.sign_in(login, password).await {
            Ok(_) => "ok".into(),
            Err(e) => e.code.into_owned(),
        }
    }
    pub async fn session_code(&self, token: &str) -> String {
        match self.access.authenticate(token, "10.3.1.1".parse().unwrap()).await {
            Ok(s) => format!("{:?}", s.state),
            Err(e) => e.extra.get("reason").map_or(e.code.to_string(), |r| r.as_str().unwrap().to_owned()),
        }
    }
    pub fn logged(&self, action: &str) -> Vec<SecurityEvent> {
        self.log.events.lock().unwrap().iter().filter(|e| e.action == action).cloned().collect()
    }
}

fn room(pool: &PgPool, vault: &Arc<dyn secure::Vault>, log: &Arc<Remember>, clock: &Arc<ManualClock>) -> Access {
    let mut config = AccessConfig { hash: HashCost::cheap(), answer_floor: std::time::Duration::ZERO, ..AccessConfig::default() };
    config.limits.delay_unit = std::time::Duration::ZERO;
    Access::with_clock(pool.clone(), vault.clone(), log.clone(), config, clock.clone()).unwrap()
}
