//! The province in real tables: what was made is what is there, and identity numbers can be found and opened.

#[path = "../../../jobs/tests/it/pg.rs"]
mod pg;

mod described;

use secure::{SoftVault, TokenKind, Vault};
use sqlx::{PgPool, Row};
use std::sync::Arc;
use synth::{LoadOpts, Opts, Province};

/// The tables of the module that keeps the watched households; the loader finds them by name.
static RELAPSE: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../../modules/relapse/migrations");

/// Rooms whose tables those of the module stand on.
static FILES: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../files/migrations");
static FLOW: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../flow/migrations");
static RECORD: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../record/migrations");
static REPORT: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../report/migrations");
static QUALITY: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../quality/migrations");

async fn world() -> (PgPool, Arc<dyn Vault>, tempfile::TempDir) {
    let url = pg::database(&[]).await;
    let pool = PgPool::connect(&url).await.unwrap();
    let rooms = [
        ("store", &store::MIGRATIONS),
        ("files", &FILES),
        ("flow", &FLOW),
        ("record", &RECORD),
        ("report", &REPORT),
        ("registry", &registry::MIGRATIONS),
        ("quality", &QUALITY),
        ("relapse", &RELAPSE),
    ];
    store::Migrations::collect(&rooms).unwrap().migrate(&pool).await.unwrap();
    registry::region::seed(&pool).await.unwrap();
    let keys = tempfile::tempdir().unwrap();
    let vault = SoftVault::open(&keys.path().join("keys.json")).unwrap();
    (pool, Arc::new(vault), keys)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_province_is_loaded_whole_and_only_once() {
    let (pool, vault, keys) = world().await;
    let regions = registry::region::Regions::load(&pool).await.unwrap();
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
    let households = std::env::var("SYNTH_HOUSEHOLDS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_500);
    let province = Province::new(&regions, Opts::new(households, 7, today));
    let truth = keys.path().join("truth.jsonl");
    let opts = LoadOpts { truth: Some(truth.clone()), assisted_only: false };
    let loaded = synth::run_demo(&pool, vault.clone(), &province, &opts, |_, _| {}).await.unwrap();
    eprintln!("{loaded:?}");
    assert_eq!(loaded.households, households);
    for (table, rows) in &loaded.rows {
        let n: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}"))).fetch_one(&pool).await.unwrap();
        assert_eq!(n as u64, *rows, "{table}");
    }
    assert_eq!(std::fs::read_to_string(&truth).unwrap().lines().count() as u64, loaded.truths);

    // an identity number is found by its token and opens only at its own place
    let village = province.village(0);
    let family = village.families.iter().find(|f| f.planted.is_empty()).unwrap();
    let person = &family.persons[0];
    let token = vault.token(TokenKind::IdCard, &person.id_no.to_lowercase());
    let row =
        sqlx::query("select id, name, id_no_cipher, id_no_ok, id_no_kind, region_code from reg.member where id_no_token = $1")
            .bind(&token[..])
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(row.get::<String, _>("name"), person.name);
    assert_eq!(row.get::<String, _>("region_code"), village.place.code);
    assert_eq!((row.get::<bool, _>("id_no_ok"), row.get::<String, _>("id_no_kind")), (true, "resident18".to_owned()));
    let place = secure::place("reg.member", "id_no", &row.get::<uuid::Uuid, _>("id"));
    let plain = vault.open(row.get("id_no_cipher"), &place).unwrap();
    assert_eq!(*plain.expose(), person.id_no);

    let again = synth::run_demo(&pool, vault, &province, &LoadOpts::default(), |_, _| {}).await;
    assert!(again.unwrap_err().to_string().contains("已有数据"));
}
