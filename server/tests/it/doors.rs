//! Every door is shut to strangers, to forged requests and to roles without the permission; what is read leaves a line.

use crate::walk::{datasets, path, row};
use meta::Verb;
use serde_json::json;
use testkit::World;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_enters_without_a_session() {
    let w = World::new().await;
    let id = Uuid::nil().to_string();
    let body = json!({});
    for d in w.app.catalog.datasets() {
        let (at, one) = (path(d), format!("{}/{id}", path(d)));
        for (method, p) in [
            ("GET", at.clone()),
            ("GET", one.clone()),
            ("GET", format!("{one}/history")),
            ("GET", format!("{one}/attachments")),
            ("GET", format!("{at}/template")),
            ("POST", at.clone()),
            ("PATCH", one.clone()),
            ("DELETE", one.clone()),
            ("POST", format!("{one}/unmask")),
            ("POST", format!("{at}/export")),
        ] {
            let a = w.send(None, method, &p, (method != "GET").then_some(&body)).await;
            assert_eq!(a.status, 401, "{method} {p}: {}", a.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_and_unpermitted_requests_are_refused() {
    let w = World::new().await;
    let id = Uuid::nil();
    let body = json!({"row_version": 1});
    let county = w.actor("R06", &w.village.ancestor(base::Level::County)).await;
    let outsider = w.actor("AUDIT_ADMIN", &base::Actor::system("测试").region).await;
    for d in w.app.catalog.datasets() {
        let (at, one) = (path(d), format!("{}/{id}", path(d)));
        for (verb, method, p) in [(Verb::Create, "POST", &at), (Verb::Update, "PATCH", &one), (Verb::Delete, "DELETE", &one)] {
            for token in [None, Some("forged")] {
                let a = w.send_with(Some(&county), token, method, p, Some(&body)).await;
                assert_eq!((a.status.as_u16(), a.code()), (403, "http.csrf"), "{method} {p}: {}", a.text);
            }
            assert!(!w.app.catalog.roles_for(&d.id, verb).contains("AUDIT_ADMIN"), "{}", d.id);
            let a = w.send(Some(&outsider), method, p, Some(&body)).await;
            assert_eq!((a.status.as_u16(), a.code()), (403, "record.not_allowed"), "{method} {p}: {}", a.text);
        }
        if !w.app.catalog.roles_for(&d.id, Verb::Read).contains("AUDIT_ADMIN") {
            for p in [&at, &one, &format!("{one}/history")] {
                let a = w.send(Some(&outsider), "GET", p, None).await;
                assert_eq!((a.status.as_u16(), a.code()), (403, "record.not_allowed"), "GET {p}: {}", a.text);
            }
        }
    }
}

async fn lines(w: &World, event: &str, object: &str) -> i64 {
    sqlx::query_scalar("select count(*) from app.audit_line where event_type = $1 and object_type = $2")
        .bind(event)
        .bind(object)
        .fetch_one(w.app.db.pool())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_leaves_a_line_and_the_chain_holds() {
    let w = World::new().await;
    for d in datasets(&w) {
        let id = row(&w, &d).await;
        let who = w.who_may(&d, &[Verb::Read]).await.unwrap_or_else(|| panic!("nobody reads {}", d.id));
        for p in [path(&d), format!("{}/{id}", path(&d)), format!("{}/{id}/history", path(&d))] {
            let before = lines(&w, audit::Event::DataRead.code(), &d.id).await;
            assert_eq!(w.send(Some(&who), "GET", &p, None).await.status, 200, "{p}");
            assert_eq!(lines(&w, audit::Event::DataRead.code(), &d.id).await, before + 1, "{p}");
        }
    }
    let verdict = w.app.audit.verify(None, None).await.unwrap();
    assert!(verdict.ok && verdict.checked > 0, "{:?}", verdict.first_bad);
}
