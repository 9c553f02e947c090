//! What follows from age and class: school by the school year, education, health, labour, work, insurance, pension, relief.
//! Kept so that the rules of domain 01 §5.3–§5.4 find nothing that was not planted.

use super::{Ctx, months_before, ym};
use crate::dice::Dice;
use crate::ident::{self, Slot};
use crate::model::{Class, Person};
use crate::names;
use chrono::{Datelike, NaiveDate};

/// Fills every person in; `risk` is the main risk a watched family must bear.
pub(super) fn fill(
    ctx: &Ctx<'_>,
    d: &mut Dice,
    class: Class,
    _slot: &Slot,
    index: u64,
    persons: &mut [Person],
    risk: Option<&'static str>,
) {
    let today = ctx.opts.today;
    let single = persons.len() == 1;
    for p in persons.iter_mut() {
        school(ctx, d, p);
        marriage(d, p, single, today);
        health(d, p, class, today);
    }
    force(d, persons, risk, today);
    for p in persons.iter_mut() {
        certificate(d, p, today);
        labour(d, p, class, today);
    }
    relief(d, class, persons, today);
    for (i, p) in persons.iter_mut().enumerate() {
        work(ctx, d, p, class, index, i as u64);
        insurance(d, p, class, today);
        p.identify_ym = class.is_poverty().then(|| 201_400 + d.range(0, 5) as i32 * 100 + d.range(1, 12) as i32);
        if let Some(month) = p.identify_ym
            && ym(p.birth) > month
        {
            p.identify_ym = Some(ym(p.birth));
        }
    }
}

/// Age on 1 September of the running school year.
fn school_age(p: &Person, today: NaiveDate) -> i32 {
    let year = if today.month() >= 9 { today.year() } else { today.year() - 1 };
    NaiveDate::from_ymd_opt(year, 9, 1).map_or(0, |september| p.age(september))
}

fn school(ctx: &Ctx<'_>, d: &mut Dice, p: &mut Person) {
    let today = ctx.opts.today;
    let (age, at) = (p.age(today), school_age(p, today));
    let stay = d.unit();
    p.student = match at {
        i32::MIN..=2 => Some("01"),
        3..=5 => Some(if stay < 0.9 { "02" } else { "01" }),
        6..=11 => Some("03"),
        12 => Some("04"),
        13 => Some("05"),
        14 => Some("06"),
        15 => Some(if stay < 0.6 { "07" } else { "10" }),
        16 if stay < 0.9 => Some(if stay < 0.54 { "08" } else { "11" }),
        17 if stay < 0.88 => Some(if stay < 0.53 { "09" } else { "12" }),
        18..=20 if stay < 0.46 && age >= 18 => Some(match (at, stay < 0.2) {
            (18, true) => "13",
            (19, true) => "14",
            (_, true) => "15",
            (18, _) => "20",
            (19, _) => "21",
            _ => "22",
        }),
        21 if stay < 0.25 => Some("23"),
        22..=24 if stay < 0.03 => Some("25"),
        _ => None,
    };
    let county = &ctx.place.county;
    p.school = p.student.and_then(|st| match st {
        "03" => Some(format!("{}中心小学", ctx.place.town)),
        "04" | "05" | "06" => Some(format!("{}中学", ctx.place.town)),
        "07" | "08" | "09" => Some(format!("{county}第一中学")),
        "10" | "11" | "12" => Some(format!("{county}职业技术学校")),
        "13" | "14" | "15" => Some("江西某职业技术学院".to_owned()),
        "20" | "21" | "22" | "23" | "25" => Some("江西某大学".to_owned()),
        _ => None,
    });
    if p.student.is_none() {
        const LEVELS: [&str; 6] = ["01", "02", "03", "04", "05", "06"];
        let weights: [f64; 6] = match age {
            60.. => [14.0, 60.0, 21.0, 4.5, 0.4, 0.1],
            40..=59 => [3.0, 36.0, 47.0, 11.0, 2.0, 1.0],
            23..=39 => [0.3, 8.0, 58.0, 20.0, 8.0, 5.7],
            18..=22 => [0.0, 0.0, 50.0, 36.0, 12.0, 2.0],
            _ => [0.0, 0.0, 85.0, 15.0, 0.0, 0.0],
        };
        p.education = Some(LEVELS[d.weighted(&weights)]);
    }
    p.mandarin = age < 70 || d.chance(0.6);
    p.political = match age {
        25.. if d.chance(0.05) => "01",
        15..=27 if d.chance(0.25) => "03",
        _ => "04",
    };
}

