//! Versions of the model: replayed on what batches kept, released and gone back to by two persons, named by every clue.

use crate::way::posts;
use crate::world::{World, actor, number, province, world};
use base::{Actor, Level};
use chrono::{Days, NaiveDate};
use flow::Ask;
use jobs::State;
use record::Provenance;
use serde_json::{Value as Json, json};
use uuid::Uuid;

const FLOW: &str = "relapse.model_version";

fn ago(days: u64) -> String {
    let today: NaiveDate = flow::rules::day_of(chrono::Utc::now());
    (today - Days::new(days)).to_string()
}

impl World {
    async fn draft(&self, by: &Actor) -> Uuid {
        let mut tx = self.db.begin(by).await.unwrap();
        let d = self.records().dataset(FLOW).unwrap().clone();
        self.records().allow(by, &d, meta::Verb::Create).unwrap();
        let row = json!({ "region_code": "360000000000", "reason": "试调阈值" }).as_object().cloned().unwrap();
        let saved = self.records().create(&mut tx, &d, &row, &Provenance::default()).await.unwrap();
        tx.commit().await.unwrap();
        saved.id
    }
    /// Changes a number of a draft.
    async fn set(&self, by: &Actor, draft: Uuid, key: &str, value: i64) -> sqlx::Result<u64> {
        let mut tx = self.db.begin(by).await.unwrap();
        let done = sqlx::query(
            "update relapse.model_value set value = $3 where version_id = $1 and key = $2 and region_code = '360000000000'",
        )
        .bind(draft)
        .bind(key)
        .bind(value)
        .execute(tx.conn())
        .await?;
        tx.commit().await.unwrap();
        Ok(done.rows_affected())
    }
    async fn replayed(&self, by: &Actor, draft: Uuid) -> Json {
        let id = self.jobs.enqueue(by, "relapse.model_replay", "回放", json!({ "version_id": draft })).await.unwrap();
        let job = self.end(by, id).await;
        assert_eq!(job.state, State::Done, "{}", job.message);
        job.result.unwrap()
    }
    async fn try_step(&self, by: &Actor, id: Uuid, ask: &Ask<'_>) -> Result<String, String> {
        let mut tx = self.db.begin(by).await.unwrap();
        match self.flows.act(&mut tx, FLOW, id, ask).await {
            Ok(done) => {
                tx.commit().await.unwrap();
                Ok(done.state)
            }
            Err(e) => Err(e.code.into_owned()),
        }
    }
    async fn households(&self, sql: &'static str) -> Vec<Uuid> {
        sqlx::query_scalar(sql).fetch_all(self.db.pool()).await.unwrap()
    }
}

