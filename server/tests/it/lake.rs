//! The lake over the whole system: every described measure, every dataset, questions over any field give what the records give.

use ::lake::{Lake, LakeCount, When};
use base::{Actor, Level, RegionCode};
use meta::{Kind, Sensitivity};
use report::{Count, Group, Plan, Postgres, Source};
use std::sync::Arc;
use testkit::World;

/// A small invented province, in the records and in a lake.
pub struct Shore {
    pub w: World,
    pub lake: Lake,
    pub county: RegionCode,
    folder: tempfile::TempDir,
}

impl Shore {
    pub async fn new() -> Shore {
        let w = World::new().await;
        let regions = registry::region::Regions::load(w.app.db.pool()).await.unwrap();
        let opts = synth::Opts { at_risk_share: 0.2, monitored_share: 0.2, ..synth::Opts::new(400, 7, record::today()) };
        let province = synth::Province::new(&regions, opts);
        let load = synth::LoadOpts::default();
        synth::run_demo(w.app.db.pool(), w.app.records.vault.clone(), &province, &load, |_, _| ()).await.unwrap();
        let county = RegionCode::parse(&province.places[0].code).unwrap().ancestor(Level::County);
        let folder = tempfile::tempdir().unwrap();
        let settings = ganong::assemble::Settings::new(folder.path());
        let lake = ganong::assemble::open_lake(&w.app.db, w.app.catalog.clone(), &settings).unwrap();
        lake.round(&tokio_util::sync::CancellationToken::new()).await.unwrap();
        Shore { w, lake, county, folder }
    }
    /// Where the lake lies.
    pub fn place(&self) -> String {
        self.folder.path().join("lake").display().to_string()
    }
    fn regions(&self) -> [RegionCode; 3] {
        [self.county.ancestor(Level::Province), self.county.ancestor(Level::City), self.county.clone()]
    }
}

#[tokio::test]
async fn every_described_measure_and_every_dataset_equal_the_records() {
    let s = Shore::new().await;
    let counter = LakeCount::new(s.lake.clone(), Arc::new(Postgres), Level::County);
    let period = base::month::Month::of(record::today());
    let (mut compared, mut filled) = (0, 0);
    let (mut by_records, mut unplanned) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    for report in s.w.app.catalog.reports() {
        for m in report.measures.iter().filter(|m| !m.aggregate.is_derived()) {
            let source = match &m.view {
                Some(v) => Source::View(v),
                None => Source::Dataset(s.w.app.catalog.dataset(m.source()).unwrap()),
            };
            let Some(moment) = s.lake.moment(m.source(), When::Now).await.unwrap() else {
                by_records.insert(m.source().to_owned());
                continue;
            };
            for region in s.regions() {
                for digits in [4, 9] {
                    let plan = Plan { source, measures: vec![m], range: region.scope(), group: Group::Region { digits }, period };
                    let ours = counter.figures(&moment, &plan, &plan.range).await;
                    let name = format!("{} {} {region} {digits}", report.id, m.key);
                    let ours = match ours {
                        Err(e) if e.code == "lake.cannot_plan" => {
                            unplanned.insert(format!("{} {}", report.id, m.key));
                            continue;
                        }
                        other => other.unwrap_or_else(|e| panic!("{name}: {}", e.chain())),
                    };
                    let ours = ours.unwrap_or_else(|| panic!("{name}: no plan"));
                    let mut tx = s.w.app.db.begin(&Actor::system("测试")).await.unwrap();
                    let theirs = Postgres.count(&mut tx, &plan).await.unwrap();
                    // a region with nothing to count may be told or not
                    let some = |f: &report::Figures| -> Vec<(String, rust_decimal::Decimal)> {
                        let all = f.rows.iter().map(|(r, v)| (r.clone(), v.get(&m.key).copied().unwrap_or_default().round_dp(9)));
                        all.filter(|(_, v)| !v.is_zero()).collect()
                    };
                    assert_eq!(some(&ours), some(&theirs), "{name}");
                    let total = |f: &report::Figures| f.total.get(&m.key).copied().unwrap_or_default().round_dp(9);
                    assert_eq!(total(&ours), total(&theirs), "{name}");
                    compared += 1;
                    filled += usize::from(!total(&ours).is_zero());
                }
            }
        }
    }
    // what they say depends on the clock or on parameters
    assert_eq!(
        by_records.into_iter().collect::<Vec<_>>(),
        [
            "reg.v_income",
            "relapse.v_clue",
            "relapse.v_compare_clue",
            "relapse.v_compare_finding",
            "relapse.v_hit",
            "relapse.v_missed",
            "relapse.v_village_month",
            "toilet.v_finding_weight",
            "toilet.v_task_node"
        ]
    );
    // a number without a scale, which both sides would write differently
    assert_eq!(unplanned.into_iter().collect::<Vec<_>>(), ["relapse.t20 days"]);
    assert!(compared > 100 && filled > 50, "{compared} compared, {filled} not zero");

    let mut rows = 0;
    for item in s.lake.items().await.unwrap().iter() {
        let v = s.lake.verify(item).await.unwrap_or_else(|e| panic!("{}: {}", item.id, e.chain()));
        assert!(v.wrong.is_empty() && v.waiting.is_empty(), "{v:?}");
        rows += v.rows;
    }
    assert!(rows > 2000, "{rows} rows compared");
}

#[test]
fn no_dataset_takes_what_tells_who_somebody_is_into_the_lake() {
    let catalog = ganong::assemble::catalog().unwrap();
    let mut checked = 0;
    for d in catalog.datasets() {
        let columns: Vec<String> = ::lake::shape::Shape::of(d).columns.into_iter().map(|c| c.name).collect();
        for f in d.fields.values() {
            let private =
                matches!(f.sensitivity, Sensitivity::Identity | Sensitivity::Contact | Sensitivity::Bank | Sensitivity::Location)
                    || matches!(f.kind, Kind::IdCard | Kind::Bank | Kind::Phone | Kind::LongText);
            if private {
                assert!(!columns.contains(&f.name), "{}.{} lies in the lake", d.id, f.name);
                checked += 1;
            }
            assert!(!columns.iter().any(|c| *c == format!("{}_cipher", f.name)), "{}.{}", d.id, f.name);
        }
    }
    assert!(checked > 20);
}
