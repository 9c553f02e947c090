//! The table a description asks for: used to draft a migration and to hold descriptions against the catalog.
//! Never executed by the program.

use crate::dataset::{Dataset, Field, Place};
use crate::kind::Kind;

/// Columns of one field, in order: (name, SQL type).
pub fn columns_of(f: &Field) -> Vec<(String, String)> {
    let n = &f.name;
    match f.kind {
        Kind::IdCard => vec![
            (format!("{n}_cipher"), "text".into()),
            (format!("{n}_token"), "bytea".into()),
            (format!("{n}_ok"), "boolean".into()),
            (format!("{n}_kind"), "text".into()),
        ],
        Kind::Bank => vec![(format!("{n}_cipher"), "text".into()), (format!("{n}_token"), "bytea".into())],
        k => k.sql_type(f.scale).map(|t| vec![(n.clone(), t)]).unwrap_or_default(),
    }
}

/// A draft of the migration for one dataset; a person reads it before it is committed.
pub fn create_table(d: &Dataset) -> String {
    let t = d.table();
    let mut out = format!("create table {t} (\n");
    out.push_str(COMMON_SQL);
    for f in d.fields.values() {
        for (c, ty) in columns_of(f) {
            out.push_str(&format!(",\n    {c} {ty}"));
        }
    }
    out.push_str("\n);\n");
    let short = d.name();
    out.push_str(&format!("create index {short}_region on {t} (region_code, id);\n"));
    d.fields.values().for_each(|f| out.push_str(&index_of(d, f)));
    for u in &d.unique {
        let cols: Vec<String> = u.iter().map(|n| d.field(n).map_or_else(|| n.clone(), Field::filter_column)).collect();
        out.push_str(&format!(
            "create unique index {short}_{}_key on {t} ({}) where not deleted;\n",
            cols.join("_"),
            cols.join(", ")
        ));
    }
    out.push_str(&format!("select app.protect('{t}');\n"));
    if d.read_below {
        out.push_str(&format!("select app.read_below('{t}', '{}');\n", d.id));
    }
    out
}

/// The index that a filter, a reference or a look-up by token wants; empty where none is wanted.
fn index_of(d: &Dataset, f: &Field) -> String {
    let (short, t, c) = (d.name(), d.table(), f.filter_column());
    if f.kind == Kind::Ref || f.kind.is_enciphered() {
        format!("create index {short}_{c} on {t} ({c});\n")
    } else if f.is_in(Place::Filter) && f.kind == Kind::Codes {
        format!("create index {short}_{c} on {t} using gin ({c});\n")
    } else if f.is_in(Place::Filter) {
        format!("create index {short}_{c} on {t} (region_code, {c});\n")
    } else {
        String::new()
    }
}

/// A draft for a table that exists: the columns it lacks, with their indexes, and a remark for each that no field names.
pub fn add_columns(d: &Dataset, have: &std::collections::BTreeMap<String, String>) -> String {
    let t = d.table();
    let mut out = String::new();
    let mut known: Vec<String> = crate::dataset::COMMON.iter().map(|(c, _)| (*c).to_owned()).collect();
    for f in d.fields.values() {
        let columns = columns_of(f);
        let missing: Vec<_> = columns.iter().filter(|(c, _)| !have.contains_key(c)).collect();
        for (c, ty) in &missing {
            out.push_str(&format!("alter table {t} add column {c} {ty};\n"));
        }
        if !missing.is_empty() {
            out.push_str(&index_of(d, f));
        }
        known.extend(columns.into_iter().map(|(c, _)| c));
    }
    for c in have.keys().filter(|c| !known.contains(c)) {
        out.push_str(&format!("-- {t}.{c} has no field any more: drop it in a later release, when no older program runs\n"));
    }
    if out.is_empty() { format!("-- {t} has every column of its description\n") } else { out }
}

const COMMON_SQL: &str = "    id uuid primary key,
    region_code text collate \"C\" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz";
