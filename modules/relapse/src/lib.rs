//! 防返贫监测: clues, verification, decision, monitored objects. Must not know another module.

mod authorize;
mod check;
mod clue;
mod dispatch;
mod eliminate;
pub mod escalate;
mod feedback;
mod http;
mod include;
mod medical;
mod numbering;
mod params;
mod print;
mod scan;
mod selfreport;
mod store;
mod village;
mod visit;
mod watch;
mod weekly;

use ::http::{App, Module};
use include_dir::{Dir, include_dir};
use std::sync::Arc;

pub use watch::{KIND as WATCH, Watch};

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
        deliveries: &[],
        routes: || http::routes().merge(print::http::routes()),
        jobs: |app: &App| {
            let printer = print::Printer { records: app.records.clone(), files: app.files.clone(), db: app.db.clone() };
            let mut all = handlers(&app.flows, &app.files, &app.db);
            all.push((print::KIND, Arc::new(printer)));
            all.push((watch::KIND, Arc::new(watch::Watch { db: app.db.clone() })));
            all
        },
    }
}

fn hooks(hooks: &mut record::Hooks) {
    hooks.add("relapse.feedback_stamp", Arc::new(feedback::FeedbackStamp));
    hooks.add("relapse.verify_prefill", Arc::new(include::VerifyPrefill));
    hooks.add("relapse.clue_way", Arc::new(clue::ClueWay));
    hooks.add("relapse.case_batch", Arc::new(weekly::CaseBatch));
    hooks.add("relapse.self_applied", Arc::new(clue::intake::SelfApplied));
    hooks.add("relapse.patrol_found", Arc::new(clue::intake::PatrolFound));
    hooks.add("relapse.visit_found", Arc::new(clue::intake::VisitFound));
    hooks.add("relapse.authorization_valid", Arc::new(authorize::AuthorizationValid));
    hooks.add("relapse.economic_check_given", Arc::new(check::CheckGiven));
    hooks.add("relapse.meeting_numbered", Arc::new(village::MeetingNumbered));
    hooks.add("relapse.meeting_votes", Arc::new(village::MeetingVotes));
    hooks.add("relapse.publicity_text", Arc::new(village::PublicityText));
    hooks.add("relapse.publicity_case_filled", Arc::new(village::PublicityCaseFilled));
    hooks.add("relapse.elimination_begun", Arc::new(eliminate::EliminationBegun));
    hooks.add("relapse.verify_distance", Arc::new(visit::VerifyDistance));
}

fn guards(guards: &mut flow::Guards) {
    guards
        .guard("relapse.verify_form_given", Arc::new(include::VerifyFormGiven))
        .guard("relapse.town_may_refuse", Arc::new(include::TownMayRefuse))
        .guard("relapse.refusal", Arc::new(include::Refusal))
        .guard("relapse.authorized", Arc::new(clue::guards::Authorized))
        .guard("relapse.town_sampled", Arc::new(clue::guards::TownSampled))
        .guard("relapse.county_may_include", Arc::new(clue::guards::CountyMayInclude))
        .guard("relapse.meeting_refused", Arc::new(clue::guards::MeetingRefused))
        .guard("relapse.meeting_agreed", Arc::new(village::MeetingAgreed))
        .guard("relapse.publicity_over", Arc::new(village::PublicityOver))
        .guard("relapse.objection_given", Arc::new(village::ObjectionGiven))
        .guard("relapse.objection_answered", Arc::new(village::ObjectionAnswered))
        .guard("relapse.check_authorized", Arc::new(check::CheckAuthorized))
        .guard("relapse.check_signed", Arc::new(check::CheckSigned))
        .guard("relapse.check_reported", Arc::new(check::CheckReported))
        .guard("relapse.check_objected", Arc::new(check::CheckObjected))
        .guard("relapse.elimination_conditions", Arc::new(eliminate::EliminationConditions))
        .guard("relapse.elimination_publicised", Arc::new(village::EliminationPublicised))
        .guard("relapse.case_follows", Arc::new(eliminate::CaseFollows))
        .guard("relapse.case_whole_gone", Arc::new(eliminate::CaseWholeGone))
        .effect("relapse.accepted", Arc::new(clue::guards::Accepted))
        .effect("relapse.form_passed", Arc::new(clue::guards::FormPassed))
        .effect("relapse.returned", Arc::new(clue::guards::Returned))
        .effect("relapse.green_channel", Arc::new(clue::guards::GreenChannel))
        .effect("relapse.check_stamped", Arc::new(check::CheckStamped))
        .effect("relapse.elimination_follows", Arc::new(eliminate::EliminationFollows))
        .effect("relapse.case_left", Arc::new(eliminate::CaseLeft))
        .effect("relapse.include", Arc::new(include::Include));
}

/// The work of this module that takes longer than a request, by kind.
pub fn handlers(flows: &flow::Flows, files: &files::Files, db: &::store::Db) -> Vec<(&'static str, Arc<dyn jobs::Handler>)> {
    let batch = medical::MedicalBatch { flows: flows.clone(), files: files.clone(), db: db.clone() };
    let dispatch = dispatch::Dispatch { flows: flows.clone(), db: db.clone() };
    let escalate = escalate::Escalate { flows: flows.clone(), db: db.clone() };
    vec![(medical::KIND, Arc::new(batch)), (dispatch::KIND, Arc::new(dispatch)), (escalate::KIND, Arc::new(escalate))]
}
