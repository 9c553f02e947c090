//! Relations and ages of a family (附A A.4): head of 35–70, spouse by N(−2, 4), first child at the mother's 22–30, old
//! people as dependants. Names follow the father.

use super::Ctx;
use crate::dice::Dice;
use crate::ident::Slot;
use crate::model::{Class, Person};
use crate::names;
use chrono::{Datelike, Days, NaiveDate};

/// Weights of the sizes 1…7 by class (附A A.3).
const SIZES: [[f64; 7]; 3] = [
    [8.0, 14.0, 18.0, 21.0, 18.0, 13.0, 8.0],
    [14.0, 18.0, 20.0, 20.0, 15.0, 9.0, 4.0],
    [19.0, 18.0, 19.0, 18.0, 13.0, 8.0, 5.0],
];

/// Relation (C06), sex, age in years, and whether the person bears the surname of the family.
struct Place {
    relation: &'static str,
    male: bool,
    age: i64,
    kin: bool,
}

/// The people of a family with relation, sex, birth, name and number; everything else is still blank.
pub(super) fn people(ctx: &Ctx<'_>, d: &mut Dice, class: Class, slot: &Slot, _index: u64) -> Vec<Person> {
    let size = 1 + d.weighted(&SIZES[class.column()]) as i64;
    let size = if size == 7 { d.range(7, 8) } else { size };
    let frame = frame(d, class, size);
    let surname = names::surname(d);
    let nation = if d.chance(0.9951) { "01" } else { d.choose(&[("22", 8.0), ("03", 1.0), ("06", 1.0)]) };
    let mut used: Vec<(NaiveDate, bool)> = Vec::new();
    frame
        .iter()
        .enumerate()
        .map(|(i, p)| {
            let mut birth = born(ctx.opts.today, d, slot, p.age);
            while used.contains(&(birth, p.male)) {
                birth = birth - Days::new(slot.step() as u64);
            }
            used.push((birth, p.male));
            let own = if p.kin { surname } else { names::surname(d) };
            blank(i as u32 + 1, p, names::name(d, own, p.male), birth, slot.number(birth, p.male), nation)
        })
        .collect()
}

/// A birth date of somebody who is `age` today.
fn born(today: NaiveDate, d: &mut Dice, slot: &Slot, age: i64) -> NaiveDate {
    let latest = today.with_year(today.year() - age as i32).unwrap_or(today - Days::new(age as u64 * 366));
    // the slot moves the date back by less than its step; room is left so that the age stays
    let room = (364 - slot.step()).max(0);
    slot.birth(latest - Days::new(d.range(1.min(room), room) as u64))
}

fn blank(no: u32, p: &Place, name: String, birth: NaiveDate, id_no: String, nation: &'static str) -> Person {
    Person {
        no,
        name,
        male: p.male,
        gender: if p.male { "1" } else { "2" },
        id_type: "01",
        id_no,
        birth,
        nation,
        relation: Some(p.relation),
        political: "04",
        education: None,
        student: None,
        school: None,
        dropout: None,
        mandarin: true,
        health: Vec::new(),
        major_disease: None,
        chronic: None,
        disability: None,
        disability_cert: None,
        labor: "05",
        phone: None,
        work_region: None,
        work_place: None,
        work_months: None,
        work_company: None,
        work_industry: None,
        work_channel: None,
        work_monthly_fen: 0,
        work_start_ym: None,
        public_post: None,
        public_post_months: None,
        ins_resident: true,
        ins_employee: false,
        ins_major: true,
        ins_commercial: false,
        med_assist: false,
        pension_resident: None,
        pension_employee: None,
        dibao: "00",
        tekun: "00",
        dibao_start_ym: None,
        resident: true,
        status: "01",
        left: None,
        marital: "10",
        identify_ym: None,
    }
}

