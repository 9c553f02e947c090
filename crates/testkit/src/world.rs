//! The real router over a real database, and people who speak to it without a port.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use base::{Actor, Level, RegionCode};
use futures::StreamExt;
use ganong::assemble::{Settings, assemble_with};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use store::testing::TestDb;
use tower::ServiceExt;

/// Password of everybody here.
pub const PASSWORD: &str = "Kite#7pm-Rv.Tz29u";

const FIELDS: [&str; 4] = ["number1", "number2", "date3", "thing4"];

/// A system of one test.
pub struct World {
    pub app: http::App,
    /// The mini-program's platform that this system speaks to.
    pub wechat: wechat::peer::Peer,
    router: Router,
    /// A village, and one of another county of the same city.
    pub village: RegionCode,
    pub neighbour: RegionCode,
    count: AtomicU32,
    people: tokio::sync::Mutex<HashMap<(String, RegionCode), Person>>,
    _data: tempfile::TempDir,
    _database: TestDb,
}

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Person {
    pub actor: Actor,
    cookie: String,
    csrf: String,
}

impl Person {
    /// The token against forged requests.
    pub fn token(&self) -> String {
        self.csrf.clone()
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    /// The body as it was sent, for what must stand nowhere in it.
    pub text: String,
    pub bytes: Vec<u8>,
    cookie: Option<String>,
}

impl Answer {
    /// A refusal has a code that people can look up, whatever the test wanted to see.
    fn is_documented(&self) {
        const PAGE: &str = include_str!("../../../docs/generated/errors.md");
        if self.status.is_client_error() || self.status.is_server_error() {
            let problems = self.body["problems"].as_array().into_iter().flatten().filter_map(|p| p["code"].as_str());
            for code in self.body["code"].as_str().into_iter().chain(problems) {
                assert!(PAGE.contains(&format!("| `{code}` |")), "{code} is not in docs/generated/errors.md: {}", self.text);
            }
        }
    }

    /// The machine code of a refusal.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl World {
    /// Everything put together over a database of its own.
    pub async fn new() -> World {
        Self::with(ganong::modules()).await
    }

    /// The same over other modules: for what a walk must find.
    pub async fn with(modules: Vec<http::Module>) -> World {
        let migrations = ganong::migrations_of(&modules).expect("migrations fit together");
        let database = store::testing::create_from_template("world", &migrations.checksum(), async |url| {
            let db = store::Db::connect(&url, 4).await?;
            migrations.migrate(db.pool()).await?;
            migrations.migrate_deferred(db.pool()).await?;
            registry::region::seed(db.pool()).await?;
            db.close().await;
            Ok(())
        })
        .await
        .expect("a test database");
        let data = tempfile::tempdir().expect("a folder");
        let mut settings = Settings::new(data.path());
        settings.access.hash = access::HashCost::cheap();
        settings.access.training = true;
        settings.access.answer_floor = std::time::Duration::ZERO;
        // the night is not the subject of these tests
        (settings.access.unmask.from_hour, settings.access.unmask.to_hour) = (0, 24);
        settings.http.secure_cookie = false;
        settings.http.requests_per_minute = 1_000_000;
        settings.http.sign_ins_per_minute = 1_000;
        settings.http.exports_per_hour = 1_000;
        settings.http.unmasks_per_minute = 1_000;
        let peer = wechat::peer::Peer::new("wx-test", "secret").template("reminder", &FIELDS);
        let address = wechat::peer::start(peer.clone()).await.expect("a free port");
        settings.wechat = Some(http::wechat::Platform {
            client: wechat::Client::new(wechat::Config {
                timeout: std::time::Duration::from_secs(2),
                ..wechat::Config::new(&address, "wx-test", "secret")
            })
            .expect("an address"),
            template: Some("reminder".into()),
            fields: FIELDS.map(str::to_owned),
            page: "pages/today/today".into(),
            hours: (0, 24),
        });
        let app =
            assemble_with(database.db().await.expect("a connection"), &settings, &modules).await.expect("the rooms fit together");
        let regions = registry::region::Regions::load(app.db.pool()).await.expect("regions");
        let villages: Vec<RegionCode> = regions
            .at_level(&Actor::system("测试").scope(), Level::Village)
            .iter()
            .filter(|r| regions.exists_at(&r.code, record::today()))
            .filter_map(|r| RegionCode::parse(&r.code).ok())
            .collect();
        let village = villages.first().expect("a village").clone();
        let (city, county) = (village.ancestor(Level::City), village.ancestor(Level::County));
        let neighbour = villages
            .iter()
            .find(|v| v.ancestor(Level::City) == city && v.ancestor(Level::County) != county)
            .expect("a neighbour county")
            .clone();
        World {
            router: ganong::serve::router_of(&app, &modules),
            app,
            wechat: peer,
            village,
            neighbour,
            count: AtomicU32::new(1),
            people: tokio::sync::Mutex::default(),
            _data: data,
            _database: database,
        }
    }

