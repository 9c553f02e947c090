//! 防返贫监测: clues, verification, decision, monitored objects. Must not know another module.

mod clue;
mod dispatch;
mod http;
mod include;
mod medical;
mod numbering;
mod params;
mod store;
mod weekly;

use ::http::{App, Module};
use include_dir::{Dir, include_dir};
use std::sync::Arc;

static META: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/meta");
static MIGRATIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// What the server lists.
pub fn module() -> Module {
    Module {
        id: "relapse",
        descriptions: meta::Descriptions { module: include_str!("../module.toml"), meta: &META },
        migrations: &MIGRATIONS,
        hooks,
        flow: guards,
        routes: http::routes,
        jobs: |app: &App| handlers(&app.flows, &app.files, &app.db),
    }
}

fn hooks(hooks: &mut record::Hooks) {
    hooks.add("relapse.verify_prefill", Arc::new(include::VerifyPrefill));
    hooks.add("relapse.clue_way", Arc::new(clue::ClueWay));
    hooks.add("relapse.case_batch", Arc::new(weekly::CaseBatch));
}

fn guards(guards: &mut flow::Guards) {
    guards
        .guard("relapse.verify_form_given", Arc::new(include::VerifyFormGiven))
        .guard("relapse.town_may_refuse", Arc::new(include::TownMayRefuse))
        .guard("relapse.refusal", Arc::new(include::Refusal))
        .guard("relapse.publicity_over", Arc::new(include::PublicityOver))
        .guard("relapse.not_monitored", Arc::new(include::NotMonitored))
        .effect("relapse.include", Arc::new(include::Include));
}

/// The work of this module that takes longer than a request, by kind: `relapse.medical_batch` and `relapse.dispatch`.
pub fn handlers(flows: &flow::Flows, files: &files::Files, db: &::store::Db) -> Vec<(&'static str, Arc<dyn jobs::Handler>)> {
    let batch = medical::MedicalBatch { flows: flows.clone(), files: files.clone(), db: db.clone() };
    let dispatch = dispatch::Dispatch { flows: flows.clone(), db: db.clone() };
    vec![(medical::KIND, Arc::new(batch)), (dispatch::KIND, Arc::new(dispatch))]
}
