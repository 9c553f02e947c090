//! Rules as SQL: what a line and the register offer to the conditions, and the conditions put together for one item. Pure: the
//! numbers are columns of a row beside each line, that of its county.

use super::items::{Holds, Item, Rule};
use base::{Error, Result};
use meta::rule::{self, Columns, Ty, postgres};
use meta::{Kind, Sensitivity};

/// A column beside the line: name, label, type, unit, SQL.
type Beside = (&'static str, &'static str, Kind, &'static str, &'static str);

/// The alias of the numbers of the line's county, and of the lower ones by which lines are kept.
const NUMBERS: &str = "p";
const LOWER: &str = "n";

/// Sums over the kept amounts, reckoned before the register is asked (alias `s`; of a kept line `q`).
const SUMS: [Beside; 7] = [
    ("medical_12m", "12 个月累计自付", Kind::Money, "", "coalesce(s.medical_12m, 0)"),
    ("family_medical_12m", "户内 12 个月累计自付", Kind::Money, "", "coalesce(s.family_medical_12m, 0)"),
    (
        "outpatient_months",
        "门诊慢特病达标月数",
        Kind::Int,
        "个月",
        "(select count(*) from unnest(s.month_sums) m where m >= n.w04_month_yuan * 100)",
    ),
    ("amount_12m", "同项 12 个月累计", Kind::Money, "", "coalesce(s.amount_12m, 0)"),
    ("times_12m", "同项 12 个月次数", Kind::Int, "次", "coalesce(s.times_12m, 0)"),
    ("family_rows", "本批中同户人数", Kind::Int, "人", "s.family_rows"),
    ("is_new", "以前各批没有", Kind::Bool, "", "s.is_new"),
];

/// What the register said of the person and the household when the line was kept (alias `q`).
const REGISTER: [Beside; 15] = [
    ("low_income", "低收入身份", Kind::Bool, "", "(q.poverty or q.monitored or q.assisted)"),
    ("poverty", "脱贫户", Kind::Bool, "", "q.poverty"),
    ("monitored", "监测对象", Kind::Bool, "", "q.monitored"),
    ("assisted", "低保、特困", Kind::Bool, "", "q.assisted"),
    ("eliminated", "已消除风险", Kind::Bool, "", "q.eliminated"),
    ("no_labor", "整户无劳动力", Kind::Bool, "", "q.no_labor"),
    ("age", "周岁", Kind::Int, "岁", "rule.age_at(q.birth_date, coalesce(q.day, rule.today()))"),
    (
        "able",
        "主要劳动力",
        Kind::Bool,
        "",
        "(q.labor_skill in ('01', '02', '03') and rule.age_at(q.birth_date, coalesce(q.day, rule.today())) between 18 and 59)",
    ),
    ("is_head", "户主", Kind::Bool, "", "coalesce(q.relation = '01', false)"),
    ("in_school", "在校", Kind::Bool, "", "(q.student_status is not null)"),
    ("disabled_in_family", "户内残疾人数", Kind::Int, "人", "q.disabled"),
    ("above_compulsory", "户内非义务教育在读", Kind::Int, "人", "q.above_compulsory"),
    ("net_income", "户纯收入", Kind::Money, "", "q.net"),
    ("operate_income", "户生产经营性收入", Kind::Money, "", "q.operate"),
    ("household_no", "户编号", Kind::Text, "", "q.household_no"),
];

fn add(out: &mut Columns, (name, label, kind, unit, sql): Beside) {
    let mut c = rule::plain(name, label, kind, Sensitivity::Internal);
    (c.unit, c.sql) = (unit.to_owned(), sql.to_owned());
    out.add(c);
}

