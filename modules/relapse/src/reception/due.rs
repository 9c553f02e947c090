//! What is late (domain 01 §6.1 频次, §4.6): every day the items whose last period is over, whose day has passed and of which nothing
//! came, by sender, or by item where no sender is registered. Must not contain SQL.

use super::system;
use crate::params::Numbers;
use ::store::{Db, ScopedTx};
use async_trait::async_trait;
use base::Result;
use chrono::{Datelike, Days, Months, NaiveDate};
use jobs::{Handler, Outcome, Run};
use record::{NewRow, Provenance, Records};
use serde_json::json;
use uuid::Uuid;

/// Kind of these jobs.
pub const KIND: &str = "relapse.reception_due";
/// When they run, Beijing time.
pub const CRON: &str = "40 5 * * *";

pub(super) struct Due {
    pub db: Db,
    pub records: Records,
}

/// The days of the periods, as the parameters say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub week_days: i64,
    pub ten_days: i64,
    pub month_day: i64,
    pub quarter_days: i64,
    pub term_days: i64,
    pub year_days: i64,
}

/// A period that had to be delivered: what it is called, from when a delivery counts, by when it had to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub text: String,
    pub from: NaiveDate,
    pub due: NaiveDate,
}

fn plus(day: NaiveDate, days: i64) -> NaiveDate {
    day + Days::new(u64::try_from(days).unwrap_or(0))
}
fn first(day: NaiveDate, day_of_month: u32) -> NaiveDate {
    day.with_day(day_of_month).unwrap_or(day)
}
fn of(year: i32, month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default()
}
fn back(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_sub_months(Months::new(months)).unwrap_or(day)
}

/// The newest period of a frequency (DATA_FREQ) whose day has passed; none where something comes only when it happens or is asked for.
pub(super) fn period(frequency: &str, today: NaiveDate, t: &Terms) -> Option<Period> {
    // beginnings of delivery, newest first, with what they are called and the days allowed
    let candidates: Vec<(String, NaiveDate, NaiveDate)> = match frequency {
        "02" => (0..3)
            .map(|n| {
                let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()) + 7 * n);
                let week = (monday - Days::new(7)).iso_week();
                (format!("{}年第{}周", week.year(), week.week()), monday, plus(monday, t.week_days))
            })
            .collect(),
        "03" => {
            let mut begins: Vec<NaiveDate> = (0..2).flat_map(|n| [21, 11, 1].map(|d| first(back(today, n), d))).collect();
            begins.retain(|b| *b <= today);
            let called = |b: NaiveDate| {
                let before = b - Days::new(1);
                let third = ["上旬", "中旬", "下旬"][((before.day() - 1) / 10).min(2) as usize];
                format!("{}年{}月{third}", before.year(), before.month())
            };
            begins.into_iter().map(|b| (called(b), b, plus(b, t.ten_days))).collect()
        }
        "04" => (0..3)
            .map(|n| {
                let (begin, last) = (first(back(today, n), 1), back(first(today, 1), n + 1));
                (format!("{}年{}月", last.year(), last.month()), begin, plus(begin, t.month_day - 1))
            })
            .collect(),
        "05" => {
            let quarter = of(today.year(), (today.month0() / 3) * 3 + 1);
            (0..3)
                .map(|n| {
                    let (begin, last) = (back(quarter, 3 * n), back(quarter, 3 * (n + 1)));
                    (format!("{}年第{}季度", last.year(), last.month0() / 3 + 1), begin, plus(begin, t.quarter_days))
                })
                .collect()
        }
        "06" => {
            let mut all: Vec<(String, NaiveDate, NaiveDate)> = [today.year(), today.year() - 1]
                .into_iter()
                .flat_map(|y| [(y, 9, "秋季"), (y, 3, "春季")])
                .map(|(y, m, called)| (format!("{y}年{called}学期"), of(y, m), plus(of(y, m), t.term_days)))
                .collect();
            all.retain(|(_, begin, _)| *begin <= today);
            all
        }
        "07" => (0..2)
            .map(|n| {
                let begin = of(today.year() - n, 1);
                (format!("{}年度", begin.year() - 1), begin, plus(begin, t.year_days))
            })
            .collect(),
        _ => vec![],
    };
    candidates.into_iter().find(|(.., due)| *due < today).map(|(text, from, due)| Period { text, from, due })
}

/// Somebody who delivers an item: a registered sender, or the province where none is.
pub(super) struct Party {
    pub dataset: Uuid,
    pub dept: String,
    pub frequency: String,
    pub region: String,
    /// Id of the sender, or empty.
    pub party: String,
    pub name: Option<String>,
    pub last: Option<NaiveDate>,
    /// Since when this is expected at all.
    pub since: NaiveDate,
}

