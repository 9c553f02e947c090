//! The province repeats, has the shares it should, and breaks no rule that was not planted.

use super::*;
use registry::region::Regions;
use std::collections::{HashMap, HashSet};

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).expect("a date")
}
fn regions() -> Regions {
    registry::region::Regions::official().expect("the shipped list reads")
}
fn province(households: u64, errors: f64) -> Province {
    Province::new(&regions(), Opts { errors, ..Opts::new(households, 7, day()) })
}
/// Shares are looked at where there are enough watched and poor households.
fn assisted(households: u64) -> Province {
    let opts = Opts { errors: 0.0, monitored_share: 0.25, poverty_share: 0.4, ..Opts::new(households, 11, day()) };
    Province::new(&regions(), opts)
}

#[test]
fn the_same_seed_makes_the_same_families_and_another_seed_others() {
    let a: Vec<_> = generate(&province(300, 1.0)).map(|f| format!("{f:?}")).collect();
    let b: Vec<_> = generate(&province(300, 1.0)).map(|f| format!("{f:?}")).collect();
    assert_eq!(a.len(), 300);
    assert_eq!(a, b);
    let other = Province::new(&regions(), Opts::new(300, 8, day()));
    assert_ne!(a[0], format!("{:?}", generate(&other).next().expect("a family")));
}

#[test]
fn every_household_lies_in_a_village_of_the_scope() {
    let regions = regions();
    let scope = base::RegionCode::parse("3607").expect("a code").scope();
    let province = Province::new(&regions, Opts { scope, ..Opts::new(500, 1, day()) });
    let families: Vec<_> = generate(&province).collect();
    assert_eq!(families.len(), 500);
    assert!(families.iter().all(|f| f.household_no.starts_with("3607") && regions.get(&f.household_no[..12]).is_some()));
    let numbers: HashSet<_> = families.iter().map(|f| &f.household_no).collect();
    assert_eq!(numbers.len(), 500);
}

#[test]
fn identity_numbers_are_valid_unassigned_and_unique() {
    let regions = regions();
    let mut seen = HashSet::new();
    for f in generate(&province(8_000, 0.0)) {
        for p in &f.persons {
            assert_eq!(base::idcard::check_digit(&p.id_no[..17]), p.id_no.chars().last());
            assert!(regions.get(&p.id_no[..6]).is_none(), "{} is a place", &p.id_no[..6]);
            assert_eq!(p.id_no[6..14], p.birth.format("%Y%m%d").to_string());
            assert_eq!((p.id_no.as_bytes()[16] - b'0') % 2 == 1, p.male);
            assert!(seen.insert(p.id_no.clone()), "twice");
        }
    }
}

#[test]
fn totals_are_the_sums_of_the_items() {
    for f in generate(&assisted(2_000)) {
        for i in &f.incomes {
            assert_eq!(i.totals, totals(&i.items, i.pop));
            assert_eq!(
                i.totals.net,
                i.totals.wage + i.totals.operate + i.totals.property + i.totals.transfer - i.totals.operate_cost
            );
            assert!((i.totals.net_pc * i64::from(i.pop) - i.totals.net).abs() <= i64::from(i.pop));
            assert!(i.items.iter().all(|x| x.amount > 0 && x.amount == x.quantity.zip(x.price).map_or(x.amount, |(q, p)| q * p)));
        }
    }
}

fn share<'a>(all: impl Iterator<Item = &'a Family>, what: impl Fn(&Family) -> bool) -> f64 {
    let (mut n, mut hits) = (0.0, 0.0);
    for f in all {
        n += 1.0;
        hits += f64::from(u8::from(what(f)));
    }
    hits / n
}

#[test]
fn the_shares_are_near_those_of_the_domain() {
    let families: Vec<_> = generate(&province(20_000, 0.0)).collect();
    let poverty = share(families.iter(), |f| f.class.is_poverty());
    assert!((0.07..0.13).contains(&poverty), "poor {poverty}");
    let watched = share(families.iter(), |f| f.class.is_monitored());
    assert!((0.009..0.018).contains(&watched), "watched {watched}");
    let people: Vec<_> = families.iter().flat_map(|f| f.persons.iter()).collect();
    let mean = people.len() as f64 / families.len() as f64;
    assert!((3.8..4.2).contains(&mean), "size {mean}");
    let part = |f: &dyn Fn(&model::Person) -> bool| people.iter().filter(|p| f(p)).count() as f64 / people.len() as f64;
    let (young, old) = (part(&|p| p.age(day()) < 15), part(&|p| p.age(day()) >= 60));
    assert!((0.15..0.26).contains(&young), "young {young}");
    assert!((0.15..0.27).contains(&old), "old {old}");
    let male = part(&|p| p.male);
    assert!((0.49..0.545).contains(&male), "male {male}");
    let healthy = part(&|p| p.health == ["01"]);
    assert!((0.82..0.93).contains(&healthy), "healthy {healthy}");
    let able = part(&|p| p.able());
    assert!((0.43..0.60).contains(&able), "able {able}");
}

