//! Villages, households and their members.

use super::super::cell::Cell;
use super::{From, Take, kind};
use crate::ident::row_id;
use crate::model::{Family, Person};
use chrono::Datelike;

const GROUPS: u32 = 8;

pub(super) fn natural_villages(from: &From<'_>, take: &mut dyn Take) {
    let place = &from.village.place;
    for group in 1..=GROUPS {
        let id = row_id(from.province.opts.seed, place.first, kind::NATURAL_VILLAGE, group.into());
        let (code, name) = (format!("{}{group:03}", place.code), format!("第{group}村民小组"));
        let of = || from.families().filter(|f| f.group_no == group);
        let (households, people) = (of().count(), of().map(|f| f.present().count()).sum::<usize>());
        take.row(id, &|s| {
            from.common(s, id, false);
            s.put("code", Cell::Text(&code));
            s.put("name", Cell::Text(&name));
            s.put("group_no", Cell::Int(group.into()));
            s.put("household_count", Cell::Int(households as i64));
            s.put("population", Cell::Int(people as i64));
        });
    }
}

pub(super) fn village_year(from: &From<'_>, take: &mut dyn Take) {
    let v = from.village;
    let id = row_id(from.province.opts.seed, v.place.first, kind::VILLAGE_YEAR, 0);
    let people = |what: &dyn Fn(&Person) -> bool| from.families().flat_map(Family::present).filter(|p| what(p)).count() as i64;
    let households = |what: &dyn Fn(&Family) -> bool| from.families().filter(|f| what(f)).count() as i64;
    let inside =
        |what: &dyn Fn(&Family) -> bool| from.families().filter(|f| what(f)).map(|f| f.present().count()).sum::<usize>() as i64;
    let area = |n: usize| from.families().filter_map(|f| f.living.areas[n]).map(i64::from).sum::<i64>() + 2_000;
    let incomes: Vec<_> = from.families().filter_map(Family::annual).map(|i| (i.totals.net, i64::from(i.pop))).collect();
    let (net, pop) = incomes.iter().fold((0, 0), |(n, p), (a, b)| (n + a, p + b));
    let draw = crate::dice::mix(3, v.place.number as u64);
    let secretary = from.helper_of(Some(1));
    take.row(id, &|s| {
        from.common(s, id, true);
        s.put("year", Cell::Int(from.today().year().into()));
        s.put("household_total", Cell::Int(v.families.len() as i64));
        s.put("population_total", Cell::Int(people(&|_| true)));
        s.put("population_resident", Cell::Int(people(&|p| p.resident)));
        s.put("natural_village_count", Cell::Int(GROUPS.into()));
        s.put("group_count", Cell::Int(GROUPS.into()));
        s.put("poverty_hh", Cell::Int(households(&|f| f.class.is_poverty())));
        s.put("poverty_pop", Cell::Int(inside(&|f| f.class.is_poverty())));
        s.put("monitor_hh", Cell::Int(households(&|f| f.case.is_some())));
        s.put("monitor_pop", Cell::Int(inside(&|f| f.case.is_some())));
        s.put("monitor_open_hh", Cell::Int(households(&Family::at_open_risk)));
        s.put("dibao_hh", Cell::Int(households(&|f| f.present().any(|p| p.dibao != "00"))));
        s.put("dibao_pop", Cell::Int(people(&|p| p.dibao != "00")));
        s.put("tekun_pop", Cell::Int(people(&|p| p.tekun != "00")));
        s.put("disabled_pop", Cell::Int(people(&|p| p.disability.is_some())));
        s.put("med_ins_pop", Cell::Int(people(&|p| p.ins_resident)));
        s.put("pension_pop", Cell::Int(people(&|p| p.pension_resident == Some(true))));
        s.put("labor_pop", Cell::Int(people(&|p| p.able() || p.labor == "03")));
        s.put("migrant_pop", Cell::Int(people(&|p| !p.resident)));
        s.put("collective_income", Cell::Decimal(800 + (draw % 5_000) as i64, 2));
        s.put("net_income_pc", Cell::Int(if pop > 0 { net / pop } else { 0 }));
        for (n, name) in LAND.into_iter().enumerate() {
            s.put(name, Cell::Decimal(area(n), 2));
        }
        for (name, value) in [
            ("road_to_town_paved", true),
            ("bus", true),
            ("power_life", true),
            ("power_prod", true),
            ("broadband", true),
            ("mobile4g", true),
        ] {
            s.put(name, Cell::Bool(value));
        }
        s.put("unpaved_nv_count", Cell::Int(0));
        s.put("unpaved_km", Cell::Decimal(0, 2));
        s.put("unsafe_water_hh", Cell::Int(households(&|f| f.living.safe_water == Some(false))));
        s.put("dangerous_hh", Cell::Int(households(&|f| f.living.dangerous_house == Some(true))));
        for (name, spread) in [("school_count", 2), ("clinic_count", 2), ("doctor_count", 3), ("toilet_count", 6)] {
            s.put(name, Cell::Int(1 + (draw / spread % spread) as i64));
        }
        s.put("garbage_count", Cell::Int(2 + (draw % 12) as i64));
        s.put("library_count", Cell::Int(1));
        s.put("coop_count", Cell::Int((draw % 4) as i64));
        s.put("coop_member_hh", Cell::Int(households(&|f| f.living.coop_member)));
        s.put("tourism_pop", Cell::Int(0));
        s.put("farmstay_hh", Cell::Int(0));
        s.put("secretary", Cell::text(secretary.map(|h| h.name.as_str())));
        s.put("secretary_phone", Cell::text(secretary.map(|h| h.phone.as_str())));
        s.put("first_secretary", Cell::text(from.helper_of(Some(3)).map(|h| h.name.as_str())));
        s.put("first_secretary_phone", Cell::text(from.helper_of(Some(3)).map(|h| h.phone.as_str())));
        s.put("delisted", Cell::Bool(v.place.poverty_county));
        s.put("delist_year", if v.place.poverty_county { Cell::Int(2018) } else { Cell::Null });
    });
}

