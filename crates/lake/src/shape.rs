//! Which columns of a dataset the lake holds, as what type, and how PostgreSQL is asked for them. Follows from the
//! description alone: what is enciphered or too private to lie in a second place is left out here and nowhere else.
//! Must not know a database or a file.

use datafusion::arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef, TimeUnit};
use meta::{Dataset, Kind, Sensitivity};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    Text,
    Int,
    /// int, and fen.
    Long,
    /// Of this many digits after the point.
    Decimal(u8),
    Bool,
    Date,
    Moment,
    List,
    /// Sixteen bytes.
    Id,
    /// The first eight bytes of a look-up token, as a number: equal for equal numbers, and says nothing about them.
    Key,
}

impl Type {
    pub fn arrow(self) -> DataType {
        match self {
            Type::Text => DataType::Utf8,
            Type::Int => DataType::Int32,
            Type::Long | Type::Key => DataType::Int64,
            Type::Decimal(s) => DataType::Decimal128(18, s as i8),
            Type::Bool => DataType::Boolean,
            Type::Date => DataType::Date32,
            Type::Moment => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Type::List => DataType::List(Arc::new(ArrowField::new("element", DataType::Utf8, true))),
            Type::Id => DataType::Binary,
        }
    }
    /// Can be added up.
    pub fn is_amount(self) -> bool {
        matches!(self, Type::Int | Type::Long | Type::Decimal(_))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub of: Type,
    /// What PostgreSQL computes, in the binary form of `copy`.
    pub ask: String,
}

/// The columns of one dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub dataset: String,
    /// `schema.table`, or the view.
    pub table: String,
    pub columns: Vec<Column>,
    /// Rows that were deleted are marked, and left out.
    pub marked: bool,
}

/// Columns every table has and the lake keeps.
const COMMON: [(&str, Type); 8] = [
    ("id", Type::Id),
    ("region_code", Type::Text),
    ("source", Type::Text),
    ("created_at", Type::Moment),
    ("updated_at", Type::Moment),
    ("row_version", Type::Int),
    ("sync_batch_no", Type::Text),
    ("national_updated_at", Type::Moment),
];

/// Values that never leave the record: what tells who somebody is, how to reach them, their account, where they live.
fn stays_at_home(s: Sensitivity) -> bool {
    matches!(s, Sensitivity::Identity | Sensitivity::Contact | Sensitivity::Bank | Sensitivity::Location)
}

impl Shape {
    pub fn of(d: &Dataset) -> Shape {
        let plain = |name: &str, of: Type| Column { name: name.to_owned(), of, ask: name.to_owned() };
        let mut columns: Vec<Column> = COMMON.iter().map(|(n, t)| plain(n, *t)).collect();
        for f in d.fields.values() {
            let n = f.name.as_str();
            match f.kind {
                Kind::IdCard | Kind::Bank => {
                    let ask = format!("substring({n}_token from 1 for 8)");
                    columns.push(Column { name: format!("{n}_key"), of: Type::Key, ask });
                    if f.kind == Kind::IdCard {
                        columns.push(plain(&format!("{n}_ok"), Type::Bool));
                        columns.push(plain(&format!("{n}_kind"), Type::Text));
                    }
                }
                // whether it can be a number that answers, not the number
                Kind::Phone => {
                    let ask = format!("{n} ~ '^1[3-9][0-9]{{9}}$'");
                    columns.push(Column { name: format!("{n}_ok"), of: Type::Bool, ask });
                }
                // free words may hold anything
                Kind::LongText | Kind::Attachment => {}
                _ if stays_at_home(f.sensitivity) => {}
                Kind::Text | Kind::Name | Kind::Code | Kind::Region => columns.push(plain(n, Type::Text)),
                Kind::Int | Kind::Month | Kind::Year => columns.push(plain(n, Type::Int)),
                Kind::Money => columns.push(plain(n, Type::Long)),
                Kind::Decimal => {
                    let ask = format!("({n} * 1{})::int8", "0".repeat(f.scale as usize));
                    columns.push(Column { name: n.to_owned(), of: Type::Decimal(f.scale as u8), ask });
                }
                Kind::Bool => columns.push(plain(n, Type::Bool)),
                Kind::Date => columns.push(plain(n, Type::Date)),
                Kind::Moment => columns.push(plain(n, Type::Moment)),
                Kind::Codes => columns.push(plain(n, Type::List)),
                Kind::Ref => columns.push(plain(n, Type::Id)),
            }
        }
        Shape { dataset: d.id.clone(), table: d.table(), columns, marked: true }
    }

