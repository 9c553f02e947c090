//! The endpoints that the register writes by hand, beside the generic ones.

use axum::Router;
use http::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(crate::region::routes())
        .merge(crate::household::routes())
        .merge(crate::home::routes())
        .merge(crate::terms::http::routes())
        .merge(crate::sync::routes())
}
