//! The trail over a real PostgreSQL: chained under concurrency, append-only, and each kind of damage named with its first line.

mod pg;

use audit::{Action, Audit, Damage, Event, Filter, Line};
use base::{Actor, RegionCode};
use secure::{SoftVault, Vault};
use sqlx::PgPool;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

struct World {
    pool: PgPool,
    vault: Arc<dyn Vault>,
    folder: PathBuf,
    audit: Audit,
    _keep: tempfile::TempDir,
}

async fn world() -> World {
    let url = pg::database(&[&audit::MIGRATIONS]).await;
    let pool = PgPool::connect(&url).await.unwrap();
    let keep = tempfile::tempdir().unwrap();
    let vault: Arc<dyn Vault> = Arc::new(SoftVault::in_memory().unwrap());
    let folder = keep.path().to_owned();
    let audit = Audit::start(pool.clone(), vault.clone(), &folder).await.unwrap();
    World { pool, vault, folder, audit, _keep: keep }
}

fn line(n: i64) -> Line {
    let actor = Actor { session_id: Some(uuid::Uuid::now_v7()), ip: Some("10.0.0.1".into()), ..Actor::system("测试") };
    Line::of(&actor, Event::Unmask, Action::Read, "registry.member")
        .object(uuid::Uuid::now_v7())
        .object_region(&RegionCode::parse("360121100201").unwrap())
        .fields(["id_no"])
        .rows(n)
        .api("POST /api/v1/{module}/{dataset}/{id}/unmask")
}