fn marriage(d: &mut Dice, p: &mut Person, single: bool, today: NaiveDate) {
    p.marital = match p.relation {
        Some("02" | "05") => "20",
        Some("01") if single => d.choose(&[("10", 45.0), ("30", 35.0), ("40", 20.0)]),
        Some("01") => "20",
        Some("11" | "12") => d.choose(&[("20", 40.0), ("30", 60.0)]),
        Some("03") if p.age(today) > 24 => d.choose(&[("20", 60.0), ("10", 40.0)]),
        _ => "10",
    };
}

fn health(d: &mut Dice, p: &mut Person, class: Class, today: NaiveDate) {
    let age = p.age(today);
    // how much of the class's illness falls on this age
    let old = match age {
        0..=15 => 0.15,
        16..=39 => 0.45,
        40..=59 => 1.1,
        _ => 2.5,
    };
    let (chronic, major, disabled) = match class.column() {
        0 => (0.075, 0.009, 0.038),
        1 => (0.13, 0.027, 0.075),
        _ => (0.17, 0.07, 0.13),
    };
    p.health.clear();
    if d.chance(chronic * old) {
        p.health.push("02");
    }
    if d.chance(major * old) {
        p.health.push("03");
    }
    if age >= 3 && d.chance(disabled * (0.4 + old * 0.6)) {
        p.health.push("04");
    }
}

/// Gives the family what its main risk needs, on the grown-up it fits best.
fn force(d: &mut Dice, persons: &mut [Person], risk: Option<&'static str>, today: NaiveDate) {
    let code = match risk {
        Some("01") => d.choose(&[("03", 55.0), ("02", 45.0)]),
        Some("03") => "04",
        _ => return,
    };
    if persons.iter().any(|p| p.health.contains(&code)) {
        return;
    }
    let grown: Vec<usize> = (0..persons.len()).filter(|i| persons[*i].age(today) >= 35).collect();
    if let Some(at) = (!grown.is_empty()).then(|| d.pick(&grown)) {
        persons[at].health.push(code);
    }
}

fn certificate(d: &mut Dice, p: &mut Person, today: NaiveDate) {
    if p.health.contains(&"03") {
        p.major_disease = Some(d.choose(&[
            ("08", 10.0),
            ("03", 8.0),
            ("09", 6.0),
            ("23", 18.0),
            ("24", 12.0),
            ("12", 10.0),
            ("10", 8.0),
            ("29", 12.0),
            ("05", 5.0),
            ("27", 3.0),
            ("99", 8.0),
        ]));
    }
    if p.health.contains(&"02") {
        p.chronic = Some(d.pick(names::CHRONIC));
    }
    if p.health.contains(&"04") {
        let kind = d.choose(&[(1u8, 12.0), (2, 18.0), (3, 3.0), (4, 42.0), (5, 10.0), (6, 12.0), (7, 3.0)]);
        let grade = d.choose(&[(1u8, 14.0), (2, 26.0), (3, 30.0), (4, 30.0)]);
        let year = (p.birth.year() + 4).max(2009);
        p.disability = Some((kind, grade, d.range(i64::from(year), i64::from(today.year())) as i32));
        p.disability_cert = Some(format!("{}{kind}{grade}", p.id_no));
    }
    if p.health.is_empty() {
        p.health.push("01");
    }
}

fn labour(d: &mut Dice, p: &mut Person, class: Class, today: NaiveDate) {
    let age = p.age(today);
    let ill = p.health.contains(&"03");
    p.labor = if age < 16 || p.student.is_some() {
        "05"
    } else if p.severe() {
        if d.chance(0.6) { "04" } else { "05" }
    } else if age >= 60 {
        let fit = age < 70 && !ill && p.disability.is_none();
        if fit && d.chance(if class.is_monitored() { 0.45 } else { 0.6 }) { "03" } else { "05" }
    } else if ill {
        d.choose(&[("03", 50.0), ("04", 50.0)])
    } else if p.disability.is_some() {
        d.choose(&[("03", 70.0), ("04", 30.0)])
    } else if p.health.contains(&"02") {
        d.choose(&[("01", 55.0), ("03", 45.0)])
    } else {
        d.choose(&[("01", 91.0), ("02", 9.0)])
    };
}

