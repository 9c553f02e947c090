//! SQL of deliveries, built from linted descriptions; values are bound. Must not decide anything.

pub(crate) mod apply;
pub(crate) mod batch;
pub(crate) mod differ;
pub(crate) mod drill;
pub(crate) mod rollback;
pub(crate) mod shadow;

use meta::{Field, Kind};

/// The wire form of a column as jsonb; enciphered kinds stand as cipher text.
pub(crate) fn json(f: &Field, alias: &str) -> String {
    let n = &f.name;
    match f.kind {
        k if k.is_enciphered() => format!("to_jsonb({alias}.{n}_cipher)"),
        Kind::Decimal => format!("to_jsonb({alias}.{n}::text)"),
        _ => format!("to_jsonb({alias}.{n})"),
    }
}

/// The column back from its wire form.
pub(crate) fn from_json(f: &Field, json: &str) -> String {
    let text = format!("({json} #>> '{{}}')");
    match f.kind {
        Kind::Int | Kind::Month | Kind::Year => format!("{text}::integer"),
        Kind::Money => format!("{text}::bigint"),
        Kind::Decimal => format!("{text}::numeric"),
        Kind::Bool => format!("{text}::boolean"),
        Kind::Date => format!("{text}::date"),
        Kind::Moment => format!("{text}::timestamptz"),
        Kind::Ref => format!("{text}::uuid"),
        Kind::Codes => {
            format!("case when jsonb_typeof({json}) = 'array' then array(select jsonb_array_elements_text({json})) end")
        }
        _ => text,
    }
}

/// A text of a description inside SQL.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
