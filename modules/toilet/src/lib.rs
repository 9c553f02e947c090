//! 农村厕所: every household's toilet, its renovation, problems and their rectification, checks, yearly tasks, maintenance
//! (domain 02 part A). Must not know another module.

pub mod attribute;
mod check;
mod house;
mod http;
mod map;
mod params;
mod print;
mod problem;
mod renovate;
mod sample;
mod seed;
mod task;
mod village;

pub use task::{COUNT as COUNT_TASKS, COUNT_CRON};
pub use village::{LOCK as LOCK_YEAR, LOCK_CRON};

use ::http::{App, Module};
use include_dir::{Dir, include_dir};
use record::Row;
use serde_json::Value as Json;
use std::sync::Arc;
use uuid::Uuid;

static META: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/meta");
static MIGRATIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// What the server lists.
pub fn module() -> Module {
    Module {
        id: "toilet",
        descriptions: meta::Descriptions { module: include_str!("../module.toml"), meta: &META },
        migrations: &MIGRATIONS,
        hooks,
        flow: guards,
        deliveries: &[],
        routes: http::routes,
        seed: Some(|app| Box::pin(seed::seed(app))),
        jobs: |app: &App| {
            vec![
                (attribute::KIND, Arc::new(attribute::Attributes { db: app.db.clone() }) as _),
                (task::COUNT, Arc::new(task::Count { db: app.db.clone(), records: app.records.clone() }) as _),
                (village::LOCK, Arc::new(village::Lock { db: app.db.clone() }) as _),
                (print::KIND, Arc::new(printer(app)) as _),
            ]
        },
    }
}

fn printer(app: &App) -> report::printing::Printing<print::Collection> {
    report::printing::Printing {
        printed: print::Collection,
        records: app.records.clone(),
        files: app.files.clone(),
        db: app.db.clone(),
    }
}

fn hooks(hooks: &mut record::Hooks) {
    hooks.add("toilet.house_facts", Arc::new(house::HouseFacts));
    hooks.add("toilet.problem_numbered", Arc::new(problem::ProblemNumbered));
    hooks.add("toilet.problem_follows", Arc::new(problem::ProblemFollows));
    hooks.add("toilet.rectification_round", Arc::new(problem::RectificationRound));
    hooks.add("toilet.check_of", Arc::new(check::CheckOf));
    hooks.add("toilet.sample_drawn", Arc::new(sample::SampleDrawn));
    hooks.add("toilet.check_found", Arc::new(check::CheckFound));
    hooks.add("toilet.task_fits", Arc::new(task::TaskFits));
    hooks.add("toilet.village_counted", Arc::new(village::VillageCounted));
}

fn guards(guards: &mut flow::Guards) {
    guards
        .guard("toilet.house_complete", Arc::new(house::HouseComplete))
        .guard("toilet.consented", Arc::new(renovate::Consented))
        .guard("toilet.publicised", Arc::new(renovate::Publicised))
        .guard("toilet.hidden_checked", Arc::new(renovate::HiddenChecked))
        .guard("toilet.accepted", Arc::new(renovate::Accepted))
        .guard("toilet.county_sampled", Arc::new(renovate::CountySampled))
        .guard("toilet.payable", Arc::new(renovate::Payable))
        .guard("toilet.exempt_class", Arc::new(problem::ExemptClass))
        .guard("toilet.rectified", Arc::new(problem::Rectified))
        .guard("toilet.task_adds_up", Arc::new(task::TaskAddsUp))
        .guard("toilet.task_done", Arc::new(task::TaskDone))
        .guard("toilet.sample_differs", Arc::new(sample::SampleDiffers))
        .guard("toilet.sample_same", Arc::new(sample::SampleSame))
        .effect("toilet.renovation_follows", Arc::new(renovate::RenovationFollows))
        .effect("toilet.failed_becomes_problem", Arc::new(renovate::FailedBecomesProblem))
        .effect("toilet.problem_over", Arc::new(problem::ProblemOver))
        .effect("toilet.problem_again", Arc::new(problem::ProblemAgain))
        .effect("toilet.town_said", Arc::new(problem::Said::Town))
        .effect("toilet.county_said", Arc::new(problem::Said::County))
        .effect("toilet.sample_compared", Arc::new(sample::SampleCompared));
}

pub(crate) fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}
pub(crate) fn yes(row: &Row, field: &str) -> bool {
    row.get(field).and_then(Json::as_bool).unwrap_or(false)
}
pub(crate) fn whole(row: &Row, field: &str) -> i64 {
    row.get(field).and_then(Json::as_i64).unwrap_or(0)
}
pub(crate) fn id(row: &Row, field: &str) -> Option<Uuid> {
    Uuid::parse_str(text(row, field)).ok()
}
pub(crate) fn codes(row: &Row, field: &str) -> Vec<String> {
    let list = row.get(field).and_then(Json::as_array);
    list.into_iter().flatten().filter_map(|c| c.as_str().map(str::to_owned)).collect()
}
/// Written by an engine, past what forms may not.
pub(crate) fn engine() -> record::Provenance {
    record::Provenance { trusted: true, ..Default::default() }
}