/// Columns of the line itself under an alias.
fn line(item: &Item, alias: &str) -> Columns {
    let mut out = Columns::default();
    for (key, said) in item.said() {
        let kind = match (key, said.kind) {
            ("day", _) | (_, Holds::Date) => Kind::Date,
            ("amount" | "relief", _) | (_, Holds::Money) => Kind::Money,
            (_, Holds::Int) => Kind::Int,
            (_, Holds::Number) => Kind::Decimal,
            (_, Holds::Yes) => Kind::Bool,
            (_, Holds::Text) => Kind::Text,
        };
        let mut c = rule::plain(key, &said.label, kind, Sensitivity::Internal);
        c.sql = match (key, c.ty) {
            ("day", _) => format!("{alias}.day"),
            ("amount" | "relief", _) => format!("{alias}.{key}_fen"),
            (_, Ty::Date) => format!("({alias}.vals->>'{key}')::date"),
            (_, Ty::Money) => format!("({alias}.vals->>'{key}')::bigint"),
            (_, Ty::Num) => format!("({alias}.vals->>'{key}')::numeric"),
            (_, Ty::Bool) => format!("({alias}.vals->>'{key}')::boolean"),
            _ => format!("({alias}.vals->>'{key}')"),
        };
        if key == "days" {
            c.unit = "天".into();
        }
        out.add(c);
    }
    let mut name = rule::plain("name_said", "姓名", Kind::Text, Sensitivity::Personal);
    name.sql = format!("{alias}.name");
    out.add(name);
    out
}

/// Everything a rule over an item may name.
pub fn columns(item: &Item) -> Columns {
    let mut out = line(item, "q");
    for (name, label, kind, unit, sql) in SUMS {
        let sql = sql.replace("s.", "q.").replace("n.w04", "p.w04");
        let mut c = rule::plain(name, label, kind, Sensitivity::Internal);
        (c.unit, c.sql) = (unit.to_owned(), sql);
        out.add(c);
    }
    REGISTER.iter().for_each(|c| add(&mut out, *c));
    out
}

/// What a rule needs of the database, in its words.
pub struct Asked {
    /// `null` or the code of the grade it is hit with, `value`, `threshold`, which threshold, whether high by decree.
    pub sql: String,
}

fn faults(id: &str, f: &[rule::Fault]) -> Error {
    let text: Vec<String> = f.iter().map(ToString::to_string).collect();
    Error::internal(format!("warning rule {id}: {}", text.join("; ")))
}

/// The rule over lines of an item, its columns numbered `n`, by the numbers of each line's county.
pub fn rule(item: &Item, r: &Rule, n: usize, columns: &Columns) -> Result<Asked> {
    let yes = |text: &str| -> Result<String> {
        let c = rule::compile(text, columns).map_err(|f| faults(&r.id, &f))?;
        Ok(postgres::condition_by(&c, columns, NUMBERS))
    };
    let number = |text: &str| -> Result<String> {
        let c = rule::compile_value(text, columns).map_err(|f| faults(&r.id, &f))?;
        Ok(format!("({})::float8", postgres::value_by(&c, columns, NUMBERS)))
    };
    let mut when = Vec::new();
    for text in r.when.iter().chain(r.only.get(&item.no)) {
        when.push(yes(text)?);
    }
    let value = r.value.as_deref().map(number).transpose()?;
    let (threshold, which) = match (&r.threshold, r.thresholds.as_slice()) {
        (Some(t), _) => (Some(number(t)?), "0".to_owned()),
        (None, []) => (None, "0".to_owned()),
        (None, list) => {
            let (mut is, mut which) = (String::from("case"), String::from("case"));
            for (i, t) in list.iter().enumerate() {
                let when = t.when.as_deref().map_or_else(|| Ok("true".to_owned()), yes)?;
                is.push_str(&format!(" when {when} then {}", number(&t.is)?));
                which.push_str(&format!(" when {when} then {i}"));
            }
            (Some(format!("{is} end")), format!("{which} end"))
        }
    };
    if let (Some(v), Some(t)) = (&value, &threshold) {
        when.push(format!("coalesce({v} >= {t}, false)"));
    }
    let high = r.high.as_deref().map(yes).transpose()?;
    let middle = r.middle.as_deref().map(yes).transpose()?;
    let mut grade = String::from("case");
    if let Some(h) = &high {
        grade.push_str(&format!(" when {h} then '1'"));
    }
    if let Some(m) = &middle {
        grade.push_str(&format!(" when {m} then '2'"));
    }
    grade.push_str(&format!(" else '{}' end", r.level));
    if high.is_none() && middle.is_none() {
        grade = format!("'{}'", r.level);
    }
    if when.is_empty() {
        when.push("true".into());
    }
    let null = || "null::float8".to_owned();
    Ok(Asked {
        sql: format!(
            "case when {} then {grade} end as g{n}, {} as v{n}, {} as t{n}, ({which})::integer as c{n}, {} as f{n}",
            when.join(" and "),
            value.unwrap_or_else(null),
            threshold.unwrap_or_else(null),
            high.unwrap_or_else(|| "false".into()),
        ),
    })
}

