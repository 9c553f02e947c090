//! The watched households: risks, the file, measures by the matrix of domain 01 §3.4, helpers and visits; the poor ones'
//! measures; and misfortunes of households that nobody watches yet.

use super::{Ctx, money, months_before};
use crate::dice::Dice;
use crate::ident;
use crate::model::{Case, Event, Family, Helper, Measure, Pair, Person, Security, Visit};
use crate::names;
use chrono::{Datelike, Days, NaiveDate};

/// Main risks with their shares (附A A.3).
const RISKS: [(&str, f64); 11] = [
    ("01", 46.0),
    ("03", 19.0),
    ("08", 9.0),
    ("02", 7.0),
    ("07", 6.0),
    ("05", 5.0),
    ("04", 2.0),
    ("06", 2.0),
    ("09", 0.6),
    ("10", 0.4),
    ("99", 3.0),
];

pub(super) fn main_risk(d: &mut Dice) -> &'static str {
    d.choose(&RISKS)
}

/// Whether the people of a household can have this risk (rules Q164–Q171).
pub(super) fn bears(persons: &[Person], risk: &str, today: NaiveDate) -> bool {
    let able = persons.iter().filter(|p| p.able()).count();
    let weak = persons.iter().filter(|p| p.none()).count();
    match risk {
        "01" => persons.iter().any(|p| p.health.iter().any(|h| matches!(*h, "02" | "03"))),
        "02" => persons.iter().any(|p| p.student.is_some_and(|s| s >= "07")),
        "03" => persons.iter().any(|p| p.disability.is_some()),
        "07" => persons.iter().any(|p| p.work_months.is_some()),
        "08" => weak > 0 && able * 4 <= persons.len(),
        _ => persons.iter().any(|p| p.age(today) >= 18),
    }
}

/// The cadres of a village: helpers of county and town, one who watches, a few per fifteen households.
pub(crate) fn village_helpers(d: &mut Dice, village: u64, households: u64) -> Vec<Helper> {
    let watching = 2u64;
    // about a fifth of the households have a helper at most; nobody has more than fifteen
    let helping = (households / 4).div_ceil(15).max(2);
    (0..watching + helping)
        .map(|n| {
            let male = d.chance(0.66);
            let surname = names::surname(d);
            let contact = n < watching;
            Helper {
                no: n as u32 + 1,
                name: names::name(d, surname, male),
                male,
                phone: ident::phone(60_000_000 + village * 100 + n),
                political: if d.chance(0.7) { "01" } else { "04" },
                unit_name: if contact { "村民委员会".to_owned() } else { d.pick(names::COUNTY_UNITS).to_owned() },
                unit_level: if contact { "4" } else { "3" },
                post: if contact { "村干部" } else { "干部" },
                kind: if contact { "02" } else { "01" },
            }
        })
        .collect()
}

