//! The pages, embedded in the program: the console, where every unknown path is its single page, and the telephone's under `/m/`.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../web/console/dist"]
#[allow_missing = true]
struct Console;

#[derive(RustEmbed)]
#[folder = "../web/mini/dist/build/h5"]
#[allow_missing = true]
struct Mini;

/// Serves a file, or the page for paths of the console's or the telephone's own routes.
pub(crate) async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    match path.strip_prefix("m/") {
        Some(inner) => page(inner, Mini::get, "移动端页面尚未构建，请先运行 cargo xtask run。"),
        // the service worker of the telephone covers `/m/` only with the slash
        None if path == "m" => Redirect::permanent("/m/").into_response(),
        None => page(path, Console::get, "管理端页面尚未构建，请先运行 cargo xtask run。"),
    }
}

fn page(path: &str, get: impl Fn(&str) -> Option<EmbeddedFile>, unbuilt: &'static str) -> Response {
    let (name, cache) = match get(path) {
        Some(_) if path.starts_with("assets/") => (path, "public, max-age=31536000, immutable"),
        Some(_) if !path.is_empty() => (path, "no-cache"),
        _ if path.starts_with("assets/") => return (StatusCode::NOT_FOUND, "not found").into_response(),
        _ => ("index.html", "no-cache"),
    };
    match get(name) {
        Some(file) => {
            let mime = file.metadata.mimetype().to_owned();
            ([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, cache.to_owned())], file.data).into_response()
        }
        None => (StatusCode::NOT_FOUND, unbuilt).into_response(),
    }
}
