//! Two weeks from upload to roll-back.

use super::world::Sync;
use base::Level;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use synth::truth::Truth;

/// What was planted between the weeks, as differences of datasets: (dataset, verb, key, field).
fn planted(s: &Sync) -> Vec<Truth> {
    let text = std::fs::read_to_string(s.dir.path().join("next/truth.jsonl")).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn field_of(column: &str) -> &'static str {
    match column {
        "户联系电话" => "phone",
        "务工时间（月）" => "work_months",
        "健康状况" => "health",
        other => panic!("{other} is not known to this test"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_planted_change_is_found_and_nothing_else_and_local_fields_stay() {
    let s = Sync::new(3_000).await;
    let first = s.first_week().await;
    // the same files again change nothing
    let (again, done) = s.hand_in(&s.files("this")).await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(s.differences(&again).await, BTreeSet::new(), "{first}");
    assert_eq!(s.detail(&again).await["batch"]["state"], "waiting");
    // a village writes a field of its own and one that both write is left to the delivery
    s.execute(
        "update reg.household set live_address = '新居', row_version = row_version + 1 where national_household_code is not null",
    )
    .await;
    let local = s.picture(&[]).await;

    let (no, done) = s.hand_in(&s.files("next")).await;
    assert_eq!(done["state"], "done", "{done}");
    let found = s.differences(&no).await;
    // telephones that were planted wrong and required cells that were planted empty are told; everything else could be read
    let told = s.problems(&no).await;
    let planted_error =
        |code: &str, text: &str| code == "exchange.empty_required" || (code == "meta.pattern" && text.contains("电话"));
    assert!(told.iter().all(|(code, text)| planted_error(code, text)), "{told:?}");
    let truths = planted(&s);
    let (mut new, mut gone, mut changed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for t in &truths {
        let Truth::Week { file, change, household_code, person_code, field } = t else { continue };
        match (file.as_str(), change.as_str()) {
            ("户信息", "new") => new.insert(household_code.clone()),
            ("户信息", "gone") => gone.insert(household_code.clone()),
            ("户信息", "changed") => changed.insert((
                "registry.household".to_owned(),
                household_code.clone(),
                vec![field_of(field.as_deref().unwrap()).to_owned()],
            )),
            ("人口信息", "new") => {
                // a child also changes the size of its family, and so the people among whom its income is divided
                changed.insert(("registry.household".to_owned(), household_code.clone(), vec!["hukou_count".to_owned()]));
                new.insert(person_code.clone().unwrap())
            }
            ("人口信息", "changed") => changed.insert((
                "registry.member".to_owned(),
                person_code.clone().unwrap(),
                vec![field_of(field.as_deref().unwrap()).to_owned()],
            )),
            other => panic!("{other:?}"),
        };
    }
    assert!(new.len() > 3 && !gone.is_empty() && changed.len() > 20, "{} {} {}", new.len(), gone.len(), changed.len());
    let got = |dataset: &str, verb: &str| -> BTreeSet<String> {
        found.iter().filter(|(d, v, ..)| d == dataset && v == verb).map(|(_, _, k, _)| k.clone()).collect()
    };
    let households = got("registry.household", "new");
    let people = got("registry.member", "new");
    let newborns: BTreeSet<String> =
        people.iter().filter(|p| !households.iter().any(|h| p.starts_with(h.as_str()))).cloned().collect();
    assert_eq!(households.union(&newborns).cloned().collect::<BTreeSet<_>>(), new);
    assert_eq!(got("registry.household", "gone"), gone);
    assert!(got("registry.member", "gone").iter().all(|p| gone.iter().any(|h| p.starts_with(h.as_str()))));
    let seen: BTreeSet<(String, String, Vec<String>)> = found
        .iter()
        .filter(|(d, v, ..)| v == "changed" && (d == "registry.household" || d == "registry.member"))
        .map(|(d, _, k, f)| (d.clone(), k.clone(), f.clone()))
        .collect();
    let missed: Vec<_> = changed.difference(&seen).collect();
    let extra: Vec<_> = seen.difference(&changed).collect();
    assert!(missed.is_empty() && extra.is_empty(), "missed {missed:?}, extra {extra:?}");
    let others: Vec<_> = found
        .iter()
        .filter(|(d, v, _, f)| {
            d != "registry.household" && d != "registry.member" && v == "changed" && f != &vec!["pop".to_owned()]
        })
        .collect();
    assert!(others.is_empty(), "{others:?}");

    // rows behind a figure, masked, and only one's own
    let ask = format!("/registry/sync/batches/{no}/rows?dataset=registry.household&verb=changed&field=phone");
    let a = s.w.send(Some(&s.chief), "GET", &ask, None).await;
    assert_eq!(a.status, 200, "{}", a.text);
    let phone = &a.body["items"][0]["values"][0];
    assert!(phone["old"].as_str().unwrap().contains('*') && phone["new"].as_str().unwrap().contains('*'), "{phone}");
    let county = s.w.actor("R06", &s.w.neighbour.ancestor(base::Level::County)).await;
    let b = s.w.send(Some(&county), "GET", &ask, None).await;
    let within = |v: &Value| {
        v["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|r| r["region_code"].as_str().unwrap().starts_with(&s.w.neighbour.as_str()[..6]))
    };
    assert!(
        b.status == 200
            && within(&b.body)
            && b.body["items"].as_array().unwrap().len() < a.body["items"].as_array().unwrap().len(),
        "{}",
        b.text
    );
    let village = s.w.actor("R10", &s.w.village).await;
    assert_eq!(s.w.send(Some(&village), "GET", &ask, None).await.status, 403);
    assert_eq!(s.w.send(Some(&village), "GET", "/registry/sync/batches", None).await.status, 200);

    s.approve(&no).await;
    let after = s.picture(&[]).await;
    assert_ne!(local, after);
    let kept = s.scalar("select count(*) from reg.household where live_address = '新居'").await;
    let codes = s.scalar("select count(*) from reg.household where national_household_code is not null and not deleted").await;
    assert_eq!(kept, codes - households.len() as i64, "local fields stay");
    let lines = s.scalar(&format!("select count(*) from app.row_change where batch_no = '{no}'")).await;
    let all = s.scalar(&format!("select count(*) from app.sync_difference where batch_no = '{no}'")).await;
    assert_eq!(lines, all, "one line in the change log for each difference");
    let plain = s
        .scalar(
            "select count(*) from app.row_change, jsonb_each(changes) as c(k, v) where k in ('id_no', 'head_id_no', 'bank_account') \
             and (coalesce(v ->> 'old', 'v1.') not like 'v1.%' or coalesce(v ->> 'new', 'v1.') not like 'v1.%')",
        )
        .await;
    assert_eq!(plain, 0, "no number stands plainly in the change log");
    let left = s.scalar("select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'stage' and relname like 'sync%' and relkind = 'r'").await;
    let open = s.scalar("select count(distinct relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'stage' and relname like '%raw%'").await;
    assert_eq!(open, 0, "raw rows are gone");
    assert!(left > 0, "the batch that waits keeps its shadow tables");
    // ciphers of changed and new rows open in their places
    for p in people.iter().take(3) {
        let id: uuid::Uuid = {
            let mut tx = s.w.app.db.begin(&s.chief.actor).await.unwrap();
            sqlx::query_scalar("select id from reg.member where national_person_code = $1")
                .bind(p)
                .fetch_one(tx.conn())
                .await
                .unwrap()
        };
        let d = s.x.records.dataset("registry.member").unwrap().clone();
        let mut tx = s.w.app.db.begin(&s.chief.actor).await.unwrap();
        let row = s.x.records.get_plain(&mut tx, &d, id).await.unwrap();
        assert!(base::idcard::check_digit_ok(row["id_no"].as_str().unwrap()), "{p}");
        assert_eq!(row["id_birth_date"], row["birth_date"]);
    }
    // what was taken once is not found again
    let (more, _) = s.hand_in(&s.files("next")).await;
    assert_eq!(s.differences(&more).await, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_hold_a_county_decisions_need_words_and_a_second_person_and_a_roll_back_restores() {
    let s = Sync::new(2_000).await;
    s.first_week().await;
    let before = s.picture(&[]).await;
    let param = json!({"key": "sync_changed_permille", "region_code": "360000000000", "value": "0", "unit": "‰", "valid_from": "2020-01-01",
        "basis": "03", "title": "变更控制量"});
    let d = s.x.records.dataset("registry.policy_param").unwrap().clone();
    let mut tx = s.w.app.db.begin(&s.chief.actor).await.unwrap();
    let row: serde_json::Map<String, Value> = param
        .as_object()
        .unwrap()
        .iter()
        .filter(|(k, _)| d.field(k).is_some() || *k == "region_code")
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    s.x.records
        .create(&mut tx, &d, &row, &record::Provenance { trusted: true, ..Default::default() })
        .await
        .unwrap_or_else(|e| panic!("{e:?}"));
    tx.commit().await.unwrap();

    let (no, _) = s.hand_in(&s.files("next")).await;
    let detail = s.detail(&no).await;
    assert_eq!(detail["batch"]["state"], "held", "{detail}");
    assert!(detail["held"][0]["reason"].as_str().unwrap().contains("超过 0.0%"), "{}", detail["held"]);
    let at = format!("/registry/sync/batches/{no}");
    let post = async |who, verb: &str, body: Value| s.w.send(Some(who), "POST", &format!("{at}/{verb}"), Some(&body)).await;
    let empty = post(&s.chief, "approve", json!({"opinion": " "})).await;
    assert_eq!((empty.status.as_u16(), empty.code()), (422, "exchange.no_opinion"));
    let role = post(&s.data, "approve", json!({"opinion": "同意"})).await;
    assert_eq!((role.status.as_u16(), role.code()), (403, "registry.sync_not_allowed"));
    let same = s.x.approve(&s.data.actor, &no, "同意").await.unwrap_err();
    assert_eq!(same.code, "exchange.same_person");
    assert_eq!(s.picture(&[]).await, before, "nothing is written before the decision");

    s.approve(&no).await;
    let twice = post(&s.chief, "approve", json!({"opinion": "同意"})).await;
    assert_eq!(twice.status, 409, "{}", twice.text);
    let after = s.picture(&[]).await;
    assert_ne!(after, before);
    // somebody changes a row that the batch wrote: that row stays
    let touched = s
        .execute(&format!(
            "update reg.household h set live_address = '人工', row_version = row_version + 1 where id = (select row_id from app.row_change \
             where batch_no = '{no}' and dataset = 'registry.household' and verb = 'update' order by id limit 1)"
        ))
        .await;
    assert_eq!(touched, 1);
    let a = post(&s.chief, "rollback", json!({"opinion": "文件有误"})).await;
    assert_eq!(a.status, 202, "{}", a.text);
    let done = s.wait(&s.chief, a.body["id"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(done["result"]["kept"], 1, "{done}");
    let back = s.picture(&[]).await;
    let differ: Vec<_> = back.iter().filter(|r| !before.contains(r)).collect();
    assert_eq!(back.len(), before.len());
    assert!(differ.len() == 1 && differ[0].contains("人工"), "{differ:#?}");
    assert_eq!(s.detail(&no).await["batch"]["state"], "rolled_back");
    let report = s.w.send(Some(&s.chief), "GET", &format!("{at}/report"), None).await;
    assert_eq!(report.status, 200);
    // a refused batch is not taken and leaves no shadow behind
    let (other, _) = s.hand_in(&s.files("next")).await;
    let no_thanks =
        s.w.send(Some(&s.chief), "POST", &format!("/registry/sync/batches/{other}/refuse"), Some(&json!({"opinion": "重导"})))
            .await;
    assert_eq!((no_thanks.status.as_u16(), &no_thanks.body["state"]), (200, &json!("rejected")), "{}", no_thanks.text);
    assert_eq!(
        s.scalar("select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'stage'").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_killed_at_any_moment_leaves_a_county_whole_or_untouched_and_the_next_attempt_doubles_nothing() {
    let s = Sync::new(2_000).await;
    s.first_week().await;
    let (no, _) = s.hand_in(&s.files("next")).await;
    let differences = s.scalar(&format!("select count(*) from app.sync_difference where batch_no = '{no}'")).await;
    let mut tx = s.w.app.db.owner_tx().await.unwrap();
    sqlx::query("update app.sync_batch set state = 'approved' where no = $1").bind(&no).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let total = s
        .scalar(&format!(
            "select count(distinct region_code) from app.sync_count where batch_no = '{no}' and added + changed + gone > 0"
        ))
        .await;
    assert!(total > 2, "several counties");
    let mut cut = 0;
    for round in 0..200u64 {
        let (x, who, name) = (s.x.clone(), s.chief.actor.clone(), no.clone());
        let work = tokio::spawn(async move { x.write(&who, &name, &Sync::quiet(), None).await });
        tokio::time::sleep(std::time::Duration::from_millis(7 + 9 * (round % 40))).await;
        if work.is_finished() {
            work.await.unwrap().unwrap();
            break;
        }
        work.abort();
        work.await.ok();
        cut += 1;
        let half = s
            .scalar(&format!(
                "select count(*) from app.sync_difference d join app.sync_count c on c.batch_no = d.batch_no and c.dataset = d.dataset \
                 and left(c.region_code, 6) = left(d.region_code, 6) where d.batch_no = '{no}' \
                 and (c.applied_at is not null) <> exists (select from app.row_change r where r.batch_no = d.batch_no and r.row_id = d.row_id and r.dataset = d.dataset)"
            ))
            .await;
        assert_eq!(half, 0, "round {round}");
    }
    assert!(cut > 2, "it was cut {cut} times");
    assert_eq!(s.detail(&no).await["batch"]["state"], "applied");
    assert_eq!(s.scalar(&format!("select count(*) from app.row_change where batch_no = '{no}'")).await, differences);
    let (again, _) = s.hand_in(&s.files("next")).await;
    assert_eq!(s.differences(&again).await, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_of_a_province_wide_delivery_is_taken_or_told() {
    let s = Sync::over(Level::Province, 6_000).await;
    let (no, done) = s.hand_in(&s.files("this")).await;
    assert_eq!(done["state"], "done", "{done}");
    let told = s.problems(&no).await;
    assert!(told.iter().all(|(code, _)| code != "exchange.region"), "every place is found by its names: {told:?}");
    for (dataset, file) in [("registry.household", "户信息"), ("registry.member", "人口信息")] {
        let of_file = format!("from app.sync_file f where f.batch_no = '{no}' and f.kind = '{file}'");
        let rows = s.scalar(&format!("select sum(f.rows_in)::bigint {of_file}")).await;
        let taken = s
            .scalar(&format!("select sum(rows_in)::bigint from app.sync_count where batch_no = '{no}' and dataset = '{dataset}'"))
            .await;
        let lost = s
            .scalar(&format!(
                "select count(distinct (position, row_number)) from app.sync_problem where batch_no = '{no}' and dataset = '{dataset}' \
                 and code <> 'exchange.empty_required' and position in (select f.position {of_file})"
            ))
            .await;
        assert!(rows > 100, "{file}");
        assert_eq!(rows, taken + lost, "{file}: {told:?}");
    }
}
