//! What differs between this week's delivery and next week's: households that are new, gone or changed, and newborns.

use crate::Province;
use crate::dice::{Dice, mix};
use crate::ident;
use crate::model::{Family, Person};
use crate::truth::Truth;
use chrono::Days;

/// Which delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Week {
    This,
    Next,
}

/// A household that the national system will only know next week.
pub(crate) fn is_future(seed: u64, family: &Family) -> bool {
    family.case.is_some() && family.planted.is_empty() && mix(seed, family.index ^ 0xf00d) % 100 == 1
}

fn truth(file: &str, change: &str, family: &Family, person: Option<u32>, field: Option<&str>) -> Truth {
    Truth::Week {
        file: file.to_owned(),
        change: change.to_owned(),
        household_code: family.national_code.clone().unwrap_or_default(),
        person_code: person.and_then(|no| family.national_person(no)),
        field: field.map(str::to_owned),
    }
}

/// The family as that week's files show it (none: not in them), and, for next week, how it differs from this week.
pub(crate) fn view(province: &Province, family: &Family, week: Week) -> (Option<Family>, Vec<Truth>) {
    let seed = province.opts.seed;
    let future = is_future(seed, family);
    if family.national_code.is_none() {
        return (Some(family.clone()), Vec::new());
    }
    if week == Week::This {
        return ((!future).then(|| family.clone()), Vec::new());
    }
    if future {
        return (Some(family.clone()), vec![truth("户信息", "new", family, None, None)]);
    }
    let mut next = family.clone();
    let mut d = Dice::new(seed ^ 0x0077_eec0, family.index);
    match d.range(0, 999) {
        0..=2 => return (None, vec![truth("户信息", "gone", family, None, None)]),
        3..=9 => match newborn(province, &mut d, &next) {
            Some(child) => {
                let no = child.no;
                next.persons.push(child);
                next.hukou_count += 1;
                next.resident_count += 1;
                let t = truth("人口信息", "new", &next, Some(no), None);
                return (Some(next), vec![t]);
            }
            None => return (Some(next), Vec::new()),
        },
        10..=29 => {
            next.phone = Some(ident::phone(80_000_000 + family.index));
            let t = truth("户信息", "changed", family, None, Some("户联系电话"));
            return (Some(next), vec![t]);
        }
        30..=59 => {
            if let Some(p) = next.persons.iter_mut().find(|p| p.present() && p.work_months.is_some()) {
                p.work_months = p.work_months.map(|m| if m >= 100 { m - 10 } else { m + 10 });
                let no = p.no;
                let t = truth("人口信息", "changed", family, Some(no), Some("务工时间（月）"));
                return (Some(next), vec![t]);
            }
        }
        60..=69 => {
            if let Some(p) = next.persons.iter_mut().find(|p| p.present() && p.health == ["01"] && p.student.is_none()) {
                p.health = vec!["02"];
                let no = p.no;
                let t = truth("人口信息", "changed", family, Some(no), Some("健康状况"));
                return (Some(next), vec![t]);
            }
        }
        _ => {}
    }
    (Some(next), Vec::new())
}

/// A child born this week to a mother of the household, if there is one.
fn newborn(province: &Province, d: &mut Dice, family: &Family) -> Option<Person> {
    let today = province.opts.today;
    let mother = family
        .present()
        .find(|p| !p.male && (20..43).contains(&p.age(today)) && matches!(p.relation, Some("01" | "02" | "05")))?;
    let slot = province.numbering.slot(family.index);
    let birth = slot.birth(today + Days::new(5));
    let male = d.chance(0.516);
    let mut child = mother.clone();
    child.no = family.persons.iter().map(|p| p.no).max()? + 1;
    let surname = family.head().and_then(|h| h.name.chars().next())?;
    child.name = crate::names::name(d, surname, male);
    (child.male, child.gender) = (male, if male { "1" } else { "2" });
    child.birth = birth;
    child.id_no = slot.number(birth, male);
    child.relation = Some(match (mother.relation, male) {
        (Some("05"), true) => "07",
        (Some("05"), false) => "08",
        (_, true) => "03",
        (_, false) => "04",
    });
    (child.education, child.student, child.school) = (None, Some("01"), None);
    (child.political, child.labor, child.marital) = ("04", "05", "10");
    (child.health, child.major_disease, child.chronic, child.disability, child.disability_cert) =
        (vec!["01"], None, None, None, None);
    (child.phone, child.work_region, child.work_place, child.work_months) = (None, None, None, None);
    (child.work_company, child.work_channel, child.public_post, child.public_post_months) = (None, None, None, None);
    (child.ins_resident, child.ins_employee, child.med_assist) = (true, false, false);
    (child.pension_resident, child.pension_employee, child.dibao, child.tekun) = (None, None, "00", "00");
    (child.resident, child.identify_ym) = (true, Some(crate::family::ym(today)));
    Some(child)
}
