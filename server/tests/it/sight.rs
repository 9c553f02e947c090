//! What leaves the system: numbers masked, plain on request with a line, words exactly as they were typed.

use crate::walk::{datasets, maker, path};
use meta::{Sensitivity, Verb};
use serde_json::{Value, json};
use testkit::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_leave_masked_and_plain_only_with_a_reason() {
    let w = World::new().await;
    let mut unmasked = 0;
    for d in datasets(&w) {
        let secret = |f: &&meta::Field| {
            matches!(f.sensitivity, Sensitivity::Identity | Sensitivity::Bank | Sensitivity::Contact)
                && matches!(f.kind, meta::Kind::IdCard | meta::Kind::Bank | meta::Kind::Phone)
                && !f.is_derived()
                && f.shown.is_none()
        };
        let mut m = maker(&w);
        let mut input = m.input(&d).await.unwrap();
        let mut plain: Vec<(String, String)> = vec![];
        for f in d.fields.values().filter(secret).filter(|f| f.name != "disability_cert_no") {
            if !input.contains_key(&f.name) {
                let v = m.value(&d, f).await.unwrap();
                input.insert(f.name.clone(), v);
            }
            plain.push((f.name.clone(), input[&f.name].as_str().unwrap().to_owned()));
        }
        if plain.is_empty() {
            continue;
        }
        let Some(creator) = w.who_may(&d, &[Verb::Create]).await else { continue };
        let made = w.send(Some(&creator), "POST", &path(&d), Some(&Value::Object(input))).await;
        assert_eq!(made.status, 201, "{}: {}", d.id, made.text);
        let one = format!("{}/{}", path(&d), made.body["id"].as_str().unwrap());
        let who = w.who_may(&d, &[Verb::Read, Verb::Unmask]).await.unwrap_or_else(|| panic!("nobody unmasks {}", d.id));
        let mut seen = vec![made.text];
        for p in [one.clone(), path(&d), format!("{one}/history")] {
            let a = w.send(Some(&who), "GET", &p, None).await;
            assert_eq!(a.status, 200, "{p}: {}", a.text);
            seen.push(a.text);
        }
        for (name, value) in &plain {
            assert!(seen.iter().all(|t| !t.contains(value)), "{} shows {name}", d.id);
        }
        let fields: Vec<&String> = plain.iter().map(|(n, _)| n).collect();
        let ask = json!({"fields": fields, "reason_code": "01", "reason_text": "入户核对证件号码"});
        let a = w.send(Some(&who), "POST", &format!("{one}/unmask"), Some(&ask)).await;
        assert_eq!(a.status, 200, "{}: {}", d.id, a.text);
        for (name, value) in &plain {
            assert_eq!(a.body["values"][name], *value, "{} {name}", d.id);
        }
        let n: i64 = sqlx::query_scalar("select count(*) from app.audit_line where event_type = $1 and object_type = $2")
            .bind(audit::Event::Unmask.code())
            .bind(&d.id)
            .fetch_one(w.app.db.pool())
            .await
            .unwrap();
        assert_eq!(n, 1, "{}", d.id);
        let silent = json!({"fields": fields, "reason_code": "01", "reason_text": ""});
        assert_eq!(w.send(Some(&who), "POST", &format!("{one}/unmask"), Some(&silent)).await.status, 422, "{}", d.id);
        unmasked += 1;
    }
    assert!(unmasked >= 3, "households, members and helpers have numbers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_come_back_as_typed() {
    let w = World::new().await;
    let d = w.app.catalog.dataset("registry.household").unwrap().clone();
    let who = w.who_may(&d, &[Verb::Create, Verb::Read]).await.unwrap();
    for text in
        ["<script>alert(1)</script>", "'; drop table reg.household; --", "\"><img src=x onerror=a()>", "%s {{7*7}} \\u0000"]
    {
        let mut input = maker(&w).input(&d).await.unwrap();
        input.insert("relocation_flag".into(), json!(true));
        input.insert("relocation_mode".into(), json!(w.app.catalog.codes("C45").unwrap().items[0].code));
        input.insert("relocation_site".into(), json!(text));
        let made = w.send(Some(&who), "POST", &path(&d), Some(&Value::Object(input))).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let id = made.body["id"].as_str().unwrap();
        let got = w.send(Some(&who), "GET", &format!("{}/{id}", path(&d)), None).await;
        assert_eq!(got.body["relocation_site"], text);
    }
    let injected = format!("{}?q=%27%20or%201%3D1%20--", path(&d));
    let a = w.send(Some(&who), "GET", &injected, None).await;
    assert_eq!((a.status.as_u16(), &a.body["items"]), (200, &json!([])), "{}", a.text);
}
