//! A refresher that is killed at any moment never leaves a wrong figure.

use super::{World, open};
use lake::When;
use rand::RngExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const URL: &str = "GANONG_LAKE_KILLED_URL";
const FOLDER: &str = "GANONG_LAKE_KILLED_FOLDER";

/// What the killed process does: rounds without end. Does nothing when it is not called by the test below.
#[tokio::test]
#[ignore = "started and killed by another test"]
async fn the_one_that_is_killed() {
    let (Ok(url), Ok(folder)) = (std::env::var(URL), std::env::var(FOLDER)) else { return };
    let db = store::Db::connect(&url, 4).await.unwrap();
    let lake = open(&db, folder.as_ref());
    let stop = tokio_util::sync::CancellationToken::new();
    loop {
        lake.round(&stop).await.ok();
    }
}

/// Sums of one moment by county, read from the files it names.
async fn sums(w: &World) -> Vec<(String, i64, i64)> {
    use datafusion::arrow::array::AsArray;
    use datafusion::arrow::compute::cast;
    use datafusion::arrow::datatypes::{DataType, Int64Type};
    let Some(m) = w.lake.moment("box.thing", When::Now).await.unwrap() else { return vec![] };
    let session = w.lake.engine.session();
    session.register_table("t", std::sync::Arc::new(lake::SnapshotTable::of(&m, m.files.clone()))).unwrap();
    let batches = w
        .lake
        .engine
        .run(async move {
            let q = "select substr(region_code, 1, 6), count(*), sum(heads) from t group by 1 order by 1";
            lake::engine::collect(session.sql(q).await.map_err(lake::engine::plan_error)?).await
        })
        .await
        .unwrap();
    let mut out = Vec::new();
    for b in batches {
        let name = cast(b.column(0), &DataType::Utf8).unwrap();
        for i in 0..b.num_rows() {
            let n = |c: usize| b.column(c).as_primitive::<Int64Type>().value(i);
            out.push((name.as_string::<i32>().value(i).to_owned(), n(1), n(2)));
        }
    }
    out
}

#[tokio::test]
async fn a_refresher_killed_at_random_points_never_leaves_a_wrong_figure() {
    let w = World::new().await;
    // in each county the heads sum up to 1000 after every transaction: they are only moved from one thing to another
    w.sql(
        "insert into box.thing (id, region_code, no, heads) \
         select md5(c || n)::uuid, c || '100001', n::text, 10 from unnest(array['360121', '360122', '360222']) c, generate_series(1, 100) n",
    )
    .await;
    w.round().await;
    let whole: Vec<(String, i64, i64)> = ["360121", "360122", "360222"].map(|c| (c.to_owned(), 100, 1000)).to_vec();
    assert_eq!(sums(&w).await, whole);
    let seconds = std::env::var("GANONG_KILL_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(15);
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut kills, mut published) = (0, 0);
    while Instant::now() < until {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["killed::the_one_that_is_killed", "--exact", "--ignored", "--nocapture"])
            .env(URL, w.database.url())
            .env(FOLDER, w.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let before = w.number("select count(*) from app.lake_publication").await;
        let life = Duration::from_millis(rand::rng().random_range(100..900));
        let born = Instant::now();
        while born.elapsed() < life {
            // every part is due at once, so that there is always something to be cut short
            w.sql(
                "begin; \
                 update box.thing set heads = heads + 3 where no = '1'; update box.thing set heads = heads - 3 where no = '2'; \
                 delete from app.lake_part; commit",
            )
            .await;
            tokio::time::sleep(Duration::from_millis(7)).await;
            assert_eq!(sums(&w).await, whole, "after {kills} kills");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        assert_eq!(sums(&w).await, whole, "after {kills} kills");
        published += w.number("select count(*) from app.lake_publication").await - before;
    }
    assert!(kills >= 5, "only {kills} kills");
    assert!(published > 0, "nobody lived long enough to publish");
    // whoever comes next finds everything that was not copied; the dead one's lock ends with its connection
    for _ in 0..50 {
        w.sql("delete from app.lake_part").await;
        w.round().await;
        if w.lake.verify(&w.item().await).await.unwrap().waiting.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let v = w.lake.verify(&w.item().await).await.unwrap();
    assert_eq!((v.counties, v.rows, v.wrong.len(), v.waiting.len()), (3, 300, 0, 0), "{v:?}");
}

/// What the process with a full disk does: one copy; its outcome is the last line.
#[tokio::test]
#[ignore = "started by another test, with a bound on the size of files"]
async fn the_one_with_a_full_disk() {
    let (Ok(url), Ok(folder)) = (std::env::var(URL), std::env::var(FOLDER)) else { return };
    let db = store::Db::connect(&url, 4).await.unwrap();
    let lake = open(&db, folder.as_ref());
    let item = lake.item("box.thing").await.unwrap().unwrap();
    match lake.refresh(&item, &lake::refresh::Parts::All, &|| Ok(())).await {
        Ok(_) => eprintln!("outcome: copied"),
        Err(e) => eprintln!("outcome: {} {}", e.code, e.sentence),
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing() {
    let w = World::new().await;
    w.fill(&super::VILLAGES, 400).await;
    w.round().await;
    w.sql("update box.thing set heads = 5 where region_code = '360122100001'").await;
    let before = w.lake.moment("box.thing", When::Now).await.unwrap().unwrap();
    // a write beyond four kilobytes fails, as on a disk without room
    let out = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" killed::the_one_with_a_full_disk --exact --ignored --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .env(URL, w.database.url())
        .env(FOLDER, w.folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("outcome: lake.storage") && said.contains("磁盘空间"), "{said}");
    let now = w.lake.moment("box.thing", When::Now).await.unwrap().unwrap();
    assert_eq!((now.publication, now.files.len()), (before.publication, before.files.len()), "nothing was published");
    assert_eq!(w.lake.verify(&w.item().await).await.unwrap().waiting, ["360122"], "the mark is still there");
    w.round().await;
    let v = w.lake.verify(&w.item().await).await.unwrap();
    assert_eq!((v.rows, v.wrong.len(), v.waiting.len()), (2000, 0, 0));
}
