//! The score of a household (domain 01 §6.4). No IO and no clock; every number is given.

/// The numbers of the model, as its version has them for a county and day. Factors and shares in percent.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
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

/// Grades of list C20; below the lowest nothing is dispatched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    pub fn of(code: &str) -> Grade {
        match code {
            "1" => Grade::High,
            "2" => Grade::Middle,
            "3" => Grade::Low,
            _ => Grade::None,
        }
    }
}

/// A rule that a household met, by its strongest line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Met {
    pub grade: Grade,
    /// Set by the parameters, or none: the lowest score of the grade.
    pub weight: Option<i64>,
    pub value: Option<f64>,
    pub threshold: Option<f64>,
    /// High whatever the score (等级强制).
    pub forced: bool,
}

/// Keys of the numbers, as the versions of the model have them.
pub const KEYS: [&str; 12] = [
    "strength_max_pct",
    "factor_poverty_pct",
    "factor_assisted_pct",
    "factor_eliminated_pct",
    "factor_no_labor_pct",
    "buffer_covered_pct",
    "covered_share_pct",
    "level_high_score",
    "level_middle_score",
    "level_low_score",
    "cooldown_days",
    "cooldown_growth_pct",
];

impl Numbers {
    /// The numbers as something says them by key.
    pub fn by(n: &dyn Fn(&str) -> i64) -> Numbers {
        Numbers {
            strength_max_pct: n("strength_max_pct"),
            poverty_pct: n("factor_poverty_pct"),
            assisted_pct: n("factor_assisted_pct"),
            eliminated_pct: n("factor_eliminated_pct"),
            no_labor_pct: n("factor_no_labor_pct"),
            covered_pct: n("buffer_covered_pct"),
            covered_share_pct: n("covered_share_pct"),
            high_score: n("level_high_score"),
            middle_score: n("level_middle_score"),
            low_score: n("level_low_score"),
            cooldown_days: n("cooldown_days"),
            cooldown_growth_pct: n("cooldown_growth_pct"),
        }
    }
    fn weight(&self, m: &Met) -> i64 {
        m.weight.unwrap_or(match m.grade {
            Grade::High => self.high_score,
            Grade::Middle => self.middle_score,
            Grade::Low => self.low_score,
            Grade::None => 0,
        })
    }
    /// In percent: value over threshold, at most `strength_max_pct`; 100 where a rule has no threshold.
    fn strength(&self, m: &Met) -> i64 {
        match (m.value, m.threshold) {
            (Some(v), Some(t)) if t > 0.0 => ((v * 100.0 / t) as i64).min(self.strength_max_pct),
            _ => 100,
        }
    }

    /// Σ weight × strength × identity factor × buffer factor, at most 100. The strongest identity counts; of the buffers only
    /// relief already paid is known so far (no public salary, car or flat is in the register).
    pub fn score(&self, s: Standing, met: &[Met], covered: bool) -> i64 {
        let identity = [
            (s.poverty, self.poverty_pct),
            (s.assisted, self.assisted_pct),
            (s.eliminated, self.eliminated_pct),
            (s.no_labor, self.no_labor_pct),
        ]
        .into_iter()
        .filter_map(|(is, pct)| is.then_some(pct))
        .max()
        .unwrap_or(100);
        let buffer = if covered { self.covered_pct } else { 100 };
        let sum: i64 = met.iter().map(|m| self.weight(m) * self.strength(m)).sum();
        ((sum * identity * buffer + 500_000) / 1_000_000).clamp(0, 100)
    }

    /// The grade of a score; a forced rule is high whatever it is.
    pub fn grade(&self, score: i64, met: &[Met]) -> Grade {
        match score {
            _ if met.iter().any(|m| m.forced) => Grade::High,
            s if s >= self.high_score => Grade::High,
            s if s >= self.middle_score => Grade::Middle,
            s if s >= self.low_score => Grade::Low,
            _ => Grade::None,
        }
    }

    /// Whether relief has paid so much of a burden that it counts as covered.
    pub fn covered(&self, burden_fen: i64, relief_fen: i64) -> bool {
        burden_fen > 0 && relief_fen.saturating_mul(100) / burden_fen >= self.covered_share_pct
    }

    /// Whether a household refused lately at `before` is not much worse now; a rule without a value waits its days out.
    pub fn cooling(&self, before: Option<f64>, now: Option<f64>) -> bool {
        match (before, now) {
            (None, _) => false,
            (Some(b), Some(n)) => n * 100.0 < b * (100 + self.cooldown_growth_pct) as f64,
            (Some(_), None) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> Numbers {
        Numbers {
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
    const ORDINARY: Standing = Standing { poverty: false, monitored: false, assisted: false, eliminated: false, no_labor: false };
    const POVERTY: Standing = Standing { poverty: true, ..ORDINARY };
    fn stay(value: f64, threshold: f64) -> Met {
        Met { grade: Grade::Low, weight: Some(30), value: Some(value), threshold: Some(threshold), forced: false }
    }
    fn event(grade: Grade) -> Met {
        Met { grade, weight: None, value: None, threshold: None, forced: false }
    }

    #[test]
    fn the_score_weighs_strength_identity_and_relief() {
        let n = numbers();
        for (s, met, covered, want, grade) in [
            (ORDINARY, vec![stay(10_000.0, 10_000.0)], false, 30, Grade::Low),
            (ORDINARY, vec![stay(15_000.0, 10_000.0)], false, 45, Grade::Middle),
            // twice the threshold is the most that counts
            (ORDINARY, vec![stay(90_000.0, 10_000.0)], false, 60, Grade::Middle),
            (POVERTY, vec![stay(6_000.0, 6_000.0)], false, 36, Grade::Low),
            (POVERTY, vec![stay(12_000.0, 6_000.0)], false, 72, Grade::High),
            (Standing { no_labor: true, ..POVERTY }, vec![stay(12_000.0, 6_000.0)], false, 78, Grade::High),
            // relief of 80 % of the burden halves it
            (ORDINARY, vec![stay(10_000.0, 10_000.0)], true, 15, Grade::None),
            // rules without a value have the score of their grade, and add up
            (ORDINARY, vec![event(Grade::Low)], false, 20, Grade::Low),
            (ORDINARY, vec![event(Grade::High)], false, 70, Grade::High),
            (ORDINARY, vec![event(Grade::Low), event(Grade::Low)], false, 40, Grade::Middle),
            (POVERTY, vec![event(Grade::High), event(Grade::Middle)], false, 100, Grade::High),
            (ORDINARY, vec![], false, 0, Grade::None),
        ] {
            let got = n.score(s, &met, covered);
            assert_eq!((got, n.grade(got, &met)), (want, grade), "{s:?} {met:?}");
        }
        let forced = Met { forced: true, ..event(Grade::Middle) };
        assert_eq!(n.grade(n.score(ORDINARY, &[forced], true), &[forced]), Grade::High);
    }

    #[test]
    fn relief_covers_and_refusals_cool_down() {
        let n = numbers();
        assert!(n.covered(10_000, 8_000) && !n.covered(10_000, 7_999) && !n.covered(0, 100));
        assert!(!n.cooling(None, Some(5.0)));
        assert!(n.cooling(Some(100.0), Some(129.0)) && !n.cooling(Some(100.0), Some(130.0)));
        assert!(n.cooling(Some(1.0), None), "without a value the days are waited out");
    }
}
