//! From the measures of a report to the expressions of a plan. No IO and no clock.

use base::month::Month;
use meta::report::{Aggregate, Measure};
use regex::Regex;
use std::sync::LazyLock;

/// A measure as an aggregate over rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub key: String,
    pub sql: String,
    /// Regions add up: villages can be counted once and rolled up.
    pub adds_up: bool,
    /// The answer changes with the clock, not only with the data.
    pub moves: bool,
}

/// Every measure that is counted; none where one asks for something that a copy of a dataset does not have.
pub fn asks(measures: &[&Measure], period: Month) -> Option<Vec<Ask>> {
    measures.iter().map(|m| ask(m, period)).collect()
}

fn ask(m: &Measure, period: Month) -> Option<Ask> {
    let condition = match m.r#where.as_deref() {
        Some(w) => Some(in_brackets(&dated(w, period))?),
        None => None,
    };
    let filter = condition.as_ref().map_or(String::new(), |w| format!(" filter (where {w})"));
    let field = m.field.as_deref().unwrap_or("id");
    let sql = match m.aggregate {
        Aggregate::Count => format!("count(*){filter}"),
        Aggregate::Sum => format!("coalesce(sum({field}){filter}, 0)"),
        Aggregate::Distinct => format!("count(distinct {field}){filter}"),
        Aggregate::Avg => format!("avg(cast({field} as double)){filter}"),
        Aggregate::Median => format!("median(cast({field} as double)){filter}"),
        Aggregate::Max => format!("max({field}){filter}"),
        _ => return None,
    };
    let text = condition.unwrap_or_default().to_ascii_lowercase();
    let moves = ["now()", "current_", "today()", "clock_"].iter().any(|w| text.contains(w));
    Some(Ask { key: m.key.clone(), sql, adds_up: matches!(m.aggregate, Aggregate::Count | Aggregate::Sum), moves })
}

/// `a is distinct from b` with brackets round it: the parser of the plans (0.62) takes everything behind `from` for its right side,
/// where PostgreSQL stops at `and`. None where the right side is more than one word: that is left to PostgreSQL.
pub fn in_brackets(condition: &str) -> Option<String> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)([a-z_][a-z0-9_.]*)\s+is\s+(not\s+)?distinct\s+from\s+('(?:[^']|'')*'|[a-z0-9_.]+)").expect("a pattern")
    });
    static ALL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)distinct\s+from").expect("a pattern"));
    let mut out = String::with_capacity(condition.len() + 8);
    let (mut at, mut found) = (0, 0);
    for c in FORM.captures_iter(condition) {
        let whole = c.get(0)?;
        let next = condition[whole.end()..].trim_start().to_ascii_lowercase();
        let ends = next.is_empty() || [")", ",", "and ", "or ", "then ", "and(", "or("].iter().any(|e| next.starts_with(e));
        // what stands before must not belong to the left side
        let before = condition[..whole.start()].trim_end().to_ascii_lowercase();
        let begins =
            before.is_empty() || ["(", " and", " or", "not", "when", ","].iter().any(|e| before.ends_with(e)) || before == "and";
        if !ends || !begins {
            return None;
        }
        out.push_str(&condition[at..whole.start()]);
        out.push_str(&format!("({})", whole.as_str()));
        (at, found) = (whole.end(), found + 1);
    }
    out.push_str(&condition[at..]);
    (found == ALL.find_iter(condition).count()).then_some(out)
}

/// A condition with the month put in: numbers and dates only, made here.
fn dated(condition: &str, period: Month) -> String {
    condition
        .replace(":period", &period.number().to_string())
        .replace(":year", &period.year().to_string())
        .replace(":month_start", &format!("date '{}'", period.first_day()))
        .replace(":month_end", &format!("date '{}'", period.last_day()))
}

/// One row for each region code that has rows.
pub fn by_village(asks: &[&Ask]) -> String {
    format!("select region_code, {} from t group by region_code", named(asks))
}

/// One row for each value of an expression inside a range, and one (`g` = 1) for all of them.
pub fn by_key(asks: &[&Ask], key: &str, lo: &str, hi: &str) -> String {
    format!(
        "select r, grouping(r) as g, {} from (select {key} as r, t.* from t \
         where region_code >= '{lo}' and region_code < '{hi}') s group by grouping sets ((r), ())",
        named(asks)
    )
}

/// Two measures may be the same expression; columns want names of their own.
fn named(asks: &[&Ask]) -> String {
    let list: Vec<String> = asks.iter().enumerate().map(|(n, a)| format!("{} as m{n}", a.sql)).collect();
    list.join(", ")
}

/// The code of the region of `digits` digits that a code lies in.
pub fn region_of(code: &str, digits: usize) -> String {
    format!("{:0<12}", code.get(..digits).unwrap_or(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(text: &str) -> Measure {
        toml::from_str(&format!("key = 'k'\nlabel = '数'\ndataset = 't.d'\n{text}")).unwrap()
    }

    #[test]
    fn a_measure_becomes_an_aggregate_that_says_whether_it_adds_up() {
        let month = Month::from_number(202_611).unwrap();
        for (text, sql, adds_up, moves) in [
            ("aggregate = 'count'", "count(*)", true, false),
            ("aggregate = 'count'\nwhere = 'ym = :period'", "count(*) filter (where ym = 202611)", true, false),
            ("aggregate = 'sum'\nfield = 'n'\nwhere = 'a'", "coalesce(sum(n) filter (where a), 0)", true, false),
            ("aggregate = 'distinct'\nfield = 'h'", "count(distinct h)", false, false),
            ("aggregate = 'median'\nfield = 'h'", "median(cast(h as double))", false, false),
            ("aggregate = 'count'\nwhere = 'd <= :month_end'", "count(*) filter (where d <= date '2026-11-30')", true, false),
            ("aggregate = 'count'\nwhere = 'due < now()'", "count(*) filter (where due < now())", true, true),
        ] {
            let m = measure(text);
            let got = asks(&[&m], month).unwrap().remove(0);
            assert_eq!((got.sql.as_str(), got.adds_up, got.moves), (sql, adds_up, moves), "{text}");
        }
        assert_eq!(asks(&[&measure("aggregate = 'ratio'")], month), None);
    }

    #[test]
    fn a_distinction_ends_where_postgresql_ends_it() {
        for (text, want) in [
            ("a = 1", Some("a = 1")),
            ("k is distinct from '1' and b", Some("(k is distinct from '1') and b")),
            ("a and (not b is not distinct from c or d)", Some("a and (not (b is not distinct from c) or d)")),
            (
                "K IS DISTINCT FROM 'it''s and' OR k is distinct from 2",
                Some("(K IS DISTINCT FROM 'it''s and') OR (k is distinct from 2)"),
            ),
            ("a is distinct from b + 1 and c", None),
            ("a + b is distinct from 1", None),
            ("lower(a) is distinct from 'x'", None),
            ("a is distinct from coalesce(b, 1)", None),
            ("a is distinct from b::text", None),
        ] {
            assert_eq!(in_brackets(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn a_village_lies_in_its_town_county_city_and_province() {
        let got: Vec<String> = [2, 4, 6, 9, 12].iter().map(|d| region_of("360121100001", *d)).collect();
        assert_eq!(got, ["360000000000", "360100000000", "360121000000", "360121100000", "360121100001"]);
    }
}
