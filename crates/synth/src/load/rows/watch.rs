//! Watched households: files, helpers, plans, measures and visits.

use super::super::cell::Cell;
use super::economy::security_id;
use super::{From, Take, kind};
use crate::family::ym;
use crate::model::Family;
use chrono::{Days, NaiveTime};

pub(super) fn helpers(from: &From<'_>, take: &mut dyn Take) {
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

pub(super) fn pairs(from: &From<'_>, f: &Family, take: &mut dyn Take) {
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

pub(super) fn case(from: &From<'_>, f: &Family, take: &mut dyn Take) {
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

pub(super) fn plan(from: &From<'_>, f: &Family, take: &mut dyn Take) {
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

/// One line a risk: the measure that answers it, who does it and until when.
pub(super) fn targets(from: &From<'_>, f: &Family, take: &mut dyn Take) {
    let Some(c) = &f.case else { return };
    for (n, risk) in c.risks.iter().enumerate() {
        let answers: &[&str] = match *risk {
            "01" => &["05", "11"],
            "02" => &["07", "06", "11"],
            "03" => &["08", "11"],
            "07" => &["02", "04", "01"],
            "09" => &["09", "12"],
            "10" => &["10"],
            _ => &["08", "01"],
        };
        let measure = answers.iter().find_map(|a| f.measures.iter().find(|m| m.category == *a)).or(f.measures.first());
        let Some(m) = measure else { continue };
        let id = from.id(f, kind::TARGET, n as u64);
        let item = format!("{}-{}", m.category, m.item);
        let words = crate::labels::measure(m.category, m.item);
        let person = from.helper_of(f.pairs.first().map(|p| p.helper));
        take.row(id, &|s| {
            from.common(s, id, false);
            s.put("plan_id", Cell::Id(from.id(f, kind::PLAN, 0)));
            s.put("risk", Cell::Text(risk));
            s.put("category", Cell::Text(m.category));
            s.put("item", Cell::Text(&item));
            s.put("measure_text", Cell::Text(words));
            s.put("resp_unit", Cell::Text(m.unit));
            s.put("resp_person", Cell::text(person.map(|h| h.name.as_str())));
            s.put("due_date", Cell::Date(c.identified + Days::new(60)));
            s.put("expected", Cell::Text("风险得到化解，家庭收入稳定"));
        });
    }
}

pub(super) fn measures(from: &From<'_>, f: &Family, take: &mut dyn Take) {
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

pub(super) fn visits(from: &From<'_>, f: &Family, take: &mut dyn Take) {
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
            for name in ["edu_worse", "house_worse", "med_worse", "water_worse"] {
                s.put(name, Cell::Bool(false));
            }
            s.put("lon", Cell::Decimal((f.lon * 1e6) as i64, 6));
            s.put("lat", Cell::Decimal((f.lat * 1e6) as i64, 6));
            s.put("new_risk", Cell::Null);
            s.put("risk_judge", Cell::Text(v.judge));
            s.put("content", Cell::Text(&v.content));
        });
    }
}
