//! Field kinds and sensitivities: what a field is, how it is stored, who may see it plainly.

use serde::{Deserialize, Serialize};

/// What a field holds. Exists under one name in Rust, console and mini-program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Text,
    LongText,
    Int,
    Decimal,
    /// Integer fen.
    Money,
    Bool,
    Date,
    /// YYYYMM as integer.
    Month,
    Year,
    Moment,
    /// One code of a list.
    Code,
    /// Several codes of a list.
    Codes,
    /// Id of a row of another dataset.
    Ref,
    /// 12-digit region code.
    Region,
    Phone,
    IdCard,
    Bank,
    /// A person's name.
    Name,
    /// Files by (dataset, row, field); no column.
    Attachment,
}

impl Kind {
    pub const ALL: [Kind; 19] = [
        Kind::Text,
        Kind::LongText,
        Kind::Int,
        Kind::Decimal,
        Kind::Money,
        Kind::Bool,
        Kind::Date,
        Kind::Month,
        Kind::Year,
        Kind::Moment,
        Kind::Code,
        Kind::Codes,
        Kind::Ref,
        Kind::Region,
        Kind::Phone,
        Kind::IdCard,
        Kind::Bank,
        Kind::Name,
        Kind::Attachment,
    ];

    /// The name used in TOML, JSON and the front ends.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::LongText => "long_text",
            Kind::Int => "int",
            Kind::Decimal => "decimal",
            Kind::Money => "money",
            Kind::Bool => "bool",
            Kind::Date => "date",
            Kind::Month => "month",
            Kind::Year => "year",
            Kind::Moment => "moment",
            Kind::Code => "code",
            Kind::Codes => "codes",
            Kind::Ref => "ref",
            Kind::Region => "region",
            Kind::Phone => "phone",
            Kind::IdCard => "id_card",
            Kind::Bank => "bank",
            Kind::Name => "name",
            Kind::Attachment => "attachment",
        }
    }

    /// Stored encrypted, with a token for look-up.
    pub fn is_enciphered(self) -> bool {
        matches!(self, Kind::IdCard | Kind::Bank)
    }

    pub fn is_number(self) -> bool {
        matches!(self, Kind::Int | Kind::Decimal | Kind::Money | Kind::Month | Kind::Year)
    }

    /// May stand in `order by` and range filters.
    pub fn is_ordered(self) -> bool {
        self.is_number() || matches!(self, Kind::Date | Kind::Moment | Kind::Text | Kind::Code | Kind::Region | Kind::Name)
    }

    /// The SQL type of the one column, or none where the kind has none or several.
    pub fn sql_type(self, scale: u32) -> Option<String> {
        Some(match self {
            Kind::Text | Kind::LongText | Kind::Phone | Kind::Name | Kind::Code => "text".into(),
            Kind::Int | Kind::Month | Kind::Year => "integer".into(),
            Kind::Decimal => format!("numeric(18,{scale})"),
            Kind::Money => "bigint".into(),
            Kind::Bool => "boolean".into(),
            Kind::Date => "date".into(),
            Kind::Moment => "timestamptz".into(),
            Kind::Codes => "text[]".into(),
            Kind::Ref => "uuid".into(),
            Kind::Region => "text collate \"C\"".into(),
            Kind::IdCard | Kind::Bank | Kind::Attachment => return None,
        })
    }
}

/// How carefully a field is treated; domain 01 §2.0 levels 0–3 are 0 plain, 1 internal, 2 personal and contact, 3 the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    #[default]
    Plain,
    Internal,
    Personal,
    Contact,
    Identity,
    Bank,
    Health,
    Location,
}

impl Sensitivity {
    /// Level 0–3 of the domain pages.
    pub fn level(self) -> u8 {
        match self {
            Sensitivity::Plain => 0,
            Sensitivity::Internal => 1,
            Sensitivity::Personal | Sensitivity::Contact => 2,
            Sensitivity::Identity | Sensitivity::Bank | Sensitivity::Health | Sensitivity::Location => 3,
        }
    }
}
