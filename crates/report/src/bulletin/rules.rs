//! From counted tables to sentences. No IO and no clock.

use crate::rules::{ReportTable, local_text};
use base::month::Month;
use base::{Error, Result};
use meta::Bulletin;
use meta::bulletin::{Behind, Every, How, Piece, Quote, Table, column, pieces};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A composed bulletin.
#[derive(Clone, Debug, Serialize)]
pub struct Composed {
    pub id: String,
    /// With region and period: 江西省2026年10月防返贫监测工作通报.
    pub title: String,
    pub region_code: String,
    pub region_name: String,
    /// In words: 2026年10月, 2026年第三季度.
    pub period: String,
    /// The month at whose end the figures stand, YYYYMM.
    pub month: i32,
    /// 数据截至, the earliest of all figures.
    pub asof: String,
    pub copies: String,
    pub sections: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    pub title: String,
    pub paragraphs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Grid>,
}

/// A table of the regions below: place, region, figures; the whole last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grid {
    pub heads: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// What was counted, by short name of the report and month.
pub struct Data {
    pub end: Month,
    /// Months of the period up to its end.
    pub months: Vec<Month>,
    pub tables: BTreeMap<(String, Month), ReportTable>,
}

/// The months of the period in which a month lies.
pub fn months_of(every: Every, m: Month) -> Result<Vec<Month>> {
    match every {
        Every::Month => Ok(vec![m]),
        Every::Quarter => {
            let first = m.plus(-((m.month() as i32 - 1) % 3))?;
            (0..3).map(|n| first.plus(n)).collect()
        }
    }
}

/// The month with which the period before ended.
pub fn before(every: Every, end: Month) -> Result<Month> {
    match every {
        Every::Month => end.plus(-1),
        Every::Quarter => end.plus(-(1 + (end.month() as i32 - 1) % 3)),
    }
}

fn words_of(every: Every, end: Month) -> String {
    match every {
        Every::Month => format!("{}年{}月", end.year(), end.month()),
        Every::Quarter => {
            let n = ["一", "二", "三", "四"][(end.month() as usize - 1) / 3];
            format!("{}年第{n}季度", end.year())
        }
    }
}

/// A figure of a row with the unit of its column.
struct Figure<'a> {
    value: f64,
    unit: &'a str,
}

impl Figure<'_> {
    fn words(&self) -> String {
        match self.unit {
            "分" => format!("{}元", number(self.value / 100.0)),
            unit => format!("{}{}", number(self.value), unit.split('/').next().unwrap_or(unit)),
        }
    }

    /// How it moved, with 比上月 or the like before it.
    fn moved(&self, then: f64, since: &str, same: &str) -> String {
        let more = self.value - then;
        if more.abs() < 0.005 {
            return same.to_owned();
        }
        let (up, down) = if self.unit == "%" { ("上升", "下降") } else { ("增加", "减少") };
        let by = match self.unit {
            "%" => format!("{}个百分点", number(more.abs())),
            unit => Figure { value: more.abs(), unit }.words(),
        };
        format!("{since}{}{by}", if more > 0.0 { up } else { down })
    }
}

/// Whole numbers as they are, others with two places at most.
fn number(x: f64) -> String {
    let r = (x * 100.0).round() / 100.0;
    if r.fract() == 0.0 { format!("{r:.0}") } else { format!("{r:.2}").trim_end_matches('0').to_owned() }
}

/// The values among which a sentence finds its figures: the whole's, or one region's.
#[derive(Clone, Copy)]
enum Of<'a> {
    Whole,
    Row(&'a str),
}

impl Data {
    fn table(&self, short: &str, m: Month) -> Option<&ReportTable> {
        self.tables.get(&(short.to_owned(), m))
    }

    fn figure(&self, q: &Quote, m: Month, of: Of<'_>) -> Option<Figure<'_>> {
        let t = self.table(&q.report, m)?;
        let values: &Map<String, Json> = match of {
            Of::Whole => &t.total.values,
            Of::Row(code) => &t.rows.iter().find(|r| r.region_code == code)?.values,
        };
        let unit = &t.columns.iter().find(|c| c.key == q.key)?.unit;
        Some(Figure { value: values.get(&q.key)?.as_f64()?, unit })
    }

    fn quoted(&self, every: Every, q: &Quote, of: Of<'_>) -> Option<String> {
        let now = self.figure(q, self.end, of)?;
        match q.how {
            How::Plain => Some(now.words()),
            How::Sum => {
                let all = self.months.iter().map(|m| self.figure(q, *m, of).map(|f| f.value)).collect::<Option<Vec<f64>>>()?;
                Some(Figure { value: all.iter().sum(), unit: now.unit }.words())
            }
            How::Change => {
                let then = self.figure(q, before(every, self.end).ok()?, of)?.value;
                let (since, same) = match every {
                    Every::Month => ("比上月", "与上月持平"),
                    Every::Quarter => ("比上季度末", "与上季度末持平"),
                };
                Some(now.moved(then, since, same))
            }
            How::Year => Some(now.moved(self.figure(q, self.end.plus(-12).ok()?, of)?.value, "同比", "与上年同期持平")),
        }
    }
}

/// What stands for the words of a sentence.
struct Words<'a> {
    region: &'a str,
    period: &'a str,
    end: String,
    name: &'a str,
    figure: String,
    whole: String,
}

