//! A department's program delivers over the signed interface: two persons let it in, a signature holds once and for what was signed,
//! the same batch number is the same batch, and the receipt says places and reasons.

use base::Level;
use relapse::reception::rules::{canonical, sign};
use serde_json::{Value, json};
use testkit::{Answer, Person, World, identity_number};

struct Key {
    no: String,
    secret: Vec<u8>,
}

async fn step(w: &World, who: &Person, dataset: &str, id: &str, name: &str) -> Answer {
    let body = json!({ "opinion": "同意" });
    w.send(Some(who), "POST", &format!("/relapse/{dataset}/{id}/transitions/{name}"), Some(&body)).await
}

async fn sender(w: &World, first: &Person, second: &Person, items: &str) -> String {
    let row = json!({ "region_code": "360000000000", "name": format!("医保局{}", w.next()), "dept": "09", "items": items });
    let made = w.send(Some(first), "POST", "/relapse/dept_sender", Some(&row)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.body["id"].as_str().unwrap().to_owned();
    let own = step(w, first, "dept_sender", &id, "approve").await;
    assert!(!own.status.is_success(), "who registers a sender does not let it in: {}", own.text);
    let done = step(w, second, "dept_sender", &id, "approve").await;
    assert_eq!(done.status, 200, "{}", done.text);
    id
}

async fn key(w: &World, first: &Person, second: &Person, sender: &str) -> Key {
    let row = json!({ "sender_id": sender, "region_code": "360000000000", "purpose": "首次申请" });
    let made = w.send(Some(first), "POST", "/relapse/dept_key", Some(&row)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.body["id"].as_str().unwrap().to_owned();
    let path = format!("/relapse/dept_key/{id}/secret");
    assert_eq!(w.send(Some(first), "POST", &path, Some(&json!({}))).await.code(), "relapse.no_secret", "not issued yet");
    assert!(!step(w, first, "dept_key", &id, "issue").await.status.is_success(), "who applies does not issue");
    let done = step(w, second, "dept_key", &id, "issue").await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(w.send(Some(second), "POST", &path, Some(&json!({}))).await.code(), "relapse.no_secret", "only who applied");
    let taken = w.send(Some(first), "POST", &path, Some(&json!({}))).await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    assert_eq!(w.send(Some(first), "POST", &path, Some(&json!({}))).await.code(), "relapse.no_secret", "only once");
    let secret = taken.body["secret"].as_str().unwrap();
    let shown = w.send(Some(first), "GET", &format!("/relapse/dept_key/{id}"), None).await;
    assert!(!shown.text.contains(secret) && !shown.text.contains("secret"), "{}", shown.text);
    Key { no: taken.body["key_no"].as_str().unwrap().to_owned(), secret: hex::decode(secret).unwrap() }
}

/// A request as it is signed; tests change a part of it.
struct Asked<'a> {
    method: &'a str,
    path: String,
    body: &'a [u8],
    kind: &'a str,
    at: i64,
    nonce: String,
}

impl<'a> Asked<'a> {
    fn deliver(item: &str, batch: &str, more: &str, body: &'a [u8], kind: &'a str) -> Self {
        let path = format!("/relapse/interface/deliver?item={item}&batch={batch}{more}");
        Asked {
            method: "POST",
            path,
            body,
            kind,
            at: chrono::Utc::now().timestamp(),
            nonce: uuid::Uuid::now_v7().simple().to_string(),
        }
    }
    fn receipt(batch: &str) -> Self {
        let path = format!("/relapse/interface/receipt?batch={batch}");
        Asked { method: "GET", path, ..Self::deliver("", "", "", b"", "application/json") }
    }
    fn signature(&self, key: &Key) -> String {
        let digest = hex::encode(secure::hash::sm3(self.body));
        sign(&key.secret, &canonical(self.method, &format!("/api/v1{}", self.path), &self.at.to_string(), &self.nonce, &digest))
    }
    async fn send(&self, w: &World, key: &Key) -> Answer {
        self.send_signed(w, key, &self.signature(key)).await
    }
    async fn send_signed(&self, w: &World, key: &Key, signature: &str) -> Answer {
        let digest = hex::encode(secure::hash::sm3(self.body));
        let at = self.at.to_string();
        let headers = [
            ("content-type", self.kind),
            ("x-ganong-key", key.no.as_str()),
            ("x-ganong-timestamp", at.as_str()),
            ("x-ganong-nonce", self.nonce.as_str()),
            ("x-ganong-digest", digest.as_str()),
            ("x-ganong-signature", signature),
        ];
        w.send_bytes(&headers, self.method, &self.path, self.body.to_vec()).await
    }
}

const LINES: &str = "application/x-ndjson";

async fn ended(w: &World, key: &Key, batch: &str) -> Value {
    for _ in 0..200 {
        let got = Asked::receipt(batch).send(w, key).await;
        assert_eq!(got.status, 200, "{}", got.text);
        if got.body["state"] != "processing" {
            return got.body;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the batch does not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_program_delivers_signed_batches_and_reads_its_receipts() {
    let w = World::new().await;
    w.work();
    let province = w.village.ancestor(Level::Province);
    let (first, second) = (w.actor("R01", &province).await, w.actor("R02", &province).await);
    let id = sender(&w, &first, &second, "31、32").await;
    let k = key(&w, &first, &second, &id).await;

    // what was let in by two is not widened by one
    let wider = w
        .send(
            Some(&first),
            "PATCH",
            &format!("/relapse/dept_sender/{id}"),
            Some(&json!({ "row_version": 2, "items": "31、32、4" })),
        )
        .await;
    assert_eq!(wider.status, 422, "{}", wider.text);

    let day = (record::today() - chrono::Days::new(20)).to_string();
    let line = |name: &str, number: &str, yuan: f64| {
        json!({ "姓名": name, "证件号码": number, "入院日期": day, "amount": yuan, "流水号": name }).to_string()
    };
    let body =
        [line("甲", &identity_number(w.next()), 12_000.0), line("乙", "1234", 1.0), line("", &identity_number(w.next()), 2.0)]
            .join("\n");

    // signatures: of another path, another body, another key, out of time, malformed
    let good = Asked::deliver("31", "YB-1", "&period=202610", body.as_bytes(), LINES);
    let signature = good.signature(&k);
    let other_path = Asked { path: good.path.replace("YB-1", "YB-2"), ..Asked::deliver("31", "x", "", body.as_bytes(), LINES) };
    let other_path = Asked { at: good.at, nonce: good.nonce.clone(), ..other_path };
    assert_eq!(other_path.send_signed(&w, &k, &signature).await.code(), "relapse.bad_signature");
    let other_body =
        Asked { path: good.path.clone(), at: good.at, nonce: good.nonce.clone(), ..Asked::deliver("31", "", "", b"{}", LINES) };
    assert_eq!(other_body.send_signed(&w, &k, &signature).await.code(), "relapse.bad_signature");
    let stranger = Key { no: k.no.clone(), secret: vec![7; 32] };
    assert_eq!(good.send(&w, &stranger).await.code(), "relapse.bad_signature");
    let nobody = Key { no: "MY0000000000".into(), secret: k.secret.clone() };
    assert_eq!(good.send(&w, &nobody).await.code(), "relapse.bad_signature");
    let late = Asked { at: good.at - 301, ..Asked::deliver("31", "YB-1", "", body.as_bytes(), LINES) };
    assert_eq!(late.send(&w, &k).await.code(), "relapse.clock");
    let short = Asked { nonce: "1".into(), ..Asked::deliver("31", "YB-1", "", body.as_bytes(), LINES) };
    assert_eq!(short.send(&w, &k).await.code(), "relapse.bad_signature");
    let unsigned = w.send_bytes(&[], "POST", &good.path, body.clone().into_bytes()).await;
    assert_eq!(unsigned.status, 401, "{}", unsigned.text);

    // the good one is taken, once
    let taken = good.send(&w, &k).await;
    assert_eq!(taken.status, 202, "{}", taken.text);
    assert_eq!(good.send(&w, &k).await.code(), "relapse.replayed");
    let receipt = ended(&w, &k, "YB-1").await;
    assert_eq!(receipt["state"], "accepted", "{receipt:#}");
    let r = &receipt["report"];
    assert_eq!((&r["rows"], &r["unmatched"], &r["rejected"]), (&json!(3), &json!(1), &json!(2)), "{receipt:#}");
    // places are lines of what was sent
    assert_eq!((&r["refused"][0]["row"], &r["refused"][0]["column"]), (&json!(2), &json!("证件号码")), "{receipt:#}");
    assert!(r["refused"][0]["reason"].as_str().unwrap().contains("校验不通过"));
    assert_eq!(r["missing"][0]["column"], "姓名", "{receipt:#}");
    assert_eq!((&r["missing"][0]["rows"], &r["missing"][0]["first_rows"]), (&json!(1), &json!([3])), "{receipt:#}");
    assert!(!receipt.to_string().contains('甲'), "a receipt says nothing of anybody");

    // the same number and content again is the same batch; other content is refused aloud
    let again = Asked::deliver("31", "YB-1", "&period=202610", body.as_bytes(), LINES).send(&w, &k).await;
    assert_eq!((again.status.as_u16(), &again.body["delivery_no"]), (200, &receipt["delivery_no"]), "{}", again.text);
    let changed = Asked::deliver("31", "YB-1", "&period=202610", b"{\"name\":\"x\"}", LINES).send(&w, &k).await;
    assert_eq!((changed.status.as_u16(), changed.code()), (409, "relapse.batch_no_used"));

    // an item it was not let in for, bad lines, a sheet
    assert_eq!(Asked::deliver("4", "YB-3", "", body.as_bytes(), LINES).send(&w, &k).await.code(), "relapse.not_your_item");
    let bad = Asked::deliver("31", "YB-3", "", b"{\"name\":\"x\"}\nnot json", LINES).send(&w, &k).await;
    assert!(bad.body["detail"].as_str().unwrap_or(&bad.text).contains("第 2 行不是 JSON 对象"), "{}", bad.text);
    let sheet = format!("姓名,证件号码,就诊日期,个人负担\n丙,{},{day},5\n", identity_number(w.next()));
    let named = Asked::deliver("32", "YB-4", "&name=a.csv", sheet.as_bytes(), "application/octet-stream");
    assert_eq!(named.send(&w, &k).await.status, 202);
    assert_eq!(ended(&w, &k, "YB-4").await["report"]["rows"], json!(1));
    // a sheet without its columns is refused by the job; put right, it comes under the same number
    let wrong = Asked::deliver("32", "YB-5", "&name=a.csv", b"a,b\n1,2\n", "application/octet-stream").send(&w, &k).await;
    assert_eq!(wrong.status, 202, "{}", wrong.text);
    let refused = ended(&w, &k, "YB-5").await;
    assert_eq!(refused["state"], "refused", "{refused:#}");
    let right = format!("姓名,证件号码,就诊日期,个人负担\n丁,{},{day},6\n", identity_number(w.next()));
    let right = Asked::deliver("32", "YB-5", "&name=a.csv", right.as_bytes(), "application/octet-stream").send(&w, &k).await;
    assert_eq!(right.status, 202, "{}", right.text);
    assert_eq!(ended(&w, &k, "YB-5").await["state"], "accepted");

    // batches of somebody else are not there
    let other = sender(&w, &first, &second, "31").await;
    let theirs = key(&w, &first, &second, &other).await;
    assert_eq!(Asked::receipt("YB-1").send(&w, &theirs).await.code(), "relapse.no_delivery");

    // a newer key lets the older one end some days later; a stopped one ends at once
    let newer = key(&w, &first, &second, &id).await;
    assert_eq!(Asked::receipt("YB-1").send(&w, &k).await.status, 200);
    let ends: chrono::NaiveDate = sqlx::query_scalar("select valid_to from relapse.dept_key where key_no = $1")
        .bind(&k.no)
        .fetch_one(w.app.db.pool())
        .await
        .unwrap();
    assert_eq!(ends, record::today() + chrono::Days::new(14));
    let of = |no: &str| format!("/relapse/dept_key?key_no={no}");
    let listed = w.send(Some(&second), "GET", &of(&newer.no), None).await;
    let stopped = listed.body["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(step(&w, &second, "dept_key", &stopped, "stop").await.status, 200);
    assert_eq!(Asked::receipt("YB-1").send(&w, &newer).await.code(), "relapse.bad_signature");

    // the province sees every delivery with its batch and the faults below it
    let seen = w.send(Some(&second), "GET", "/relapse/dept_delivery?state=02", None).await;
    assert_eq!(seen.body["items"].as_array().map(Vec::len), Some(3), "{}", seen.text);
    let batch = seen.body["items"].as_array().unwrap().iter().find(|d| d["sender_no"] == "YB-1").unwrap()["batch_id"].clone();
    let batch = batch["id"].as_str().or(batch.as_str()).unwrap().to_owned();
    let faults = w.send(Some(&second), "GET", &format!("/relapse/dept_fault?batch_id={batch}"), None).await;
    assert_eq!(faults.body["items"].as_array().map(Vec::len), Some(3), "{}", faults.text);
}