    /// A number that was not used before.
    pub fn next(&self) -> u32 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Somebody of this role in this region, signed in; the same person when asked again.
    pub async fn actor(&self, role: &str, region: &RegionCode) -> Person {
        let mut people = self.people.lock().await;
        let key = (role.to_owned(), region.clone());
        if let Some(p) = people.get(&key) {
            return p.clone();
        }
        let login = format!("person{}", self.next());
        let new = access::NewUser {
            login_name: Some(login.clone()),
            name: "某某".into(),
            id_card: None,
            phone: None,
            org: "测试".into(),
            region_code: region.clone(),
            role: role.to_owned(),
            account_type: "5".into(),
            valid_to: None,
            apply_doc: String::new(),
            approved_by: "测试".into(),
        };
        let user_id = self.app.access.seed_account(&new, PASSWORD).await.unwrap_or_else(|e| panic!("{role} {region}: {e:?}"));
        let ask = json!({"login_name": login, "password": PASSWORD});
        let done = self.send(None, "POST", "/session", Some(&ask)).await;
        assert_eq!(done.status, StatusCode::OK, "{role} {region}: {}", done.text);
        assert_eq!(done.body["state"], "active", "{role} {region}: {}", done.text);
        let actor = Actor { user_id, name: new.name, role: role.to_owned(), region: region.clone(), ..Actor::system("测试") };
        let csrf = done.body["csrf"].as_str().expect("csrf").to_owned();
        let person = Person { actor, cookie: done.cookie.expect("a cookie"), csrf };
        people.insert(key, person.clone());
        person
    }

    /// One request with cookie and token, under `/api/v1`.
    pub async fn send(&self, who: Option<&Person>, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.send_with(who, who.map(|p| p.csrf.as_str()), method, path, body).await
    }

    /// A write under a key, as a telephone sends it again after a broken connection.
    pub async fn send_once(&self, who: &Person, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        self.send_headers(Some(who), Some(&who.csrf), &[("idempotency-key", key)], method, path, Some(body)).await
    }

    /// The same with a token of choice.
    pub async fn send_with(
        &self,
        who: Option<&Person>,
        csrf: Option<&str>,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        self.send_headers(who, csrf, &[], method, path, body).await
    }

    /// The same with further headers.
    pub async fn send_headers(
        &self,
        who: Option<&Person>,
        csrf: Option<&str>,
        headers: &[(&str, &str)],
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let method: Method = method.to_uppercase().parse().expect("a method");
        let mut req = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if let Some(p) = who {
            req = req.header(header::COOKIE, &p.cookie);
        }
        if let Some(t) = csrf {
            req = req.header("x-csrf-token", t);
        }
        for (name, value) in headers {
            req = req.header(*name, *value);
        }
        let req = match body {
            Some(b) => req.header(header::CONTENT_TYPE, "application/json").body(Body::from(b.to_string())),
            None => req.body(Body::empty()),
        };
        self.answer(req.expect("a request")).await
    }

    /// A request of a program: bytes and headers, no session.
    pub async fn send_bytes(&self, headers: &[(&str, &str)], method: &str, path: &str, body: Vec<u8>) -> Answer {
        let method: Method = method.to_uppercase().parse().expect("a method");
        let mut req = Request::builder().method(method).uri(format!("/api/v1{path}"));
        for (name, value) in headers {
            req = req.header(*name, *value);
        }
        self.answer(req.body(Body::from(body)).expect("a request")).await
    }

