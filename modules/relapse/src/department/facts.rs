//! What a delivery says about people, kept as facts for the rules of comparison (ADR 58): which lines, and whether a list of everybody
//! takes the place of the one before. Must not contain SQL.

use super::items::Item;
use super::store::facts::{self, Told};
use crate::params::Numbers;
use ::store::ScopedTx;
use base::{RegionCode, Result};

/// Whether a list of everybody can take the place of the one before: not when it has become much shorter.
fn replaces(people: i64, before: i64, least_pct: i64) -> bool {
    people.saturating_mul(100) >= before.saturating_mul(least_pct)
}

/// Keeps what the matched lines of an item say; `whole`: they are everybody on its list. A remark where the list was too short to be taken as one of everybody.
pub(super) async fn keep(
    tx: &mut ScopedTx,
    item: &Item,
    mut whole: bool,
    told: &Told<'_>,
    region: &RegionCode,
) -> Result<Option<String>> {
    let Some(fact) = &item.fact else { return Ok(None) };
    if fact.sum {
        facts::keep_sums(tx, &item.no, told).await?;
        return Ok(None);
    }
    let mut remark = None;
    if whole {
        let least = Numbers::of(region, told.today).get(tx, "compare_whole_least_pct").await?;
        let (people, before) = facts::people(tx, &item.no).await?;
        whole = replaces(people, before, least);
        if !whole {
            remark = Some(format!(
                "本次名单匹配 {people} 人，不到原有 {before} 人的 {least}%，按补充名单处理，原名单不替换；如确为全量名单，请核对漏报后重新报送"
            ));
        }
    }
    facts::keep_lines(tx, item, fact, whole, told).await?;
    if whole {
        facts::cover(tx, &item.no, told).await?;
    }
    Ok(remark)
}

#[cfg(test)]
mod tests {
    use super::replaces;

    #[test]
    fn a_list_that_has_become_much_shorter_replaces_nothing() {
        assert!(replaces(0, 0, 80), "the first list");
        assert!(replaces(80, 100, 80) && !replaces(79, 100, 80) && replaces(500, 100, 80));
    }
}
