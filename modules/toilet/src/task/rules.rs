//! How yearly tasks are broken down (domain 02 A2.6: Σ下级=本级，允许自加压). Pure.

const NAMES: [&str; 4] = ["新建", "改建提升", "问题整改", "公厕"];

/// Why the plans below do not fit the plan above, in words. `over` allows more than was asked for.
pub fn differs(above: &[i64; 4], below: &[i64; 4], over: bool) -> Option<String> {
    let told: Vec<String> = (0..4)
        .filter(|i| if over { below[*i] < above[*i] } else { below[*i] != above[*i] })
        .map(|i| format!("{}下级合计 {}，本级 {}", NAMES[i], below[i], above[i]))
        .collect();
    (!told.is_empty()).then(|| told.join("；"))
}

/// Why a part is more than its whole, in words.
pub fn exceeds(above: &[i64; 4], below: &[i64; 4]) -> Option<String> {
    let told: Vec<String> = (0..4)
        .filter(|i| below[*i] > above[*i])
        .map(|i| format!("{}分解 {}，上级下达 {}", NAMES[i], below[i], above[i]))
        .collect();
    (!told.is_empty()).then(|| told.join("；"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_the_whole_and_may_be_more_only_by_ones_own_will() {
        let above = [10, 5, 3, 1];
        assert!(differs(&above, &above, false).is_none());
        assert_eq!(differs(&above, &[9, 5, 3, 1], false).unwrap(), "新建下级合计 9，本级 10");
        assert!(differs(&above, &[12, 5, 3, 1], true).is_none() && differs(&above, &[12, 5, 3, 1], false).is_some());
        assert!(exceeds(&above, &[10, 5, 3, 1]).is_none() && exceeds(&above, &[10, 6, 3, 1]).is_some());
    }
}
