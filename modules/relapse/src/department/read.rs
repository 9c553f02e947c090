//! One line of an item as it was handed in: read, enciphered, or rejected with a reason. Must not know SQL.

use super::items::{Holds, Item, Said};
use super::places::Places;
use base::Result;
use chrono::NaiveDate;
use matching::repair::Slip;
use secure::{TokenKind, Vault};
use serde_json::{Map, Value as Json, json};
use sheet::{Cell, CellValue, Header, Row, Want};
use uuid::Uuid;

/// Columns looked for: those every item begins with, then its own.
pub(crate) fn wants(item: &Item) -> Vec<Want> {
    let mut out = vec![
        Want::new("name", "姓名", true).or("患者姓名").or("参保人姓名"),
        Want::new("id_no", "证件号码", true).or("身份证号码").or("身份证号").or("公民身份号码"),
        Want::new("county", "县(市、区)", false).or("县（市、区）").or("县").or("区划"),
        Want::new("town", "乡(镇)", false).or("乡（镇）").or("乡镇"),
        Want::new("village", "行政村", false).or("村"),
        Want::new("birth", "出生日期", false).or("出生年月日"),
        Want::new("data_time", "数据时间", false),
        Want::new("serial", "数据来源流水号", false).or("流水号").or("结算流水号"),
    ];
    out.extend(item.said().map(|(key, s)| s.or.iter().fold(Want::new(key, &s.label, s.required), |w, o| w.or(o))));
    out
}

/// Why a row was not taken: which column, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reject {
    pub column: String,
    pub sentence: String,
}

/// A row whose number does not hold, with the numbers it was probably meant to be, by their look-up tokens.
pub(super) struct Meant {
    pub row_no: i32,
    pub name: String,
    pub village: Option<String>,
    pub tokens: Vec<([u8; 16], Slip)>,
}

/// A row as it is staged. Enciphered values only.
pub(super) struct Staged {
    pub id: Uuid,
    pub row_no: i32,
    pub name: String,
    pub cipher: Option<String>,
    pub token: Option<[u8; 16]>,
    pub id_ok: Option<bool>,
    pub id_kind: Option<&'static str>,
    pub place: String,
    /// Code of the village, where its names are those of one village.
    pub village: Option<String>,
    /// Said by a column, else by the number.
    pub birth: Option<NaiveDate>,
    pub data_day: Option<NaiveDate>,
    pub day: Option<NaiveDate>,
    pub amount_fen: Option<i64>,
    pub relief_fen: i64,
    pub serial: String,
    /// The other columns as one JSON object; none where there is nothing.
    pub vals: Option<String>,
    pub reject: Option<Reject>,
    /// Keys of required columns that are empty, with commas between; none where all are filled in.
    pub missing: Option<String>,
    pub meant: Option<Meant>,
    /// Rejected, and the number is all that is wrong.
    pub number_only: bool,
}

/// Set by the database when an equal row stands above.
pub(super) const DUPLICATE: &str = "与上面的一行重复";

pub(super) struct Reader<'a> {
    pub item: &'a Item,
    pub header: &'a Header,
    pub vault: &'a dyn Vault,
    pub places: &'a Places,
    pub today: NaiveDate,
}

impl Reader<'_> {
    pub(super) fn read(&self, row: &Row) -> Result<Staged> {
        let cell = |key: &str| self.header.column(key).and_then(|c| row.get(c));
        let text = |key: &str| cell(key).map(|c| clean(&c.show())).unwrap_or_default();
        let id = Uuid::now_v7();
        let (mut reject, mut faults) = (None, 0);
        let mut fail = |column: &str, sentence: String| {
            faults += 1;
            reject.get_or_insert(Reject { column: column.to_owned(), sentence });
        };
        let mut missing: Vec<&str> = Vec::new();
        let name = text("name");
        if name.is_empty() {
            missing.push("name");
        }
        if name.is_empty() || name.chars().count() > 20 {
            fail("name", "姓名为空或过长，请填写本人姓名".into());
        }
        let id_cell = cell("id_no");
        let id_text = base::idcard::normalise(&text("id_no"));
        let lost = matches!(id_cell.map(|c| &c.value), Some(CellValue::Number(n)) if n.abs() >= 1e15);
        let card = base::idcard::parse(&id_text, self.today);
        if id_text.is_empty() {
            missing.push("id_no");
            fail("id_no", "证件号码为空，请补充".into());
        } else if lost {
            fail("id_no", "证件号码被存成数字，末几位已丢失，请按文本格式重新填写".into());
        } else if !card.is_ok() {
            fail("id_no", "证件号码校验不通过，请核对".into());
        }
        let mut staged = Staged {
            id,
            row_no: i32::try_from(row.number).unwrap_or(i32::MAX),
            name: name.chars().take(20).collect(),
            cipher: None,
            token: None,
            id_ok: None,
            id_kind: None,
            place: [text("county"), text("town"), text("village")].concat().chars().take(120).collect(),
            village: self.places.find(&text("county"), &text("town"), &text("village")).map(str::to_owned),
            birth: cell("birth").and_then(day).or(card.birth).filter(|b| *b <= self.today),
            data_day: cell("data_time").and_then(day),
            day: None,
            amount_fen: None,
            relief_fen: 0,
            serial: text("serial").chars().take(80).collect(),
            vals: None,
            reject: None,
            missing: None,
            meant: None,
            number_only: false,
        };
        let mut vals = Map::new();
        for (key, said) in self.item.said() {
            let filled = cell(key).filter(|c| !clean(&c.show()).is_empty());
            match (key, filled) {
                (_, None) if said.required => {
                    missing.push(key);
                    fail(key, format!("{}为空，请填写", said.label));
                }
                (_, None) => {}
                ("day", Some(c)) => match day(c).filter(|d| *d <= self.today) {
                    Some(d) => staged.day = Some(d),
                    None => fail(key, format!("{}不存在或晚于今天，请按 2026-01-31 的样式填写", said.label)),
                },
                ("amount" | "relief", Some(c)) => match fen(c).filter(|f| *f >= 0) {
                    Some(f) if key == "amount" => staged.amount_fen = Some(f),
                    Some(f) => staged.relief_fen = f,
                    None => fail(key, format!("{}应为不小于 0 的金额（元，最多两位小数）", said.label)),
                },
                (_, Some(c)) => match value(said, c) {
                    Ok(v) => drop(vals.insert(key.to_owned(), v)),
                    Err(why) => fail(key, format!("{}{why}", said.label)),
                },
            }
        }
        staged.vals = (!vals.is_empty()).then(|| Json::Object(vals).to_string());
        let known = !id_text.is_empty() && id_text.chars().count() <= 40;
        if known {
            staged.cipher = Some(self.vault.seal(&id_text, &secure::place("relapse.dept_record", "raw_id_no", &id))?);
            staged.token = Some(self.vault.token(TokenKind::IdCard, &id_text));
            staged.id_ok = Some(card.is_ok());
            staged.id_kind = Some(card.kind.name());
        }
        // only where the number is all that is wrong: repaired, the row is taken
        staged.number_only = !lost && known && faults == 1 && reject.as_ref().is_some_and(|r: &Reject| r.column == "id_no");
        if staged.number_only {
            staged.meant = self.meant(&staged, &id_text);
        }
        staged.reject = reject;
        staged.missing = (!missing.is_empty()).then(|| missing.join(","));
        Ok(staged)
    }
}

