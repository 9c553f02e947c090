//! 防返贫监测: clues, verification, decision, monitored objects. Must not know another module.

mod alarm;
mod authorize;
mod check;
mod clue;
pub mod compare;
mod department;
mod dispatch;
mod eliminate;
pub mod escalate;
mod feedback;
mod help;
mod http;
mod include;
pub mod internal;
mod model;
mod numbering;
mod params;
mod print;
pub mod reception;
mod scan;
mod selfreport;
pub mod steward;
mod store;
mod supervise;
mod task;
mod village;
mod visit;
mod watch;
mod weekly;

use ::http::{App, Module};
use include_dir::{Dir, include_dir};
use std::sync::Arc;

pub use alarm::{CRON as ALARM_CRON, KIND as ALARM};
pub use department::items as departments;
pub use model::{MONTH as MODEL_MONTH, ModelMonth};
pub use village::job::{CRON as NOTICES_CRON, KIND as NOTICES};
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
        deliveries: &[reception::DOOR],
        seed: None,
        routes: || http::routes().merge(print::http::routes()),
        jobs: |app: &App| {
            let printer = report::printing::Printing {
                printed: print::Households,
                records: app.records.clone(),
                files: app.files.clone(),
                db: app.db.clone(),
            };
            let mut all = handlers(&app.flows, &app.files, &app.db);
            all.push((print::KIND, Arc::new(printer)));
            all.push((task::KIND, Arc::new(task::Pack { records: app.records.clone(), db: app.db.clone() })));
            all.push((watch::KIND, Arc::new(watch::Watch { db: app.db.clone() })));
            all.push((model::MONTH, Arc::new(model::ModelMonth { db: app.db.clone() })));
            all.push(internal::handler(&app.flows, &app.files, &app.jobs, &app.db));
            all.extend(reception::handlers(&app.records, &app.files, &app.jobs, &app.db));
            all
        },
    }
}

fn hooks(hooks: &mut record::Hooks) {
    hooks.add("relapse.feedback_stamp", Arc::new(feedback::FeedbackStamp));
    hooks.add("relapse.verify_prefill", Arc::new(include::VerifyPrefill));
    hooks.add("relapse.sender_sound", Arc::new(reception::SenderSound));
    hooks.add("relapse.key_numbered", Arc::new(reception::KeyNumbered));
    hooks.add("relapse.clue_way", Arc::new(clue::ClueWay));
    hooks.add("relapse.case_batch", Arc::new(weekly::CaseBatch));
    hooks.add("relapse.self_applied", Arc::new(clue::intake::SelfApplied));
    hooks.add("relapse.patrol_found", Arc::new(clue::intake::PatrolFound));
    hooks.add("relapse.target_done", Arc::new(task::TargetDone));
    hooks.add("relapse.visit_found", Arc::new(clue::intake::VisitFound));
    hooks.add("relapse.authorization_valid", Arc::new(authorize::AuthorizationValid));
    hooks.add("relapse.economic_check_given", Arc::new(check::CheckGiven));
    hooks.add("relapse.meeting_numbered", Arc::new(village::MeetingNumbered));
    hooks.add("relapse.meeting_votes", Arc::new(village::MeetingVotes));
    hooks.add("relapse.publicity_text", Arc::new(village::PublicityText));
    hooks.add("relapse.publicity_case_filled", Arc::new(village::PublicityCaseFilled));
    hooks.add("relapse.elimination_begun", Arc::new(eliminate::EliminationBegun));
    hooks.add("relapse.plan_begun", Arc::new(help::PlanBegun));
    hooks.add("relapse.measure_begun", Arc::new(help::MeasureBegun));
    hooks.add("relapse.supervise_issued", Arc::new(supervise::SuperviseIssued));
    hooks.add("relapse.model_begun", Arc::new(model::ModelBegun));
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
        .guard("relapse.plan_complete", Arc::new(help::PlanComplete))
        .guard("relapse.plan_replaced", Arc::new(help::PlanReplaced))
        .guard("relapse.measure_evidence", Arc::new(help::MeasureEvidence))
        .guard("relapse.model_replayed", Arc::new(model::ModelReplayed))
        .guard("relapse.model_second_person", Arc::new(model::ModelSecondPerson))
        .guard("relapse.model_replaced", Arc::new(model::ModelReplaced))
        .effect("relapse.model_submitted", Arc::new(model::ModelSubmitted))
        .effect("relapse.model_released", Arc::new(model::ModelReleased))
        .guard("relapse.key_sender_on", Arc::new(reception::KeySenderOn))
        .effect("relapse.key_issued", Arc::new(reception::KeyIssued))
        .effect("relapse.alarm_answered", Arc::new(alarm::AlarmAnswered))
        .effect("relapse.plan_approved", Arc::new(help::PlanApproved))
        .effect("relapse.supervise_answered", Arc::new(supervise::SuperviseAnswered))
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
    let batch = department::DepartmentBatch { flows: flows.clone(), files: files.clone(), db: db.clone() };
    let dispatch = dispatch::Dispatch { flows: flows.clone(), db: db.clone() };
    let escalate = escalate::Escalate { flows: flows.clone(), db: db.clone() };
    let notices = village::job::Notices { flows: flows.clone(), db: db.clone() };
    let replay = model::Replay { db: db.clone() };
    vec![
        (department::KIND, Arc::new(batch)),
        (dispatch::KIND, Arc::new(dispatch)),
        (escalate::KIND, Arc::new(escalate)),
        (village::job::KIND, Arc::new(notices)),
        (model::REPLAY, Arc::new(replay)),
        alarm::handler(flows, db),
        steward::handler(flows, files, db),
    ]
}