impl Due {
    async fn work(&self, tx: &mut ScopedTx, today: NaiveDate) -> Result<(usize, u64)> {
        let n = Numbers::of(&system().region, today);
        let terms = Terms {
            week_days: n.get(tx, "due_week_days").await?,
            ten_days: n.get(tx, "due_ten_days").await?,
            month_day: n.get(tx, "due_month_day").await?,
            quarter_days: n.get(tx, "due_quarter_days").await?,
            term_days: n.get(tx, "due_term_days").await?,
            year_days: n.get(tx, "due_year_days").await?,
        };
        let made_up = sql::made_up(tx, today).await?;
        let d = self.records.dataset("relapse.dept_due")?.clone();
        let (mut late, mut rows, mut parties) = (0, Vec::new(), Vec::new());
        for p in sql::parties(tx).await? {
            let Some(period) = period(&p.frequency, today, &terms) else { continue };
            // who was let in within the period owes the next one
            if p.last.is_some_and(|l| l >= period.from) || p.since > period.due {
                continue;
            }
            late += 1;
            let days = (today - period.due).num_days();
            if sql::still_late(tx, p.dataset, &p.party, period.due, days).await? {
                continue;
            }
            rows.push(NewRow {
                id: Uuid::now_v7(),
                region: base::RegionCode::parse(&p.region)?,
                values: record::object(json!({
                    "dataset_id": p.dataset, "dept": p.dept, "sender_name": p.name, "period_text": period.text,
                    "due": period.due.to_string(), "days_late": days, "last_received": p.last.map(|l| l.to_string()), "state": "01",
                })),
            });
            parties.push(p.party);
        }
        for (row, party) in rows.iter().zip(&parties) {
            sql::add(tx, &self.records, &d, row, party).await?;
        }
        Ok((late, made_up))
    }
}

#[async_trait]
impl Handler for Due {
    async fn run(&self, _: &Run) -> Result<Outcome> {
        let mut tx = self.db.begin(&system()).await?;
        let (late, made_up) = self.work(&mut tx, record::today()).await?;
        tx.commit().await?;
        Ok(Outcome::new(format!("超期未报 {late} 项，补报 {made_up} 项。"), json!({ "late": late, "made_up": made_up })))
    }
    fn restartable(&self) -> bool {
        true
    }
}

use super::store::due as sql;

pub(super) fn provenance() -> Provenance {
    Provenance { source: Some("03".into()), trusted: true, ..Provenance::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_period_that_is_over_and_past_its_day_is_asked_for() {
        let t = Terms { week_days: 3, ten_days: 5, month_day: 8, quarter_days: 15, term_days: 30, year_days: 90 };
        let day = |s: &str| s.parse::<NaiveDate>().unwrap();
        for (frequency, today, want) in [
            // 2026-11-27 is a Friday; Monday is the 23rd, the day is Thursday the 26th
            ("02", "2026-11-27", Some(("2026年第47周", "2026-11-23", "2026-11-26"))),
            ("02", "2026-11-26", Some(("2026年第46周", "2026-11-16", "2026-11-19"))),
            ("03", "2026-11-27", Some(("2026年11月中旬", "2026-11-21", "2026-11-26"))),
            ("03", "2026-11-02", Some(("2026年10月中旬", "2026-10-21", "2026-10-26"))),
            ("04", "2026-11-09", Some(("2026年10月", "2026-11-01", "2026-11-08"))),
            ("04", "2026-11-08", Some(("2026年9月", "2026-10-01", "2026-10-08"))),
            ("04", "2026-03-31", Some(("2026年2月", "2026-03-01", "2026-03-08"))),
            ("04", "2026-01-09", Some(("2025年12月", "2026-01-01", "2026-01-08"))),
            ("05", "2026-11-27", Some(("2026年第3季度", "2026-10-01", "2026-10-16"))),
            ("05", "2026-01-10", Some(("2025年第3季度", "2025-10-01", "2025-10-16"))),
            ("06", "2026-11-27", Some(("2026年秋季学期", "2026-09-01", "2026-10-01"))),
            ("06", "2026-03-10", Some(("2025年秋季学期", "2025-09-01", "2025-10-01"))),
            ("07", "2026-11-27", Some(("2025年度", "2026-01-01", "2026-04-01"))),
            ("07", "2026-03-01", Some(("2024年度", "2025-01-01", "2025-04-01"))),
            ("01", "2026-11-27", None),
            ("08", "2026-11-27", None),
        ] {
            let want = want.map(|(text, from, due)| Period { text: text.into(), from: day(from), due: day(due) });
            assert_eq!(period(frequency, day(today), &t), want, "{frequency} {today}");
        }
    }
}