/// Who is in a family of `size` people.
fn frame(d: &mut Dice, class: Class, size: i64) -> Vec<Place> {
    let male = if size == 1 { d.chance(0.68) } else { d.chance(0.84) };
    let old = match size {
        1 => true,
        2 => d.chance(0.75),
        3..=5 => d.chance(0.42),
        _ => d.chance(0.5),
    };
    let age = match (size, old) {
        (1, _) => d.range(48, 70),
        (2, true) => d.range(56, 70),
        (_, true) => d.range(53, 68),
        (_, false) => d.range(35, 52),
    };
    let age = if size == 1 && class.column() > 0 { age.max(d.range(52, 70)) } else { age };
    let mut out = vec![Place { relation: "01", male, age, kin: true }];
    let mut left = size - 1;
    let mut mother = if male { None } else { Some(age) };
    if left > 0 && (left > 1 || d.chance(0.62)) && d.chance(if size >= 4 { 1.0 } else { 0.93 }) {
        let gap = d.normal(-2.0, 4.0).round().clamp(-9.0, 7.0) as i64;
        let spouse = (if male { age + gap } else { age - gap }).max(24);
        out.push(Place { relation: "02", male: !male, age: spouse, kin: false });
        mother = Some(if male { spouse } else { age });
        left -= 1;
    }
    let father_age = if male { Some(age) } else { out.get(1).map(|s| s.age) };
    let mother_age = mother.unwrap_or(age - 2);
    if old {
        old_family(d, &mut out, left, mother_age, father_age);
    } else {
        young_family(d, &mut out, left, mother_age, father_age, male, age);
    }
    out
}

/// Ages of children: the first at the mother's 22–30 and nobody's parent below 20.
fn children(d: &mut Dice, n: i64, mother: i64, father: Option<i64>) -> Vec<i64> {
    let youngest = father.map_or(mother, |f| f.min(mother));
    let mut age = (mother - d.range(22, 30)).min(youngest - 21);
    let mut out = Vec::new();
    for _ in 0..n {
        out.push(age.max(0));
        let next = age - d.range(2, 5);
        age = if next < 0 { (age - 1).max(0) } else { next };
    }
    out
}

fn young_family(d: &mut Dice, out: &mut Vec<Place>, left: i64, mother: i64, father: Option<i64>, head_male: bool, head_age: i64) {
    let mut kids = match left {
        0 => 0,
        1 => i64::from(d.chance(0.8)),
        2 => d.choose(&[(2, 62.0), (1, 28.0), (0, 10.0)]),
        3 => d.choose(&[(2, 50.0), (1, 25.0), (3, 25.0)]),
        4 => d.choose(&[(2, 58.0), (3, 42.0)]),
        n => (n - 2).min(4),
    };
    let parents = (left - kids).min(2);
    kids = left - parents;
    for age in children(d, kids, mother, father) {
        let male = d.chance(0.516);
        out.push(Place { relation: if male { "03" } else { "04" }, male, age, kin: true });
    }
    // the head's own parents: an old father bears the family name
    let first_male = d.chance(0.38);
    for n in 0..parents {
        let male = if parents == 2 { n == 0 } else { first_male };
        let age = (head_age + d.range(21, 31)).min(91);
        out.push(Place { relation: if male { "11" } else { "12" }, male, age, kin: male && head_male });
    }
}

fn old_family(d: &mut Dice, out: &mut Vec<Place>, mut left: i64, mother: i64, father: Option<i64>) {
    if left == 0 {
        return;
    }
    let grown = children(d, 3, mother, father);
    if left == 1 || (left == 2 && d.chance(0.35)) {
        for age in grown.iter().take(left as usize) {
            let male = d.chance(0.6);
            out.push(Place { relation: if male { "03" } else { "04" }, male, age: *age, kin: true });
        }
        return;
    }
    // a married son, his wife, their children
    let son = grown[0].max(22);
    let wife = (son + d.normal(-2.0, 3.0).round().clamp(-5.0, 3.0) as i64).max(21);
    out.push(Place { relation: "03", male: true, age: son, kin: true });
    out.push(Place { relation: "05", male: false, age: wife, kin: false });
    left -= 2;
    let grandchildren = left.min(d.choose(&[(1, 30.0), (2, 50.0), (3, 20.0)]));
    if wife >= 23 {
        let head = out[0].age;
        for age in children(d, grandchildren, wife, Some(son)) {
            let male = d.chance(0.52);
            let age = age.min(head - 40).max(0);
            out.push(Place { relation: if male { "07" } else { "08" }, male, age, kin: true });
            left -= 1;
        }
    }
    for age in grown.iter().skip(1).take(left.max(0) as usize) {
        let male = d.chance(0.5);
        out.push(Place { relation: if male { "03" } else { "04" }, male, age: *age, kin: true });
        left -= 1;
    }
    if left > 0 {
        let age = (out[0].age + d.range(21, 28)).min(94);
        out.push(Place { relation: "12", male: false, age, kin: false });
    }
}
