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
    /// Of this household, not handled yet.
    pub open_objections: i64,
    /// Of every household on the notice: all, and those not handled yet.
    pub objections: i64,
    pub all_open: i64,
}

/// The result (PUBLICITY_RESULT) with which the system may lead a notice on (§4.2, 61→70 系统到期): on the day after its last,
/// complete but for a result, which follows from the objections unless the village wrote it. None: it is left to the village.
pub fn ripe(n: &Notice, today: NaiveDate, days: i64) -> Option<String> {
    let result = match &n.result {
        Some(r) => r.clone(),
        None if n.objections == 0 => "01".to_owned(),
        None if n.all_open == 0 => "02".to_owned(),
        None => return None,
    };
    let over = today > n.end && notice_lacks(&Notice { result: Some(result.clone()), ..n.clone() }, today, days).is_none();
    over.then_some(result)
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
        Notice {
            start: day(1),
            end: day(6),
            photos_start: 1,
            photos_end: 1,
            result: Some("01".into()),
            open_objections: 0,
            objections: 0,
            all_open: 0,
        }
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
    fn the_system_leads_on_what_hung_its_days_and_is_complete() {
        let open = Notice { result: None, ..notice() };
        let handled = Notice { objections: 2, ..open.clone() };
        for (n, today, want) in [
            (notice(), day(7), Some("01")),
            (open.clone(), day(7), Some("01")),
            (handled.clone(), day(7), Some("02")),
            // the last day belongs to whoever objects
            (notice(), day(6), None),
            // somebody else's objection is open: what the notice came to is for the village to say
            (Notice { all_open: 1, ..handled.clone() }, day(7), None),
            (Notice { all_open: 1, result: Some("02".into()), ..handled }, day(7), Some("02")),
            (Notice { open_objections: 1, objections: 1, all_open: 1, ..notice() }, day(7), None),
            (Notice { photos_end: 0, ..open.clone() }, day(7), None),
            (Notice { result: Some("03".into()), ..notice() }, day(7), None),
            (Notice { end: day(4), ..open }, day(7), None),
        ] {
            assert_eq!(ripe(&n, today, 5).as_deref(), want, "{n:?} {today}");
        }
    }

    #[test]
    fn votes_add_up_to_those_present() {
        assert!(votes_fit(30, 25, 2, 2, 1));
        assert!(!votes_fit(30, 30, 1, 0, 0));
        assert!(notice_text("某村", "02", day(1), day(6), 5).contains("拟消除风险"));
    }
}
