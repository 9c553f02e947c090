//! The rows of every table, cell by cell under the names of the fields. Must not know columns: the catalog decides which
//! cells are taken.

use super::cell::{Cell, Learn, Rows, Sink};
use crate::Province;
use crate::family::ym;
use crate::ident::row_id;
use crate::model::{Family, Income, Person, Village};
use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use uuid::Uuid;

/// What a batch of rows is made from.
pub(super) struct From<'a> {
    pub province: &'a Province,
    pub village: &'a Village,
    pub assisted_only: bool,
}

/// A table of the register; parents before children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    NaturalVillage,
    VillageYear,
    Household,
    Member,
    MemberChange,
    Living,
    Income,
    IncomeItem,
    Security,
    Helper,
    Pair,
    Case,
    Plan,
    Measure,
    Visit,
}

impl Entity {
    pub(super) const ALL: [Entity; 15] = [
        Entity::NaturalVillage,
        Entity::VillageYear,
        Entity::Household,
        Entity::Member,
        Entity::MemberChange,
        Entity::Living,
        Entity::Income,
        Entity::IncomeItem,
        Entity::Security,
        Entity::Helper,
        Entity::Pair,
        Entity::Case,
        Entity::Plan,
        Entity::Measure,
        Entity::Visit,
    ];
    pub(super) fn table(self) -> &'static str {
        match self {
            Entity::NaturalVillage => "natural_village",
            Entity::VillageYear => "village_year",
            Entity::Household => "household",
            Entity::Member => "member",
            Entity::MemberChange => "member_change",
            Entity::Living => "living_year",
            Entity::Income => "income_period",
            Entity::IncomeItem => "income_item",
            Entity::Security => "security_check",
            Entity::Helper => "helper",
            Entity::Pair => "helper_pair",
            Entity::Case => "monitor_case",
            Entity::Plan => "help_plan",
            Entity::Measure => "measure",
            Entity::Visit => "visit",
        }
    }
    /// Names the cells of this table in their order, from the first row of the province that there is.
    pub(super) fn sample(self, province: &Province, learn: &mut Learn) {
        for village in province.villages() {
            let from = From { province, village: &village, assisted_only: false };
            let mut once = Once { learn, rows: 0 };
            self.each(&from, &mut once);
            if once.rows > 0 {
                return;
            }
        }
    }
    pub(super) fn write(self, from: &From<'_>, rows: &mut Rows<'_>) {
        self.each(from, rows);
    }
}

/// Takes whole rows.
trait Take {
    fn row(&mut self, id: Uuid, put: &dyn Fn(&mut dyn Sink));
}
impl Take for Rows<'_> {
    fn row(&mut self, id: Uuid, put: &dyn Fn(&mut dyn Sink)) {
        self.begin(id);
        put(self);
        self.end();
    }
}
struct Once<'a> {
    learn: &'a mut Learn,
    rows: u32,
}
impl Take for Once<'_> {
    fn row(&mut self, _: Uuid, put: &dyn Fn(&mut dyn Sink)) {
        if self.rows == 0 {
            put(self.learn);
        }
        self.rows += 1;
    }
}

/// Kinds of ids, so that no two rows of a family share one.
mod kind {
    pub(super) const HOUSEHOLD: u64 = 1;
    pub(super) const MEMBER: u64 = 2;
    pub(super) const CHANGE: u64 = 3;
    pub(super) const LIVING: u64 = 4;
    pub(super) const INCOME: u64 = 5;
    pub(super) const ITEM: u64 = 6;
    pub(super) const SECURITY: u64 = 7;
    pub(super) const PAIR: u64 = 8;
    pub(super) const CASE: u64 = 9;
    pub(super) const PLAN: u64 = 10;
    pub(super) const MEASURE: u64 = 11;
    pub(super) const VISIT: u64 = 12;
    pub(super) const HELPER: u64 = 13;
    pub(super) const VILLAGE_YEAR: u64 = 14;
    pub(super) const NATURAL_VILLAGE: u64 = 15;
}

