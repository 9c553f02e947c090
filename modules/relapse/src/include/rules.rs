//! Which kind of monitored object a household becomes (domain 01 §0.1, §2.9). No IO and no clock.

/// C18: at or below the line a household that came out of poverty is 01 脱贫不稳定户 and another 02 边缘易致贫户; above it, with
/// a sudden heavy burden, either is 03 突发严重困难户. Without a reckoned income the first two.
pub fn monitor_type(was_poverty: bool, ref_pc_fen: Option<i64>, line_fen: i64) -> &'static str {
    match (ref_pc_fen, was_poverty) {
        (Some(pc), _) if pc > line_fen => "03",
        (_, true) => "01",
        (_, false) => "02",
    }
}

/// C23: not applicable to a household without labour, else not yet begun.
pub fn dev_measure_state(no_labor: bool) -> &'static str {
    if no_labor { "03" } else { "02" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn income_and_history_decide_the_kind() {
        for (poverty, pc, want) in [
            (true, Some(900_000), "01"),
            (true, None, "01"),
            (false, Some(940_000), "02"),
            (false, None, "02"),
            (true, Some(940_001), "03"),
            (false, Some(2_000_000), "03"),
        ] {
            assert_eq!(monitor_type(poverty, pc, 940_000), want, "{poverty} {pc:?}");
        }
        assert_eq!((dev_measure_state(true), dev_measure_state(false)), ("03", "02"));
    }
}
