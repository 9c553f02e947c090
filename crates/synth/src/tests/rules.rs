//! The rules of domain 01 §5 that one family can break alone, written down a second time for the tests.

use crate::model::{Family, Person};
use crate::{line_of, totals};
use chrono::{Datelike, NaiveDate};

/// Rules that [`broken`] knows.
pub(super) const KNOWN: &[&str] = &[
    "Q002", "Q003", "Q007", "Q008", "Q010", "Q020", "Q021", "Q024", "Q025", "Q026", "Q027", "Q028", "Q044", "Q045", "Q046",
    "Q047", "Q049", "Q051", "Q053", "Q055", "Q058", "Q059", "Q060", "Q061", "Q062", "Q064", "Q065", "Q067", "Q068", "Q071",
    "Q074", "Q075", "Q080", "Q081", "Q083", "Q084", "Q088", "Q095", "Q098", "Q110", "Q111", "Q113", "Q116", "Q117", "Q119",
    "Q120", "Q124", "Q130", "Q131", "Q132", "Q133", "Q134", "Q139", "Q140", "Q141", "Q142", "Q143", "Q145", "Q146", "Q147",
    "Q163", "Q164", "Q165", "Q166", "Q167", "Q168", "Q170", "Q176", "Q177", "Q178", "Q180", "Q181", "Q183", "Q184", "Q185",
    "Q186", "Q187", "Q188", "Q189", "Q191", "Q192", "Q195", "Q197", "Q202", "Q203", "Q204", "Q206",
];

/// The rules this family breaks.
pub(super) fn broken(f: &Family, today: NaiveDate) -> Vec<&'static str> {
    let mut out = Vec::new();
    let assisted = f.class.column() > 0;
    for p in f.present() {
        of_person(&mut out, p, today, assisted, f);
    }
    of_household(&mut out, f, today);
    of_income(&mut out, f, today);
    if f.case.is_some() {
        of_case(&mut out, f, today);
    }
    out
}

fn when(out: &mut Vec<&'static str>, rule: &'static str, hit: bool) {
    if hit {
        assert!(KNOWN.contains(&rule), "{rule} is not listed");
        out.push(rule);
    }
}

fn of_person(out: &mut Vec<&'static str>, p: &Person, today: NaiveDate, assisted: bool, f: &Family) {
    let age = p.age(today);
    let regular = p.id_type == "01";
    let st = p.student;
    let healthy = p.health == ["01"];
    when(out, "Q002", !matches!(p.id_no.len(), 18 | 20 | 22));
    if regular && p.id_no.len() == 18 {
        when(out, "Q003", base::idcard::check_digit(&p.id_no[..17]) != p.id_no.chars().last());
        let twin = f.planted.iter().any(|x| x.rule == "Q001" && x.person == Some(p.no));
        when(out, "Q007", !twin && ((p.id_no.as_bytes()[16] - b'0') % 2 == 1) != (p.gender == "1"));
        when(out, "Q008", !twin && p.id_no[6..14] != p.birth.format("%Y%m%d").to_string());
    }
    when(out, "Q010", p.name.chars().any(|c| c.is_ascii()) || !(2..=20).contains(&p.name.chars().count()));
    let men = ["03", "06", "07", "09", "11", "13", "15", "17", "19", "22", "24", "27"];
    let women = ["04", "05", "08", "10", "12", "14", "16", "18", "20", "23", "25", "26"];
    let r = p.relation.unwrap_or("");
    when(out, "Q024", (p.gender == "1" && women.contains(&r)) || (p.gender == "2" && men.contains(&r)));
    when(out, "Q025", p.relation.is_none());
    when(out, "Q044", p.education.is_some() == st.is_some());
    when(out, "Q045", st.is_some() && p.labor != "05");
    when(out, "Q046", age < 16 && p.labor != "05");
    when(out, "Q047", (16..60).contains(&age) && healthy && st.is_none() && matches!(p.labor, "04" | "05"));
    when(out, "Q049", (16..60).contains(&age) && healthy && st.is_none() && p.labor == "03");
    when(out, "Q051", age >= 60 && p.able());
    when(out, "Q053", p.health.contains(&"04") && p.disability_cert.is_none());
    when(out, "Q055", p.health.contains(&"01") && p.health.len() > 1);
    when(out, "Q058", age >= 7 && healthy && matches!(st, Some("01" | "02")));
    when(out, "Q059", st == Some("03") && !(6..=14).contains(&age));
    when(out, "Q060", matches!(st, Some("04" | "05" | "06")) && !(12..=17).contains(&age));
    when(out, "Q061", st.is_some_and(|s| ("07"..="12").contains(&s)) && !(15..=20).contains(&age));
    let high = st.is_some_and(|s| s >= "13") || matches!(p.education, Some("05" | "06"));
    when(out, "Q062", high && age < 18);
    when(out, "Q064", (16..=22).contains(&age) && matches!(p.education, Some("01" | "02")));
    let september = NaiveDate::from_ymd_opt(today.year(), 9, 1).expect("a date");
    when(out, "Q065", (6..=15).contains(&p.age(september)) && p.birth < september && st.is_none() && p.dropout.is_none());
    when(out, "Q067", p.ins_resident && p.ins_employee);
    when(out, "Q068", !p.ins_resident && !p.ins_employee);
    when(out, "Q071", age >= 16 && st.is_none() && p.pension_resident.is_none() && p.pension_employee.is_none());
    when(out, "Q074", p.dibao != "00" && p.tekun != "00");
    when(out, "Q075", p.tekun != "00" && (18..60).contains(&age) && healthy && p.dibao == "00");
    when(out, "Q080", p.work_region.is_some() != p.work_months.is_some());
    when(out, "Q081", p.work_months.is_some() && p.phone.as_ref().is_none_or(|x| x.len() != 11));
    when(out, "Q083", p.work_region.as_ref().is_some_and(|w| &w[4..6] == "00"));
    when(out, "Q084", st.is_some() && p.work_months.is_some());
    let outside = p.works_outside_county(&f.household_no);
    when(
        out,
        "Q088",
        outside && matches!(p.work_channel, Some("03" | "04")) && p.work_region.as_ref().is_some_and(|w| &w[4..6] != "00"),
    );
    when(out, "Q095", p.public_post.is_some() != p.public_post_months.is_some());
    when(out, "Q098", p.public_post.is_some() && p.none());
    let _ = assisted;
}