/// The paragraph with its figures; a sentence with one that is not known is left out, and nothing is left of a paragraph whose
/// sentences all are.
fn paragraph(text: &str, every: Every, data: &Data, of: Of<'_>, words: &Words<'_>) -> Result<Option<String>> {
    let mut out = String::new();
    for sentence in text.split_inclusive(['。', '；']) {
        let mut said = Some(String::new());
        for piece in pieces(sentence).map_err(Error::internal)? {
            let more = match piece {
                Piece::Text(t) => Some(t),
                Piece::Word(w) => Some(match w.as_str() {
                    "region" => words.region.to_owned(),
                    "period" => words.period.to_owned(),
                    "end" => words.end.clone(),
                    "name" => words.name.to_owned(),
                    "figure" => words.figure.clone(),
                    _ => words.whole.clone(),
                }),
                Piece::Figure(q) => data.quoted(every, &q, of),
            };
            said = said.zip(more).map(|(a, b)| a + &b);
        }
        out.push_str(&said.unwrap_or_default());
    }
    let closed = out.trim_end_matches('；');
    let open = closed.len() < out.len();
    Ok((!closed.is_empty()).then(|| if open { format!("{closed}。") } else { closed.to_owned() }))
}

/// Composes a bulletin from what was counted for it.
pub fn compose(b: &Bulletin, data: &Data) -> Result<Composed> {
    let any = data.tables.values().next().ok_or_else(|| Error::internal("a bulletin quotes nothing"))?;
    let (region, period) = (any.region_name.clone(), words_of(b.every, data.end));
    let words = |name| Words {
        region: &region,
        period: &period,
        end: format!("{}年{}月底", data.end.year(), data.end.month()),
        name,
        figure: String::new(),
        whole: String::new(),
    };
    let mut sections = Vec::new();
    for s in &b.sections {
        let mut paragraphs = Vec::new();
        for text in &s.text {
            paragraphs.extend(paragraph(text, b.every, data, Of::Whole, &words(""))?);
        }
        for rule in &s.behind {
            paragraphs.extend(behind(rule, b.every, data, &words)?);
        }
        let table = s.table.as_ref().and_then(|t| grid(t, data));
        if !paragraphs.is_empty() || table.is_some() {
            sections.push(Part { title: s.title.clone(), paragraphs, table });
        }
    }
    let asof = data.tables.values().map(|t| t.asof).min().map(local_text).unwrap_or_default();
    Ok(Composed {
        id: b.id.clone(),
        title: format!("{region}{period}{}", b.title),
        region_code: any.region_code.clone(),
        region_name: region.clone(),
        period: period.clone(),
        month: data.end.number(),
        asof,
        copies: b.copies.clone(),
        sections,
    })
}

/// Sentences for the regions below that are behind, the worst first.
fn behind<'w>(rule: &Behind, every: Every, data: &Data, words: &impl Fn(&'w str) -> Words<'w>) -> Result<Vec<String>>
where
    Data: 'w,
{
    let quote = Quote::parse(&rule.figure).ok_or_else(|| Error::internal("a bulletin quotes what is no figure"))?;
    let (Some(table), whole) = (data.table(&quote.report, data.end), data.figure(&quote, data.end, Of::Whole)) else {
        return Ok(vec![]);
    };
    let mut late: Vec<(f64, &str, &str, String)> = Vec::new();
    for r in &table.rows {
        let Some(f) = data.figure(&quote, data.end, Of::Row(&r.region_code)) else { continue };
        let below = rule.below_whole && whole.as_ref().is_some_and(|w| f.value < w.value);
        if below || rule.above.is_some_and(|limit| f.value > limit) {
            late.push((if rule.below_whole { f.value } else { -f.value }, &r.region_code, &r.region_name, f.words()));
        }
    }
    late.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out = Vec::new();
    for (_, code, name, figure) in late {
        let base = words("");
        let all = Words { name, figure, whole: whole.as_ref().map(Figure::words).unwrap_or_default(), ..base };
        out.extend(paragraph(&rule.text, every, data, Of::Row(code), &all)?);
    }
    Ok(out)
}

