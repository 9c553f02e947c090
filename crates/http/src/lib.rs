//! Extractors, problem responses, OpenAPI and the generic endpoints. Must not know any dataset by name: what is offered
//! follows from descriptions, and hand-written modules add their own routes beside.

mod admin;
mod app;
mod describe;
mod extracts;
mod gate;
mod jobs;
mod ledgers;
mod limits;
pub mod module;
mod once;
pub mod openapi;
mod problem;
mod quality;
mod queries;
mod records;
pub mod reports;
mod rule_sheet;
mod session;
mod transitions;
mod upload;
pub mod wechat;

pub use app::{App, Config, Parts};
pub use gate::{Origin, Who, WhoAnyState};
pub use limits::Limits;
pub use module::Module;
pub use once::Sent;
pub use problem::{Problem, Reply};
pub use upload::take_file;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::get;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// Largest body of anything but an upload.
const BODY_LIMIT: usize = 2 * 1024 * 1024;
/// Largest form with one file of 200 MB (domain 06 §6) and a few words beside it; what one file may have is held by `files`.
const FORM_LIMIT: usize = 201 * 1024 * 1024;
/// Largest form at a door that takes deliveries of many files at once: a province's week comes in some dozen volumes.
const DELIVERY_LIMIT: usize = 4096 * 1024 * 1024;

/// The whole API: generic endpoints, the modules' own, security headers and limits round them all.
pub fn router(app: App, modules: &[Module]) -> Router {
    let mut api = Router::new()
        .merge(session::routes())
        .merge(wechat::routes())
        .merge(describe::routes())
        .merge(jobs::routes())
        .merge(admin::routes())
        .merge(transitions::routes())
        .merge(reports::routes())
        .merge(rule_sheet::routes())
        .merge(ledgers::routes())
        .merge(queries::routes())
        .merge(extracts::routes())
        .merge(quality::routes())
        .merge(records::routes());
    for m in modules {
        api = api.merge((m.routes)());
    }
    let deliveries: Vec<&'static str> = modules.iter().flat_map(|m| m.deliveries).copied().collect();
    let sized = axum::middleware::from_fn_with_state(std::sync::Arc::from(deliveries), limits::body);
    let api = api.merge(upload::routes()).layer(sized).fallback(problem::no_such_path);
    Router::new()
        .nest("/api/v1", api)
        .route("/health/live", get(|| async { "ok" }))
        .route("/health/ready", get(describe::ready))
        .layer(axum::middleware::from_fn_with_state(app.clone(), limits::guard))
        .layer(axum::middleware::from_fn(problem::trace))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(120)))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(CompressionLayer::new())
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CSP))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .with_state(app)
}

const CSP: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self'; \
                   object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

fn fixed(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
