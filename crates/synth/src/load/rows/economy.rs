//! Living conditions, income and guarantees.

use super::super::cell::{Cell, Sink};
use super::{From, Take, kind};
use crate::model::{Family, Income};
use chrono::{Datelike, Days, NaiveDate};
use uuid::Uuid;

/// Monitoring lines of the province, once; from 2024 on they are placeholders that nobody has approved (§0.3).
pub(super) fn lines(from: &From<'_>, take: &mut dyn Take) {
    if from.village.place.number > 0 {
        return;
    }
    for year in 2021..=from.today().year() {
        let id = crate::ident::row_id(from.province.opts.seed, 0, kind::LINE, year as u64);
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(from.today());
        take.row(id, &|s| {
            from.common_at(s, id, false, "360000000000");
            s.put("year", Cell::Int(year.into()));
            s.put("amount", Cell::Int(crate::line_of(year)));
            s.put("valid_from", Cell::Date(first));
            s.put("doc_no", Cell::Null);
            s.put("note", Cell::Text("演示数据，请按省定文件核定"));
            s.put("state", Cell::Text("00"));
        });
    }
}

pub(super) fn living(from: &From<'_>, f: &Family, take: &mut dyn Take) {
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

pub(super) fn incomes(from: &From<'_>, f: &Family, take: &mut dyn Take) {
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

pub(super) fn items(from: &From<'_>, f: &Family, take: &mut dyn Take) {
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

pub(super) fn security_id(from: &From<'_>, f: &Family, stage: &str) -> Option<Uuid> {
    f.securities.iter().position(|x| x.stage == stage).map(|n| from.id(f, kind::SECURITY, n as u64))
}

pub(super) fn securities(from: &From<'_>, f: &Family, take: &mut dyn Take) {
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