fn of_household(out: &mut Vec<&'static str>, f: &Family, today: NaiveDate) {
    let heads: Vec<_> = f.present().filter(|p| p.relation == Some("01")).collect();
    when(out, "Q020", heads.is_empty());
    when(out, "Q021", heads.len() > 1);
    when(out, "Q026", f.hukou_count != f.present().count() as i32);
    if let [head] = heads[..] {
        let h = head.age(today);
        let odd = f.present().any(|p| match p.relation {
            Some("03" | "04") => p.age(today) >= h - 14,
            Some("11" | "12") => p.age(today) <= h + 14,
            Some("07" | "08") => p.age(today) >= h - 28,
            _ => false,
        });
        when(out, "Q027", odd);
    }
    when(out, "Q028", f.phone.as_ref().is_none_or(|p| p.len() != 11 || !p.starts_with('1')));
    let l = &f.living;
    when(out, "Q110", l.dangerous_house == Some(true) && !f.at_open_risk());
    when(out, "Q111", l.safe_water == Some(false) && !f.at_open_risk());
    when(out, "Q113", l.dangerous_house.is_none() || l.safe_water.is_none());
    let most = [100, 100, 200, 200, 200, 100, 100];
    when(out, "Q116", l.areas.iter().zip(most).any(|(a, m)| a.is_some_and(|a| !(0..=m * 100).contains(&a))));
    when(out, "Q117", l.road_dist > 500);
    when(out, "Q119", l.house_area <= 0 || l.house_area > 50_000 || l.house_area / f.hukou_count.max(1) < 1_000);
    when(out, "Q120", l.areas[3].unwrap_or(0) > l.areas[2].unwrap_or(0) + l.areas[5].unwrap_or(0));
    when(out, "Q124", matches!(l.danger_level, "C" | "D") && l.dangerous_house == Some(false));
}

fn of_income(out: &mut Vec<&'static str>, f: &Family, today: NaiveDate) {
    let Some(i) = f.annual() else { return };
    let t = &i.totals;
    let sum = |prefix: &str| i.items.iter().filter(|x| x.code.starts_with(prefix)).map(|x| x.amount).sum::<i64>();
    when(out, "Q130", f.class.is_poverty() && !f.at_open_risk() && t.net_pc < line_of(i.year));
    when(out, "Q131", t.net_pc < 400_000);
    when(out, "Q132", (t.wage > 0 && t.wage < 30_000) || t.wage > 30_000_000);
    when(out, "Q133", t.operate > 0 && t.operate_cost <= 0);
    when(out, "Q134", sum("D5") > 0 && f.living.areas[3].unwrap_or(0) == 0);
    when(out, "Q139", f.present().any(|p| p.dibao != "00") != (sum("D2") > 0));
    let both = f.present().any(|p| p.dibao != "00" && p.tekun != "00");
    when(out, "Q140", !both && f.present().any(|p| p.tekun != "00") != (sum("D3") > 0));
    when(out, "Q141", f.present().any(|p| p.age(today) >= 60 && p.pension_resident == Some(true)) && sum("D4") == 0);
    let works = f.present().any(|p| p.work_months.is_some() || p.public_post.is_some());
    when(out, "Q142", works != (t.wage > 0));
    when(out, "Q143", f.present().any(Person::severe) && sum("D602") + sum("D603") == 0);
    when(out, "Q145", i.yoy.is_some_and(|y| y <= -2_000 || y >= 5_000));
    when(out, "Q146", t.net_pc > 5_000_000);
    when(out, "Q147", *t != totals(&i.items, i.pop));
}

