//! What every handler can reach.

use meta::Catalog;
use std::sync::Arc;

/// Settings of the web side.
#[derive(Clone, Debug)]
pub struct Config {
    pub version: &'static str,
    /// Adds `Secure` to the cookie; off only where the program itself serves plain HTTP on this machine.
    pub secure_cookie: bool,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Requests a minute for one person (domain 06 §6: 120), sign-ins a minute for one address (5), exports an hour (3).
    pub requests_per_minute: u32,
    pub sign_ins_per_minute: u32,
    pub exports_per_hour: u32,
    pub unmasks_per_minute: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            secure_cookie: true,
            trusted_proxies: vec![],
            requests_per_minute: 120,
            sign_ins_per_minute: 5,
            exports_per_hour: 3,
            unmasks_per_minute: 10,
        }
    }
}

/// The rooms below, put together by the server.
pub struct Parts {
    pub db: store::Db,
    pub catalog: Arc<Catalog>,
    pub records: record::Records,
    pub flows: flow::Flows,
    pub access: access::Access,
    pub audit: audit::Audit,
    pub jobs: jobs::Jobs,
    pub files: files::Files,
    pub reports: report::Reports,
    pub ledgers: report::ledger::Ledgers,
    pub quality: ::quality::Quality,
    /// The mini-program's platform, where one is configured.
    pub wechat: Option<crate::wechat::Platform>,
    pub config: Config,
    pub limits: crate::limits::Limits,
}

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl App {
    pub fn new(parts: Parts) -> App {
        App(Arc::new(parts))
    }
}
impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