impl From<'_> {
    fn id(&self, f: &Family, kind: u64, sub: u64) -> Uuid {
        row_id(self.province.opts.seed, f.index, kind, sub)
    }
    fn household(&self, f: &Family) -> Uuid {
        self.id(f, kind::HOUSEHOLD, 0)
    }
    fn member(&self, f: &Family, no: u32) -> Uuid {
        self.id(f, kind::MEMBER, no.into())
    }
    fn case(&self, f: &Family) -> Uuid {
        self.id(f, kind::CASE, 0)
    }
    fn income(&self, f: &Family, at: usize) -> Uuid {
        self.id(f, kind::INCOME, at as u64)
    }
    fn helper(&self, no: u32) -> Uuid {
        row_id(self.province.opts.seed, self.village.place.first, kind::HELPER, no.into())
    }
    fn today(&self) -> NaiveDate {
        self.province.opts.today
    }
    fn helper_of(&self, no: Option<u32>) -> Option<&crate::model::Helper> {
        self.village.helpers.iter().find(|h| Some(h.no) == no)
    }
    /// Families whose details are loaded.
    fn detailed(&self) -> impl Iterator<Item = &Family> {
        self.families().filter(|f| !self.assisted_only || f.class.column() > 0)
    }
    /// Families the register knows today; a few watched ones only come with next week's synchronisation.
    fn families(&self) -> impl Iterator<Item = &Family> {
        let seed = self.province.opts.seed;
        self.village.families.iter().filter(move |f| !crate::national::is_future(seed, f))
    }
    /// Columns every table has. `national` says that the row came with the weekly synchronisation.
    fn common(&self, put: &mut dyn Sink, id: Uuid, national: bool) {
        let morning = self.today().and_time(NaiveTime::MIN);
        put.put("id", Cell::Id(id));
        put.put("region_code", Cell::Text(&self.village.place.code));
        put.put("source", Cell::Text(if national { "01" } else { "02" }));
        put.put("created_by", Cell::Id(Uuid::nil()));
        put.put("created_at", Cell::Moment(morning));
        put.put("updated_by", Cell::Id(Uuid::nil()));
        put.put("updated_at", Cell::Moment(morning));
        put.put("row_version", Cell::Int(1));
        put.put("deleted", Cell::Bool(false));
        put.put("sync_batch_no", Cell::Null);
        put.put("national_updated_at", if national { Cell::Moment(morning) } else { Cell::Null });
    }
}

impl Entity {
    fn each(self, from: &From<'_>, take: &mut dyn Take) {
        match self {
            Entity::NaturalVillage => natural_villages(from, take),
            Entity::VillageYear => village_year(from, take),
            Entity::Household => from.families().for_each(|f| household(from, f, take)),
            Entity::Member => from.families().for_each(|f| f.persons.iter().for_each(|p| member(from, f, p, take))),
            Entity::MemberChange => from.families().for_each(|f| changes(from, f, take)),
            Entity::Living => from.detailed().for_each(|f| living(from, f, take)),
            Entity::Income => from.detailed().for_each(|f| incomes(from, f, take)),
            Entity::IncomeItem => from.detailed().for_each(|f| items(from, f, take)),
            Entity::Security => from.detailed().for_each(|f| securities(from, f, take)),
            Entity::Helper => helpers(from, take),
            Entity::Pair => from.families().for_each(|f| pairs(from, f, take)),
            Entity::Case => from.families().for_each(|f| case(from, f, take)),
            Entity::Plan => from.families().for_each(|f| plan(from, f, take)),
            Entity::Measure => from.families().for_each(|f| measures(from, f, take)),
            Entity::Visit => from.families().for_each(|f| visits(from, f, take)),
        }
    }
}

const GROUPS: u32 = 8;

