//! Adding up the items of an income period, in fen. Must not do I/O.

/// Sums of the seven lines of an income period, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub wage: i64,
    pub operate: i64,
    pub property: i64,
    pub transfer: i64,
    pub operate_cost: i64,
    pub claim: i64,
    pub self_pay: i64,
}
impl Sums {
    /// 家庭总收入: the four kinds of income.
    pub fn gross(&self) -> i64 {
        self.wage + self.operate + self.property + self.transfer
    }
}

/// Adds up code and amount. An item whose own sub-items are listed too is a sum of theirs and is not counted again.
pub(super) fn sums(items: &[(String, i64)], parent: impl Fn(&str) -> Option<String>) -> Sums {
    let mut above = std::collections::BTreeSet::new();
    for (code, _) in items {
        let mut at = parent(code);
        while let Some(p) = at {
            at = parent(&p);
            above.insert(p);
        }
    }
    let mut s = Sums::default();
    for (code, fen) in items.iter().filter(|(c, _)| !above.contains(c)) {
        let line = match code.chars().next() {
            Some('A') => &mut s.wage,
            Some('B') => &mut s.operate,
            Some('C') => &mut s.property,
            Some('D') => &mut s.transfer,
            Some('E') => &mut s.operate_cost,
            Some('L') => &mut s.claim,
            Some('P') => &mut s.self_pay,
            _ => continue,
        };
        *line += fen;
    }
    s
}

/// Fen a head, rounded half away from zero.
pub(super) fn by_head(fen: i64, pop: i64) -> i64 {
    if pop <= 0 {
        return 0;
    }
    let half = if fen < 0 { -pop / 2 } else { pop / 2 };
    (fen + half) / pop
}

/// Change against the period before in per cent, two decimals; none where there is nothing to compare with.
pub(super) fn change_pct(before: Option<i64>, now: i64) -> Option<String> {
    let before = before.filter(|b| *b > 0)?;
    let hundredths = (i128::from(now) - i128::from(before)) * 10_000 / i128::from(before);
    let sign = if hundredths < 0 { "-" } else { "" };
    Some(format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent(code: &str) -> Option<String> {
        match code {
            "A01" | "A02" => Some("A".into()),
            "D601" => Some("D6".into()),
            "D6" => Some("D".into()),
            _ => None,
        }
    }

    #[test]
    fn a_sum_and_its_parts_are_not_both_counted() {
        let items = |l: &[(&str, i64)]| l.iter().map(|(c, n)| ((*c).to_owned(), *n)).collect::<Vec<_>>();
        let s = sums(
            &items(&[("A", 500), ("A01", 200), ("A02", 300), ("D", 70), ("D601", 70), ("E01", 40), ("L01", 5), ("P01", 9)]),
            parent,
        );
        assert_eq!((s.wage, s.transfer, s.operate_cost, s.claim, s.self_pay), (500, 70, 40, 5, 9));
        assert_eq!(s.gross(), 570);
        assert_eq!(sums(&items(&[("A", 500)]), parent).wage, 500);
    }

    #[test]
    fn heads_and_changes_are_reckoned_to_the_fen() {
        for (fen, pop, want) in [(100, 3, 33), (200, 3, 67), (-100, 3, -33), (-200, 3, -67), (5, 0, 0), (5, 2, 3)] {
            assert_eq!(by_head(fen, pop), want, "{fen} / {pop}");
        }
        assert_eq!(change_pct(Some(1000), 1123), Some("12.30".into()));
        assert_eq!(change_pct(Some(1000), 995), Some("-0.50".into()));
        assert_eq!((change_pct(None, 5), change_pct(Some(0), 5)), (None, None));
    }
}
