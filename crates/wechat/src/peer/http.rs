//! The peer's doors: those of the platform, and `/peer/…` by which a test outside this process plays the person.

use super::Peer;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base::{Error, Result};
use serde_json::{Value, json};
use std::collections::HashMap;

type Asked = Query<HashMap<String, String>>;

/// Listens on a free port of this machine; the address to configure a client with. It lives as long as the process.
pub async fn start(peer: Peer) -> Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(Error::internal)?;
    let at = listener.local_addr().map_err(Error::internal)?;
    let doors = Router::new()
        .route("/sns/jscode2session", get(code2session))
        .route("/cgi-bin/stable_token", post(stable_token))
        .route("/cgi-bin/message/subscribe/send", post(send))
        .route("/peer/{name}/code", post(code))
        .route("/peer/{name}/consent/{template}", post(consent))
        .route("/peer/arrived", get(arrived))
        .with_state(peer);
    tokio::spawn(async move { axum::serve(listener, doors).await });
    Ok(format!("http://{at}"))
}

async fn answer(peer: &Peer, interface: &'static str, right: impl FnOnce() -> Value) -> Response {
    let (slow, trouble) = peer.disturbed(interface);
    // what is asked is done at once; it is the answer that comes late, when the asker may have gone
    let reply = match trouble {
        Some(Err(())) => (StatusCode::BAD_GATEWAY, "<html>502</html>").into_response(),
        Some(Ok(v)) => Json(v).into_response(),
        None => Json(right()).into_response(),
    };
    if let Some(by) = slow {
        tokio::time::sleep(by).await;
    }
    reply
}

async fn code2session(State(p): State<Peer>, Query(q): Asked) -> Response {
    answer(&p, "jscode2session", || p.code2session(&q)).await
}
async fn stable_token(State(p): State<Peer>, Json(body): Json<Value>) -> Response {
    answer(&p, "stable_token", || p.stable_token(&body)).await
}
async fn send(State(p): State<Peer>, Query(q): Asked, Json(body): Json<Value>) -> Response {
    answer(&p, "send", || p.send(q.get("access_token").map(String::as_str).unwrap_or_default(), &body)).await
}

async fn code(State(p): State<Peer>, Path(name): Path<String>) -> Json<Value> {
    Json(json!({"code": p.code(&name)}))
}
async fn consent(State(p): State<Peer>, Path((name, template)): Path<(String, String)>) -> StatusCode {
    p.consent(&name, &template);
    StatusCode::NO_CONTENT
}
async fn arrived(State(p): State<Peer>) -> Json<Value> {
    let items: Vec<Value> =
        p.arrived().iter().map(|a| json!({"openid": a.openid, "template": a.template, "page": a.page, "data": a.data})).collect();
    Json(json!({ "items": items }))
}
