//! The lake over a real PostgreSQL and a real folder: marks, copies, publications, counting, moments, and what is cut short.

mod copies;
mod counting;
mod killed;
mod marks;
mod passes;

use base::{Actor, RegionCode};
use lake::{Bounds, Config, Lake};
use report::{Count, Figures, Group, Plan, Source};
use sqlx::AssertSqlSafe;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use store::testing::TestDb;
use store::{Db, Migrations};

static DESCRIBED: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/tests/it/described/meta");

static CATALOG: LazyLock<Arc<meta::Catalog>> = LazyLock::new(|| {
    meta::Catalog::load(&[meta::Descriptions { module: include_str!("described/module.toml"), meta: &DESCRIBED }]).unwrap()
});

fn thing() -> Arc<meta::Dataset> {
    CATALOG.dataset("box.thing").unwrap().clone()
}

/// A database, a folder, a lake.
struct World {
    db: Db,
    lake: Lake,
    folder: tempfile::TempDir,
    database: TestDb,
}

fn open(db: &Db, folder: &Path) -> Lake {
    let config = Config {
        place: folder.join("lake").display().to_string(),
        spill: folder.join(format!("spill-{}", std::process::id())),
        bounds: Bounds { memory: 256 << 20, threads: 2, ..Bounds::default() },
    };
    Lake::open(db.clone(), CATALOG.clone(), &config).unwrap()
}

impl World {
    async fn new() -> World {
        let migrations = Migrations::collect(&[("store", &store::MIGRATIONS), ("lake", &lake::MIGRATIONS)]).unwrap();
        let database = store::testing::database(&migrations).await.unwrap();
        let db = database.db().await.unwrap();
        let table = CATALOG.datasets().map(|d| meta::ddl::create_table(d)).collect::<String>();
        sqlx::raw_sql(AssertSqlSafe(format!("create schema box; {table}"))).execute(db.pool()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let lake = open(&db, folder.path());
        World { db, lake, folder, database }
    }

    async fn item(&self) -> lake::Item {
        self.lake.item("box.thing").await.unwrap().unwrap()
    }

    /// A statement by hand, past every engine.
    async fn sql(&self, text: &str) {
        sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(self.db.pool()).await.unwrap();
    }
    async fn number(&self, text: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(text.to_owned())).fetch_one(self.db.pool()).await.unwrap()
    }

    /// So many things in each of these villages, made by one statement.
    async fn fill(&self, villages: &[&str], each: u32) {
        let list = villages.iter().map(|v| format!("'{v}'")).collect::<Vec<_>>().join(",");
        self.sql(&format!(
            "insert into box.thing (id, region_code, no, class, heads, pay, share, ready, born, due, tags, owner_id, \
               card_cipher, card_token, card_ok, card_kind, phone, note) \
             select md5(v || n)::uuid, v, 'N' || n, (n % 3)::text, nullif(n % 7, 3), n::bigint * 10000000019, (n % 100) / 10.0, \
               case n % 4 when 0 then true when 1 then false end, date '1990-03-01' + n * 37, now() + (n % 9 - 4) * interval '1 day', \
               case n % 3 when 0 then array['1', '2'] when 1 then '{{}}'::text[] end, md5(v || n / 3)::uuid, \
               'cipher-' || n, sha256(convert_to('card' || n % 50, 'UTF8')), n % 10 <> 0, 'id18', '13912340' || lpad(n::text, 3, '0'), 'free words' \
             from unnest(array[{list}]) v, generate_series(1, {each}) n"
        ))
        .await;
    }

    /// Every part is due, however lately it was copied.
    async fn round(&self) -> lake::refresh::Copied {
        self.sql("delete from app.lake_part").await;
        self.lake.round(&tokio_util::sync::CancellationToken::new()).await.unwrap()
    }

    /// What this side says to the described measures.
    async fn count(&self, by: &dyn Count, region: &str, digits: usize) -> Figures {
        let report = CATALOG.report("box.r").unwrap();
        let dataset = thing();
        let range = RegionCode::parse(region).unwrap().scope();
        let period = base::month::Month::from_number(200_107).unwrap();
        let plan = Plan {
            source: Source::Dataset(&dataset),
            measures: report.measures.iter().collect(),
            range,
            group: Group::Region { digits },
            period,
        };
        let mut tx = self.db.begin(&Actor::system("试验")).await.unwrap();
        let mut figures = by.count(&mut tx, &plan).await.unwrap();
        figures.asof = None;
        figures
    }
}

const VILLAGES: [&str; 5] = ["360121100001", "360121100002", "360121101001", "360122100001", "360222100001"];
