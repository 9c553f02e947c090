//! Rule W03 单次住院自付超阈值 and the score of a household (domain 01 §6.3, §6.4). No IO and no clock; every number is given.

use chrono::NaiveDate;

/// The numbers of the rule, as the parameters say today. Money in yuan, factors and shares in percent.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    pub low_income_yuan: i64,
    pub ordinary_yuan: i64,
    pub weight: i64,
    pub strength_max_pct: i64,
    pub poverty_pct: i64,
    pub assisted_pct: i64,
    pub eliminated_pct: i64,
    pub no_labor_pct: i64,
    pub covered_pct: i64,
    pub covered_share_pct: i64,
    pub high_score: i64,
    pub middle_score: i64,
    pub low_score: i64,
    pub cooldown_days: i64,
    pub cooldown_growth_pct: i64,
}

/// What the register says of the household.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// 脱贫户.
    pub poverty: bool,
    pub monitored: bool,
    /// Somebody receives 低保 or 特困供养.
    pub assisted: bool,
    /// Risk eliminated before.
    pub eliminated: bool,
    pub no_labor: bool,
}

impl Standing {
    /// 低收入身份 = 脱贫户 ∨ 监测 ∨ 低保/特困/低边/刚困.
    pub fn low_income(self) -> bool {
        self.poverty || self.monitored || self.assisted
    }
}

/// One stay in hospital, money in fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    pub day_in: NaiveDate,
    pub own_fen: i64,
    /// Paid by 医疗救助.
    pub helped_fen: i64,
}

/// Grades of list C20; below the lowest nothing is dispatched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    High,
    Middle,
    Low,
    None,
}
impl Grade {
    pub fn code(self) -> Option<&'static str> {
        match self {
            Grade::High => Some("1"),
            Grade::Middle => Some("2"),
            Grade::Low => Some("3"),
            Grade::None => None,
        }
    }
}

pub fn threshold_fen(n: &Numbers, s: Standing) -> i64 {
    100 * if s.low_income() { n.low_income_yuan } else { n.ordinary_yuan }
}

/// Whether one stay sets the rule off.
pub fn hits(n: &Numbers, s: Standing, stay: &Stay) -> bool {
    stay.own_fen >= threshold_fen(n, s)
}

/// Σ weight × strength × identity factor × buffer factor, at most 100. The strongest identity counts; of the buffers only
/// relief already paid is known so far (no public salary, car or flat is in the register).
pub fn score(n: &Numbers, s: Standing, stays: &[Stay]) -> i64 {
    let threshold = threshold_fen(n, s).max(1);
    let identity = [
        (s.poverty, n.poverty_pct),
        (s.assisted, n.assisted_pct),
        (s.eliminated, n.eliminated_pct),
        (s.no_labor, n.no_labor_pct),
    ]
    .into_iter()
    .filter_map(|(is, pct)| is.then_some(pct))
    .max()
    .unwrap_or(100);
    // the rule counts once a household: its heaviest stay
    let Some(worst) = stays.iter().max_by_key(|x| x.own_fen) else { return 0 };
    let strength = (worst.own_fen.saturating_mul(100) / threshold).min(n.strength_max_pct);
    let covered = worst.own_fen > 0 && worst.helped_fen.saturating_mul(100) / worst.own_fen >= n.covered_share_pct;
    let buffer = if covered { n.covered_pct } else { 100 };
    ((n.weight * strength * identity * buffer + 500_000) / 1_000_000).clamp(0, 100)
}

pub fn grade(n: &Numbers, score: i64) -> Grade {
    match score {
        s if s >= n.high_score => Grade::High,
        s if s >= n.middle_score => Grade::Middle,
        s if s >= n.low_score => Grade::Low,
        _ => Grade::None,
    }
}