    /// Lets a worker take the queue until the test ends.
    pub fn work(&self) {
        let jobs = self.app.jobs.clone();
        let quick = std::time::Duration::from_millis(50);
        let config = jobs::WorkerConfig { tick: quick, poll: quick, ..jobs::WorkerConfig::default() };
        tokio::spawn(async move { jobs::Worker::new(jobs, config).run(tokio_util::sync::CancellationToken::new()).await });
    }

    /// A form with texts and files, as a browser sends it.
    pub async fn upload(&self, who: &Person, path: &str, texts: &[(&str, &str)], files: &[(&str, Vec<u8>)]) -> Answer {
        self.upload_as(Some(who), path, texts, files).await
    }

    /// The same, by somebody or by a stranger.
    pub async fn upload_as(&self, who: Option<&Person>, path: &str, texts: &[(&str, &str)], files: &[(&str, Vec<u8>)]) -> Answer {
        let mut body = Vec::new();
        for (name, text) in texts {
            body.extend(format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").bytes());
        }
        for (name, bytes) in files {
            body.extend(part(name).bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        self.form(who, path, Body::from(body)).await
    }

    /// A workbook's first bytes and then so many zeros, sent piece by piece.
    pub async fn upload_zeros(&self, who: &Person, path: &str, name: &str, size: usize) -> Answer {
        const PIECE: usize = 1 << 20;
        let zeros = bytes::Bytes::from_static(&[0; PIECE]);
        let head = futures::stream::iter([bytes::Bytes::from(part(name)), bytes::Bytes::from_static(b"PK\x03\x04")]);
        let tail = futures::stream::repeat(zeros).take(size / PIECE);
        let all = head.chain(tail).map(Ok::<_, std::convert::Infallible>);
        self.form(Some(who), path, Body::from_stream(all)).await
    }

    async fn form(&self, who: Option<&Person>, path: &str, body: Body) -> Answer {
        let mut req = Request::builder().method(Method::POST).uri(format!("/api/v1{path}"));
        if let Some(p) = who {
            req = req.header(header::COOKIE, &p.cookie).header("x-csrf-token", &p.csrf);
        }
        let req = req.header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
        self.answer(req.body(body).expect("a request")).await
    }

    async fn answer(&self, req: Request<Body>) -> Answer {
        let res = self.router.clone().oneshot(req).await.expect("infallible");
        let cookie = res.headers().get(header::SET_COOKIE).and_then(|v| v.to_str().ok()?.split(';').next().map(str::to_owned));
        let status = res.status();
        let bytes = to_bytes(res.into_body(), usize::MAX).await.expect("a body");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let answer =
            Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null), text, bytes: bytes.into(), cookie };
        answer.is_documented();
        answer
    }

    /// Somebody who may do all these things to a dataset where its rows lie: of the usual posts the first, else of all.
    pub async fn who_may(&self, d: &meta::Dataset, verbs: &[meta::Verb]) -> Option<Person> {
        let place = self.place_of(d);
        let all = access::roles().all().flat_map(|r| r.levels.iter().map(|l| (r.code.as_str(), *l)));
        for (role, level) in ROLES.into_iter().chain(all) {
            let region = self.village.ancestor(level);
            let may = verbs.iter().all(|v| self.app.catalog.roles_for(&d.id, *v).contains(role));
            if may && region.contains(&place) {
                return Some(self.actor(role, &region).await);
            }
        }
        None
    }

    /// Where rows of a dataset lie in this world.
    pub fn place_of(&self, d: &meta::Dataset) -> RegionCode {
        self.village.ancestor(d.region)
    }
}

/// The head of one file of a form.
fn part(name: &str) -> String {
    format!(
        "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
    )
}

const ROLES: [(&str, Level); 9] = [
    ("R06", Level::County),
    ("R08", Level::Town),
    ("R10", Level::Village),
    ("R09", Level::Town),
    ("R07", Level::County),
    ("R11", Level::Village),
    ("R05", Level::City),
    ("R02", Level::Province),
    ("R01", Level::Province),
];
