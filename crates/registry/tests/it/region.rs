//! Regions: the seed, the directory, and an import that moves rows.

use base::{Actor, RegionCode};
use registry::region::{self, Regions};
use sqlx::{PgPool, Row};

static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/migrations");

async fn world() -> PgPool {
    let url = super::pg::database(&[]).await;
    let pool = PgPool::connect(&url).await.unwrap();
    sqlx::raw_sql(
        "do $$ begin create role ganong_app; exception when others then null; end $$; create schema app; create schema toy; \
         create table app.row_change (id bigint generated always as identity, dataset text, row_id uuid, region_code text, \
           row_version int, verb text, at timestamptz, actor_id uuid, actor_name text, batch_no text, changes jsonb); \
         create table toy.thing (id uuid primary key, region_code text collate \"C\", row_version int not null default 1);",
    )
    .execute(&pool)
    .await
    .unwrap();
    for f in MIGRATIONS.files().filter(|f| f.path().to_string_lossy().contains("region")) {
        sqlx::raw_sql(f.contents_utf8().unwrap()).execute(&pool).await.unwrap();
    }
    pool
}

#[tokio::test]
async fn the_seed_is_written_once_and_loads_whole() {
    let pool = world().await;
    let began = std::time::Instant::now();
    assert_eq!(region::seed(&pool).await.unwrap(), 23_959);
    eprintln!("seed {:?}", began.elapsed());
    assert_eq!(region::seed(&pool).await.unwrap(), 0);
    assert_eq!(region::seed_demo_functional_areas(&pool).await.unwrap(), 8);
    assert_eq!(region::seed_demo_functional_areas(&pool).await.unwrap(), 0);
    let began = std::time::Instant::now();
    let regions = Regions::load(&pool).await.unwrap();
    eprintln!("load {:?}", began.elapsed());
    assert_eq!(regions.len(), 23_967);
    assert_eq!(regions.children("36").iter().map(|c| regions.children(&c.code).len()).sum::<usize>(), 108);
}

#[tokio::test]
async fn a_merger_moves_the_rows_and_keeps_the_history() {
    let pool = world().await;
    region::seed(&pool).await.unwrap();
    let regions = Regions::load(&pool).await.unwrap();
    let county = RegionCode::parse("360121").unwrap();
    let villages = regions.at_level(&county.scope(), base::Level::Village);
    let (gone, heir) = (villages[0].code.clone(), villages[1].code.clone());
    for code in [&gone, &gone, &heir] {
        sqlx::query("insert into toy.thing (id, region_code) values ($1, $2)")
            .bind(uuid::Uuid::now_v7())
            .bind(code)
            .execute(&pool)
            .await
            .unwrap();
    }
    let mut csv = String::from("区划代码,名称,原代码\n");
    for r in regions.all().iter().filter(|r| r.code.starts_with("360121") && r.code != gone) {
        csv.push_str(&format!("{},{},\n", r.code, r.name));
    }
    let on = chrono::NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
    let actor = Actor::system("测试");

    let list = region::parse_csv(csv.as_bytes()).unwrap();
    let plan = region::import_preview(&pool, &county, &list, on).await.unwrap();
    assert_eq!((plan.removed.len(), plan.removed[0].rows, plan.problems.len()), (1, 2, 1));
    let refused = region::import_apply(&pool, &regions, &actor, "试", &county, &list, on).await.unwrap_err();
    assert_eq!(refused.code, "registry.region_import_refused");

    let csv = csv.replace(&format!("{heir},{},", villages[1].name), &format!("{heir},新合村,{gone}"));
    let list = region::parse_csv(csv.as_bytes()).unwrap();
    let plan = region::import_preview(&pool, &county, &list, on).await.unwrap();
    assert_eq!((plan.merged.len(), plan.renamed.len(), plan.moved[0].rows), (1, 1, 2));
    let done = region::import_apply(&pool, &regions, &actor, "2026 年村合并", &county, &list, on).await.unwrap();
    assert_eq!(done.moved.iter().find(|m| m.table == "toy.thing").unwrap().rows, 2);

    let there: i64 =
        sqlx::query_scalar("select count(*) from toy.thing where region_code = $1").bind(&heir).fetch_one(&pool).await.unwrap();
    assert_eq!(there, 3);
    let line =
        sqlx::query("select count(*), min(dataset), min(row_version), min(changes->'region_code'->>'old') from app.row_change")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(line.get::<i64, _>(0), 2);
    assert_eq!(
        (line.get::<String, _>(1), line.get::<i32, _>(2), line.get::<String, _>(3)),
        ("toy.thing".into(), 2, gone.clone())
    );
    assert!(!regions.get(&gone).unwrap().is_current());
    assert!(regions.exists_at(&gone, on.pred_opt().unwrap()) && !regions.exists_at(&gone, on));
    assert_eq!(regions.get(&heir).unwrap().full_name, format!("{}新合村", regions.path(&heir)[3].full_name));
    let changes: i64 = sqlx::query_scalar("select count(*) from reg.region_change where title = '2026 年村合并'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(changes, 1);
}
