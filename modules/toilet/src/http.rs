//! Routes of this module beside the generic ones.

use crate::{map, print};
use axum::Router;
use http::App;

pub(crate) fn routes() -> Router<App> {
    print::http::routes().merge(map::http::routes())
}