const LAND: [&str; 7] =
    ["land_cultivated", "land_irrigated", "land_forest", "land_tghl", "land_orchard", "land_pasture", "land_water"];

pub(super) fn household(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    let id = from.household(f);
    let place = &from.village.place;
    let address = format!("{}{}{}{}第{}组", place.city, place.county, place.town, place.village, f.group_no);
    let natural = format!("{}{:03}", place.code, f.group_no);
    let head = f.head().or(f.persons.first());
    let case = f.case.as_ref();
    take.row(id, &|s| {
        from.common(s, id, f.national_code.is_some());
        s.put("household_no", Cell::Text(&f.household_no));
        s.put("national_household_code", Cell::text(f.national_code.as_deref()));
        s.put("natural_village_code", Cell::Text(&natural));
        s.put("hukou_book_no", Cell::Null);
        s.put("head_person_id", Cell::id(head.map(|p| from.member(f, p.no))));
        s.put("head_name", Cell::text(head.map(|p| p.name.as_str())));
        s.put("head_id_no", Cell::Identity(head.map_or("", |p| p.id_no.as_str())));
        s.put("hukou_count", Cell::Int(f.hukou_count.into()));
        s.put("resident_count", Cell::Int(f.resident_count.into()));
        s.put("income_pop", Cell::Int(f.income_pop.into()));
        s.put("phone", Cell::text(f.phone.as_deref()));
        s.put("hukou_address", Cell::Text(&address));
        s.put("live_address", Cell::Text(&address));
        s.put("lon", Cell::Decimal((f.lon * 1e6) as i64, 6));
        s.put("lat", Cell::Decimal((f.lat * 1e6) as i64, 6));
        s.put("household_type", Cell::Text(if f.class.is_poverty() { "02" } else { "01" }));
        s.put("poverty_enjoy", Cell::text(f.poverty_enjoy));
        s.put("poverty_attr", Cell::text(f.poverty_attr));
        s.put("first_identify_ym", Cell::int(f.first_identify_ym));
        s.put("out_of_poverty_year", Cell::int(f.out_of_poverty_year));
        s.put("poverty_cause_main", Cell::text(f.poverty_cause));
        s.put("poverty_cause_other", Cell::Null);
        s.put("is_monitored", Cell::Bool(case.is_some()));
        s.put("current_monitor_id", Cell::text(case.map(|c| c.case_no.as_str())));
        s.put("risk_state", Cell::text(case.map(|c| if c.eliminated.is_some() { "1" } else { "0" })));
        s.put("whole_no_labor", Cell::Bool(f.whole_no_labor));
        s.put("assist_class", Cell::text(assist_class(f)));
        s.put("relocation_flag", Cell::Bool(f.relocated));
        s.put("relocation_mode", Cell::text(f.relocation_mode));
        s.put("relocation_site", Cell::text(f.relocated.then_some("幸福家园安置点")));
        s.put("synchronous_relocation", Cell::Bool(false));
        s.put("military_martyr", Cell::Bool(false));
        s.put("only_child", Cell::Bool(false));
        s.put("double_girl", Cell::Bool(f.double_girl));
        s.put("household_status", Cell::Text("01"));
        s.put("bank_name", Cell::Text(f.bank_name));
        s.put("bank_account", Cell::Card(&f.bank_account));
        s.put("province_risk_score", Cell::Null);
        s.put("province_risk_level", Cell::Null);
        s.put("last_visit_date", Cell::date(f.last_visit));
    });
}

