//! What is loaded obeys the descriptions: every code is in its list, every required field is filled, no check of severity
//! error is hit by a province without planted errors.

use meta::{Catalog, Descriptions, Kind, Need, Severity};
use sqlx::{AssertSqlSafe, PgPool};
use synth::{LoadOpts, Opts, Province};

static REGISTRY: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../registry/meta");
static QUALITY: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../quality/meta");
static RELAPSE: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../../modules/relapse/meta");

async fn count(pool: &PgPool, sql: String) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.clone())).fetch_one(pool).await.unwrap_or_else(|e| panic!("{sql}: {e}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_province_without_planted_errors_obeys_the_descriptions() {
    let (pool, vault, _keys) = super::world().await;
    let regions = registry::region::Regions::load(&pool).await.unwrap();
    let today = chrono::Local::now().date_naive();
    let opts = Opts { errors: 0.0, monitored_share: 0.1, poverty_share: 0.3, ..Opts::new(2_000, 5, today) };
    let province = Province::new(&regions, opts);
    let loaded = synth::run_demo(&pool, vault, &province, &LoadOpts::default(), |_, _| {}).await.unwrap();
    let catalog = Catalog::load(&[
        Descriptions { module: include_str!("../../../registry/module.toml"), meta: &REGISTRY },
        Descriptions { module: include_str!("../../../quality/module.toml"), meta: &QUALITY },
        Descriptions { module: include_str!("../../../../modules/relapse/module.toml"), meta: &RELAPSE },
    ])
    .unwrap();
    let mut faults = Vec::new();
    for d in catalog.datasets().filter(|d| loaded.rows.contains_key(&d.table())) {
        let table = d.table();
        for f in d.fields.values() {
            let column = f.filter_column();
            if f.kind == Kind::Attachment {
                continue;
            }
            if matches!(f.required, Need::Always(true)) {
                let n = count(&pool, format!("select count(*) from {table} where {column} is null")).await;
                if n > 0 {
                    faults.push(format!("{table}.{column}: {n} empty"));
                }
            }
            if let (Kind::Code | Kind::Codes, Some(list)) = (f.kind, f.codes.as_deref().and_then(|c| catalog.codes(c))) {
                let items: Vec<String> = list.items.iter().map(|i| format!("'{}'", i.code)).collect();
                let each = if f.kind == Kind::Codes { format!("unnest({column})") } else { column.clone() };
                let sql =
                    format!("select count(*) from (select {each} as c from {table}) x where c not in ({})", items.join(","));
                let n = count(&pool, sql).await;
                if n > 0 {
                    faults.push(format!("{table}.{column}: {n} not in {}", list.id));
                }
            }
        }
        for c in d.checks.iter().filter(|c| c.severity == Severity::Error) {
            let n = count(&pool, format!("select count(*) from {table} where {}", c.sql)).await;
            if n > 0 {
                faults.push(format!("{}: {n}", c.id));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