/// The condition that leaves out lines no rule could meet, nor would with lower numbers. It holds of more lines when its numbers
/// get smaller.
pub fn near(item: &Item) -> Result<String> {
    let Some(text) = &item.near else { return Ok("true".into()) };
    let mut columns = line(item, "r");
    SUMS.iter().for_each(|c| add(&mut columns, *c));
    let c = rule::compile(text, &columns).map_err(|f| faults(&item.no, &f))?;
    Ok(postgres::condition_by(&c, &columns, LOWER))
}

/// The same of a kept line, by the numbers themselves.
pub fn near_now(item: &Item) -> Result<String> {
    let Some(text) = &item.near else { return Ok("true".into()) };
    let columns = columns(item);
    let c = rule::compile(text, &columns).map_err(|f| faults(&item.no, &f))?;
    Ok(postgres::condition_by(&c, &columns, NUMBERS))
}

/// Parameters that `near` of an item speaks of.
pub fn near_params(item: &Item) -> Result<Vec<String>> {
    let Some(text) = &item.near else { return Ok(vec![]) };
    Ok(rule::compile(text, &columns(item)).map_err(|f| faults(&item.no, &f))?.params.into_iter().collect())
}

/// What the rules of an item speak of: parameters, and columns of the line.
pub fn spoken_of(item: &Item, rules: &[&Rule]) -> Result<(Vec<String>, Vec<String>)> {
    let columns = columns(item);
    let (mut out, mut named): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut take = |c: rule::Compiled| {
        out.extend(c.params);
        named.extend(c.columns);
    };
    for r in rules {
        let yes = r.when.iter().chain(r.only.get(&item.no)).chain(&r.middle).chain(&r.high);
        let yes = yes.chain(r.thresholds.iter().filter_map(|t| t.when.as_ref()));
        for text in yes {
            take(rule::compile(text, &columns).map_err(|f| faults(&r.id, &f))?);
        }
        for text in r.value.iter().chain(&r.threshold).chain(r.thresholds.iter().map(|t| &t.is)) {
            take(rule::compile_value(text, &columns).map_err(|f| faults(&r.id, &f))?);
        }
    }
    if named.iter().any(|n| n == "outpatient_months") {
        out.push("w04_month_yuan".into());
    }
    named.retain(|n| item.columns.iter().any(|c| c.key == *n));
    named.sort();
    named.dedup();
    out.sort();
    out.dedup();
    Ok((out, named))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::department::items;

    #[test]
    fn every_rule_compiles_over_every_item_it_reads_and_its_sentence_names_columns() {
        for item in items::all().unwrap() {
            let rules = items::rules_of(item).unwrap();
            spoken_of(item, &rules).unwrap_or_else(|e| panic!("item {}: {}", item.no, e.chain()));
            near(item).unwrap_or_else(|e| panic!("item {}: {}", item.no, e.chain()));
            let columns = columns(item);
            for r in rules {
                rule(item, r, 0, &columns).unwrap_or_else(|e| panic!("item {}: {}", item.no, e.chain()));
                for p in meta::ruleset::placeholders(&r.tell) {
                    let known = ["value", "threshold", "called"].contains(&p) || columns.get(p).is_some();
                    assert!(known, "{} of item {}: {{{p}}}", r.id, item.no);
                }
            }
        }
    }
}
