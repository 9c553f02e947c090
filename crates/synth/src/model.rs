//! What a family of the synthetic province consists of. Field names are those of the domain (01 §2); money is fen.

use chrono::NaiveDate;

/// Kind of household for the weights of 附A A.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// 一般农户
    General,
    /// 脱贫户
    Poverty,
    /// 监测对象 (with the item of C18 and whether it is a 脱贫户)
    Monitored { kind: &'static str, poverty: bool },
}

impl Class {
    pub fn is_poverty(self) -> bool {
        matches!(self, Class::Poverty | Class::Monitored { poverty: true, .. })
    }
    pub fn is_monitored(self) -> bool {
        matches!(self, Class::Monitored { .. })
    }
    /// 0 general, 1 poverty, 2 monitored: the column of the tables of weights.
    pub fn column(self) -> usize {
        match self {
            Class::General => 0,
            Class::Poverty => 1,
            Class::Monitored { .. } => 2,
        }
    }
}

/// A village that has households, with the names above it.
#[derive(Clone, Debug)]
pub struct Place {
    pub number: usize,
    pub code: String,
    pub city: String,
    pub county: String,
    pub town: String,
    pub village: String,
    pub poverty_county: bool,
    /// Households of the province before this village, and in it.
    pub first: u64,
    pub count: u64,
}

impl Place {
    /// 12 digits of the county.
    pub fn county_code(&self) -> String {
        format!("{}000000", &self.code[..6])
    }
}

#[derive(Clone, Debug)]
pub struct Person {
    /// Number within the household, from 1; also the end of the national code.
    pub no: u32,
    pub name: String,
    pub male: bool,
    /// 1 male, 2 female; what is written down, which a planted error may falsify.
    pub gender: &'static str,
    pub id_type: &'static str,
    pub id_no: String,
    pub birth: NaiveDate,
    pub nation: &'static str,
    pub relation: Option<&'static str>,
    pub political: &'static str,
    pub education: Option<&'static str>,
    pub student: Option<&'static str>,
    pub school: Option<String>,
    pub dropout: Option<&'static str>,
    pub mandarin: bool,
    pub health: Vec<&'static str>,
    pub major_disease: Option<&'static str>,
    pub chronic: Option<&'static str>,
    /// Category 1–7, grade 1–4, year of the certificate.
    pub disability: Option<(u8, u8, i32)>,
    pub disability_cert: Option<String>,
    pub labor: &'static str,
    pub phone: Option<String>,
    /// County where the person works (12 digits) and its name.
    pub work_region: Option<String>,
    pub work_place: Option<String>,
    /// Tenths of a month.
    pub work_months: Option<i32>,
    pub work_company: Option<&'static str>,
    pub work_industry: Option<&'static str>,
    pub work_channel: Option<&'static str>,
    pub work_monthly_fen: i64,
    pub work_start_ym: Option<i32>,
    pub public_post: Option<&'static str>,
    pub public_post_months: Option<i32>,
    pub ins_resident: bool,
    pub ins_employee: bool,
    pub ins_major: bool,
    pub ins_commercial: bool,
    pub med_assist: bool,
    pub pension_resident: Option<bool>,
    pub pension_employee: Option<bool>,
    pub dibao: &'static str,
    pub tekun: &'static str,
    pub dibao_start_ym: Option<i32>,
    pub resident: bool,
    /// C14: 01 in the register, 02 left it by nature.
    pub status: &'static str,
    pub left: Option<(&'static str, NaiveDate)>,
    pub marital: &'static str,
    pub identify_ym: Option<i32>,
}

impl Person {
    /// Whole years on `day`.
    pub fn age(&self, day: NaiveDate) -> i32 {
        i32::try_from(day.years_since(self.birth).unwrap_or(0)).unwrap_or(0)
    }
    pub fn present(&self) -> bool {
        self.status == "01"
    }
    /// 普通 or 技能劳动力
    pub fn able(&self) -> bool {
        matches!(self.labor, "01" | "02")
    }
    /// 丧失 or 无劳动力
    pub fn none(&self) -> bool {
        matches!(self.labor, "04" | "05")
    }
    pub fn severe(&self) -> bool {
        self.disability.is_some_and(|(_, grade, _)| grade <= 2)
    }
    pub fn works_outside_county(&self, county: &str) -> bool {
        self.work_region.as_deref().is_some_and(|r| r[..6] != county[..6])
    }
}

/// One line of `income_item`.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub code: &'static str,
    /// Number of the person it belongs to.
    pub person: Option<u32>,
    pub quantity: Option<i64>,
    pub unit: Option<&'static str>,
    pub price: Option<i64>,
    pub amount: i64,
}

/// Sums of a period; always made from the items, unless an error is planted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub wage: i64,
    pub operate: i64,
    pub property: i64,
    pub transfer: i64,
    pub operate_cost: i64,
    pub gross: i64,
    pub net: i64,
    pub net_pc: i64,
    pub claim: i64,
    pub self_pay: i64,
    pub ref_net: i64,
    pub ref_pc: i64,
}

#[derive(Clone, Debug)]
pub struct Income {
    /// C17: 01 yearly, 02 at identification, 03 at elimination.
    pub kind: &'static str,
    pub year: i32,
    pub start: NaiveDate,
    pub end: NaiveDate,
    pub pop: i32,
    pub items: Vec<Item>,
    pub totals: Totals,
    /// Hundredths of a percent against the period before.
    pub yoy: Option<i32>,
}