#[test]
fn watched_households_have_the_risks_and_incomes_of_the_domain() {
    let families: Vec<_> = generate(&assisted(6_000)).filter(|f| f.case.is_some()).collect();
    let main: HashMap<&str, usize> = families.iter().filter_map(|f| f.case.as_ref()).fold(HashMap::new(), |mut m, c| {
        *m.entry(c.risks[0]).or_default() += 1;
        m
    });
    let n = families.len() as f64;
    let of = |r: &str| main.get(r).copied().unwrap_or(0) as f64 / n;
    assert!((0.40..0.56).contains(&of("01")), "ill {}", of("01"));
    assert!((0.14..0.24).contains(&of("03")), "disabled {}", of("03"));
    assert!((0.04..0.13).contains(&of("08")), "weak {}", of("08"));
    let open = share(families.iter(), Family::at_open_risk);
    assert!((0.22..0.5).contains(&open), "open {open}");
    let incomes: Vec<_> = families.iter().filter_map(|f| f.annual()).map(|i| i.totals.net_pc as f64 / 1e6).collect();
    let mean = incomes.iter().sum::<f64>() / incomes.len() as f64;
    assert!((0.9..1.7).contains(&mean), "income {mean}");
}

#[test]
fn nothing_breaks_a_rule_that_was_not_planted() {
    let mut broken: HashMap<&'static str, usize> = HashMap::new();
    let mut count = 0;
    for f in generate(&assisted(6_000)) {
        count += 1;
        for rule in rules::broken(&f, day()) {
            *broken.entry(rule).or_default() += 1;
        }
    }
    assert_eq!(count, 6_000);
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn planted_errors_are_recorded_and_really_break_their_rule() {
    let province = province(20_000, 1.0);
    let (mut planted, mut truths, mut missed) = (0, 0, Vec::new());
    for village in province.villages() {
        for f in &village.families {
            truths += truth::of_family(&village, f).len();
            planted += f.planted.len();
            for p in f.planted.iter().filter(|p| rules::KNOWN.contains(&p.rule)) {
                if !rules::broken(f, day()).contains(&p.rule) {
                    missed.push(p.rule);
                }
            }
        }
    }
    assert!(planted > 400 && truths > planted, "{planted} {truths}");
    assert!(missed.is_empty(), "{missed:?}");
}

mod rules;

#[test]
fn the_national_files_are_written_and_next_week_differs_as_told() {
    let dir = std::env::temp_dir().join(format!("ganong-synth-{}", std::process::id()));
    let province = province(3_000, 1.0);
    let this = write_national(&dir, &province, Week::This).expect("written");
    assert_eq!(this.len(), 7);
    let next = write_national(&dir, &province, Week::Next).expect("written");
    let truths = std::fs::read_to_string(dir.join("truth.jsonl")).expect("the truths");
    let lines: Vec<truth::Truth> = truths.lines().map(|l| serde_json::from_str(l).expect("a truth")).collect();
    let count = |what: &str, sheet: &str| {
        lines.iter().filter(|t| matches!(t, truth::Truth::Week { change, file, .. } if change == what && file == sheet)).count()
            as i64
    };
    let households = |w: &[Written]| w[1].rows as i64;
    assert_eq!(households(&next) - households(&this), count("new", "户信息") - count("gone", "户信息"));
    assert!(lines.len() > 5, "{}", lines.len());
    std::fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn department_files_are_written_with_the_evidence_and_the_untidy_rows_told() {
    let dir = std::env::temp_dir().join(format!("ganong-departments-{}", std::process::id()));
    let province = province(2_000, 1.0);
    let written = write_departments(&dir, &province).expect("written");
    assert_eq!(written.len(), 47);
    let rows: HashMap<&str, u64> = written.iter().map(|w| (&w.file[..2], w.rows)).collect();
    assert!(rows["01"] > 7_000 && rows["31"] > 500, "{rows:?}");
    let truths = std::fs::read_to_string(dir.join("truth.jsonl")).expect("the truths");
    for what in ["transposed", "fifteen_digits", "missing", "unknown"] {
        assert!(truths.lines().any(|l| l.contains(what)), "{what}");
    }
    // a GBK file reads back
    let name = &written[0].file;
    let bytes = std::fs::read(dir.join(name)).expect("a file");
    let (text, _, broken) = encoding_rs::GBK.decode(&bytes);
    assert!(!broken && text.starts_with("姓名,证件号码") && text.lines().count() as u64 == rows["01"] + 1);
    std::fs::remove_dir_all(&dir).expect("removed");
}
