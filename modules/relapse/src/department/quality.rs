//! The report on a batch that its sender gets (domain 05 §12.4.1): counts, required cells that are empty by column, refused lines
//! with place and reason, what is not in the register, and how it stands beside the batches before. Must not contain SQL.

use super::items::Item;
use super::read::{DUPLICATE, wants};
use super::store::{self, Counts};
use crate::params::Numbers;
use ::store::ScopedTx;
use base::{RegionCode, Result};
use chrono::NaiveDate;
use record::{NewRow, Provenance, Records};
use serde_json::{Value as Json, json};
use sheet::Header;
use uuid::Uuid;

/// Refused lines told one by one; the file given back has all of them.
const LINES: i64 = 1000;

/// A kind of fault (RECEPTION_FAULT) in a column, how many rows have it and the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub kind: String,
    pub column: String,
    pub reason: Option<String>,
    pub rows: i64,
    pub first: Vec<i32>,
}

/// What is measured beside the faults.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Measured {
    /// Rows whose number of identity holds.
    pub id_ok: i64,
    /// People handed in, by their numbers, and those of them found in the register.
    pub people: i64,
    pub known: i64,
    /// The newest day the data are of.
    pub newest: Option<NaiveDate>,
    /// Mean share of matched rows in the batches before, in percent; none where there were fewer than four.
    pub mean_match_pct: Option<f64>,
}

/// A share in percent, with two decimals.
fn pct(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 10_000.0 / whole as f64).round() / 100.0 }
}

/// What is out of the ordinary, in sentences: numbers that do not hold, matches far from those before.
pub(super) fn remarks(c: Counts, m: &Measured, key_pct: i64, match_points: i64) -> Vec<String> {
    let mut out = Vec::new();
    let ok = pct(m.id_ok, c.rows);
    if ok < key_pct as f64 {
        out.push(format!("证件号码合格率 {ok}%，低于 {key_pct}%，请核对后补报不合格的行"));
    }
    let matched = pct(c.matched, c.rows);
    if let Some(mean) = m.mean_match_pct.map(|p| (p * 100.0).round() / 100.0)
        && (matched - mean).abs() > match_points as f64
    {
        out.push(format!("匹配率 {matched}%，前四批平均 {mean}%，相差超过 {match_points} 个百分点，派发前请复核"));
    }
    out
}

/// The report.
pub(super) struct Report {
    counts: Counts,
    measured: Measured,
    faults: Vec<Fault>,
    refused: Vec<Json>,
    remarks: Vec<String>,
    today: NaiveDate,
}

/// What the staged and matched rows say, before the batch itself is written.
pub(super) async fn of(
    tx: &mut ScopedTx,
    item: &Item,
    header: &Header,
    counts: Counts,
    dataset: Uuid,
    region: &RegionCode,
    today: NaiveDate,
) -> Result<Report> {
    let labels: Vec<(String, String)> =
        wants(item).into_iter().map(|w| (w.key.clone(), w.labels.into_iter().next().unwrap_or_default())).collect();
    let label = |key: &str| {
        let in_file = header.column(key).map(|c| header.label(c).to_owned());
        in_file.or_else(|| labels.iter().find(|(k, _)| k == key).map(|(_, l)| l.clone())).unwrap_or_else(|| key.to_owned())
    };
    let mut faults = store::quality::faults(tx, DUPLICATE).await?;
    faults.iter_mut().for_each(|f| f.column = label(&f.column));
    let refused = store::rejected_rows(tx, LINES).await?;
    let refused = refused.into_iter().map(|(row, reason, key)| json!({ "row": row, "column": label(&key), "reason": reason }));
    let n = Numbers::of(region, today);
    let measured = store::quality::measured(tx, dataset, region).await?;
    let (key_pct, points) = (n.get(tx, "quality_key_pct").await?, n.get(tx, "quality_match_points").await?);
    let remarks = remarks(counts, &measured, key_pct, points);
    Ok(Report { counts, measured, faults, refused: refused.collect(), remarks, today })
}

