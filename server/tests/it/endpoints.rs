//! Each endpoint of the OpenAPI document: closed to strangers, closed to a role without the permission, and the document
//! has every route there is in the sources.

use meta::Verb;
use serde_json::{Value, json};
use std::path::Path;
use testkit::{Answer, Person, World};
use uuid::Uuid;

/// Open on purpose: signing in and out, and a household's own report without an account.
const OPEN: [(&str, &str); 7] = [
    ("/session", "post"),
    ("/wechat/session", "post"),
    ("/session", "delete"),
    ("/public/regions", "get"),
    ("/relapse/self-report/form", "get"),
    ("/relapse/self-report", "post"),
    ("/relapse/self-report/status", "post"),
];

/// (path below /api/v1, method, whether it takes a file) of the whole document.
fn endpoints(w: &World) -> Vec<(String, String, bool)> {
    let document = http::openapi::document(&w.app.catalog);
    let mut out = vec![];
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, op) in methods.as_object().unwrap() {
            let file = op["requestBody"]["content"].get("multipart/form-data").is_some();
            out.push((path.trim_start_matches("/api/v1").to_owned(), method.clone(), file));
        }
    }
    assert!(out.len() > 500, "{} endpoints", out.len());
    out
}

async fn ask(w: &World, who: Option<&Person>, path: &str, method: &str, file: bool) -> Answer {
    let nil = Uuid::nil().to_string();
    let path = path
        .replace("{id}", &nil)
        .replace("{post}", &nil)
        .replace("{code}", "360000000000")
        .replace("{verb}", "disable")
        .replace("{name}", "x")
        .replace("{no}", "x")
        .replace("{dataset}", "registry.household");
    if file {
        return w.upload_as(who, &path, &[("field", "x")], &[("a.xlsx", b"PK".to_vec())]).await;
    }
    let body = match path.ends_with("/unmask") {
        true => json!({"fields": [], "reason_code": "01", "reason_text": "核对"}),
        false => json!({"row_version": 1}),
    };
    w.send(who, method, &path, (method != "get" && method != "delete").then_some(&body)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_endpoint_answers_a_stranger() {
    let w = World::new().await;
    for (path, method, file) in endpoints(&w) {
        let a = ask(&w, None, &path, &method, file).await;
        if OPEN.contains(&(path.as_str(), method.as_str())) {
            continue;
        }
        // a path of transitions is given with a name that exists nowhere: the door comes first all the same
        assert_eq!(a.status, 401, "{method} {path}: {}", a.text);
    }
}

/// What a dataset's endpoint asks the policy for.
fn verb(rest: &str, method: &str) -> Verb {
    match (rest, method) {
        ("", "post") => Verb::Create,
        ("/{id}", "patch") | ("/{id}/attachments", "post") => Verb::Update,
        ("/{id}", "delete") => Verb::Delete,
        ("/{id}/unmask", _) => Verb::Unmask,
        ("/template" | "/import", _) => Verb::Import,
        ("/export", _) => Verb::Export,
        _ => Verb::Read,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_endpoint_answers_a_role_without_the_permission() {
    let w = World::new().await;
    let all = endpoints(&w);
    let mut asked = 0;
    for d in w.app.catalog.datasets() {
        let at = format!("/{}/{}", d.module(), d.name());
        for (path, method, file) in &all {
            let Some(rest) = path.strip_prefix(&at).filter(|r| r.is_empty() || r.starts_with('/')) else { continue };
            // hand-written ones below a dataset have conditions of their own
            if http::openapi::FIXED.iter().any(|(p, m, _)| p == path && m == method) {
                continue;
            }
            let may = w.app.catalog.roles_for(&d.id, verb(rest, method));
            let none = access::roles().all().find(|r| !may.contains(r.code.as_str())).expect("nobody may do everything");
            let who = w.actor(&none.code, &w.village.ancestor(none.levels[0])).await;
            let a = ask(&w, Some(&who), path, method, *file).await;
            assert_eq!((a.status.as_u16(), a.code()), (403, "record.not_allowed"), "{method} {path} {}: {}", none.code, a.text);
            asked += 1;
        }
    }
    assert!(asked > 500, "{asked}");
    // a village cadre administers nothing; the titles of roles and the published matrix are everybody's
    let everybodys = ["/access/roles", "/access/permissions"];
    let cadre = w.actor("R10", &w.village).await;
    for (path, method, file) in
        all.iter().filter(|(p, ..)| (p.starts_with("/access/") && !everybodys.contains(&p.as_str())) || p.starts_with("/audit/"))
    {
        let a = ask(&w, Some(&cadre), path, method, *file).await;
        assert!([403, 404, 422, 400].contains(&a.status.as_u16()), "{method} {path}: {} {}", a.status, a.text);
        assert!(!a.status.is_success() && !a.status.is_server_error(), "{method} {path}: {}", a.text);
    }
}

#[test]
fn the_document_has_every_route_of_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut missing = vec![];
    let mut found = 0;
    for folder in ["crates", "modules"] {
        for entry in walk(&root.join(folder)) {
            let text = std::fs::read_to_string(&entry).unwrap();
            for (i, _) in text.match_indices(".route(") {
                let rest = text[i + 7..].trim_start();
                let Some(path) = rest.strip_prefix('"').and_then(|r| r.split('"').next()) else { continue };
                // what follows from descriptions, what is outside the API, and what an outside platform answers
                if entry.components().any(|c| c.as_os_str() == "peer") {
                    continue;
                }
                if path.contains("{module}") || path.starts_with("/health") || entry.ends_with("testkit") {
                    continue;
                }
                let call = rest.split(".route(").next().unwrap_or_default();
                let call = call.split(".merge(").next().unwrap_or_default().split("\n}").next().unwrap_or_default();
                for method in ["get", "post", "patch", "put", "delete"] {
                    if call.contains(&format!("{method}(")) {
                        found += 1;
                        if !http::openapi::FIXED.iter().any(|(p, m, _)| *p == path && *m == method) {
                            missing.push(format!("{method} {path} ({})", entry.display()));
                        }
                    }
                }
            }
        }
    }
    assert!(found > 40, "{found} routes");
    assert!(missing.is_empty(), "not in crates/http/src/openapi.rs FIXED:\n{}", missing.join("\n"));
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut out = vec![];
    for e in std::fs::read_dir(dir).unwrap() {
        let p = e.unwrap().path();
        if p.is_dir() && !p.ends_with("tests") {
            out.extend(walk(&p));
        } else if p.extension().is_some_and(|x| x == "rs") {
            out.push(p);
        }
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_on_the_wire_is_the_one_that_is_walked() {
    let w = World::new().await;
    let who = w.actor("R10", &w.village).await;
    let a = w.send(Some(&who), "GET", "/openapi.json", None).await;
    let there: &Value = &a.body["paths"];
    assert_eq!(
        there.as_object().map(serde_json::Map::len),
        http::openapi::document(&w.app.catalog)["paths"].as_object().map(serde_json::Map::len)
    );
}