    /// A view under its own name, with the columns that are wanted.
    pub fn of_view(view: &str, columns: Vec<Column>) -> Shape {
        Shape { dataset: view.to_owned(), table: view.to_owned(), columns, marked: false }
    }

    pub fn schema(&self) -> SchemaRef {
        schema(&self.columns)
    }
    /// The condition that a row counts, after others.
    pub fn counts(&self) -> &'static str {
        if self.marked { " and not deleted" } else { "" }
    }
    /// Equal for equal columns; part of the folder's name.
    pub fn digest(&self) -> String {
        let mut all = Sha256::new();
        for c in &self.columns {
            all.update(format!("{}|{:?}|{}\n", c.name, c.of, c.ask));
        }
        hex::encode(&all.finalize()[..8])
    }
    /// The query behind `copy … to stdout`: the rows of one county that count, in an order in which villages lie together.
    pub fn query(&self, county: &str) -> String {
        let (lo, hi) = county_range(county);
        let asked: Vec<&str> = self.columns.iter().map(|c| c.ask.as_str()).collect();
        format!(
            "select {} from {} where region_code >= '{lo}' and region_code < '{hi}'{} order by region_code{}",
            asked.join(", "),
            self.table,
            self.counts(),
            if self.marked { ", id" } else { "" },
        )
    }
}

/// The columns as an arrow schema; every column may be empty.
pub fn schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(|c| ArrowField::new(&c.name, c.of.arrow(), true)).collect::<Vec<_>>()))
}

/// Half-open range of the region codes of a county given by its six digits.
pub fn county_range(county: &str) -> (String, String) {
    let digits: String = county.chars().filter(char::is_ascii_digit).take(6).collect();
    let n: u64 = digits.parse().unwrap_or(0);
    (format!("{n:06}000000"), format!("{:06}000000", n + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset() -> Dataset {
        let mut d: Dataset = toml::from_str(
            r#"
            id = "t.d"
            title = "表"
            region = "village"
            [fields]
            no = { label = "号", kind = "text", sensitivity = "internal" }
            card = { label = "证", kind = "id_card", sensitivity = "identity" }
            account = { label = "账", kind = "bank", sensitivity = "bank" }
            phone = { label = "电", kind = "phone", sensitivity = "contact" }
            reach = { label = "信", kind = "text", sensitivity = "contact" }
            lon = { label = "经", kind = "decimal", scale = 6, sensitivity = "location" }
            share = { label = "比", kind = "decimal", scale = 1 }
            note = { label = "记", kind = "long_text" }
            ill = { label = "病", kind = "codes", codes = "C", sensitivity = "health" }
            pay = { label = "钱", kind = "money" }
            "#,
        )
        .unwrap();
        d.schema = "t".into();
        for (n, f) in &mut d.fields {
            f.name = n.clone();
        }
        d
    }

    #[test]
    fn what_tells_who_somebody_is_stays_in_the_record() {
        let shape = Shape::of(&dataset());
        let own: Vec<(&str, Type)> = shape.columns[COMMON.len()..].iter().map(|c| (c.name.as_str(), c.of)).collect();
        assert_eq!(
            own,
            [
                ("no", Type::Text),
                ("card_key", Type::Key),
                ("card_ok", Type::Bool),
                ("card_kind", Type::Text),
                ("account_key", Type::Key),
                ("phone_ok", Type::Bool),
                ("share", Type::Decimal(1)),
                ("ill", Type::List),
                ("pay", Type::Long),
            ]
        );
        let query = shape.query("360121");
        assert!(!query.contains("cipher") && !query.contains("reach") && !query.contains("note"), "{query}");
        assert!(query.contains("'360121000000'") && query.contains("'360122000000'") && query.contains("(share * 10)::int8"));
    }

    #[test]
    fn another_column_is_another_shape() {
        let one = Shape::of(&dataset());
        let mut other = one.clone();
        assert_eq!(one.digest(), other.digest());
        other.columns.pop();
        assert_ne!(one.digest(), other.digest());
    }
}