fn of_case(out: &mut Vec<&'static str>, f: &Family, today: NaiveDate) {
    let Some(c) = &f.case else { return };
    let mu = c.eliminated.is_none();
    let risk = |r: &str| c.risks.contains(&r);
    let has = |category: &str| f.measures.iter().any(|m| m.category == category);
    let item = |category: &str, item: &str| f.measures.iter().any(|m| m.category == category && m.item == item);
    let present = f.present().count();
    let able = f.present().filter(|p| p.able()).count();
    let hands = f.present().any(|p| p.able() || p.labor == "03");
    let weak = f.present().all(Person::none);
    let developing = f.measures.iter().any(|m| matches!(m.category, "01" | "02" | "03" | "04"));
    let everybody = || f.persons.iter();
    when(out, "Q163", risk("04") && c.disaster_kind.is_none());
    when(out, "Q164", risk("03") && !everybody().any(|p| p.health.contains(&"04")));
    when(out, "Q165", mu && risk("01") && !everybody().any(|p| p.health.iter().any(|h| matches!(*h, "02" | "03"))));
    when(out, "Q166", risk("02") && !everybody().any(|p| p.student.is_some()));
    when(out, "Q167", mu && risk("08") && !f.present().any(Person::none));
    when(out, "Q168", mu && risk("08") && able * 4 > present);
    when(out, "Q170", risk("07") && everybody().all(Person::none));
    when(out, "Q176", (c.kind == "01" && !f.class.is_poverty()) || (c.kind == "02" && f.class.is_poverty()));
    let identify = f.incomes.iter().find(|i| i.kind == "02").map_or(0, |i| i.totals.ref_pc);
    when(out, "Q177", matches!(c.kind, "01" | "02") && identify > c.line);
    when(out, "Q178", c.contact.is_none() || c.collector.is_none());
    let half_year = today.signed_duration_since(c.identified).num_days() > 183;
    when(out, "Q180", mu && hands && half_year && !developing);
    when(out, "Q181", mu && developing && c.dev_state == "02");
    when(out, "Q183", mu && able > 0 && !f.measures.is_empty() && f.measures.iter().all(|m| m.category == "08"));
    let relief = f.present().any(|p| p.dibao != "00" || p.tekun != "00");
    when(out, "Q184", mu && (weak && relief) != c.bottom);
    when(out, "Q185", weak && !relief);
    when(out, "Q186", mu && f.present().any(|p| p.dibao != "00") != item("08", "01"));
    when(out, "Q187", mu && f.present().any(|p| p.tekun != "00") != item("08", "02"));
    when(out, "Q188", mu && f.present().any(Person::severe) != item("08", "05"));
    let unmatched = (risk("01") && !has("05") && !has("11"))
        || (risk("02") && !has("06") && !has("07") && !has("11"))
        || (risk("03") && !has("08") && !has("11"))
        || (risk("09") && !has("09") && !has("12"))
        || (risk("10") && !has("10"))
        || (weak && !has("08"));
    when(out, "Q189", mu && unmatched);
    let college = f.present().any(|p| p.student.is_some_and(|s| ("10"..="15").contains(&s)));
    when(out, "Q191", mu && !college && item("07", "01"));
    let works = f.present().any(|p| p.work_months.is_some() || p.public_post.is_some());
    when(out, "Q192", mu && (has("02") || has("04")) && !works);
    let fresh = f.visits.iter().any(|v| today.signed_duration_since(v.day).num_days() <= 35);
    let old = today.signed_duration_since(c.identified).num_days() > 35;
    when(out, "Q195", mu && old && !fresh);
    when(out, "Q197", mu && f.pairs.iter().all(|p| p.end.is_some()));
    if let Some(day) = c.eliminated {
        let after = f.incomes.iter().find(|i| i.kind == "03").map_or(0, |i| i.totals.net_pc);
        when(out, "Q202", c.eliminate_way == Some("01") && after < line_of(day.year()));
        when(out, "Q203", c.eliminate_way == Some("01") && f.measures.is_empty());
        when(out, "Q204", day.signed_duration_since(c.identified).num_days() < 183);
        when(out, "Q206", everybody().all(Person::none));
    }
}
