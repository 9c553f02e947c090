//! The records behind a figure, as a narrowing of their own ledger: the same condition over the same source that was counted.
//! Must not know what is counted.

use crate::{Reports, allowed, rules, source, store};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::month::Month;
use base::{Error, RegionCode, Result};
use meta::report::Measure;
use meta::{Dataset, Report};
use record::Records;
use record::hooks::{Condition, Narrow};

/// Between the keys of two dimensions, and between their values.
pub(crate) const KEYS: &str = "+";
pub(crate) const VALUES: &str = "\u{1f}";

pub(crate) fn none() -> Error {
    Error::not_found("report.no_drill", "这一列是计算得出的，没有可以打开的明细。")
}

/// The measure whose records are meant: its own, of a ratio those of the numerator.
pub(crate) fn counted<'a>(report: &'a Report, key: &str) -> Result<&'a Measure> {
    report.measure(key).and_then(|m| report.counted(m)).ok_or_else(none)
}

/// Narrows a list by `report:<id>:<measure>:<region>:<month>:<dimension>:<value>`; two dimensions are parted by [`KEYS`], their
/// values by [`VALUES`].
pub struct Behind(pub Reports);

#[async_trait]
impl Narrow for Behind {
    async fn narrow(&self, _records: &Records, tx: &mut ScopedTx, d: &Dataset, text: &str) -> Result<(Condition, String)> {
        let stale = || Error::invalid("report.stale_link", "这条统计链接已失效，请从统计表重新点击数字进入。");
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or_else(stale);
        let (id, key, region, month, by, value) = (next()?, next()?, next()?, next()?, next()?, next()?);
        let reports = &self.0;
        let report = reports.catalog.report(id).filter(|r| allowed(r, tx.actor())).ok_or_else(stale)?;
        let m = counted(report, key)?;
        let rows = m.rows.as_ref().filter(|r| r.dataset == d.id).ok_or_else(stale)?;
        let region = RegionCode::parse(region)?;
        let period = Month::from_number(month.parse().map_err(|_| stale())?)?;
        let keys: Vec<&str> = by.split(KEYS).filter(|k| !k.is_empty()).collect();
        let values: Vec<&str> = value.split(VALUES).collect();
        if !keys.is_empty() && keys.len() != values.len() {
            return Err(stale());
        }
        let dimensions = keys.iter().map(|k| report.dimension(k).ok_or_else(stale)).collect::<Result<Vec<_>>>()?;
        let of: Vec<_> = dimensions.iter().zip(values).collect();
        let columns = of.iter().map(|(d, v)| (d.column.clone(), (*v).to_owned())).collect();
        let over = source(&reports.catalog, m).ok_or_else(stale)?;
        let condition = store::behind(over, m, rows, region.scope(), period, columns);
        let place = reports.regions.name(region.as_str()).unwrap_or_else(|| region.as_str().to_owned());
        let of: String = of.iter().filter_map(|(d, v)| reports.name(Some(d), v)).map(|v| format!("（{v}）")).collect();
        let head = m.groups().chain([m.label.as_str()]).collect::<Vec<_>>().join("·");
        let words = format!("{place} {} “{}”{head}{of}", rules::month_words(period), report.title);
        Ok((condition, words))
    }
}
