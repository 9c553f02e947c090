//! Errors on the wire (RFC 9457), logged once here with the whole chain and without personal data.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::{Error, Kind};
use serde_json::{Map, Value as Json, json};

/// What handlers return on failure.
pub struct Problem(pub Error);
pub type Reply<T> = Result<T, Problem>;

impl<E: Into<Error>> From<E> for Problem {
    fn from(e: E) -> Self {
        Problem(e.into())
    }
}

/// The code of an error that went out, for the audit line.
#[derive(Clone)]
pub(crate) struct ErrorCode(#[expect(dead_code, reason = "read by the log layer through extensions")] pub String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let e = self.0;
        if e.kind == Kind::Internal {
            tracing::error!(code = %e.code, chain = %e.chain(), "request failed");
        } else {
            tracing::debug!(code = %e.code, chain = %e.chain(), "request refused");
        }
        let mut body = Map::new();
        body.insert("type".into(), "about:blank".into());
        body.insert("title".into(), title(e.kind).into());
        body.insert("status".into(), e.kind.status().into());
        body.insert("code".into(), e.code.as_ref().into());
        body.insert("detail".into(), e.sentence.clone().into());
        if !e.problems.is_empty() {
            body.insert("problems".into(), json!(e.problems));
        }
        for (k, v) in &e.extra {
            // the name of a database constraint helps the log, not the client
            if k != "constraint" {
                body.insert(k.clone(), v.clone());
            }
        }
        let status = StatusCode::from_u16(e.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut res = (status, axum::Json(Json::Object(body))).into_response();
        res.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(s) =
            e.extra.get("retry_after").and_then(Json::as_i64).and_then(|n| HeaderValue::from_str(&n.to_string()).ok())
        {
            res.headers_mut().insert(header::RETRY_AFTER, s);
        }
        res.extensions_mut().insert(ErrorCode(e.code.into_owned()));
        res
    }
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid => "请求有误",
        Kind::Unauthenticated => "请先登录",
        Kind::Forbidden => "没有权限",
        Kind::NotFound => "没有找到",
        Kind::Conflict => "已被他人修改",
        Kind::Refused => "不能办理",
        Kind::Busy => "操作过于频繁",
        Kind::Unavailable => "暂时不可用",
        Kind::Internal => "系统出错",
    }
}

pub(crate) async fn no_such_path() -> Problem {
    Problem(Error::not_found("http.no_such_path", "没有这个地址，请从菜单重新进入。"))
}

pub(crate) fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = cause.downcast_ref::<String>().cloned().or_else(|| cause.downcast_ref::<&str>().map(|s| (*s).to_owned()));
    Problem(Error::internal(format!("panic: {}", text.unwrap_or_default()))).into_response()
}

/// Follows one request through logs and audit; the number is in the answer for the help desk.
#[derive(Clone)]
pub(crate) struct TraceId(pub String);

pub(crate) async fn trace(mut req: Request, next: Next) -> Response {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let (method, path) = (req.method().clone(), req.uri().path().to_owned());
    req.extensions_mut().insert(TraceId(id.clone()));
    let began = std::time::Instant::now();
    let mut res = next.run(req).await;
    // the path only: query parameters can hold what a person typed
    tracing::info!(%method, %path, status = res.status().as_u16(), duration_ms = began.elapsed().as_millis() as u64, trace = %id, "request");
    if let Ok(v) = HeaderValue::from_str(&id) {
        res.headers_mut().insert("x-trace-id", v);
    }
    res
}
