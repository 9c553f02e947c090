//! The first clue: from the department's file through five levels to the province's figure.

use crate::way::{Posts, ago};
use crate::world::{World, actor, number, province, world};
use base::{Actor, Level, Month, RegionCode};
use flow::{Ask, Done, TodoQuery};
use jobs::State;
use record::{Provenance, Row};
use report::{Postgres, ReportTable, Reports};
use serde_json::{Value as Json, json};
use uuid::Uuid;

async fn step(w: &World, by: &Actor, id: Uuid, ask: &Ask<'_>) -> base::Result<Done> {
    let mut tx = w.db.begin(by).await?;
    let done = w.flows.act(&mut tx, "relapse.clue", id, ask).await?;
    tx.commit().await?;
    Ok(done)
}
async fn refused(w: &World, by: &Actor, id: Uuid, ask: &Ask<'_>) -> String {
    step(w, by, id, ask).await.expect_err("should be refused").code.into_owned()
}
async fn todo(w: &World, by: &Actor) -> Vec<(Uuid, String)> {
    let mut tx = w.db.begin(by).await.unwrap();
    let t = w.flows.todo(&mut tx, &TodoQuery::default()).await.unwrap();
    let counted: i64 = t.counts.iter().map(|c| c.count).sum();
    assert_eq!(counted as usize, t.items.len());
    t.items.into_iter().map(|i| (i.id, i.state)).collect()
}
async fn report(w: &World, by: &Actor, id: &str, region: &RegionCode) -> ReportTable {
    let reports = Reports::new(w.records().catalog.clone(), w.regions.clone());
    let mut tx = w.db.begin(by).await.unwrap();
    let period = Some(Month::of(flow::rules::day_of(chrono::Utc::now())));
    let ask = report::Ask { region: Some(region.clone()), period, ..report::Ask::default() };
    reports.run(&mut tx, id, &ask).await.unwrap()
}
fn object(j: Json) -> Row {
    j.as_object().cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clue_travels_from_the_file_to_the_figure_of_the_province() {
    let w = world().await;
    let household = w.family(&w.village, 31, "甲", &[("household_type", "'02'"), ("is_monitored", "false")]).await;
    w.family(&w.elsewhere, 32, "乙", &[("household_type", "'01'")]).await;
    let (county, town) = (w.village.ancestor(Level::County), w.village.ancestor(Level::Town));
    let data = actor("R13", &province());
    let boss = actor("R02", &province());
    let neighbour = actor("R06", &w.elsewhere.ancestor(Level::County));
    let (county_watch, county_decides) = (actor("R06", &county), actor("R07", &county));
    let (town_watch, town_audit) = (actor("R08", &town), actor("R09", &town));
    let cadre = actor("R10", &w.village);
    w.line("360000000000", 940_000, "00").await;

    let file = w.deliver(&data, &[("甲", number(31), "2026-09-02", "26380"), ("乙", number(32), "2026-09-02", "30000")]).await;
    let received = w.receive(&data, &file).await;
    let r = received.result.unwrap();
    assert_eq!(r["proposed"]["clues"], json!(2));
    let id: Uuid = sqlx::query_scalar("select id from relapse.clue where household_id = $1")
        .bind(household)
        .fetch_one(w.db.pool())
        .await
        .unwrap();

    // nobody below the province sees what is only proposed
    for by in [&cadre, &town_watch, &county_watch, &actor("R05", &w.village.ancestor(Level::City))] {
        assert_eq!(w.row(by, "relapse.clue", id).await.unwrap_err().kind, base::Kind::NotFound, "{}", by.role);
        let mut tx = w.db.begin(by).await.unwrap();
        let hidden: i64 = sqlx::query_scalar("select count(*) from relapse.clue_trigger").fetch_one(tx.conn()).await.unwrap();
        assert_eq!(hidden, 0, "{}", by.role);
    }
    assert!(w.row(&boss, "relapse.clue", id).await.is_ok());

    // who proposed does not approve; the province does
    assert_eq!(todo(&w, &boss).await.len(), 2);
    let own = actor("R02", &province());
    let own_file = w.deliver(&own, &[("乙", number(32), "2026-09-05", "31000")]).await;
    assert_eq!(w.receive(&own, &own_file).await.result.unwrap()["proposed"]["merged"], json!(1));
    assert_eq!(
        refused(&w, &Actor { user_id: data.user_id, ..boss.clone() }, id, &Ask::new("dispatch")).await,
        "flow.same_person"
    );
    let job = w.approve(&boss, &r["dispatch_batch_id"]).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    assert_eq!(job.result.unwrap()["done"], json!(2));
    assert_eq!(w.approve(&boss, &r["dispatch_batch_id"]).await.state, State::Failed);
    assert_eq!(w.count("select count(*) from relapse.dispatch_batch where state = '03' and approved_at is not null").await, 1);

    // a neighbour county sees nothing of it
    assert_eq!(w.row(&neighbour, "relapse.clue", id).await.unwrap_err().kind, base::Kind::NotFound);
    assert_eq!(refused(&w, &neighbour, id, &Ask::new("redispatch").opinion("x")).await, "record.not_found");
    assert!(todo(&w, &actor("R08", &w.elsewhere.ancestor(Level::Town))).await.iter().all(|(i, _)| *i != id));

    // township accepts; nobody else may, and not twice
    assert_eq!(todo(&w, &town_watch).await, [(id, "20".to_owned())]);
    assert_eq!(refused(&w, &cadre, id, &Ask::new("accept")).await, "flow.not_allowed");
    let at = step(&w, &town_watch, id, &Ask::new("accept")).await.unwrap();
    assert_eq!((at.state.as_str(), at.state_label.as_str()), ("30", "待村核查"));
    assert_eq!(refused(&w, &town_watch, id, &Ask::new("accept")).await, "flow.wrong_state");
    assert_eq!(refused(&w, &cadre, id, &Ask { row_version: Some(1), ..Ask::new("verify") }).await, "record.stale");

    // village verifies
    assert_eq!(todo(&w, &cadre).await, [(id, "30".to_owned())]);
    assert_eq!(refused(&w, &cadre, id, &Ask::new("verify")).await, "relapse.no_verify_form");
    let mut tx = w.db.begin(&cadre).await.unwrap();
    let forms = w.records().dataset("relapse.verify_form").unwrap().clone();
    let form = object(json!({
        "region_code": w.village.as_str(), "clue_id": id, "met_person": "甲", "met_relation": "01", "members_ok": true, "self_cope": "03",
        "risk_confirmed": true, "risk_types": ["01"], "suggest": "01", "suggest_text": "大病住院自付较高，家庭难以承担，建议纳入。",
    }));
    let form = w.records().create(&mut tx, &forms, &form, &Provenance::default()).await;
    let form = form.map_err(|e| format!("{e} {:?}", e.problems)).unwrap();
    let kept = w.records().get_plain(&mut tx, &forms, form.id).await.unwrap();
    assert_eq!((kept["household_id"].as_str(), kept["labor_count"].as_i64()), (Some(household.to_string().as_str()), Some(1)));
    tx.commit().await.unwrap();
    assert_eq!(refused(&w, &cadre, id, &Ask::new("verify")).await, "relapse.form_incomplete");
    w.complete(&cadre, form.id).await;
    step(&w, &cadre, id, &Ask::new("verify")).await.unwrap();
    // taken back before anybody reviewed it, and handed in again
    assert_eq!(refused(&w, &town_watch, id, &Ask::new("withdraw").opinion("x")).await, "flow.not_allowed");
    step(&w, &cadre, id, &Ask::new("withdraw").opinion("补拍照片")).await.unwrap();
    step(&w, &cadre, id, &Ask::new("verify")).await.unwrap();

    // township returns it, with an opinion; the village corrects its form and submits again
    assert_eq!(refused(&w, &town_watch, id, &Ask::new("return_to_village")).await, "flow.opinion_needed");
    step(&w, &town_watch, id, &Ask::new("return_to_village").opinion("请补充刚性支出情况")).await.unwrap();
    assert_eq!(refused(&w, &cadre, id, &Ask::new("verify")).await, "relapse.no_verify_form");
    let mut tx = w.db.begin(&cadre).await.unwrap();
    let more = object(json!({ "suggest_text": "已补充：三个月内住院两次，自付两万六千元，建议纳入。" }));
    w.records().patch(&mut tx, &forms, form.id, None, &more, &Provenance::default()).await.unwrap();
    tx.commit().await.unwrap();
    step(&w, &cadre, id, &Ask::new("verify")).await.unwrap();
    // a high risk is not refused by a township
    let no = Ask::new("not_include").opinion("不符合").field("result", "02");
    assert_eq!(refused(&w, &town_watch, id, &no).await, "relapse.high_risk_refused");
    assert_eq!(step(&w, &town_watch, id, &Ask::new("review")).await.unwrap().state, "50");
    // authorization of everybody and the check come before the meeting; meeting and notice before the township's audit
    let p = Posts {
        cadre: cadre.clone(),
        town: town_watch.clone(),
        audit: town_audit.clone(),
        county: county_watch.clone(),
        decides: county_decides.clone(),
        civil: actor("R14", &county),
    };
    assert_eq!(refused(&w, &town_watch, id, &Ask::new("checked")).await, "relapse.no_authorization");
    let auth = w.authorized(&p, household).await;
    assert_eq!(refused(&w, &town_watch, id, &Ask::new("checked")).await, "relapse.check_not_entrusted");
    let check = w.entrusted(&p, household, id, auth).await;
    assert_eq!(step(&w, &town_watch, id, &Ask::new("checked")).await.unwrap().state, "60");
    let about = ("clue_id", id);
    assert_eq!(refused(&w, &cadre, id, &Ask::new("publicise")).await, "relapse.no_meeting");
    w.met(&p, household, about, "02", 3).await;
    assert_eq!(refused(&w, &cadre, id, &Ask::new("publicise")).await, "relapse.no_meeting");
    w.met(&p, household, about, "01", 2).await;
    assert_eq!(refused(&w, &cadre, id, &Ask::new("publicise")).await, "relapse.no_publicity");
    let notice = w.posted(&p, household, about, 1, -4).await;
    assert_eq!(step(&w, &cadre, id, &Ask::new("publicise")).await.unwrap().state, "61");
    // a notice hangs five days
    w.hung(&p, notice).await;
    assert_eq!(refused(&w, &cadre, id, &Ask::new("publicised")).await, "relapse.publicity_short");
    w.pass(id, 5).await;
    let days = json!({ "start_date": ago(6), "end_date": ago(1) });
    w.change(&cadre, "relapse.publicity", notice, days).await;
    assert_eq!(step(&w, &cadre, id, &Ask::new("publicised")).await.unwrap().state, "70");
    assert_eq!(refused(&w, &town_audit, id, &Ask::new("approve").field("sampled", false)).await, "relapse.too_few_sampled");
    assert_eq!(step(&w, &town_audit, id, &Ask::new("approve").field("sampled", true)).await.unwrap().state, "71");
    let include = Ask::new("include").field("decide_doc_no", "东农字〔2026〕1号");
    assert_eq!(refused(&w, &county_decides, id, &include).await, "relapse.check_not_confirmed");
    w.reported(&p, check).await;
    // without a line of the year nothing is decided
    w.no_line().await;
    assert_eq!(refused(&w, &county_decides, id, &include).await, "relapse.no_monitor_line");
    w.line("360000000000", 940_000, "00").await;
    assert_eq!(refused(&w, &county_watch, id, &Ask::new("return_county")).await, "flow.opinion_needed");
    let done = step(&w, &county_decides, id, &include).await.map_err(|e| format!("{e} {:?}", e.problems)).unwrap();
    assert_eq!((done.state.as_str(), done.due_at), ("79", None));

    // the household is a monitored object, with a case
    let h = w.row(&cadre, "registry.household", household).await.unwrap();
    assert_eq!((h["is_monitored"].as_bool(), h["risk_state"].as_str()), (Some(true), Some("0")));
    let case_no = h["current_monitor_id"].as_str().unwrap().to_owned();
    assert!(case_no.starts_with(&format!("JC{}", &county.as_str()[..6])) && case_no.len() == 18, "{case_no}");
    let (kind, line, risk, state): (String, i64, String, String) =
        sqlx::query_as("select monitor_type, line_value, risk1, line_state from relapse.monitor_case where case_no = $1")
            .bind(&case_no)
            .fetch_one(w.db.pool())
            .await
            .unwrap();
    assert_eq!((kind.as_str(), line, risk.as_str(), state.as_str()), ("01", 940_000, "01", "00"), "未核定 is kept");
    let (days, in_time): (i32, bool) =
        sqlx::query_as("select used_days, on_time from relapse.clue where id = $1 and finished_at is not null")
            .bind(id)
            .fetch_one(w.db.pool())
            .await
            .unwrap();
    assert_eq!((days, in_time), (5, true));
    assert!(todo(&w, &county_decides).await.is_empty());

    // the way it went, and who saw nothing of it
    let mut tx = w.db.begin(&county_watch).await.unwrap();
    let view = w.flows.view(&mut tx, "relapse.clue", id).await.unwrap();
    assert_eq!(view.steps.len(), 14);
    assert_eq!(view.steps.iter().filter(|s| s.returned).count(), 2);
    assert!(view.closed && view.available.is_empty());
    drop(tx);
    let seen: (i64,) = {
        let mut tx = w.db.begin(&neighbour).await.unwrap();
        sqlx::query_as("select count(*) from app.flow_step where row_id = $1").bind(id).fetch_one(tx.conn()).await.unwrap()
    };
    assert_eq!(seen.0, 0);

    // the figure at all five levels
    for level in [Level::Province, Level::City, Level::County, Level::Town, Level::Village] {
        let t = report(&w, &boss, "relapse.t01", &w.village.ancestor(level)).await;
        assert_eq!(t.total.values["open_households"], json!(1), "{level:?}");
        assert_eq!(t.total.values["new_this_month"], json!(1));
        for key in ["households", "people", "open_households", "open_people"] {
            let rows: i64 = t.rows.iter().map(|r| r.values[key].as_i64().unwrap()).sum();
            assert_eq!(json!(rows), t.total.values[key], "{key} at {level:?}");
        }
    }
    let t = report(&w, &boss, "relapse.t04", &province()).await;
    assert_eq!(
        (&t.total.values["on_time_share"], &t.total.values["days_each"], &t.total.values["within_15_share"]),
        (&json!(100), &json!(5), &json!(100))
    );
    assert_eq!(
        (&t.total.values["dispatched"], &t.total.values["included"], &t.total.values["done_share"]),
        (&json!(2), &json!(1), &json!(50))
    );
    assert_eq!(t.rows.len(), w.regions_below(&province()));
    let outside = report(&w, &neighbour, "relapse.t01", &neighbour.region).await;
    assert_eq!(outside.total.values["open_households"], json!(0));
    let book = tempfile::NamedTempFile::new().unwrap();
    assert_eq!(report::to_xlsx(&t, None, book.path()).unwrap(), t.rows.len() as u64 + 1);

    // and on to the elimination; the figure follows
    let before = report(&w, &boss, "relapse.t01", &province()).await.total.values;
    let case = w.case_of(id).await;
    w.eliminated(&crate::way::posts(&w.village), household, case, "01").await;
    let after = report(&w, &boss, "relapse.t01", &province()).await.total.values;
    assert_eq!((&before["open_households"], &after["open_households"]), (&json!(1), &json!(0)));
    assert_eq!(after["households"], before["households"], "it stays among those who were ever identified");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_measure_of_every_report_runs() {
    let w = world().await;
    let mut tx = w.db.begin(&actor("R02", &province())).await.unwrap();
    assert!(Postgres::prove(&mut tx, &w.records().catalog).await.unwrap() > 20);
}

/// Each transition is refused from every state it does not leave, and for every role it does not name.
#[tokio::test(flavor = "multi_thread")]
async fn transitions_are_refused_from_other_states_and_for_other_roles() {
    let w = world().await;
    let roles = ["R02", "R03", "R05", "R06", "R07", "R08", "R09", "R10", "R11", "R12", "R13", "R14", "R15"];
    for flow in w.records().catalog.flows() {
        let mut asked = 0;
        for t in &flow.transitions {
            for state in flow.states.keys() {
                for role in roles {
                    for level in Level::ALL {
                        let by = actor(role, &w.village.ancestor(level));
                        let may = flow::rules::may_act(flow, t, state, state, &by, None);
                        let wanted = t.from.contains(state)
                            && t.roles.iter().any(|r| r == role)
                            && (t.levels.is_empty() || t.levels.contains(&level));
                        assert_eq!(may.is_ok(), wanted, "{} from {state} by {role} at {level:?}", t.name);
                        asked += 1;
                    }
                }
            }
        }
        assert_eq!(asked, flow.transitions.len() * flow.states.len() * roles.len() * 5, "{}", flow.id);
    }
}
