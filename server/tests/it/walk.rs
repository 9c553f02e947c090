//! The datasets that are walked, and what must be known to make their rows.

use base::RegionCode;
use meta::{Dataset, Field, Kind, Place, Sensitivity, Verb};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use testkit::{Maker, Person, World, identity_number};
use uuid::Uuid;

/// Datasets that no row can be made for from outside, with the reason.
pub const SKIPPED: &[(&str, &str)] = &[];

pub fn datasets(w: &World) -> Vec<Arc<Dataset>> {
    for (id, why) in SKIPPED {
        assert!(w.app.catalog.dataset(id).is_some(), "{id} is skipped ({why}) and does not exist");
    }
    // rows of `quality` are made by scans and the editor; their own story walks them
    w.app.catalog.datasets().filter(|d| d.module() != "quality" && SKIPPED.iter().all(|(s, _)| *s != d.id)).cloned().collect()
}

/// Whether some county does not see the rows: what the province sets for everybody below has no neighbours.
pub fn has_neighbours(d: &Arc<Dataset>) -> bool {
    !(d.read_below && d.region == base::Level::Province)
}

/// Terms are few and each is there once: every maker has its own.
static TERMS: AtomicU32 = AtomicU32::new(0);

/// What checks over several fields ask for.
pub fn maker(w: &World) -> Maker<'_> {
    let term = TERMS.fetch_add(1, Ordering::Relaxed);
    let number = identity_number(w.next());
    let born = format!("{}-{}-{}", &number[6..10], &number[10..12], &number[12..14]);
    Maker::new(w)
        .say("registry.household", "hukou_count", json!(1))
        .say("registry.member", "gender", json!("1"))
        .say("registry.member", "id_no", json!(number))
        .say("registry.member", "birth_date", json!(born))
        .say("registry.member", "ins_resident_med", json!(true))
        .say("registry.obligor", "spouse_name", json!("李小红"))
        .say("registry.village_year", "household_total", json!(10))
        .say("relapse.monitor_case", "monitor_type", json!("02"))
        .say("relapse.monitor_case", "identify_date", json!("2025-03-10"))
        .say("relapse.monitor_case", "identify_ym", json!(202_503))
        .say("relapse.monitor_case", "risk1", json!("01"))
        .say("relapse.self_apply", "promise_checked", json!(true))
        .say("relapse.self_apply", "authorize_checked", json!(true))
        .say("relapse.publicity", "end_date", json!("2025-03-20"))
        .say("relapse.share_catalog_field", "shared", json!(false))
        .say("relapse.verify_form", "suggest", json!("02"))
        // a clue of the province's departments lies hidden until it is dispatched; its own story walks that
        .say("relapse.clue", "line", json!("04"))
        .fill("relapse.clue", "household_id")
        .say("relapse.dept_dataset", "item_no", json!("X{n}"))
        .say("relapse.dept_sender", "items", json!("31"))
        .say("relapse.region_alarm", "county", json!(w.village.ancestor(base::Level::County)))
        .say("relapse.help_plan_target", "category", json!("01"))
        .say("relapse.help_plan_target", "item", json!("01-01"))
        .say("relapse.measure", "category", json!("01"))
        .say("relapse.measure", "item", json!("01-01"))
        .fill("toilet.maintenance", "toilet_id")
        .say("toilet.check", "check_type", json!("4"))
        .say("toilet.public_toilet", "invest_total", json!(500))
        .say("toilet.village_stat", "total_households", json!(10))
        .say("yulu.term_batch", "school_year", json!(1900 + term / 2 % 200))
        .say("yulu.term_batch", "term", json!((term % 2 + 1).to_string()))
        .say("yulu.approval_doc", "approve_people", json!(2))
        .say("yulu.approval_doc", "stage_people_mid", json!(1))
        .say("yulu.approval_doc", "stage_people_high", json!(1))
        .say("yulu.approval_doc", "approve_amount", json!(300_000))
        .say("yulu.approval_doc", "stage_amount_mid", json!(150_000))
        .say("yulu.approval_doc", "stage_amount_high", json!(150_000))
        .say("yulu.import_batch", "total", json!(3))
        .say("yulu.import_batch", "ok", json!(2))
        .say("yulu.import_batch", "fail", json!(1))
        .say("yulu.graduate", "grad_year", json!(2026))
        .say("yulu.graduate", "grad_ym", json!(202_607))
        .say("yulu.grad_service", "service_date", json!("2026-01-10"))
}

/// `/module/dataset`.
pub fn path(d: &Dataset) -> String {
    format!("/{}/{}", d.module(), d.name())
}

/// A row of each dataset, made by the engine.
pub async fn row(w: &World, d: &Dataset) -> Uuid {
    maker(w).row(d).await.unwrap_or_else(|e| panic!("{}: {} {:?}", d.id, e.chain(), e.problems))
}

/// Somebody of the neighbour county, or below it, whose role may read the dataset; none where only city and province do.
pub async fn stranger(w: &World, d: &Dataset) -> Option<Person> {
    let readers = w.app.catalog.roles_for(&d.id, Verb::Read);
    let all = access::roles().all().flat_map(|r| r.levels.iter().map(|l| (r.code.as_str(), *l)));
    let (role, level) = all.filter(|(_, l)| *l >= base::Level::County).find(|(r, _)| readers.contains(r))?;
    Some(w.actor(role, &w.neighbour.ancestor(level)).await)
}

/// A county's officer as the engine sees one, whatever the policy says.
pub fn officer(county: &RegionCode) -> base::Actor {
    let region = county.ancestor(base::Level::County);
    base::Actor { user_id: Uuid::now_v7(), role: "R06".into(), region, ..base::Actor::system("测试") }
}

/// A text that may be changed freely, with a new value that fits it.
pub fn free_text<'d>(w: &World, d: &'d Dataset, text: &str) -> Option<&'d Field> {
    let free = |f: &&Field| {
        matches!(f.kind, Kind::Text | Kind::LongText)
            && f.pattern.is_none()
            && f.shown.is_none()
            && !f.is_derived()
            && f.readonly == meta::Need::Always(false)
            && matches!(f.sensitivity, Sensitivity::Plain | Sensitivity::Internal | Sensitivity::Personal | Sensitivity::Health)
            && meta::value::read(&w.app.catalog, f, &json!(text)).is_ok()
    };
    // one that everybody who may change the row sees as it is, where there is one
    let open = |f: &&Field| matches!(f.sensitivity, Sensitivity::Plain | Sensitivity::Internal);
    d.fields.values().filter(free).find(open).or_else(|| d.fields.values().find(free))
}

/// A field to filter by and the value a row has in it.
pub fn filter<'d>(d: &'d Dataset, row: &Value) -> Option<(&'d str, String)> {
    d.in_place(Place::Filter).filter(|f| !matches!(f.kind, Kind::Codes)).find_map(|f| {
        let plain = row["_masked"].as_array().is_none_or(|m| m.iter().all(|n| *n != *f.name));
        let text = match &row[&f.name] {
            Value::String(s) => s.clone(),
            v @ (Value::Number(_) | Value::Bool(_)) => v.to_string(),
            _ => return None,
        };
        (plain && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))).then_some((f.name.as_str(), text))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_of_every_dataset_can_be_made_from_its_description() {
    let w = World::new().await;
    let mut failed = vec![];
    for d in datasets(&w) {
        if let Err(e) = maker(&w).row(&d).await {
            failed.push(format!("{}: {} {:?}", d.id, e.chain(), e.problems));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