/// Low-income relief for whole households of weak labour, destitute support for single ones.
fn relief(d: &mut Dice, class: Class, persons: &mut [Person], today: NaiveDate) {
    let weak = persons.iter().all(|p| p.none());
    let column = class.column();
    let alone = persons.len() == 1;
    let old_or_severe = persons.iter().all(|p| p.age(today) >= 60 || p.severe());
    if alone && weak && old_or_severe && d.chance([0.1, 0.4, 0.35][column]) {
        persons[0].tekun = if d.chance(0.8) { "01" } else { "02" };
        return;
    }
    // for poor and watched households without labour relief is the rule (Q185)
    let chance = if weak && column > 0 { 1.0 } else { [0.022, 0.15, 0.38][column] };
    if d.chance(chance) {
        let whole = weak || d.chance(0.35);
        let since = ym(months_before(today, d.range(4, 60) as u32));
        let weakest = (0..persons.len()).min_by_key(|i| (!persons[*i].none(), persons[*i].health[0] == "01"));
        for (i, p) in persons.iter_mut().enumerate() {
            if whole || Some(i) == weakest {
                p.dibao = "01";
                p.dibao_start_ym = Some(since.max(ym(p.birth)));
            }
        }
    }
}

fn work(ctx: &Ctx<'_>, d: &mut Dice, p: &mut Person, class: Class, index: u64, at: u64) {
    let today = ctx.opts.today;
    let column = class.column();
    let semi = p.labor == "03";
    if (p.able() || semi) && column > 0 && p.age(today) < 68 && p.tekun == "00" && d.chance(if semi { 0.12 } else { 0.06 }) {
        p.public_post = Some(d.choose(&[("01", 14.0), ("02", 46.0), ("03", 16.0), ("04", 8.0), ("07", 6.0), ("08", 10.0)]));
        p.public_post_months = Some(if d.chance(0.8) { 12 } else { d.range(4, 11) as i32 });
        return;
    }
    if !p.able() || p.tekun != "00" || !d.chance([0.62, 0.60, 0.42][column]) {
        return;
    }
    let (code, place, away) = match d.weighted(&[55.0, 17.0, 28.0]) {
        0 => {
            let (code, name) = d.pick(names::OUTSIDE);
            (code.to_owned(), name.to_owned(), true)
        }
        1 => {
            let (code, name) = &ctx.counties[d.range(0, ctx.counties.len() as i64 - 1) as usize];
            (code[..6].to_owned(), name.clone(), code[..6] != ctx.place.code[..6])
        }
        _ => (ctx.place.code[..6].to_owned(), format!("江西省{}{}", ctx.place.city, ctx.place.county), false),
    };
    p.work_months = Some(if d.chance(0.55) { d.range(90, 120) as i32 } else { d.range(6, 17) as i32 * 5 });
    p.work_channel = Some(if away {
        d.choose(&[("01", 60.0), ("02", 8.0), ("06", 18.0), ("07", 14.0)])
    } else {
        d.choose(&[("01", 40.0), ("03", 14.0), ("06", 26.0), ("07", 12.0), ("08", 8.0)])
    });
    p.work_company = Some(d.pick(names::FIRMS));
    p.work_industry = Some(d.pick(names::INDUSTRIES));
    p.work_monthly_fen =
        (if away { d.normal(4_600.0, 900.0) } else { d.normal(3_000.0, 600.0) }).clamp(1_800.0, 12_000.0) as i64 * 100;
    p.work_start_ym = Some(ym(months_before(today, d.range(1, 9) as u32)));
    p.resident = !(away && p.work_months.is_some_and(|m| m >= 60));
    p.work_region = Some(format!("{code}000000"));
    p.work_place = Some(place);
    p.phone = Some(ident::phone(ctx.opts.households + index * 10 + at));
}

fn insurance(d: &mut Dice, p: &mut Person, class: Class, today: NaiveDate) {
    let steady = p.work_region.is_some() && p.work_months.is_some_and(|m| m >= 90);
    p.ins_employee = steady && d.chance(0.12);
    p.ins_resident = !p.ins_employee;
    p.ins_commercial = d.chance(0.07);
    p.med_assist = p.health.contains(&"03") && class.column() > 0 && d.chance(0.6);
    if p.age(today) >= 16 && p.student.is_none() {
        p.pension_employee = Some(p.ins_employee);
        p.pension_resident = Some(!p.ins_employee);
    }
}
