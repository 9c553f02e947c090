//! 雨露计划: students of a term, their verification, the county's approval, payment, and what became of graduates.
//! Must not know another module.

mod approve;
mod graduate;
mod http;
mod params;
mod pay;
mod roll;
mod seed;
mod term;
mod verify;

use ::http::{App, Module};
use include_dir::{Dir, include_dir};
use serde_json::Value as Json;
use std::sync::Arc;

pub use term::job::{TermJob, Work, payload as term_payload};
pub use verify::notice::{CRON as NOTICES_CRON, KIND as NOTICES, Notices};

static META: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/meta");
static MIGRATIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// What the server lists.
pub fn module() -> Module {
    Module {
        id: "yulu",
        descriptions: meta::Descriptions { module: include_str!("../module.toml"), meta: &META },
        migrations: &MIGRATIONS,
        hooks,
        flow: guards,
        deliveries: &[],
        routes: http::routes,
        seed: Some(|app| Box::pin(seed::seed(app))),
        jobs,
    }
}

fn jobs(app: &App) -> Vec<(&'static str, Arc<dyn ::jobs::Handler>)> {
    let term = |work: Work| -> (&'static str, Arc<dyn ::jobs::Handler>) {
        (work.kind(), Arc::new(TermJob { db: app.db.clone(), flows: app.flows.clone(), work }))
    };
    vec![
        (verify::notice::KIND, Arc::new(Notices { db: app.db.clone(), flows: app.flows.clone() }) as _),
        term(Work::Compare),
        term(Work::Graduates),
    ]
}

fn hooks(hooks: &mut record::Hooks) {
    hooks.add("yulu.term_named", Arc::new(term::TermNamed));
    hooks.add("yulu.roll_matched", Arc::new(roll::RollMatched));
    hooks.add("yulu.verify_snapshot", Arc::new(verify::VerifySnapshot));
    hooks.add("yulu.document_locked", Arc::new(approve::DocumentLocked));
    hooks.add("yulu.account_shaped", Arc::new(pay::AccountShaped));
    hooks.add("yulu.graduate_filled", Arc::new(graduate::GraduateFilled));
}

fn guards(guards: &mut flow::Guards) {
    guards
        .guard("yulu.term_done", Arc::new(term::TermDone))
        .guard("yulu.verify_whole", Arc::new(verify::VerifyWhole))
        .guard("yulu.publicity_over", Arc::new(verify::PublicityOver))
        .guard("yulu.eligible", Arc::new(verify::Eligible))
        .guard("yulu.not_eligible", Arc::new(verify::NotEligible))
        .guard("yulu.follows", Arc::new(verify::Follows))
        .guard("yulu.same_county", Arc::new(approve::SameCounty))
        .guard("yulu.totals_match", Arc::new(approve::TotalsMatch))
        .guard("yulu.nothing_paid", Arc::new(approve::NothingPaid))
        .guard("yulu.paid_right", Arc::new(pay::PaidRight))
        .guard("yulu.account_changed", Arc::new(pay::AccountChanged))
        .guard("yulu.reclaim_right", Arc::new(pay::ReclaimRight))
        .guard("yulu.graduate_whole", Arc::new(graduate::GraduateWhole))
        .guard("yulu.correction_proved", Arc::new(verify::CorrectionProved))
        .effect("yulu.standard_set", Arc::new(verify::StandardSet))
        .effect("yulu.approved", Arc::new(approve::Approved))
        .effect("yulu.unapproved", Arc::new(approve::Unapproved))
        .effect("yulu.subsidy_made", Arc::new(pay::SubsidyMade))
        .effect("yulu.subsidy_undone", Arc::new(pay::SubsidyUndone))
        .effect("yulu.pay_follows", Arc::new(pay::PayFollows));
}

fn text<'a>(row: &'a record::Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or_default()
}
fn whole(row: &record::Row, field: &str) -> i64 {
    row.get(field).and_then(Json::as_i64).unwrap_or(0)
}
fn id_of(row: &record::Row, field: &str) -> Option<uuid::Uuid> {
    uuid::Uuid::parse_str(text(row, field)).ok()
}
fn day(row: &record::Row, field: &str) -> Option<chrono::NaiveDate> {
    text(row, field).parse().ok()
}
/// Writes of the module itself.
fn engine() -> record::Provenance {
    record::Provenance { trusted: true, ..record::Provenance::default() }
}