/// Everything of a watched household: file, incomes, guarantees, measures, helpers, visits.
pub(super) fn watch(ctx: &Ctx<'_>, d: &mut Dice, family: &mut Family, risk: &'static str) {
    let today = ctx.opts.today;
    let crate::model::Class::Monitored { kind, .. } = family.class else { return };
    let unsafe_home = matches!(risk, "09" | "10");
    // without labour nobody leaves the list (Q206); the others mostly have
    let open = family.whole_no_labor || (unsafe_home && !family.class.is_poverty()) || d.chance(0.2);
    let months = if open { d.range(1, 20) } else { d.range(14, 58) } as u32;
    let identified = months_before(today, months) - Days::new(d.range(1, 25) as u64);
    let eliminated =
        (!open).then(|| months_before(today, d.range(1, i64::from(months) - 8) as u32) - Days::new(d.range(0, 20) as u64));
    let risks = risks(d, family, risk, today);
    let line_year = identified.year();
    let line = money::line_of(line_year);
    let contact = ctx.helpers.iter().find(|h| h.kind == "02").map(|h| h.no);
    let natural = eliminated.is_some() && family.persons.len() > 2 && d.chance(0.04);
    let bottom = family.whole_no_labor && family.present().any(|p| p.dibao != "00" || p.tekun != "00");
    family.case = Some(Case {
        kind,
        case_no: format!("JC{}{}{:06}", &ctx.place.code[..6], line_year, family.index % 1_000_000),
        source_line: d.choose(&[("01", 30.0), ("02", 15.0), ("03", 55.0)]),
        identified,
        disaster_kind: risks.contains(&"04").then(|| d.choose(&[("01", 60.0), ("02", 10.0), ("03", 15.0), ("05", 15.0)])),
        risk_note: risks.contains(&"99").then_some("家庭变故，短期内生活困难"),
        risks,
        bottom,
        dev_state: "03",
        line_year,
        line,
        contact,
        collector: contact,
        state: if eliminated.is_some() { "30" } else { "10" },
        eliminate_way: eliminated.map(|_| if natural { "02" } else { "01" }),
        eliminated,
    });
    if natural && let Some(last) = family.persons.iter().rposition(|p| p.relation != Some("01") && p.public_post.is_none()) {
        let day = eliminated.unwrap_or(today) - Days::new(30);
        family.persons[last].status = "02";
        family.persons[last].left = Some(("01", day));
        family.hukou_count -= 1;
        family.income_pop -= 1;
        family.resident_count -= i32::from(family.persons[last].resident);
    }
    money::annual(ctx, d, family);
    let pop = i64::from(family.income_pop);
    let sudden = kind == "03";
    let wish = if sudden { d.range(700_000, 1_500_000) } else { d.range(line * 55 / 100, line * 92 / 100) };
    money::at_moment(ctx, d, family, "02", identified, wish);
    burden(d, family, line, sudden, pop);
    if let Some(day) = eliminated {
        let least = money::line_of(day.year());
        let wish = d.range(least * 115 / 100, least * 170 / 100);
        money::at_moment(ctx, d, family, "03", day, wish);
    }
    guarantees(family, identified, eliminated, risk);
    measures(ctx, d, family, identified, eliminated);
    helpers(ctx, d, family, identified);
    visits(ctx, d, family);
}

/// The main risk, and others the family really has.
fn risks(d: &mut Dice, family: &Family, main: &'static str, today: NaiveDate) -> Vec<&'static str> {
    let mut out = vec![main];
    for risk in ["01", "03", "02", "07", "08"] {
        if risk != main && out.len() < 3 && bears(&family.persons, risk, today) && d.chance(0.18) {
            out.push(risk);
        }
    }
    out
}

/// The income at identification must lie below the line for the first two kinds (Q177): what is too much is spent on
/// illness, school or rebuilding, or was not earned.
fn burden(d: &mut Dice, family: &mut Family, line: i64, sudden: bool, pop: i64) {
    let main = family.case.as_ref().map_or("01", |c| c.risks[0]);
    let Some(period) = family.incomes.iter_mut().find(|i| i.kind == "02") else { return };
    let too_much = period.totals.ref_net - line * pop * 90 / 100;
    let code = match main {
        "02" => "P02",
        "03" => "P06",
        "04" => "P04",
        "05" => "P05",
        "09" => "P03",
        _ => "P01",
    };
    let heavy = if sudden { d.range(20_000, 70_000) * 100 } else { 0 };
    let amount = too_much.max(heavy);
    if amount > 0 {
        period.items.push(crate::model::Item {
            code,
            person: None,
            quantity: None,
            unit: None,
            price: None,
            amount: amount / 100 * 100 + 100,
        });
    }
    if main == "05" && d.chance(0.4) {
        period.items.push(crate::model::Item { code: "L02", person: None, quantity: None, unit: None, price: None, amount: 0 });
        period.items.retain(|i| i.amount > 0);
    }
    period.totals = money::totals(&period.items, period.pop);
}

fn guarantees(family: &mut Family, identified: NaiveDate, eliminated: Option<NaiveDate>, risk: &str) {
    let (house, water) = (risk == "09", risk == "10");
    let look = |stage, day, house, water| Security {
        stage,
        day,
        edu_problem: false,
        house_problem: house,
        med_problem: false,
        water_problem: water,
    };
    family.securities.push(look("01", identified, house, water));
    if let Some(day) = eliminated {
        family.securities.push(look("03", day, false, false));
    } else if house {
        family.living.dangerous_house = Some(true);
        family.living.danger_level = "D";
    } else if water {
        family.living.safe_water = Some(false);
    }
}

struct Plan<'a> {
    out: &'a mut Vec<Measure>,
    start: NaiveDate,
    end: Option<NaiveDate>,
}