#[derive(Clone, Debug)]
pub struct Living {
    pub year: i32,
    /// Hundredths of mu: cultivated, irrigated, forest, converted, orchard, pasture, water.
    pub areas: [Option<i32>; 7],
    pub coop_member: bool,
    pub leader_enterprise: bool,
    pub leader_person: bool,
    /// Hundredths of km.
    pub road_dist: i32,
    pub road_type: &'static str,
    /// Hundredths of m².
    pub house_area: i32,
    pub dangerous_house: Option<bool>,
    pub danger_level: &'static str,
    pub house_structure: &'static str,
    pub build_year: i32,
    pub safe_water: Option<bool>,
    pub elec_life: bool,
    pub water_source: &'static str,
    pub toilet: bool,
    pub toilet_type: Option<&'static str>,
    pub fuel: &'static str,
}

#[derive(Clone, Debug)]
pub struct Security {
    /// 识别时 年度 消除前: `01` `02` `03`.
    pub stage: &'static str,
    pub day: NaiveDate,
    pub edu_problem: bool,
    pub house_problem: bool,
    pub med_problem: bool,
    pub water_problem: bool,
}

#[derive(Clone, Debug)]
pub struct Measure {
    pub category: &'static str,
    pub item: &'static str,
    pub person: Option<u32>,
    pub amount: Option<i64>,
    pub start: NaiveDate,
    pub end: Option<NaiveDate>,
    pub unit: &'static str,
    /// C28
    pub state: &'static str,
    pub landed: Option<NaiveDate>,
}

#[derive(Clone, Debug)]
pub struct Visit {
    pub day: NaiveDate,
    pub helper: u32,
    /// C29
    pub way: &'static str,
    /// C30
    pub judge: &'static str,
    pub content: String,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub kind: &'static str,
    pub case_no: String,
    pub source_line: &'static str,
    pub identified: NaiveDate,
    /// C21, main risk first.
    pub risks: Vec<&'static str>,
    pub disaster_kind: Option<&'static str>,
    pub risk_note: Option<&'static str>,
    pub bottom: bool,
    pub dev_state: &'static str,
    pub line_year: i32,
    pub line: i64,
    pub contact: Option<u32>,
    pub collector: Option<u32>,
    /// C24
    pub state: &'static str,
    pub eliminate_way: Option<&'static str>,
    pub eliminated: Option<NaiveDate>,
}

/// A cadre of a village who helps households or watches over them.
#[derive(Clone, Debug)]
pub struct Helper {
    /// Number within the village.
    pub no: u32,
    pub name: String,
    pub male: bool,
    pub phone: String,
    pub political: &'static str,
    pub unit_name: String,
    /// C68
    pub unit_level: &'static str,
    pub post: &'static str,
    /// C69
    pub kind: &'static str,
}

#[derive(Clone, Debug)]
pub struct Pair {
    pub helper: u32,
    pub primary: bool,
    pub start: NaiveDate,
    pub end: Option<NaiveDate>,
}

/// Something that happened to a household that is not monitored: it is really at risk, and only a department knows.
#[derive(Clone, Debug)]
pub struct Event {
    /// C21
    pub risk: &'static str,
    /// Item of the department catalogue (§6.1) that carries the evidence.
    pub item: u8,
    pub person: Option<u32>,
    pub day: NaiveDate,
    /// Fen, where the evidence is an amount.
    pub amount: i64,
}

/// A rule of §5 that this family breaks on purpose.
#[derive(Clone, Debug, PartialEq)]
pub struct Planted {
    pub rule: &'static str,
    pub person: Option<u32>,
    pub note: String,
}

#[derive(Clone, Debug)]
pub struct Family {
    /// Number in the province, from 0.
    pub index: u64,
    pub place: usize,
    pub class: Class,
    pub household_no: String,
    /// Only poor and monitored households have one.
    pub national_code: Option<String>,
    pub hukou_count: i32,
    pub resident_count: i32,
    pub income_pop: i32,
    pub phone: Option<String>,
    pub group_no: u32,
    pub lon: f64,
    pub lat: f64,
    pub poverty_enjoy: Option<&'static str>,
    pub poverty_attr: Option<&'static str>,
    pub first_identify_ym: Option<i32>,
    pub out_of_poverty_year: Option<i32>,
    pub poverty_cause: Option<&'static str>,
    pub whole_no_labor: bool,
    pub relocated: bool,
    pub relocation_mode: Option<&'static str>,
    pub double_girl: bool,
    pub bank_name: &'static str,
    pub bank_account: String,
    pub last_visit: Option<NaiveDate>,
    pub persons: Vec<Person>,
    pub living: Living,
    pub incomes: Vec<Income>,
    pub securities: Vec<Security>,
    pub case: Option<Case>,
    pub measures: Vec<Measure>,
    pub visits: Vec<Visit>,
    pub pairs: Vec<Pair>,
    pub event: Option<Event>,
    pub planted: Vec<Planted>,
}

impl Family {
    pub fn head(&self) -> Option<&Person> {
        self.persons.iter().find(|p| p.relation == Some("01"))
    }
    /// People in the register.
    pub fn present(&self) -> impl Iterator<Item = &Person> {
        self.persons.iter().filter(|p| p.present())
    }
    pub fn person(&self, no: u32) -> Option<&Person> {
        self.persons.iter().find(|p| p.no == no)
    }
    /// National code of a person.
    pub fn national_person(&self, no: u32) -> Option<String> {
        self.national_code.as_ref().map(|h| format!("{h}{no:02}"))
    }
    /// Watched and not yet out of risk.
    pub fn at_open_risk(&self) -> bool {
        self.case.as_ref().is_some_and(|c| c.eliminated.is_none())
    }
    pub fn annual(&self) -> Option<&Income> {
        self.incomes.iter().find(|i| i.kind == "01")
    }
}

/// Everything of one village.
#[derive(Clone, Debug)]
pub struct Village {
    pub place: Place,
    pub families: Vec<Family>,
    pub helpers: Vec<Helper>,
}
