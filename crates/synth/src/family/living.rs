//! Living conditions and the four guarantees (domain 01 §2.5, §2.7).

use super::Ctx;
use crate::dice::Dice;
use crate::model::{Class, Family, Living, Security};
use chrono::Datelike;

/// Conditions of the running year. Nobody lives unsafely unless a risk or an error says so.
pub(super) fn living(ctx: &Ctx<'_>, d: &mut Dice, class: Class, people: i32) -> Living {
    let today = ctx.opts.today;
    let mu = |d: &mut Dice, mean: f64, max: f64| Some((d.log_normal(mean, 0.6).min(max) * 100.0).round() as i32);
    let cultivated = mu(d, 0.9 * f64::from(people), 60.0);
    let forest = mu(d, 4.0, 150.0);
    let converted = if d.chance(0.12) { forest.map(|f| f / 3) } else { Some(0) };
    let orchard = if d.chance(0.15) { mu(d, 2.0, 60.0) } else { Some(0) };
    let water = if d.chance(0.06) { mu(d, 1.5, 30.0) } else { Some(0) };
    let irrigated = cultivated.map(|c| c * 7 / 10);
    let per_head = if class.is_monitored() { 27.0 } else { 38.0 };
    let area = (d.log_normal(per_head, 0.25) * f64::from(people.max(2))).clamp(f64::from(people) * 12.0, 420.0);
    let flush = d.chance(0.96);
    Living {
        year: today.year(),
        areas: [cultivated, irrigated, forest, converted, orchard, Some(0), water],
        coop_member: d.chance(0.22),
        leader_enterprise: d.chance(0.14),
        leader_person: d.chance(0.16),
        road_dist: d.range(2, 260) as i32,
        road_type: d.choose(&[("01", 90.0), ("02", 7.0), ("03", 2.0), ("04", 1.0)]),
        house_area: (area * 100.0) as i32,
        dangerous_house: Some(false),
        danger_level: d.choose(&[("A", 72.0), ("B", 28.0)]),
        house_structure: d.choose(&[("砖混", 78.0), ("砖木", 15.0), ("框架", 7.0)]),
        build_year: d.range(1985, i64::from(today.year()) - 1) as i32,
        safe_water: Some(true),
        elec_life: true,
        water_source: d.choose(&[("01", 78.0), ("02", 12.0), ("03", 10.0)]),
        toilet: flush,
        toilet_type: flush.then(|| d.choose(&[("01", 82.0), ("02", 15.0), ("04", 3.0)])),
        fuel: d.choose(&[("04", 74.0), ("01", 24.0), ("05", 2.0)]),
    }
}

/// The yearly look at the guarantees.
pub(super) fn yearly_security(ctx: &Ctx<'_>, family: &mut Family) {
    if family.class.is_poverty() {
        let day = super::months_before(ctx.opts.today, 2);
        family.securities.push(Security {
            stage: "02",
            day,
            edu_problem: false,
            house_problem: false,
            med_problem: false,
            water_problem: false,
        });
    }
}