impl Plan<'_> {
    /// `paid` is the range of the amount in tens of yuan.
    fn add(&mut self, d: &mut Dice, category: &'static str, item: &'static str, person: Option<u32>, paid: Option<(i64, i64)>) {
        if self.out.iter().any(|m| m.category == category && m.item == item && m.person == person) {
            return;
        }
        let start = self.start + Days::new(d.range(1, 24) as u64);
        let amount = paid.map(|(lo, hi)| d.range(lo, hi) * 1_000);
        self.out.push(Measure {
            category,
            item,
            person,
            amount,
            start,
            end: self.end,
            unit: match category {
                "05" => "县卫生健康委",
                "06" | "07" => "县教育体育局",
                "08" => "县民政局",
                "09" => "县住建局",
                "10" => "县水利局",
                "02" | "04" => "县人社局",
                _ => "县农业农村局",
            },
            state: "03",
            landed: Some(start + Days::new(d.range(3, 20) as u64)),
        });
    }
}

/// Measures that follow from what a household has, whoever it is (rules Q180–Q193).
fn entitled(ctx: &Ctx<'_>, d: &mut Dice, family: &Family, plan: &mut Plan<'_>) {
    let first = |f: &dyn Fn(&Person) -> bool| family.present().find(|p| f(p)).map(|p| p.no);
    if let Some(p) = first(&|p| p.dibao != "00") {
        plan.add(d, "08", "01", Some(p), None);
    }
    if let Some(p) = first(&|p| p.tekun != "00") {
        plan.add(d, "08", "02", Some(p), None);
    }
    if let Some(p) = first(&|p| p.severe()) {
        plan.add(d, "08", "05", Some(p), Some((108, 108)));
    }
    if let Some(p) = first(&|p| matches!(p.student, Some("10" | "11" | "12" | "13" | "14" | "15"))) {
        plan.add(d, "07", "01", Some(p), Some((300, 300)));
    }
    if family.present().any(|p| p.able() || p.labor == "03") {
        if let Some(p) = first(&|p| p.public_post.is_some()) {
            let post = family.person(p).and_then(|p| p.public_post).unwrap_or("02");
            plan.add(d, "04", post, Some(p), None);
        }
        let subsidised = family.annual().is_some_and(|i| i.items.iter().any(|x| x.code == "D609"));
        if subsidised && let Some(p) = first(&|p| p.works_outside_county(&ctx.place.code)) {
            plan.add(d, "02", "03", Some(p), Some((50, 50)));
        } else if let Some(p) = first(&|p| p.work_channel == Some("03")) {
            plan.add(d, "02", "04", Some(p), None);
        }
        if money::has(family, 'B') {
            let item = if d.chance(0.7) { "02" } else { "03" };
            plan.add(d, "01", item, None, Some((50, 300)));
        } else {
            plan.add(d, "03", "01", None, Some((3_000, 3_000)));
        }
    }
}

fn measures(ctx: &Ctx<'_>, d: &mut Dice, family: &mut Family, identified: NaiveDate, eliminated: Option<NaiveDate>) {
    let mut out = Vec::new();
    let mut plan = Plan { out: &mut out, start: identified, end: eliminated };
    entitled(ctx, d, family, &mut plan);
    let risks = family.case.as_ref().map(|c| c.risks.clone()).unwrap_or_default();
    let sick = family.present().find(|p| p.health[0] == "03" || p.health[0] == "02").map(|p| p.no);
    let student = family.present().find(|p| p.student.is_some_and(|s| ("03".."25").contains(&s))).map(|p| p.no);
    for risk in risks {
        match risk {
            "01" => {
                plan.add(d, "05", "02", sick, Some((100, 800)));
                if d.chance(0.5) {
                    plan.add(d, "05", "03", sick, None);
                }
            }
            "02" => plan.add(d, "07", "03", student, Some((50, 200))),
            "03" => plan.add(d, "11", "02", None, None),
            "09" => plan.add(d, "09", if eliminated.is_some() { "01" } else { "02" }, None, Some((2_000, 2_000))),
            "10" => plan.add(d, "10", "01", None, None),
            _ => plan.add(d, "08", "04", None, Some((100, 500))),
        }
    }
    // the window of paying the health insurance (Q190)
    if matches!(identified.month(), 9..=12 | 1 | 2) {
        plan.add(d, "05", "01", None, {
            let people = i64::from(family.income_pop);
            Some((38 * people, 38 * people))
        });
    }
    let developing = out.iter().any(|m| matches!(m.category, "01" | "02" | "03" | "04"));
    family.measures = out;
    let hands = family.present().any(|p| p.able() || p.labor == "03");
    if let Some(case) = &mut family.case {
        case.dev_state = if developing {
            "01"
        } else if hands {
            "02"
        } else {
            "03"
        };
    }
}

