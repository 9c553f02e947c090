//! One family: relations and ages first, then school, work, insurance and relief, then money, living and, for the watched
//! ones, risks, measures and helpers. Everything follows from the dice of the village. Knows no table and no file.

mod living;
mod money;
mod monitor;
mod people;
mod skeleton;

pub use money::{line_of, totals};
pub(crate) use monitor::village_helpers;

use crate::Opts;
use crate::dice::Dice;
use crate::ident::{self, Numbering};
use crate::model::{Class, Family, Helper, Place};
use chrono::{Datelike, NaiveDate};

/// What making a family needs to know.
pub(crate) struct Ctx<'a> {
    pub opts: &'a Opts,
    pub numbering: Numbering,
    pub place: &'a Place,
    pub helpers: &'a [Helper],
    /// Counties of the province where people may work, code and full name.
    pub counties: &'a [(String, String)],
}

/// Year and month as YYYYMM.
pub(crate) fn ym(day: NaiveDate) -> i32 {
    day.year() * 100 + day.month() as i32
}

/// The day `months` before, on a valid day of its month.
pub(crate) fn months_before(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_sub_months(chrono::Months::new(months)).unwrap_or(day)
}

/// Share of monitored and of poor households; poor counties have more of both.
fn class(ctx: &Ctx<'_>, d: &mut Dice) -> Class {
    let factor = if ctx.place.poverty_county { 1.9 } else { 0.7 };
    let monitored = ctx.opts.monitored_share * factor;
    let poverty = ctx.opts.poverty_share * factor;
    let draw = d.unit();
    if draw < monitored {
        // 01 is poor, 02 is not, 03 may be either (domain 01 §0.1)
        match d.weighted(&[33.0, 37.0, 30.0]) {
            0 => Class::Monitored { kind: "01", poverty: true },
            1 => Class::Monitored { kind: "02", poverty: false },
            _ => Class::Monitored { kind: "03", poverty: d.chance(0.4) },
        }
    } else if draw < monitored + poverty {
        Class::Poverty
    } else {
        Class::General
    }
}

/// Makes family `index` of the province.
pub(crate) fn make(ctx: &Ctx<'_>, d: &mut Dice, index: u64, serial: u64) -> Family {
    let class = class(ctx, d);
    let slot = ctx.numbering.slot(index);
    let wish = class.is_monitored().then(|| monitor::main_risk(d));
    // a watched family must have what its risk says: made again until it does
    let mut persons = Vec::new();
    let mut risk = wish;
    for round in 0..24 {
        persons = skeleton::people(ctx, d, class, &slot, index);
        people::fill(ctx, d, class, &slot, index, &mut persons, risk);
        match risk {
            Some(r) if !monitor::bears(&persons, r, ctx.opts.today) => {
                if round == 15 {
                    risk = Some("01");
                }
            }
            _ => break,
        }
    }
    let present = persons.iter().filter(|p| p.present()).count() as i32;
    let n = format!("{}{:06}", ctx.place.code, serial);
    let poverty = class.is_poverty();
    let national = (poverty || class.is_monitored()).then(|| format!("{}{:010}", &ctx.place.code[..6], index + 1));
    let whole_no_labor = persons.iter().filter(|p| p.present()).all(|p| p.none());
    let tekun = persons.iter().any(|p| p.tekun != "00");
    let dibao = persons.iter().any(|p| p.dibao != "00");
    let relocated = poverty && d.chance(0.06);
    let last_year = d.range(2014, 2020) as i32;
    let mut family = Family {
        index,
        place: ctx.place.number,
        class,
        household_no: n,
        national_code: national,
        hukou_count: present,
        resident_count: persons.iter().filter(|p| p.present() && p.resident).count() as i32,
        income_pop: present,
        phone: Some(ident::phone(index)),
        group_no: 1 + (serial % 8) as u32,
        lon: 0.0,
        lat: 0.0,
        poverty_enjoy: poverty.then(|| d.choose(&[("01", 88.0), ("02", 12.0)])),
        poverty_attr: poverty.then_some(match (dibao, tekun) {
            (true, true) => "04",
            (false, true) => "03",
            (true, false) => "02",
            _ => "01",
        }),
        first_identify_ym: poverty.then(|| d.range(2013, i64::from(last_year) - 1) as i32 * 100 + d.range(1, 12) as i32),
        out_of_poverty_year: poverty.then_some(last_year),
        poverty_cause: poverty
            .then(|| d.choose(&[("01", 42.0), ("02", 22.0), ("03", 8.0), ("07", 10.0), ("08", 10.0), ("09", 5.0), ("11", 3.0)])),
        whole_no_labor,
        relocated,
        relocation_mode: relocated.then(|| d.pick(&["01", "03", "04"])),
        double_girl: persons.iter().filter(|p| p.relation == Some("04")).count() == 2
            && !persons.iter().any(|p| p.relation == Some("03")),
        bank_name: d.pick(crate::names::BANKS),
        bank_account: ident::bank_card(ctx.opts.seed.wrapping_mul(1_000_003).wrapping_add(index)),
        last_visit: None,
        living: living::living(ctx, d, class, present),
        persons,
        incomes: Vec::new(),
        securities: Vec::new(),
        case: None,
        measures: Vec::new(),
        visits: Vec::new(),
        pairs: Vec::new(),
        event: None,
        planted: Vec::new(),
    };
    // a place inside the province that depends on the village only roughly
    let spot = crate::dice::mix(7, ctx.place.number as u64);
    family.lon = 114.2 + (spot % 3_600) as f64 / 1_000.0 + d.unit() / 60.0;
    family.lat = 24.8 + (spot / 3_600 % 4_800) as f64 / 1_000.0 + d.unit() / 60.0;
    if let Some(risk) = risk {
        monitor::watch(ctx, d, &mut family, risk);
    } else {
        money::annual(ctx, d, &mut family);
        living::yearly_security(ctx, &mut family);
        if poverty {
            monitor::help_poor(ctx, d, &mut family);
        }
        if d.chance(ctx.opts.at_risk_share) {
            monitor::misfortune(ctx, d, &mut family);
        }
    }
    family
}
