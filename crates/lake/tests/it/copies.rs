//! Copies: equal to the records, free of what must not lie in a second place, thrown away and built again, kept and swept.

use super::{CATALOG, VILLAGES, World, open};
use base::month::Month;
use chrono::{Duration, Utc};
use lake::When;
use lake::refresh::Parts;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn files(at: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for e in std::fs::read_dir(at).into_iter().flatten().flatten() {
        match e.path().is_dir() {
            true => out.extend(files(&e.path())),
            false => out.push(e.path()),
        }
    }
    out
}

#[tokio::test]
async fn a_copy_is_verified_and_a_difference_is_found_with_its_county() {
    let w = World::new().await;
    w.fill(&VILLAGES, 300).await;
    w.round().await;
    let v = w.lake.verify(&w.item().await).await.unwrap();
    assert_eq!((v.counties, v.rows, v.wrong.len(), v.waiting.len()), (3, 1500, 0, 0), "{v:?}");
    // behind the triggers' back, as a defect would do it
    w.sql("alter table box.thing disable trigger user; update box.thing set pay = pay + 1 where region_code = '360122100001' and no = 'N9'; \
           alter table box.thing enable trigger user").await;
    let v = w.lake.verify(&w.item().await).await.unwrap();
    assert_eq!(v.wrong.iter().map(|x| (x.county.as_str(), x.figure.as_str())).collect::<Vec<_>>(), [("360122", "pay 合计")]);
    // what waits is not called wrong
    w.sql("update box.thing set heads = 1 where region_code = '360222100001'").await;
    assert_eq!(w.lake.verify(&w.item().await).await.unwrap().waiting, ["360222"]);
    w.lake.rebuild(None, &|_, _| ()).await.unwrap();
    let v = w.lake.verify(&w.item().await).await.unwrap();
    assert_eq!((v.counties, v.wrong.len(), v.waiting.len()), (3, 0, 0));
}

#[tokio::test]
async fn no_file_of_the_lake_holds_a_number_a_telephone_a_cipher_or_free_words() {
    let w = World::new().await;
    w.fill(&VILLAGES, 20).await;
    w.round().await;
    let all = files(&w.folder.path().join("lake"));
    assert!(all.iter().any(|f| f.extension().is_some_and(|e| e == "parquet")));
    let session = w.lake.engine.session();
    let m = w.lake.moment("box.thing", When::Now).await.unwrap().unwrap();
    session.register_table("t", std::sync::Arc::new(lake::SnapshotTable::of(&m, m.files.clone()))).unwrap();
    let batches =
        w.lake.engine.run(async move { lake::engine::collect(session.sql("select * from t").await.unwrap()).await }).await;
    let shown = format!("{:?}", batches.unwrap());
    assert!(shown.contains("N7"), "the plain number of a thing is there");
    for secret in ["13912340", "cipher", "free words"] {
        assert!(!shown.contains(secret), "{secret} lies in the lake");
    }
    let columns: Vec<&str> = m.columns.iter().map(|c| c.name.as_str()).collect();
    for (name, there) in
        [("card_key", true), ("card_ok", true), ("phone_ok", true), ("card", false), ("phone", false), ("note", false)]
    {
        assert_eq!(columns.contains(&name), there, "{name}");
    }
}

#[tokio::test]
async fn a_lake_thrown_away_is_built_again() {
    let w = World::new().await;
    w.fill(&VILLAGES, 20).await;
    w.round().await;
    std::fs::remove_dir_all(w.folder.path().join("lake")).unwrap();
    std::fs::create_dir_all(w.folder.path().join("lake")).unwrap();
    w.lake.rebuild(None, &|_, _| ()).await.unwrap();
    let v = w.lake.verify(&w.item().await).await.unwrap();
    assert_eq!((v.rows, v.wrong.len()), (100, 0));
}

