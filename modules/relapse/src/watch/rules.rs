//! What each list is called, who is to act, within how long. No IO and no clock.

/// One list.
pub(super) struct List {
    /// Item of WATCH_KIND.
    pub code: &'static str,
    pub title: &'static str,
    /// Item of DISPATCH_LEVEL: who is to act.
    pub duty: &'static str,
    /// The number it asks about (months, days), by parameter.
    pub param: Option<&'static str>,
    /// Days to act in, by parameter.
    pub days_param: &'static str,
}

const fn list(
    code: &'static str,
    title: &'static str,
    duty: &'static str,
    param: Option<&'static str>,
    days_param: &'static str,
) -> List {
    List { code, title, duty, param, days_param }
}

pub(super) const LISTS: [List; 10] = [
    list("01", "未消除超 12 个月", "3", Some("watch_long_months"), "watch_days_county"),
    list("02", "收入连续两期低于监测范围", "3", None, "watch_days_county"),
    list("03", "已消除半年回访到期", "5", Some("watch_revisit_months"), "watch_days_village"),
    list("04", "整户无劳动力兜底户月访", "5", None, "watch_days_village"),
    list("05", "高风险线索不纳入", "3", Some("watch_refused_days"), "watch_days_county"),
    list("06", "措施到期未续", "4", None, "watch_days_town"),
    list("07", "责任人空缺或离任", "4", None, "watch_days_town"),
    list("08", "条件满足可消除", "5", Some("watch_stable_months"), "watch_days_county"),
    list("09", "人员增减未更新", "5", Some("watch_member_days"), "watch_days_village"),
    list("10", "年度收入未采集", "5", None, "watch_days_county"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_lists_as_the_page_counts_them() {
        let codes: Vec<&str> = LISTS.iter().map(|l| l.code).collect();
        assert_eq!(codes, ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"]);
        assert!(LISTS.iter().all(|l| ["3", "4", "5"].contains(&l.duty)));
    }
}
