//! One row of item 31 住院结算 (domain 01 §6.1) as it was handed in: read, enciphered, or rejected with a reason. Must not know SQL.

use base::Result;
use chrono::NaiveDate;
use secure::{TokenKind, Vault};
use sheet::{Cell, CellValue, Header, Row, Want};
use uuid::Uuid;

/// Columns looked for.
pub(super) fn wants() -> Vec<Want> {
    vec![
        Want::new("name", "姓名", true).or("患者姓名").or("参保人姓名"),
        Want::new("id_no", "证件号码", true).or("身份证号码").or("身份证号").or("公民身份号码"),
        Want::new("county", "县(市、区)", false).or("县（市、区）").or("县").or("区划"),
        Want::new("town", "乡(镇)", false).or("乡（镇）").or("乡镇"),
        Want::new("village", "行政村", false).or("村"),
        Want::new("data_time", "数据时间", false),
        Want::new("serial", "数据来源流水号", false).or("流水号").or("结算流水号"),
        Want::new("day_in", "入院日期", true).or("就诊日").or("就诊日期"),
        Want::new("relief", "医疗救助支付(元)", false).or("医疗救助支付"),
        Want::new("own", "政策范围内个人负担(元)", true).or("政策范围内个人负担").or("个人负担"),
    ]
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
    pub data_day: Option<NaiveDate>,
    pub day_in: Option<NaiveDate>,
    pub own_fen: Option<i64>,
    pub helped_fen: i64,
    pub serial: String,
    pub reject: Option<Reject>,
}

/// Why a row was not taken: which column, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reject {
    Name,
    IdMissing,
    IdDigitsLost,
    IdWrong,
    Day,
    Amount,
}
impl Reject {
    pub(super) fn column(self) -> &'static str {
        match self {
            Reject::Name => "name",
            Reject::IdMissing | Reject::IdDigitsLost | Reject::IdWrong => "id_no",
            Reject::Day => "day_in",
            Reject::Amount => "own",
        }
    }
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Reject::Name => "姓名为空或过长，请填写本人姓名",
            Reject::IdMissing => "证件号码为空，请补充",
            Reject::IdDigitsLost => "证件号码被存成数字，末几位已丢失，请按文本格式重新填写",
            Reject::IdWrong => "证件号码校验不通过，请核对",
            Reject::Day => "入院日期为空、不存在或晚于今天，请按 2026-01-31 的样式填写",
            Reject::Amount => "政策范围内个人负担应为不小于 0 的金额（元，最多两位小数）",
        }
    }
}
/// Set by the database when an equal row stands above.
pub(super) const DUPLICATE: &str = "与上面的一行重复";

pub(super) struct Reader<'a> {
    pub header: &'a Header,
    pub vault: &'a dyn Vault,
    pub today: NaiveDate,
}

impl Reader<'_> {
    pub(super) fn read(&self, row: &Row) -> Result<Staged> {
        let cell = |key: &str| self.header.column(key).and_then(|c| row.get(c));
        let text = |key: &str| cell(key).map(|c| clean(&c.show())).unwrap_or_default();
        let id = Uuid::now_v7();
        let mut reject = None;
        let mut fail = |r: Reject| {
            reject.get_or_insert(r);
        };
        let name = text("name");
        if name.is_empty() || name.chars().count() > 20 {
            fail(Reject::Name);
        }
        let id_cell = cell("id_no");
        let id_text = base::idcard::normalise(&text("id_no"));
        let lost = matches!(id_cell.map(|c| &c.value), Some(CellValue::Number(n)) if n.abs() >= 1e15);
        let card = base::idcard::parse(&id_text, self.today);
        if id_text.is_empty() {
            fail(Reject::IdMissing);
        } else if lost {
            fail(Reject::IdDigitsLost);
        } else if !card.is_ok() {
            fail(Reject::IdWrong);
        }
        let day_in = cell("day_in").and_then(day).filter(|d| *d <= self.today);
        if day_in.is_none() {
            fail(Reject::Day);
        }
        let own_fen = cell("own").and_then(fen).filter(|f| *f >= 0);
        if own_fen.is_none() {
            fail(Reject::Amount);
        }
        let known = (!id_text.is_empty() && id_text.chars().count() <= 40).then_some(id_text);
        let cipher =
            known.as_ref().map(|t| self.vault.seal(t, &secure::place("relapse.dept_record", "raw_id_no", &id))).transpose()?;
        let place: String = [text("county"), text("town"), text("village")].concat().chars().take(120).collect();
        Ok(Staged {
            id,
            row_no: i32::try_from(row.number).unwrap_or(i32::MAX),
            name: name.chars().take(20).collect(),
            token: known.as_ref().map(|t| self.vault.token(TokenKind::IdCard, t)),
            id_ok: known.as_ref().map(|_| card.is_ok()),
            id_kind: known.as_ref().map(|_| card.kind.name()),
            cipher,
            place,
            data_day: cell("data_time").and_then(day),
            day_in,
            own_fen,
            helped_fen: cell("relief").and_then(fen).filter(|f| *f > 0).unwrap_or(0),
            serial: text("serial").chars().take(80).collect(),
            reject,
        })
    }
}

/// Without control characters, which neither the database nor a screen can hold.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

fn day(cell: &Cell) -> Option<NaiveDate> {
    match &cell.value {
        CellValue::Date(d) => Some(d.date()),
        CellValue::Number(n) if *n < 110_000.0 => base::date::from_serial(*n),
        _ => base::date::parse(&cell.show()).ok(),
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