#[tokio::test]
async fn two_refreshers_at_once_do_the_work_once() {
    let w = World::new().await;
    w.fill(&VILLAGES, 200).await;
    let other = open(&w.db, &w.folder.path().join("other"));
    // the same place, another process's view of it
    let other = lake::Lake::open(
        w.db.clone(),
        CATALOG.clone(),
        &lake::Config {
            place: w.folder.path().join("lake").display().to_string(),
            spill: w.folder.path().join("spill-other"),
            bounds: other.engine.bounds().clone(),
        },
    )
    .unwrap();
    let stop = || Ok(());
    let item = w.item().await;
    let (a, b) = tokio::join!(w.lake.refresh(&item, &Parts::All, &stop), other.refresh(&item, &Parts::All, &stop));
    let done = [a.unwrap(), b.unwrap()].into_iter().flatten().count();
    assert!(done >= 1);
    let v = w.lake.verify(&item).await.unwrap();
    assert_eq!((v.rows, v.wrong.len(), v.waiting.len()), (1000, 0, 0));
}

#[tokio::test]
async fn a_copy_that_was_overtaken_is_given_up() {
    let w = World::new().await;
    w.fill(&VILLAGES, 5).await;
    w.round().await;
    let m = w.lake.moment("box.thing", When::Now).await.unwrap().unwrap();
    let news = lake::store::News {
        dataset: "box.thing",
        shape_id: m.shape_id,
        version: 9,
        base: None,
        counties: None,
        files: &[],
        parts: &[],
        todo: &[],
    };
    assert_eq!(lake::store::publish(w.db.pool(), &news).await.unwrap_err().code, "lake.overtaken");
    assert_eq!(w.lake.moment("box.thing", When::Now).await.unwrap().unwrap().files.len(), 3);
}

#[tokio::test]
async fn a_copy_that_cannot_be_written_leaves_the_last_one_and_its_marks() {
    let w = World::new().await;
    w.fill(&VILLAGES, 5).await;
    w.round().await;
    w.sql("update box.thing set heads = 50 where region_code = '360122100001'").await;
    // a folder that cannot be written to: as a full disk, but sure to be met
    let folder = w.folder.path().join("lake");
    let kept = w.folder.path().join("kept");
    std::fs::rename(&folder, &kept).unwrap();
    std::fs::write(&folder, b"not a folder").unwrap();
    let some = Parts::Some(BTreeSet::from(["360122".to_owned()]));
    let e = w.lake.refresh(&w.item().await, &some, &|| Ok(())).await.unwrap_err();
    assert_eq!((e.kind, e.code.as_ref()), (base::Kind::Unavailable, "lake.storage"), "{}", e.chain());
    assert_eq!(lake::store::todo(w.db.pool(), Some("box.thing")).await.unwrap().len(), 1);
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&kept, &folder).unwrap();
    w.lake.refresh(&w.item().await, &some, &|| Ok(())).await.unwrap();
    let v = w.lake.verify(&w.item().await).await.unwrap();
    assert_eq!((v.rows, v.wrong.len(), v.waiting.len()), (25, 0, 0));
}

#[tokio::test]
async fn month_ends_are_kept_old_versions_go_and_files_with_them() {
    let w = World::new().await;
    w.fill(&VILLAGES, 5).await;
    w.round().await;
    let first = w.lake.moment("box.thing", When::Now).await.unwrap().unwrap();
    // the publication of a month ago
    w.sql("update app.lake_publication set at = at - interval '40 days'").await;
    let month = Month::of((Utc::now() - Duration::days(40)).date_naive());
    assert_eq!(w.lake.keep_month_end(month).await.unwrap(), 2, "of each dataset");
    assert_eq!(w.lake.keep_month_end(month).await.unwrap(), 0, "kept once");
    for n in 50..53 {
        w.sql(&format!("update box.thing set heads = {n} where region_code = '360122100001'; delete from app.lake_part")).await;
        w.round().await;
    }
    w.sql("update app.lake_publication set at = at - interval '3 days' where month_end is null").await;
    let swept = w.lake.sweep().await.unwrap();
    assert_eq!((swept.publications, swept.files), (2, 2), "two of three of one day, and their county's files");
    let kept = w.lake.moment("box.thing", When::MonthEnd(month.number())).await.unwrap().unwrap();
    assert_eq!(kept.publication, first.publication);
    let scope = base::RegionCode::parse("36").unwrap().scope();
    let now = w.lake.moment("box.thing", When::Now).await.unwrap().unwrap();
    let d = w.lake.difference(&kept, &now, &scope, 0).await.unwrap();
    assert_eq!(d.all.changed, 5, "its files are still there");
    assert_eq!(w.lake.sweep().await.unwrap(), lake::keep::Swept::default());
}