/// Two counties, two deliveries, households of every verdict; the second delivery meets clues the first one opened.
async fn delivered(w: &World) -> i64 {
    let by = actor("R13", &province());
    for (n, place) in [(1, &w.village), (2, &w.village), (3, &w.elsewhere), (4, &w.elsewhere), (5, &w.village)] {
        w.family(place, n, "某", &[("household_type", "'01'")]).await;
    }
    w.family(&w.village, 6, "某", &[("household_type", "'02'")]).await;
    w.family(&w.village, 7, "某", &[("household_type", "'01'"), ("is_monitored", "true")]).await;
    let day = ago(20);
    let first: Vec<(&str, String, &str, &str)> =
        [(1, "10000"), (2, "11000"), (3, "12000"), (4, "7000"), (6, "6500"), (7, "30000")]
            .map(|(n, yuan)| ("某", number(n), day.as_str(), yuan))
            .to_vec();
    let file = w.deliver(&by, &first).await;
    let r = w.receive(&by, &file).await.result.unwrap();
    assert_eq!((&r["proposed"]["clues"], &r["proposed"]["monitored"]), (&json!(4), &json!(1)), "{r}");
    let second: Vec<(&str, String, &str, &str)> =
        [(1, "10500"), (5, "11999.99"), (4, "6000")].map(|(n, yuan)| ("某", number(n), day.as_str(), yuan)).to_vec();
    let file = w.deliver(&by, &second).await;
    let r = w.receive(&by, &file).await.result.unwrap();
    assert_eq!((&r["proposed"]["clues"], &r["proposed"]["merged"]), (&json!(1), &json!(1)), "{r}");
    5
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_draft_sends_out_the_same_and_a_raised_threshold_loses_what_plain_sql_says() {
    let w = world().await;
    let sent = delivered(&w).await;
    let author = actor("R02", &province());
    let draft = w.draft(&author).await;
    let r = w.replayed(&author, draft).await;
    let t = &r["totals"];
    assert_eq!(
        [&t["before"], &t["after"], &t["gained"], &t["lost"], &t["dispatched"]],
        [&json!(sent), &json!(sent), &json!(0), &json!(0), &json!(sent)],
        "{r}"
    );
    assert_eq!(w.count("select count(*) from relapse.model_replay_change").await, 0);
    // what has changed in the register since does not change the past
    sqlx::raw_sql("update reg.household set is_monitored = true, household_type = '02'; update relapse.clue set state = '80', result = '02'")
        .execute(w.db.pool())
        .await
        .unwrap();
    let again = w.replayed(&author, draft).await;
    assert_eq!(
        (&again["totals"]["gained"], &again["totals"]["lost"], &again["totals"]["before"]),
        (&json!(0), &json!(0), &json!(sent))
    );

    // one of those that a raised threshold loses had been included
    let included = w.households("select household_id from relapse.clue where trigger_text like '%11,000.00%'").await[0];
    sqlx::query("update relapse.clue set state = '79', result = '01' where household_id = $1")
        .bind(included)
        .execute(w.db.pool())
        .await
        .unwrap();
    assert_eq!(w.set(&author, draft, "w03_ordinary_yuan", 12_000).await.unwrap(), 1);
    let r = w.replayed(&author, draft).await;
    // under 12,000 in every delivery, over 10,000 in one
    let plain = w
        .households(
            "select household_id from relapse.dept_line where not poverty and not monitored group by household_id \
             having max(amount_fen) >= 1000000 and max(amount_fen) < 1200000 order by 1",
        )
        .await;
    assert_eq!(plain.len(), 3);
    let lost = w
        .households(
            "select c.household_id from relapse.model_replay_change c join relapse.model_replay r on r.id = c.replay_id \
              where not c.gained and r.made_at = (select max(made_at) from relapse.model_replay) order by 1",
        )
        .await;
    assert_eq!(lost, plain);
    let t = &r["totals"];
    assert_eq!(
        [&t["before"], &t["after"], &t["lost"], &t["gained"], &t["lost_included"]],
        [&json!(sent), &json!(sent - 3), &json!(3), &json!(0), &json!(1)],
        "{r}"
    );
    // one of five finished was included
    assert_eq!((&t["expected_before"], &t["expected_after"]), (&json!(1.0), &json!(0.0)), "{r}");

    // lower: the household under the threshold is gained, in its first delivery, and its second joins it
    w.set(&author, draft, "w03_ordinary_yuan", 6000).await.unwrap();
    let r = w.replayed(&author, draft).await;
    assert_eq!((&r["totals"]["gained"], &r["totals"]["lost"]), (&json!(1), &json!(0)), "{r}");
    let counties: Vec<(String, i32)> = sqlx::query_as(
        "select c.region_code, c.gained from relapse.model_replay_count c join relapse.model_replay r on r.id = c.replay_id \
          where c.gained > 0 and r.made_at = (select max(made_at) from relapse.model_replay)",
    )
    .fetch_all(w.db.pool())
    .await
    .unwrap();
    assert_eq!(counties, [("360123000000".to_owned(), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_needs_a_replay_and_a_second_person_and_clues_name_it() {
    let w = world().await;
    delivered(&w).await;
    let author = actor("R03", &province());
    let helper = actor("R02", &province());
    let second = actor("R03", &province());
    let draft = w.draft(&author).await;
    let submit = Ask::new("submit");
    assert_eq!(w.try_step(&author, draft, &submit).await.unwrap_err(), "relapse.not_replayed");
    w.replayed(&author, draft).await;
    w.set(&author, draft, "w32_yuan", 6000).await.unwrap();
    assert_eq!(w.try_step(&author, draft, &submit).await.unwrap_err(), "relapse.replay_outdated");
    w.replayed(&author, draft).await;
    assert_eq!(w.try_step(&author, draft, &submit).await.unwrap(), "02");
    // submitted, its numbers do not change, whoever asks
    let err = w.set(&author, draft, "w32_yuan", 1).await.unwrap_err().to_string();
    assert!(err.contains("do not change"), "{err}");
    assert_eq!(w.try_step(&author, draft, &Ask::new("release")).await.unwrap_err(), "flow.same_person");
    assert_eq!(w.try_step(&helper, draft, &Ask::new("release")).await.unwrap_err(), "flow.not_allowed");
    // the author does not release it either when somebody else submitted it
    assert_eq!(w.try_step(&second, draft, &Ask::new("return").opinion("再看一看")).await.unwrap(), "01");
    assert_eq!(w.try_step(&helper, draft, &submit).await.unwrap(), "02");
    assert_eq!(w.try_step(&author, draft, &Ask::new("release")).await.unwrap_err(), "relapse.model_two_persons");
    assert_eq!(w.try_step(&second, draft, &Ask::new("release")).await.unwrap(), "03");
    let states: Vec<(i32, String)> =
        sqlx::query_as("select version, state from relapse.model_version order by version").fetch_all(w.db.pool()).await.unwrap();
    assert_eq!(states, [(1, "04".to_owned()), (2, "03".to_owned())]);
    assert_eq!(w.try_step(&second, draft, &Ask::new("retire")).await.unwrap_err(), "relapse.model_needed");

    let by = actor("R13", &province());
    let named = async |serial: u32| -> (i32, i32, i32) {
        let household = w.family(&w.village, serial, "某", &[("household_type", "'01'")]).await;
        let file = w.deliver(&by, &[("某", number(serial), ago(9).as_str(), "15000")]).await;
        let r = w.receive(&by, &file).await.result.unwrap();
        assert_eq!(r["proposed"]["clues"], json!(1), "{r}");
        sqlx::query_as(
            "select c.model_version, b.model_version, h.model_version from relapse.clue c join relapse.dispatch_batch b on b.id = c.batch_id \
               join relapse.dept_hit h on h.clue_id = c.id where c.household_id = $1",
        )
        .bind(household)
        .fetch_one(w.db.pool())
        .await
        .unwrap()
    };
    assert_eq!(named(31).await, (2, 2, 2));
    assert_eq!(w.count("select count(*) from relapse.clue where model_version = 1").await, 5, "those before keep theirs");

    // back to the first version: asked by one, agreed to by another
    let first: Uuid =
        sqlx::query_scalar("select id from relapse.model_version where version = 1").fetch_one(w.db.pool()).await.unwrap();
    assert_eq!(w.try_step(&second, first, &Ask::new("ask_back").opinion("误报增多")).await.unwrap(), "05");
    assert_eq!(w.try_step(&second, first, &Ask::new("go_back")).await.unwrap_err(), "flow.same_person");
    assert_eq!(w.try_step(&author, first, &Ask::new("go_back")).await.unwrap(), "03");
    assert_eq!(named(32).await, (1, 1, 1));
    assert_eq!(w.count("select count(*) from relapse.model_version where state = '03'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_clue_ends_without_an_outcome_and_a_refusal_has_its_reasons() {
    let w = world().await;
    w.line("360000000000", 940_000, "01").await;
    let p = posts(&w.village);
    w.family(&w.village, 41, "某", &[("household_type", "'01'")]).await;
    let by = actor("R13", &province());
    let file = w.deliver(&by, &[("某", number(41), ago(9).as_str(), "10500")]).await;
    let r = w.receive(&by, &file).await.result.unwrap();
    let boss = actor("R02", &province());
    assert_eq!(w.approve(&boss, &r["dispatch_batch_id"]).await.state, State::Done);
    let id = w.households("select id from relapse.clue").await[0];
    assert_eq!(w.led(&p.town, id, Ask::new("accept")).await, "30");
    w.verified(&p, id, &["01"], "01").await;
    // the village had suggested inclusion: who refuses says why
    let no = Ask::new("not_include").opinion("理赔已覆盖").field("result", "02");
    assert_eq!(w.refused(&p.town, id, &no).await, "relapse.refusal_unreasoned");
    let no = no.field("refuse_reasons", json!(["07"]));
    assert_eq!(w.led(&p.town, id, no).await, "80");
    let reasons: Vec<String> = sqlx::query_scalar("select reason from relapse.v_refusal").fetch_all(w.db.pool()).await.unwrap();
    assert_eq!(reasons, ["07"]);
    // a proposal that the province drops has an outcome too, and it is not inclusion
    w.family(&w.village, 42, "某", &[("household_type", "'01'")]).await;
    let file = w.deliver(&by, &[("某", number(42), ago(9).as_str(), "10500")]).await;
    w.receive(&by, &file).await;
    let other = w.households("select id from relapse.clue where state = '10'").await[0];
    assert_eq!(w.refused(&boss, other, &Ask::new("drop").opinion("数据有误")).await, "flow.fields");
    assert_eq!(w.refused(&boss, other, &Ask::new("drop").opinion("数据有误").field("result", "01")).await, "record.refused");
    assert_eq!(w.led(&boss, other, Ask::new("drop").opinion("数据有误").field("result", "07")).await, "90");
    assert_eq!(w.village.level(), Level::Village);
}