fn natural_villages(from: &From<'_>, take: &mut dyn Take) {
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

fn village_year(from: &From<'_>, take: &mut dyn Take) {
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

fn household(from: &From<'_>, f: &Family, take: &mut dyn Take) {
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

fn member(from: &From<'_>, f: &Family, p: &Person, take: &mut dyn Take) {
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

fn changes(from: &From<'_>, f: &Family, take: &mut dyn Take) {
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

fn living(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    let id = from.id(f, kind::LIVING, 0);
    let l = &f.living;
    let structure = match l.house_structure {
        "框架" => "01",
        "砖混" => "02",
        _ => "03",
    };
    take.row(id, &|s| {
        from.common(s, id, f.national_code.is_some());
        s.put("household_id", Cell::Id(from.household(f)));
        s.put("year", Cell::Int(l.year.into()));
        let names =
            ["cultivated_area", "irrigated_area", "forest_area", "tghl_area", "orchard_area", "pasture_area", "water_area"];
        for (name, area) in names.into_iter().zip(l.areas) {
            s.put(name, area.map_or(Cell::Null, |a| Cell::Decimal(a.into(), 2)));
        }
        s.put("coop_member", Cell::Bool(l.coop_member));
        s.put("leader_enterprise", Cell::Bool(l.leader_enterprise));
        s.put("leader_person", Cell::Bool(l.leader_person));
        s.put("elec_life", Cell::Bool(l.elec_life));
        s.put("elec_prod", Cell::Bool(true));
        s.put("tv", Cell::Bool(true));
        s.put("road_dist", Cell::Decimal(l.road_dist.into(), 2));
        s.put("road_type", Cell::Text(l.road_type));
        s.put("house_area", Cell::Decimal(l.house_area.into(), 2));
        s.put("dangerous_house", Cell::bool(l.dangerous_house));
        s.put("danger_level", Cell::Text(l.danger_level));
        s.put("house_source", Cell::Text(if f.relocated { "03" } else { "01" }));
        s.put("house_structure", Cell::Text(structure));
        s.put("build_year", Cell::Int(l.build_year.into()));
        s.put("safety_way", Cell::Text("02"));
        s.put("safety_org", Cell::Null);
        s.put("safety_date", Cell::Null);
        s.put("safe_water", Cell::bool(l.safe_water));
        s.put("water_source", Cell::Text(l.water_source));
        s.put("supply_mode", Cell::Text(if l.water_source == "01" { "01" } else { "02" }));
        s.put("toilet", Cell::Bool(l.toilet));
        s.put("toilet_type", Cell::text(l.toilet_type));
        s.put("toilet_normal", Cell::bool(l.toilet.then_some(true)));
        s.put("fuel", Cell::Text(l.fuel));
        s.put("industry_help_kind", Cell::Null);
    });
}

fn incomes(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    for (at, i) in f.incomes.iter().enumerate() {
        let id = from.income(f, at);
        let collector = from.helper_of(Some(1));
        take.row(id, &|s| income(from, f, i, id, collector, s));
    }
}

fn income(from: &From<'_>, f: &Family, i: &Income, id: Uuid, collector: Option<&crate::model::Helper>, s: &mut dyn Sink) {
    let t = &i.totals;
    from.common(s, id, f.national_code.is_some());
    s.put("household_id", Cell::Id(from.household(f)));
    s.put("period_kind", Cell::Text(i.kind));
    s.put("period_start", Cell::Date(i.start));
    s.put("period_end", Cell::Date(i.end));
    s.put("year", Cell::Int(i.year.into()));
    s.put("pop", Cell::Int(i.pop.into()));
    for (name, amount) in [
        ("wage", t.wage),
        ("operate", t.operate),
        ("property", t.property),
        ("transfer", t.transfer),
        ("operate_cost", t.operate_cost),
        ("gross", t.gross),
        ("net", t.net),
        ("net_pc", t.net_pc),
        ("claim", t.claim),
        ("self_pay", t.self_pay),
        ("ref_net", t.ref_net),
        ("ref_pc", t.ref_pc),
    ] {
        s.put(name, Cell::Int(amount));
    }
    s.put("yoy_pct", i.yoy.map_or(Cell::Null, |y| Cell::Decimal(y.into(), 2)));
    s.put("collector", Cell::text(collector.map(|h| h.name.as_str())));
    s.put("collector_phone", Cell::text(collector.map(|h| h.phone.as_str())));
    s.put("collect_date", Cell::Date((i.end + Days::new(15)).min(from.today())));
    s.put("bookkeeping_person", Cell::text(collector.map(|h| h.name.as_str())));
    s.put("audit_state", Cell::Text("1"));
}

fn items(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    for (at, i) in f.incomes.iter().enumerate() {
        for (n, item) in i.items.iter().enumerate() {
            let id = from.id(f, kind::ITEM, (at * 1_000 + n) as u64);
            take.row(id, &|s| {
                from.common(s, id, f.national_code.is_some());
                s.put("period_id", Cell::Id(from.income(f, at)));
                s.put("item_code", Cell::Text(item.code));
                s.put("person_id", Cell::id(item.person.map(|no| from.member(f, no))));
                s.put("quantity", item.quantity.map_or(Cell::Null, Cell::Int));
                s.put("unit", Cell::text(item.unit));
                s.put("price", item.price.map_or(Cell::Null, Cell::Int));
                s.put("amount", Cell::Int(item.amount));
                s.put("note", Cell::Null);
            });
        }
    }
}

fn security_id(from: &From<'_>, f: &Family, stage: &str) -> Option<Uuid> {
    f.securities.iter().position(|x| x.stage == stage).map(|n| from.id(f, kind::SECURITY, n as u64))
}

fn securities(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    for (n, c) in f.securities.iter().enumerate() {
        let id = from.id(f, kind::SECURITY, n as u64);
        take.row(id, &|s| {
            from.common(s, id, f.national_code.is_some());
            s.put("household_id", Cell::Id(from.household(f)));
            s.put("stage", Cell::Text(c.stage));
            s.put("check_date", Cell::Date(c.day));
            s.put("food_ok", Cell::Bool(true));
            s.put("clothes_ok", Cell::Bool(true));
            s.put("edu_problem", Cell::Bool(c.edu_problem));
            s.put("house_problem", Cell::Bool(c.house_problem));
            s.put("med_problem", Cell::Bool(c.med_problem));
            s.put("water_problem", Cell::Bool(c.water_problem));
            s.put("solved_by", Cell::Null);
            s.put("solved_date", Cell::Null);
        });
    }
}

fn helpers(from: &From<'_>, take: &mut dyn Take) {
    for h in &from.village.helpers {
        let id = from.helper(h.no);
        take.row(id, &|s| {
            from.common(s, id, true);
            s.put("name", Cell::Text(&h.name));
            s.put("gender", Cell::Text(if h.male { "1" } else { "2" }));
            s.put("id_no", Cell::Identity(""));
            s.put("phone", Cell::Text(&h.phone));
            s.put("political", Cell::Text(h.political));
            s.put("unit_name", Cell::Text(&h.unit_name));
            s.put("unit_level", Cell::Text(h.unit_level));
            s.put("post", Cell::Text(h.post));
            s.put("helper_kind", Cell::Text(h.kind));
            s.put("status", Cell::Text("01"));
        });
    }
}

fn pairs(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    for (n, p) in f.pairs.iter().enumerate() {
        let id = from.id(f, kind::PAIR, n as u64);
        take.row(id, &|s| {
            from.common(s, id, true);
            s.put("household_id", Cell::Id(from.household(f)));
            s.put("helper_id", Cell::Id(from.helper(p.helper)));
            s.put("start_date", Cell::Date(p.start));
            s.put("end_date", Cell::date(p.end));
            s.put("end_reason", Cell::Null);
            s.put("is_primary", Cell::Bool(p.primary));
        });
    }
}

fn case(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    let Some(c) = &f.case else { return };
    let id = from.case(f);
    let income = |kind: &str| f.incomes.iter().position(|i| i.kind == kind).map(|n| from.income(f, n));
    let collector = from.helper_of(c.collector);
    let doc = format!("乡振领字〔{}〕{}号", c.line_year, 1 + f.index % 12);
    let review = from.today() + Days::new(if c.eliminated.is_none() { 60 } else { 150 });
    take.row(id, &|s| {
        from.common(s, id, true);
        s.put("case_no", Cell::Text(&c.case_no));
        s.put("household_id", Cell::Id(from.household(f)));
        s.put("monitor_type", Cell::Text(c.kind));
        s.put("was_poverty", Cell::Bool(f.class.is_poverty()));
        s.put("whole_no_labor_bottom", Cell::Bool(c.bottom));
        s.put("clue_id", Cell::Null);
        s.put("source_line", Cell::Text(c.source_line));
        s.put("identify_ym", Cell::Int(ym(c.identified).into()));
        s.put("identify_date", Cell::Date(c.identified));
        for (n, name) in ["risk1", "risk2", "risk3", "risk4", "risk5"].into_iter().enumerate() {
            s.put(name, Cell::text(c.risks.get(n).copied()));
        }
        s.put("disaster_kind", Cell::text(c.disaster_kind));
        s.put("disaster_note", Cell::Null);
        s.put("risk_other_note", Cell::text(c.risk_note));
        s.put("identify_income_id", Cell::id(income("02")));
        s.put("identify_security_id", Cell::id(security_id(from, f, "01")));
        s.put("line_year", Cell::Int(c.line_year.into()));
        s.put("line_value", Cell::Int(c.line));
        s.put("collector", Cell::text(collector.map(|h| h.name.as_str())));
        s.put("collector_phone", Cell::text(collector.map(|h| h.phone.as_str())));
        s.put("contact_id", Cell::id(c.contact.map(|no| from.helper(no))));
        s.put("dev_measure_state", Cell::Text(c.dev_state));
        s.put("county_doc_no", Cell::Text(&doc));
        s.put("county_doc_date", Cell::Date(c.identified));
        s.put("state", Cell::Text(c.state));
        s.put("eliminated", Cell::Bool(c.eliminated.is_some()));
        s.put("eliminate_way", Cell::text(c.eliminate_way));
        s.put("eliminate_ym", Cell::int(c.eliminated.map(ym)));
        s.put("eliminate_date", Cell::date(c.eliminated));
        s.put("eliminate_income_id", Cell::id(income("03")));
        s.put("eliminate_security_id", Cell::id(security_id(from, f, "03")));
        s.put("review_due", Cell::Date(review));
    });
}

fn plan(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    let Some(c) = &f.case else { return };
    let id = from.id(f, kind::PLAN, 0);
    let day = c.identified + Days::new(7);
    let expected = crate::line_of(c.line_year + 1) * 13 / 10;
    take.row(id, &|s| {
        from.common(s, id, false);
        s.put("case_id", Cell::Id(from.case(f)));
        s.put("household_id", Cell::Id(from.household(f)));
        s.put("version", Cell::Int(1));
        s.put("plan_date", Cell::Date(day));
        s.put("expected_net_pc", Cell::Int(expected));
        s.put("approve_by", Cell::Null);
        s.put("approve_at", Cell::Moment(day.and_time(NaiveTime::MIN)));
        s.put("state", Cell::Text("03"));
    });
}

fn measures(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    for (n, m) in f.measures.iter().enumerate() {
        let id = from.id(f, kind::MEASURE, n as u64);
        let item = format!("{}-{}", m.category, m.item);
        let person = from.helper_of(f.pairs.first().map(|p| p.helper));
        take.row(id, &|s| {
            from.common(s, id, true);
            s.put("case_id", Cell::id(f.case.as_ref().map(|_| from.case(f))));
            s.put("household_id", Cell::Id(from.household(f)));
            s.put("category", Cell::Text(m.category));
            s.put("item", Cell::Text(&item));
            s.put("other_note", Cell::Null);
            s.put("person_id", Cell::id(m.person.map(|no| from.member(f, no))));
            s.put("project_id", Cell::Null);
            s.put("amount", m.amount.map_or(Cell::Null, Cell::Int));
            s.put("quantity", Cell::Null);
            s.put("unit", Cell::Null);
            s.put("start_date", Cell::Date(m.start));
            s.put("end_date", Cell::date(m.end));
            s.put("resp_unit", Cell::Text(m.unit));
            s.put("resp_person", Cell::text(person.map(|h| h.name.as_str())));
            s.put("state", Cell::Text(m.state));
            s.put("landed_date", Cell::date(m.landed));
            s.put("effect_income", Cell::Null);
            s.put("effect_note", Cell::Null);
            s.put("household_confirm", Cell::Bool(true));
        });
    }
}

fn visits(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    for (n, v) in f.visits.iter().enumerate() {
        let id = from.id(f, kind::VISIT, n as u64);
        let at = v.day.and_time(NaiveTime::MIN) + chrono::Duration::hours(9);
        let present = f.head().map(|h| h.name.as_str());
        let helper = from.helper_of(Some(v.helper));
        let trend = if v.judge == "04" { "01" } else { "02" };
        take.row(id, &|s| {
            from.common(s, id, false);
            s.put("case_id", Cell::id(f.case.as_ref().map(|_| from.case(f))));
            s.put("household_id", Cell::Id(from.household(f)));
            s.put("visitor_id", Cell::Id(from.helper(v.helper)));
            s.put("visitor_name", Cell::text(helper.map(|h| h.name.as_str())));
            s.put("visit_at", Cell::Moment(at));
            s.put("way", Cell::Text(v.way));
            s.put("present_person", Cell::text(present));
            s.put("income_change", Cell::Text(trend));
            s.put("expense_change", Cell::Text("02"));
            s.put("new_risk", Cell::Null);
            s.put("risk_judge", Cell::Text(v.judge));
            s.put("content", Cell::Text(&v.content));
        });
    }
}
