//! Routes of this module beside the generic ones: none so far.

use axum::Router;
use http::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
}