/// C27 from 2026 on.
fn assist_class(f: &Family) -> Option<&'static str> {
    if f.at_open_risk() {
        Some(if f.whole_no_labor { "03" } else { "04" })
    } else {
        f.class.is_poverty().then_some(if f.poverty_attr == Some("01") { "01" } else { "02" })
    }
}

pub(super) fn member(from: &From<'_>, f: &Family, p: &Person, take: &mut dyn Take) {
    let id = from.member(f, p.no);
    let code = f.national_person(p.no);
    let school_region = format!("{}000000", &f.household_no[..6]);
    let in_school = p.school.is_some();
    let card = base::idcard::parse(&p.id_no, from.today());
    let grade = p.disability.map(|(_, g, _)| g.to_string());
    let kind = p.disability.map(|(k, ..)| k.to_string());
    let works = p.work_months.is_some();
    let subsidy = f.annual().and_then(|i| i.items.iter().find(|x| x.code == "D609" && x.person == Some(p.no))).map(|x| x.amount);
    take.row(id, &|s| {
        from.common(s, id, code.is_some());
        s.put("household_id", Cell::Id(from.household(f)));
        s.put("national_person_code", Cell::text(code.as_deref()));
        s.put("name", Cell::Text(&p.name));
        s.put("gender", Cell::Text(p.gender));
        s.put("id_type", Cell::Text(p.id_type));
        s.put("id_no", Cell::Identity(&p.id_no));
        s.put("birth_date", Cell::Date(p.birth));
        s.put("id_gender", Cell::text(card.sex.map(|x| if x == base::idcard::Sex::Male { "1" } else { "2" })));
        s.put("id_birth_date", Cell::date(card.birth));
        s.put("nation", Cell::Text(p.nation));
        s.put("relation", Cell::text(p.relation));
        s.put("relation_gb", Cell::Null);
        s.put("political", Cell::Text(p.political));
        s.put("marital", Cell::Text(p.marital));
        s.put("military_status", Cell::Text("0"));
        s.put("hukou_in_household", Cell::Bool(true));
        s.put("shared_life", Cell::Bool(p.present()));
        s.put("resident_flag", Cell::Bool(p.resident));
        s.put("member_status", Cell::Text(p.status));
        s.put("identify_ym", Cell::int(p.identify_ym));
        s.put("phone", Cell::text(p.phone.as_deref()));
        s.put("relocation_person", Cell::Bool(f.relocated));
        s.put("education", Cell::text(p.education));
        s.put("student_status", Cell::text(p.student));
        s.put("school_name", Cell::text(p.school.as_deref()));
        s.put("school_region", if in_school { Cell::Text(&school_region) } else { Cell::Null });
        s.put("dropout_reason", Cell::text(p.dropout));
        s.put("speak_mandarin", Cell::Bool(p.mandarin));
        s.put("health", Cell::Codes(&p.health));
        s.put("major_disease", Cell::text(p.major_disease));
        s.put("chronic_disease", Cell::text(p.chronic));
        s.put("disability_cert_no", Cell::Identity(p.disability_cert.as_deref().unwrap_or_default()));
        s.put("disability_kind", Cell::text(kind.as_deref()));
        s.put("disability_level", Cell::text(grade.as_deref()));
        s.put("disability_year", Cell::int(p.disability.map(|(.., y)| y)));
        s.put("labor_skill", Cell::Text(p.labor));
        s.put("work_place", Cell::text(p.work_place.as_deref()));
        s.put("work_region", Cell::text(p.work_region.as_deref()));
        s.put("work_months", p.work_months.map_or(Cell::Null, |m| Cell::Decimal(m.into(), 1)));
        s.put("work_company", Cell::text(p.work_company));
        s.put("work_channel", Cell::text(p.work_channel));
        s.put("work_abroad", Cell::Bool(false));
        s.put("work_industry", Cell::text(p.work_industry));
        s.put("work_monthly_income", if works { Cell::Int(p.work_monthly_fen) } else { Cell::Null });
        s.put("work_start_ym", Cell::int(p.work_start_ym));
        s.put("work_end_ym", Cell::Null);
        s.put("work_point_to_point", Cell::bool(works.then_some(p.work_channel == Some("02"))));
        s.put("work_transport_subsidy", subsidy.map_or(Cell::Null, Cell::Int));
        s.put("work_planned", Cell::Bool(false));
        s.put("public_post", Cell::text(p.public_post));
        s.put("public_post_months", Cell::int(p.public_post_months));
        s.put("ins_resident_med", Cell::Bool(p.ins_resident));
        s.put("ins_employee_med", Cell::Bool(p.ins_employee));
        s.put("ins_other_type", Cell::Null);
        s.put("ins_major_illness", Cell::Bool(p.ins_major));
        s.put("ins_commercial_med", Cell::Bool(p.ins_commercial));
        s.put("med_assist", Cell::Bool(p.med_assist));
        s.put("other_health_help", Cell::Bool(false));
        s.put("pension_resident", Cell::bool(p.pension_resident));
        s.put("pension_employee", Cell::bool(p.pension_employee));
        s.put("accident_ins_subsidy", Cell::Bool(false));
        s.put("dibao_status", Cell::Text(p.dibao));
        s.put("tekun_status", Cell::Text(p.tekun));
        s.put("dibao_level", Cell::text((p.dibao != "00").then_some("B")));
        s.put("dibao_start_ym", Cell::int(p.dibao_start_ym));
    });
}

pub(super) fn changes(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    for p in &f.persons {
        let Some((reason, day)) = p.left else { continue };
        let id = from.id(f, kind::CHANGE, p.no.into());
        take.row(id, &|s| {
            from.common(s, id, true);
            s.put("household_id", Cell::Id(from.household(f)));
            s.put("person_id", Cell::Id(from.member(f, p.no)));
            s.put("change_kind", Cell::Text("02"));
            s.put("decrease_reason", Cell::Text(reason));
            s.put("change_date", Cell::Date(day));
            s.put("approver", Cell::Null);
        });
    }
}