/// The reason in words, as the village reads it.
pub fn trigger_text(n: &Numbers, s: Standing, stays: &[Stay]) -> String {
    let yuan = |fen: i64| base::money::to_grouped_text(fen);
    let Some(worst) = stays.iter().max_by_key(|x| x.own_fen) else { return String::new() };
    let who = if s.low_income() { "低收入身份" } else { "一般农户" };
    let more = if stays.len() > 1 { format!("，另有 {} 次住院超过阈值", stays.len() - 1) } else { String::new() };
    format!(
        "{} 入院，单次住院个人负担 {} 元，达到{who}阈值 {} 元{more}",
        worst.day_in.format("%Y-%m-%d"),
        yuan(worst.own_fen),
        yuan(threshold_fen(n, s))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> Numbers {
        Numbers {
            low_income_yuan: 6000,
            ordinary_yuan: 10000,
            weight: 30,
            strength_max_pct: 200,
            poverty_pct: 120,
            assisted_pct: 110,
            eliminated_pct: 130,
            no_labor_pct: 130,
            covered_pct: 50,
            covered_share_pct: 80,
            high_score: 70,
            middle_score: 40,
            low_score: 20,
            cooldown_days: 180,
            cooldown_growth_pct: 30,
        }
    }
    fn stay(own_yuan: i64, helped_yuan: i64) -> Stay {
        Stay { day_in: NaiveDate::from_ymd_opt(2026, 3, 5).unwrap(), own_fen: own_yuan * 100, helped_fen: helped_yuan * 100 }
    }
    const ORDINARY: Standing = Standing { poverty: false, monitored: false, assisted: false, eliminated: false, no_labor: false };
    const POVERTY: Standing = Standing { poverty: true, ..ORDINARY };

    #[test]
    fn the_threshold_is_reached_not_passed_and_differs_by_identity() {
        let n = numbers();
        for (s, own, want) in [
            (ORDINARY, 9_999, false),
            (ORDINARY, 10_000, true),
            (POVERTY, 5_999, false),
            (POVERTY, 6_000, true),
            (Standing { assisted: true, ..ORDINARY }, 6_000, true),
            (Standing { monitored: true, ..ORDINARY }, 6_000, true),
            (Standing { no_labor: true, ..ORDINARY }, 6_000, false),
        ] {
            assert_eq!(hits(&n, s, &stay(own, 0)), want, "{s:?} {own}");
        }
        assert!(!hits(&n, ORDINARY, &Stay { own_fen: 999_999, ..stay(0, 0) }), "one fen short");
    }

    #[test]
    fn the_score_weighs_strength_identity_and_relief() {
        let n = numbers();
        for (s, stays, want, grade_is) in [
            (ORDINARY, vec![stay(10_000, 0)], 30, Grade::Low),
            (ORDINARY, vec![stay(15_000, 0)], 45, Grade::Middle),
            // twice the threshold is the most that counts
            (ORDINARY, vec![stay(90_000, 0)], 60, Grade::Middle),
            (POVERTY, vec![stay(6_000, 0)], 36, Grade::Low),
            (POVERTY, vec![stay(12_000, 0)], 72, Grade::High),
            (Standing { no_labor: true, ..POVERTY }, vec![stay(12_000, 0)], 78, Grade::High),
            // relief of 80 % of the burden halves it
            (ORDINARY, vec![stay(10_000, 8_000)], 15, Grade::None),
            (ORDINARY, vec![stay(10_000, 7_999)], 30, Grade::Low),
            // the heaviest stay counts
            (ORDINARY, vec![stay(10_000, 0), stay(20_000, 0)], 60, Grade::Middle),
            (ORDINARY, vec![], 0, Grade::None),
        ] {
            let got = score(&n, s, &stays);
            assert_eq!((got, grade(&n, got)), (want, grade_is), "{s:?} {stays:?}");
        }
    }

    #[test]
    fn the_reason_names_day_amount_and_threshold() {
        let text = trigger_text(&numbers(), POVERTY, &[stay(26_380, 0), stay(7_000, 0)]);
        assert!(
            text.contains("2026-03-05") && text.contains("26") && text.contains("低收入身份") && text.contains("另有 1 次"),
            "{text}"
        );
        assert!(text.chars().count() <= 200);
    }
}