fn helpers(ctx: &Ctx<'_>, d: &mut Dice, family: &mut Family, since: NaiveDate) {
    let helping: Vec<&Helper> = ctx.helpers.iter().filter(|h| h.kind == "01").collect();
    if !helping.is_empty() {
        let one = d.pick(&helping).no;
        family.pairs.push(Pair { helper: one, primary: true, start: since, end: None });
    }
    if let Some(no) = family.case.as_ref().and_then(|c| c.contact) {
        family.pairs.push(Pair { helper: no, primary: false, start: since, end: None });
    }
}

fn visits(ctx: &Ctx<'_>, d: &mut Dice, family: &mut Family) {
    let Some(case) = &family.case else { return };
    let Some(helper) = case.contact else { return };
    let (rounds, every) = if case.eliminated.is_none() { (3, 30) } else { (1, 90) };
    for n in 0..rounds {
        let day = ctx.opts.today - Days::new((n * every) as u64 + d.range(1, 25) as u64);
        if day > case.identified {
            let judge = d.choose(&[("02", 60.0), ("04", 30.0), ("03", 10.0)]);
            let content = match judge {
                "04" => "本月入户走访，家庭收入较上月有所增加，帮扶措施已落实到位，未发现新增风险。",
                "03" => "本月入户走访，务工收入有波动，已提醒持续关注就业情况，其余各项稳定。",
                _ => "本月入户走访，家庭生产生活正常，收入稳定，三保障和饮水安全均有保障。",
            };
            family.visits.push(Visit { day, helper, way: "01", judge, content: content.to_owned() });
        }
    }
    family.last_visit = family.visits.iter().map(|v| v.day).max();
}

/// Poor households keep their general measures and a helper.
pub(super) fn help_poor(ctx: &Ctx<'_>, d: &mut Dice, family: &mut Family) {
    let start = months_before(ctx.opts.today, d.range(6, 20) as u32);
    let mut out = Vec::new();
    entitled(ctx, d, family, &mut Plan { out: &mut out, start, end: None });
    family.measures = out;
    helpers(ctx, d, family, start);
    family.last_visit = Some(ctx.opts.today - Days::new(d.range(5, 80) as u64));
}

/// A misfortune of the last three months that no register shows: the truth the warning models are to find.
pub(super) fn misfortune(ctx: &Ctx<'_>, d: &mut Dice, family: &mut Family) {
    let today = ctx.opts.today;
    let day = today - Days::new(d.range(5, 80) as u64);
    let of = |f: &dyn Fn(&Person) -> bool| family.present().find(|p| f(p)).map(|p| p.no);
    let grown = of(&|p| p.age(today) >= 18);
    let worker = of(&|p| p.work_months.is_some());
    let child = of(&|p| matches!(p.student, Some("04" | "05" | "06")));
    let event = |risk, item, person, amount| Some(Event { risk, item, person, day, amount });
    family.event = match d.weighted(&[46.0, 10.0, 14.0, 10.0, 8.0, 6.0, 3.0, 3.0]) {
        0 => event("01", 31, grown, d.range(30_000, 120_000) * 100),
        1 => event("03", 17, grown, 0),
        2 if worker.is_some() => event("07", 19, worker, 0),
        3 => event("05", 4, grown, d.range(10_000, 90_000) * 100),
        4 => event("04", 28, None, d.range(8_000, 80_000) * 100),
        5 => event("09", 23, None, 0),
        6 if child.is_some() => event("11", 35, child, 0),
        7 => event("10", 38, None, 0),
        _ => event("01", 32, grown, d.range(20_000, 50_000) * 100),
    };
}