fn grid(t: &Table, data: &Data) -> Option<Grid> {
    let (columns, labels): (Vec<Quote>, Vec<Option<&str>>) = t.columns.iter().filter_map(|c| column(c)).unzip();
    let first = data.table(&columns.first()?.report, data.end)?;
    let mut rows: Vec<(&str, &str)> = first.rows.iter().map(|r| (r.region_code.as_str(), r.region_name.as_str())).collect();
    let order = t.order.as_deref().and_then(Quote::parse);
    if let Some(q) = &order {
        let of = |code: &str| data.figure(q, data.end, Of::Row(code)).map(|f| f.value);
        rows.sort_by(|a, b| match (of(a.0), of(b.0)) {
            (Some(a), Some(b)) if t.least_first => a.total_cmp(&b),
            (Some(a), Some(b)) => b.total_cmp(&a),
            (None, None) => Ordering::Equal,
            (a, _) => a.is_none().cmp(&true).reverse(),
        });
    }
    let heads = columns.iter().zip(labels).map(|(q, label)| {
        let t = data.table(&q.report, data.end);
        let Some(c) = t.and_then(|t| t.columns.iter().find(|c| c.key == q.key)) else { return q.key.clone() };
        let unit = if c.unit == "分" { "元" } else { &c.unit };
        // 户, 平均: only with what stands above it
        let above = c.group.rsplit('/').next().filter(|_| c.label.chars().count() < 3).unwrap_or_default();
        let label = label.map_or_else(|| format!("{above}{}", c.label), str::to_owned);
        if unit.is_empty() || c.label == unit { label } else { format!("{label}（{unit}）") }
    });
    let cells = |of: Of<'_>| -> Vec<String> {
        let one = |q: &Quote| match data.figure(q, data.end, of) {
            None => "—".to_owned(),
            Some(f) if f.unit == "分" => number(f.value / 100.0),
            Some(f) => number(f.value),
        };
        columns.iter().map(one).collect()
    };
    let ranked = order.is_some();
    let line = |place: String, name: &str, of| {
        let lead = if ranked { vec![place, name.to_owned()] } else { vec![name.to_owned()] };
        lead.into_iter().chain(cells(of)).collect::<Vec<_>>()
    };
    let known = |code: &str| order.as_ref().is_some_and(|q| data.figure(q, data.end, Of::Row(code)).is_some());
    let place = |i: usize, code: &str| if known(code) { (i + 1).to_string() } else { "—".to_owned() };
    let mut out: Vec<Vec<String>> =
        rows.iter().enumerate().map(|(i, (code, name))| line(place(i, code), name, Of::Row(code))).collect();
    out.push(line(String::new(), "合计", Of::Whole));
    let lead = if ranked { vec!["名次", "区划"] } else { vec!["区划"] };
    Some(Grid { heads: lead.into_iter().map(str::to_owned).chain(heads).collect(), rows: out })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{About, Counted, Figures, table};
    use base::RegionCode;
    use chrono::DateTime;
    use rust_decimal::Decimal;

    const BULLETIN: &str = r#"
        id = "x.b"
        title = "工作通报"
        every = "month"
        roles = ["R02"]
        reports = { t = "x.t" }
        [[section]]
        title = "一、总体情况"
        text = ["截至{end}，{region}有{t.n}，{t.n|change}；完成率{t.share}，{t.share|year}；共{t.n|sum}。", "平均{t.days}。"]
        [[section]]
        title = "二、落后地区"
        table = { columns = ["t.n", "t.share"], order = "t.share" }
        behind = [{ figure = "t.share", below_whole = true, text = "{name}完成率{figure}，低于平均{whole}，共{t.n}。" }]
    "#;

    fn report() -> meta::Report {
        toml::from_str(
            r#"
            id = "x.t"
            title = "表"
            roles = []
            [[measure]]
            key = "n"
            label = "件数"
            unit = "件"
            dataset = "x.d"
            [[measure]]
            key = "done"
            label = "完成"
            unit = "件"
            dataset = "x.d"
            [[measure]]
            key = "share"
            label = "完成率"
            unit = "%"
            aggregate = "ratio"
            numerator = "done"
            denominator = "n"
            [[measure]]
            key = "days"
            label = "平均用时"
            unit = "日"
            aggregate = "avg"
            field = "d"
            dataset = "x.d"
            "#,
        )
        .unwrap()
    }

    fn counted(rows: &[(&str, i64, i64)]) -> Counted {
        let mut figures = Figures::default();
        let (mut n, mut done) = (0, 0);
        for (code, a, b) in rows {
            let v = BTreeMap::from([("n".to_owned(), Decimal::from(*a)), ("done".to_owned(), Decimal::from(*b))]);
            figures.rows.insert((*code).to_owned(), v);
            (n, done) = (n + a, done + b);
        }
        figures.total = BTreeMap::from([("n".to_owned(), Decimal::from(n)), ("done".to_owned(), Decimal::from(done))]);
        let known = ["n", "done"].map(str::to_owned).into();
        Counted { figures, known, asof: DateTime::UNIX_EPOCH, kept: false }
    }

    fn composed(year_before: bool) -> Composed {
        let (report, region) = (report(), RegionCode::parse("360100000000").unwrap());
        let at = |n: i32, rows: &[(&str, i64, i64)]| {
            let period = Month::from_number(n).unwrap();
            let about = About { report: &report, region: &region, period, by: None };
            let listed = vec!["360102000000".to_owned(), "360103000000".to_owned()];
            let name = |c: &str| {
                Some(
                    match c {
                        "360100000000" => "南昌市",
                        "360102000000" => "东湖区",
                        _ => "西湖区",
                    }
                    .to_owned(),
                )
            };
            (("t".to_owned(), period), table(&about, listed, &counted(rows), None, name))
        };
        let mut tables = BTreeMap::from([
            at(202_610, &[("360102000000", 40, 10), ("360103000000", 60, 40)]),
            at(202_609, &[("360102000000", 45, 10), ("360103000000", 60, 40)]),
        ]);
        if year_before {
            tables.extend([at(202_510, &[("360102000000", 100, 51)])]);
        }
        let end = Month::from_number(202_610).unwrap();
        compose(&toml::from_str(BULLETIN).unwrap(), &Data { end, months: vec![end], tables }).unwrap()
    }

    #[test]
    fn sentences_hold_figures_and_their_movement() {
        let c = composed(true);
        assert_eq!(c.title, "南昌市2026年10月工作通报");
        let first = "截至2026年10月底，南昌市有100件，比上月减少5件；完成率50%，同比下降1个百分点；共100件。";
        assert_eq!(c.sections[0].paragraphs, [first], "the paragraph about what is not known is gone");
    }

    #[test]
    fn a_sentence_with_an_unknown_figure_is_left_out() {
        let c = composed(false);
        assert_eq!(c.sections[0].paragraphs, ["截至2026年10月底，南昌市有100件，比上月减少5件；共100件。"]);
    }

    #[test]
    fn who_is_behind_is_named_and_rows_have_places() {
        let c = composed(false);
        assert_eq!(c.sections[1].paragraphs, ["东湖区完成率25%，低于平均50%，共40件。"]);
        let t = c.sections[1].table.as_ref().unwrap();
        assert_eq!(t.heads, ["名次", "区划", "件数（件）", "完成率（%）"]);
        assert_eq!(t.rows[0], ["1", "西湖区", "60", "66.67"]);
        assert_eq!(t.rows[2], ["", "合计", "100", "50"]);
    }

    #[test]
    fn a_quarter_ends_with_its_third_month() {
        let m = |n| Month::from_number(n).unwrap();
        assert_eq!(months_of(Every::Quarter, m(202_608)).unwrap(), [m(202_607), m(202_608), m(202_609)]);
        assert_eq!(before(Every::Quarter, m(202_609)).unwrap(), m(202_606));
        assert_eq!(before(Every::Quarter, m(202_608)).unwrap(), m(202_606));
        assert_eq!(before(Every::Quarter, m(202_601)).unwrap(), m(202_512));
        assert_eq!(words_of(Every::Quarter, m(202_609)), "2026年第三季度");
    }

    #[test]
    fn figures_are_said_in_their_units() {
        let f = |value, unit| Figure { value, unit };
        assert_eq!(f(2_306_523.0, "分").words(), "23065.23元");
        assert_eq!(f(85.5, "%").words(), "85.5%");
        assert_eq!(f(4.0, "分/5").words(), "4分");
        assert_eq!(f(1200.0, "分").moved(1000.0, "同比", ""), "同比增加2元");
        assert_eq!(f(3.0, "户").moved(3.0, "比上月", "与上月持平"), "与上月持平");
    }
}
