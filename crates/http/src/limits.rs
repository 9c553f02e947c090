//! Token buckets by person and by address (domain 06 §6). In memory of one web node.

use crate::App;
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::Error;
use futures::StreamExt;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;

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
        "/session" | "/wechat/session" if write => (&app.limits.sign_ins, address),
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

/// Holds the size of a body: small for what is typed, one file for forms, many files at the doors that take deliveries. Files
/// are streamed and weighed one by one.
pub(crate) async fn body(State(deliveries): State<Arc<[&'static str]>>, req: Request, next: Next) -> Response {
    let form = req
        .headers()
        .get(axum::http::header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.starts_with("multipart/form-data"));
    // a program delivers one file as the body itself
    let most = match (form, deliveries.contains(&req.uri().path())) {
        (true, true) => crate::DELIVERY_LIMIT,
        (true, false) | (false, true) => crate::FORM_LIMIT,
        (false, false) => crate::BODY_LIMIT,
    };
    let said = req.headers().get(axum::http::header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if said.is_some_and(|n| n > most) {
        let text = format!("提交的内容超过 {} MB，请拆分后再提交。", most / 1024 / 1024);
        return Problem(Error::invalid("http.too_large", text)).into_response();
    }
    let req = req.map(|b| Body::new(http_body_util::Limited::new(b, most)));
    next.run(if form { req.map(piecewise) } else { req }).await
}

/// Gives one piece each time it is asked. The reader of forms takes in whatever is ready before it hands anything on: of a body
/// that comes faster than it is written down it would hold the whole in memory, and refuse too late.
fn piecewise(body: Body) -> Body {
    Body::from_stream(body.into_data_stream().then(|piece| async {
        // twice: looking for its first line the reader asks twice in one turn, and takes an end met there for a cut
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        piece
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::{FromRequest, Multipart};
    use axum::http::header::CONTENT_TYPE;
    use bytes::Bytes;
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn the_reader_of_a_form_takes_a_few_pieces_and_never_the_whole_body() {
        let head = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";
        let given = Arc::new(AtomicUsize::new(0));
        let count = given.clone();
        let pieces = std::iter::once(Bytes::from(head)).chain(std::iter::repeat_n(Bytes::from_static(&[0; 1 << 16]), 1000));
        let pieces = futures::stream::iter(pieces).map(move |piece| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(piece)
        });
        let req = Request::builder().header(CONTENT_TYPE, "multipart/form-data; boundary=edge");
        let req = req.body(piecewise(Body::from_stream(pieces))).unwrap();
        let mut form = Multipart::from_request(req, &()).await.unwrap();
        let mut file = form.next_field().await.unwrap().unwrap();
        assert!(file.chunk().await.unwrap().is_some());
        let taken = given.load(Ordering::Relaxed);
        assert!(taken < 5, "{taken} of 1001 pieces were taken in for the first");
    }
}
