//! Token buckets by person and by address (domain 06 §6). In memory of one web node.

use crate::App;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::Error;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;

/// The buckets of one node.
pub struct Limits {
    requests: DefaultKeyedRateLimiter<String>,
    sign_ins: DefaultKeyedRateLimiter<String>,
    exports: DefaultKeyedRateLimiter<String>,
    unmasks: DefaultKeyedRateLimiter<String>,
}

impl Limits {
    pub fn new(c: &crate::Config) -> Self {
        let n = |x: u32| NonZeroU32::new(x.max(1)).unwrap_or(NonZeroU32::MIN);
        Self {
            requests: RateLimiter::keyed(Quota::per_minute(n(c.requests_per_minute))),
            sign_ins: RateLimiter::keyed(Quota::per_minute(n(c.sign_ins_per_minute))),
            exports: RateLimiter::keyed(Quota::per_hour(n(c.exports_per_hour))),
            unmasks: RateLimiter::keyed(Quota::per_minute(n(c.unmasks_per_minute))),
        }
    }
}

/// Refuses what is too much, with the seconds to wait.
pub(crate) async fn guard(State(app): State<App>, req: Request, next: Next) -> Response {
    let path = req.uri().path();
    if !path.starts_with("/api/") {
        return next.run(req).await;
    }
    // a session is counted by its cookie, so that an office behind one address is not one person
    let address = crate::gate::address(&app, req.headers(), req.extensions()).to_string();
    let person = crate::gate::cookie(req.headers()).unwrap_or_else(|| address.clone());
    let write = req.method() == Method::POST;
    let (bucket, key) = match path.trim_start_matches("/api/v1") {
        "/session" if write => (&app.limits.sign_ins, address),
        p if write && p.ends_with("/export") => (&app.limits.exports, person),
        p if write && p.ends_with("/unmask") => (&app.limits.unmasks, person),
        _ => (&app.limits.requests, person),
    };
    if let Err(until) = bucket.check_key(&key) {
        let seconds = until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
        let text = format!("操作过于频繁，请 {seconds} 秒后再试。");
        return Problem(Error::busy("http.too_many", text).with("retry_after", seconds)).into_response();
    }
    next.run(req).await
}

/// Holds the size of a body: small for what is typed, large for forms with files, which are streamed and weighed one by one.
pub(crate) async fn body(req: Request, next: Next) -> Response {
    let form = req
        .headers()
        .get(axum::http::header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.starts_with("multipart/form-data"));
    let most = if form { crate::FORM_LIMIT } else { crate::BODY_LIMIT };
    let said = req.headers().get(axum::http::header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if said.is_some_and(|n| n > most) {
        let text = format!("提交的内容超过 {} MB，请拆分后再提交。", most / 1024 / 1024);
        return Problem(Error::invalid("http.too_large", text)).into_response();
    }
    let req = req.map(|b| axum::body::Body::new(http_body_util::Limited::new(b, most)));
    next.run(req).await
}
