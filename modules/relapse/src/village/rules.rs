//! What a meeting and a notice must be like (domain 01 §2.17). No IO and no clock.

use chrono::NaiveDate;

/// A notice as it stands.
#[derive(Clone, Debug)]
pub struct Notice {
    pub start: NaiveDate,
    pub end: NaiveDate,
    pub photos_start: i64,
    pub photos_end: i64,
    pub result: Option<String>,
    pub open_objections: i64,
}

/// What a notice still lacks on a day before it counts as over; none when it is over. `days` is the least number.
pub fn notice_lacks(n: &Notice, today: NaiveDate, days: i64) -> Option<String> {
    let ends = n.start + chrono::Days::new(u64::try_from(days).unwrap_or(0));
    if (n.end - n.start).num_days() < days {
        return Some(format!("公示须满 {days} 日：{} 开始的公示最早到 {ends} 结束，现登记为 {}。", n.start, n.end));
    }
    if today < n.end {
        return Some(format!("公示须满 {days} 日：{} 开始，{} 期满后才能办理。", n.start, n.end));
    }
    if n.photos_start == 0 || n.photos_end == 0 {
        return Some("公示缺少起止照片，请先在公示的附件中上传开始和结束时的照片。".into());
    }
    if n.open_objections > 0 {
        return Some(format!("还有 {} 条公示异议没有处理完，请先转异议复核。", n.open_objections));
    }
    match n.result.as_deref() {
        Some("01" | "02") => None,
        Some(_) => Some("公示已撤下，不能提交。请重新公示。".into()),
        None => Some("公示期满，请先填写公示结果。".into()),
    }
}

/// The text of a notice (模板 S20b).
pub fn notice_text(village: &str, kind: &str, start: NaiveDate, end: NaiveDate, days: i64) -> String {
    let matter = if kind == "02" { "拟消除风险" } else { "拟纳入监测" };
    format!(
        "{village}防返贫监测民主评议结果公示。经农户申请、入户核查、村民代表会议评议，现将{matter}的农户名单予以公示（名单附后）。\
         公示期自 {start} 至 {end}，如有异议，请在 {days} 日内向村民委员会提出。"
    )
}

/// All who were there voted, abstained or stood aside.
pub fn votes_fit(attend: i64, agree: i64, against: i64, abstain: i64, avoided: i64) -> bool {
    agree + against + abstain + avoided == attend
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, d).unwrap()
    }
    fn notice() -> Notice {
        Notice { start: day(1), end: day(6), photos_start: 1, photos_end: 1, result: Some("01".into()), open_objections: 0 }
    }

    #[test]
    fn a_notice_is_over_when_nothing_is_missing() {
        assert_eq!(notice_lacks(&notice(), day(6), 5), None);
        for (n, today, word) in [
            (Notice { end: day(5), ..notice() }, day(9), "须满 5 日"),
            (notice(), day(5), "期满后"),
            (Notice { photos_end: 0, ..notice() }, day(9), "照片"),
            (Notice { open_objections: 1, ..notice() }, day(9), "异议"),
            (Notice { result: None, ..notice() }, day(9), "公示结果"),
            (Notice { result: Some("03".into()), ..notice() }, day(9), "撤下"),
        ] {
            let said = notice_lacks(&n, today, 5).unwrap();
            assert!(said.contains(word), "{said}");
        }
    }

    #[test]
    fn votes_add_up_to_those_present() {
        assert!(votes_fit(30, 25, 2, 2, 1));
        assert!(!votes_fit(30, 30, 1, 0, 0));
        assert!(notice_text("某村", "02", day(1), day(6), 5).contains("拟消除风险"));
    }
}