impl Report {
    /// A remark made elsewhere.
    pub(super) fn remark(&mut self, more: Option<String>) {
        self.remarks.extend(more);
    }

    /// The remarks as one sentence for the batch.
    pub(super) fn note(&self) -> Option<String> {
        (!self.remarks.is_empty()).then(|| self.remarks.join("；").chars().take(300).collect())
    }

    /// The report as it is sent: places and reasons, nothing that stands in the lines.
    pub(super) fn wire(&self) -> Json {
        let (c, m) = (self.counts, &self.measured);
        let of = |kind: &str| self.faults.iter().filter(move |f| f.kind == kind).collect::<Vec<_>>();
        let each = |kind: &str| -> Vec<Json> {
            of(kind)
                .into_iter()
                .map(|f| json!({ "column": f.column, "reason": f.reason, "rows": f.rows, "share_pct": pct(f.rows, c.rows), "first_rows": f.first }))
                .collect()
        };
        let reasons = [each("02"), each("03")].concat();
        let duplicates: i64 = of("03").into_iter().map(|f| f.rows).sum();
        json!({
            "rows": c.rows, "matched": c.matched, "unmatched": c.unmatched, "rejected": c.rejected, "asked": c.asked, "repaired": c.repaired,
            "duplicates": duplicates, "id_ok_pct": pct(m.id_ok, c.rows), "match_pct": pct(c.matched, c.rows),
            "people": m.people, "people_matched": m.known, "people_match_pct": pct(m.known, m.people), "asked_pct": pct(c.asked, c.rows),
            "duplicate_pct": pct(duplicates, c.rows), "lag_days": m.newest.map(|d| (self.today - d).num_days()),
            "missing": each("01"), "reasons": reasons, "unmatched_rows": each("04"), "asked_rows": each("05"),
            "refused": self.refused, "remarks": self.remarks,
        })
    }

    /// The faults as rows below the batch.
    pub(super) async fn keep(&self, records: &Records, tx: &mut ScopedTx, batch: Uuid, region: &RegionCode) -> Result<()> {
        let d = records.dataset("relapse.dept_fault")?.clone();
        let row = |f: &Fault| NewRow {
            id: Uuid::now_v7(),
            region: region.clone(),
            values: record::object(json!({
                "batch_id": batch, "kind": f.kind, "column_label": f.column.chars().take(60).collect::<String>(),
                "reason": f.reason.as_ref().map(|r| r.chars().take(100).collect::<String>()), "fault_rows": f.rows,
                "share": pct(f.rows, self.counts.rows).to_string(),
                "first_rows": f.first.iter().map(ToString::to_string).collect::<Vec<_>>().join("、").chars().take(200).collect::<String>(),
            })),
        };
        let rows: Vec<NewRow> = self.faults.iter().map(row).collect();
        let from = Provenance { source: Some("03".into()), trusted: true, ..Provenance::default() };
        records.create_many(tx, &d, &rows, &from).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_made_where_numbers_do_not_hold_or_matches_are_far_from_before() {
        let c = Counts { rows: 200, matched: 100, unmatched: 98, rejected: 2, asked: 0, repaired: 0 };
        let m = |id_ok, mean| Measured { id_ok, mean_match_pct: mean, ..Measured::default() };
        assert_eq!(remarks(c, &m(198, None), 99, 5), Vec::<String>::new());
        assert!(remarks(c, &m(197, None), 99, 5)[0].contains("合格率 98.5%"));
        assert_eq!(remarks(c, &m(200, Some(55.0)), 99, 5), Vec::<String>::new());
        assert!(remarks(c, &m(200, Some(55.1)), 99, 5)[0].contains("前四批平均 55.1%"));
        assert_eq!(pct(1, 0), 0.0);
    }
}