impl World {
    /// Twenty lines, head noted.
    async fn filled() -> World {
        let w = world().await;
        for n in 1..=20 {
            assert_eq!(w.audit.write(line(n)).await.unwrap(), n);
        }
        w
    }
    /// Somebody with the rights of the owner and no keys.
    async fn tamper(&self, sql: &'static str) {
        let sql = format!(
            "alter table app.audit_line disable trigger all; alter table app.audit_anchor disable trigger all;
             alter table app.audit_line drop constraint if exists audit_line_seq_check; {sql}"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&self.pool).await.unwrap();
    }
    async fn found(&self) -> Option<(i64, Damage)> {
        let v = self.audit.verify(None, None).await.unwrap();
        assert_eq!(v.ok, v.first_bad.is_none());
        v.first_bad.map(|b| (b.seq, b.damage))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_of_several_processes_make_one_chain_without_holes() {
    let w = world().await;
    let other = Audit::start(w.pool.clone(), w.vault.clone(), &w.folder).await.unwrap();
    let mut all = tokio::task::JoinSet::new();
    let start = std::time::Instant::now();
    for n in 0..3_000i64 {
        let audit = if n % 2 == 0 { w.audit.clone() } else { other.clone() };
        all.spawn(async move { audit.write(line(n)).await.unwrap() });
    }
    let seqs: BTreeSet<i64> = all.join_all().await.into_iter().collect();
    eprintln!("3000 lines of 3000 writers in {:?}", start.elapsed());
    assert_eq!((seqs.len(), seqs.first(), seqs.last()), (3_000, Some(&1), Some(&3_000)));
    let v = w.audit.verify(None, None).await.unwrap();
    assert!(v.ok && v.checked == 3_000, "{v:?}");
    let part = w.audit.verify(Some(1_000), Some(1_999)).await.unwrap();
    assert!(part.ok && part.checked == 1_000, "{part:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_to_change_or_remove_lines() {
    let w = World::filled().await;
    w.audit.anchor().await.unwrap();
    for sql in [
        "update app.audit_line set role = 'x' where seq = 3",
        "delete from app.audit_line where seq = 3",
        "truncate app.audit_line",
        "delete from app.audit_anchor",
    ] {
        let e = sqlx::query(sql).execute(&w.pool).await.unwrap_err().to_string();
        assert!(e.contains("append-only"), "{sql}: {e}");
    }
    let open: bool = sqlx::query_scalar(
        "select exists (select from information_schema.role_table_grants
          where table_schema = 'app' and table_name like 'audit%' and grantee in ('PUBLIC', 'ganong_app'))",
    )
    .fetch_one(&w.pool)
    .await
    .unwrap();
    assert!(!open);
    assert_eq!(w.found().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_damage_is_named_with_its_first_line() {
    let cases: [(&str, Option<(i64, Damage)>); 15] = [
        ("select 1", None),
        ("update app.audit_line set actor_name = actor_name || ' ' where seq = 7", Some((7, Damage::Changed))),
        ("update app.audit_line set fields = '{}' where seq = 7", Some((7, Damage::Changed))),
        ("update app.audit_line set ts = ts + interval '1 microsecond' where seq = 7", Some((7, Damage::Changed))),
        ("update app.audit_line set ip = null where seq = 1", Some((1, Damage::Changed))),
        ("update app.audit_line set mac = set_byte(mac, 0, get_byte(mac, 0) # 1) where seq = 20", Some((20, Damage::Changed))),
        ("delete from app.audit_line where seq = 7", Some((7, Damage::Removed))),
        ("delete from app.audit_line where seq = 1", Some((1, Damage::Removed))),
        // removed and the rest numbered anew
        (
            "delete from app.audit_line where seq = 7; update app.audit_line set seq = -seq where seq > 7;
             update app.audit_line set seq = -seq - 1 where seq < 0",
            Some((7, Damage::Removed)),
        ),
        // inserted and the rest numbered anew
        (
            "update app.audit_line set seq = -seq where seq >= 7; update app.audit_line set seq = -seq + 1 where seq < 0;
             create temp table forged as select * from app.audit_line where seq = 6;
             update forged set seq = 7, role = 'R01'; insert into app.audit_line select * from forged",
            Some((7, Damage::Inserted)),
        ),
        (
            "create temp table forged as select * from app.audit_line where seq = 6;
             update forged set seq = 0; insert into app.audit_line select * from forged",
            Some((1, Damage::Inserted)),
        ),
        (
            "update app.audit_line set seq = -seq where seq in (7, 12);
             update app.audit_line set seq = case seq when -7 then 12 else 7 end where seq < 0",
            Some((7, Damage::Reordered)),
        ),
        (
            "update app.audit_line set seq = -seq where seq in (7, 8);
             update app.audit_line set seq = case seq when -7 then 8 else 7 end where seq < 0",
            Some((7, Damage::Reordered)),
        ),
        ("delete from app.audit_line where seq > 15", Some((16, Damage::Truncated))),
        ("delete from app.audit_line", Some((1, Damage::Truncated))),
    ];
    for (sql, want) in cases {
        let w = World::filled().await;
        w.tamper(sql).await;
        assert_eq!(w.found().await, want, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolled_back_database_is_noticed_also_after_it_was_written_on() {
    let w = World::filled().await;
    let anchor = w.audit.anchor().await.unwrap().unwrap();
    assert_eq!(anchor.seq, 20);
    for n in 21..=25 {
        w.audit.write(line(n)).await.unwrap();
    }
    w.tamper("delete from app.audit_line where seq > 10; delete from app.audit_anchor").await;
    assert_eq!(w.found().await, Some((11, Damage::Truncated)));
    // a check of a part sees what lies in it
    for (from, to, want) in [(1, 10, None), (5, 15, Some(11)), (12, 20, Some(12))] {
        let v = w.audit.verify(Some(from), Some(to)).await.unwrap();
        assert_eq!(v.first_bad.map(|b| b.seq), want, "{from} {to}");
    }
    // the next start knows the head from its file, keeps it as an anchor, and goes on
    let again = Audit::start(w.pool.clone(), w.vault.clone(), &w.folder).await.unwrap();
    for n in 11..=30 {
        assert_eq!(again.write(line(n)).await.unwrap(), n);
    }
    assert_eq!(w.found().await, Some((1, Damage::Rewritten)));
    let file = std::fs::read_to_string(w.folder.join("audit-anchors.jsonl")).unwrap();
    assert_eq!(file.lines().filter(|l| l.contains("\"seq\":25")).count(), 1, "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_written_anew_with_another_key_does_not_fit_the_signed_anchors() {
    let w = World::filled().await;
    w.audit.anchor().await.unwrap();
    w.tamper("delete from app.audit_line").await;
    let thief: Arc<dyn Vault> = Arc::new(SoftVault::in_memory().unwrap());
    let elsewhere = tempfile::tempdir().unwrap();
    let forged = Audit::start(w.pool.clone(), thief.clone(), elsewhere.path()).await.unwrap();
    for n in 1..=20 {
        forged.write(line(n)).await.unwrap();
    }
    assert_eq!(w.found().await, Some((1, Damage::Changed)));
    // even for somebody who checks with the thief's keys
    let fooled = Audit::start(w.pool.clone(), thief, &w.folder).await.unwrap();
    assert_eq!(fooled.verify(None, None).await.unwrap().first_bad.unwrap().damage, Damage::AnchorForged);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_anchor_table_speaks_when_the_files_are_gone() {
    let w = World::filled().await;
    w.audit.anchor().await.unwrap();
    for name in ["audit-anchors.jsonl", "audit-head.json"] {
        std::fs::remove_file(w.folder.join(name)).unwrap();
    }
    assert_eq!(w.found().await, None);
    w.tamper("delete from app.audit_line where seq > 15").await;
    assert_eq!(w.found().await, Some((16, Damage::Truncated)));
    w.tamper("update app.audit_anchor set seq = 15").await;
    assert_eq!(w.found().await, Some((15, Damage::AnchorForged)));
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_listed_by_page_and_filter() {
    let w = World::filled().await;
    w.audit.write(line(1).denied("access.forbidden")).await.unwrap();
    let first = w.audit.list(&Filter { limit: 8, ..Filter::default() }).await.unwrap();
    assert_eq!((first.items[0].seq, first.items[0].error_code.as_deref(), first.next), (21, Some("access.forbidden"), Some(14)));
    let mut after = None;
    let mut seen = 0;
    loop {
        let page = w.audit.list(&Filter { limit: 8, after, ..Filter::default() }).await.unwrap();
        seen += page.items.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, 21);
    let count = async |f: Filter| w.audit.list(&f).await.unwrap().items.len();
    assert_eq!(count(Filter { result: Some("denied".into()), ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { event_type: Some("LOGIN".into()), ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { object_id: first.items[0].object_id.clone(), ..Filter::default() }).await, 1);
    let scope = Some(RegionCode::parse("3601").unwrap().scope());
    assert_eq!(count(Filter { scope, ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { to: Some(first.items[0].ts - chrono::Duration::days(1)), ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { actor_id: Some(uuid::Uuid::nil()), ..Filter::default() }).await, 21);
}
