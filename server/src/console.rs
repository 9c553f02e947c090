//! The console's files, embedded in the program; every unknown path is the single page.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../web/console/dist"]
#[allow_missing = true]
struct Console;

/// Serves a file, or the page for paths of the console's own routes.
pub(crate) async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let (name, cache) = match Console::get(path) {
        Some(_) if path.starts_with("assets/") => (path, "public, max-age=31536000, immutable"),
        Some(_) if !path.is_empty() => (path, "no-cache"),
        _ if path.starts_with("assets/") => return (StatusCode::NOT_FOUND, "not found").into_response(),
        _ => ("index.html", "no-cache"),
    };
    match Console::get(name) {
        Some(file) => {
            let mime = file.metadata.mimetype().to_owned();
            ([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, cache.to_owned())], file.data).into_response()
        }
        None => (StatusCode::NOT_FOUND, "管理端页面尚未构建，请先运行 cargo xtask run。").into_response(),
    }
}