impl Reader<'_> {
    /// What a wrong number was probably meant to be (domain 05 §12.4.1).
    fn meant(&self, row: &Staged, written: &str) -> Option<Meant> {
        let claim = matching::Claim { number: written, name: &row.name, ..matching::Claim::default() };
        // the number was found wrong: its own birth digits narrow nothing
        let readings = matching::numbers(&claim, self.today);
        let tokens = readings.into_iter().filter_map(|q| Some((self.vault.token(TokenKind::IdCard, &q.number), q.slip?)));
        let tokens: Vec<_> = tokens.collect();
        (!tokens.is_empty()).then(|| Meant { row_no: row.row_no, name: row.name.clone(), village: row.village.clone(), tokens })
    }
}

/// A cell as the column holds it, or why not.
fn value(said: &Said, cell: &Cell) -> Result<Json, &'static str> {
    let text = clean(&cell.show());
    match said.kind {
        Holds::Text if text.chars().count() > 400 => Err("超过 400 字，请缩短"),
        Holds::Text => Ok(text.into()),
        Holds::Int => text.parse::<i32>().map(Json::from).map_err(|_| "应为整数"),
        Holds::Number => {
            text.replace([',', '，'], "").parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| json!(n)).ok_or("应为数字")
        }
        Holds::Money => fen(cell).filter(|f| *f >= 0).map(Json::from).ok_or("应为不小于 0 的金额（元，最多两位小数）"),
        Holds::Date => day(cell).map(|d| d.to_string().into()).ok_or("不存在，请按 2026-01-31 的样式填写"),
        Holds::Yes => match text.as_str() {
            "是" | "有" | "1" | "true" | "TRUE" | "在管" | "已参保" | "正常参保" | "已完工" => Ok(true.into()),
            "否" | "无" | "0" | "false" | "FALSE" | "不在管" | "未参保" | "停保" | "断保" | "未完工" => {
                Ok(false.into())
            }
            _ => Err("应填“是”或“否”"),
        },
    }
}

/// Without control characters, which neither the database nor a screen can hold.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

/// A day; of a month (`202601`, `2026-01`, `2026年1月`) the first.
fn day(cell: &Cell) -> Option<NaiveDate> {
    let text = clean(&cell.show());
    let digits: Vec<&str> = text.trim_end_matches('月').split(['-', '/', '.', '年']).collect();
    let month = match digits.as_slice() {
        [ym] if ym.len() == 6 => Some((&ym[..4], &ym[4..])).filter(|_| ym.bytes().all(|b| b.is_ascii_digit())),
        [y, m] => Some((*y, *m)),
        _ => None,
    };
    if let Some((y, m)) = month
        && let (Ok(y), Ok(m)) = (y.parse(), m.parse())
    {
        return NaiveDate::from_ymd_opt(y, m, 1).filter(|d| (1900..2200).contains(&chrono::Datelike::year(d)));
    }
    match &cell.value {
        CellValue::Date(d) => Some(d.date()),
        CellValue::Number(n) if *n < 110_000.0 => base::date::from_serial(*n),
        _ => base::date::parse(&text).ok(),
    }
}

fn fen(cell: &Cell) -> Option<i64> {
    match &cell.value {
        // what a sheet computed has the noise of binary fractions
        CellValue::Number(n) if n.abs() < 1e12 => Some((n * 100.0).round() as i64),
        CellValue::Date(_) | CellValue::Bool(_) | CellValue::Error(_) | CellValue::Number(_) | CellValue::Empty => None,
        CellValue::Text(t) => base::money::parse(t).ok(),
    }
}
