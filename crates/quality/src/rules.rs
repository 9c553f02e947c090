//! What becomes of a finding: found, dispatched, corrected, exempted, verified. Pure decisions.

use chrono::NaiveDate;

/// States, codes of list C86.
pub const NEW: &str = "01";
pub const DISPATCHED: &str = "02";
pub const IN_HAND: &str = "03";
pub const CORRECTED: &str = "04";
pub const CLOSED: &str = "05";
pub const EXEMPT: &str = "06";
pub const FALSE_ALARM: &str = "07";
pub const ASKS_EXEMPTION: &str = "08";

/// A finding as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub state: String,
    pub exempt_until: Option<NaiveDate>,
    /// What made the rule true when it was last seen.
    pub values: String,
}

/// What a scan does with one subject of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Create,
    /// Seen again, stays as it is.
    Touch,
    /// It returned, or was corrected in vain, or its exemption ended.
    Reopen,
    /// Not seen any more: verified.
    Close,
    Leave,
}

/// The life of one finding through one scan that looked at it whole.
///
/// A closed finding that is seen again is the same finding, so nothing is ever counted twice. An exemption holds until its
/// day and as long as the values stay; a false alarm as long as the values stay (domain 05 §12.5).
pub fn step(known: Option<&Known>, seen: Option<&str>, today: NaiveDate) -> Step {
    let Some(k) = known else {
        return if seen.is_some() { Step::Create } else { Step::Leave };
    };
    let Some(values) = seen else {
        return if matches!(k.state.as_str(), CLOSED | FALSE_ALARM) { Step::Leave } else { Step::Close };
    };
    match k.state.as_str() {
        CORRECTED | CLOSED => Step::Reopen,
        EXEMPT if k.exempt_until.is_none_or(|d| d < today) || k.values != values => Step::Reopen,
        FALSE_ALARM if k.values != values => Step::Reopen,
        _ => Step::Touch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_lives_as_the_loop_says() {
        let today: NaiveDate = "2026-11-26".parse().unwrap();
        let known = |state: &str, until: Option<&str>| Known {
            state: state.into(),
            exempt_until: until.map(|d| d.parse().unwrap()),
            values: "甲".into(),
        };
        for (state, until, seen, want) in [
            (NEW, None, Some("甲"), Step::Touch),
            (DISPATCHED, None, Some("乙"), Step::Touch),
            (DISPATCHED, None, None, Step::Close),
            (CORRECTED, None, None, Step::Close),
            (CORRECTED, None, Some("甲"), Step::Reopen),
            (CLOSED, None, None, Step::Leave),
            (CLOSED, None, Some("甲"), Step::Reopen),
            (EXEMPT, Some("2027-01-01"), Some("甲"), Step::Touch),
            (EXEMPT, Some("2027-01-01"), Some("乙"), Step::Reopen),
            (EXEMPT, Some("2026-11-25"), Some("甲"), Step::Reopen),
            (EXEMPT, Some("2027-01-01"), None, Step::Close),
            (FALSE_ALARM, None, Some("甲"), Step::Touch),
            (FALSE_ALARM, None, Some("乙"), Step::Reopen),
            (ASKS_EXEMPTION, None, Some("甲"), Step::Touch),
        ] {
            assert_eq!(step(Some(&known(state, until)), seen, today), want, "{state} {until:?} {seen:?}");
        }
        assert_eq!(step(None, Some("甲"), today), Step::Create);
        assert_eq!(step(None, None, today), Step::Leave);
    }
}
