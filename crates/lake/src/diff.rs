//! The difference of two moments: rows that came, rows that went, rows that changed and in which fields. Files that both
//! moments share are not read. A row that moved to another county went there and came here. Must not mask.

use crate::engine::{collect, plan_error};
use crate::shape::{Column, Type};
use crate::snapshot::{SnapshotTable, touches};
use crate::store::{File, Moment};
use crate::{Lake, count};
use base::{Error, Result, Scope};
use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// What changed between two moments.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub all: Changes,
    pub by_county: BTreeMap<String, Changes>,
    /// The first rows of them, as many as were asked for.
    pub rows: Vec<RowChange>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    pub came: u64,
    pub gone: u64,
    pub changed: u64,
    /// Rows that changed, by field.
    pub fields: BTreeMap<String, u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Came,
    Gone,
    Changed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowChange {
    pub id: Uuid,
    pub region_code: String,
    pub what: What,
    /// Field, old and new, as text; for a row that changed.
    pub fields: Vec<(String, Option<String>, Option<String>)>,
}

/// Columns that change with every save and say nothing.
const SILENT: [&str; 6] = ["id", "created_at", "updated_at", "row_version", "sync_batch_no", "national_updated_at"];

/// The columns two moments share and that are compared.
fn compared(a: &Moment, b: &Moment) -> Vec<Column> {
    let same = |c: &&Column| b.columns.iter().any(|x| x.name == c.name && x.of == c.of);
    a.columns.iter().filter(|c| !SILENT.contains(&c.name.as_str())).filter(same).cloned().collect()
}

/// A column of one side, in a form that can be compared.
fn value(side: &str, c: &Column) -> String {
    if c.of == Type::List { format!("array_to_string({side}.{}, ',')", c.name) } else { format!("{side}.{}", c.name) }
}

/// (the join both questions stand on, question of the sums)
fn questions(columns: &[Column], scope: &Scope) -> (String, String) {
    let inside =
        |s: &str| format!("(select * from {s} where region_code >= '{}' and region_code < '{}') {s}", scope.lo, scope.hi);
    let join = format!("from {} full outer join {} on a.id = b.id", inside("a"), inside("b"));
    let differs: Vec<String> =
        columns.iter().map(|c| format!("({} is distinct from {})", value("a", c), value("b", c))).collect();
    let any = if differs.is_empty() { "false".to_owned() } else { differs.join(" or ") };
    let both = "a.id is not null and b.id is not null";
    let per_field: String =
        differs.iter().enumerate().map(|(n, d)| format!(", count(*) filter (where {both} and {d}) as f{n}")).collect();
    let sums = format!(
        "select '' as county, count(*) filter (where a.id is null) as came, count(*) filter (where b.id is null) as gone, \
         count(*) filter (where {both} and ({any})) as changed{per_field} {join}"
    );
    (format!("{join} where a.id is null or b.id is null or ({any})"), sums)
}

impl Lake {
    /// Compares two moments of a dataset inside a range; `most` rows are told one by one.
    pub async fn difference(&self, a: &Arc<Moment>, b: &Arc<Moment>, scope: &Scope, most: usize) -> Result<Difference> {
        let mut out = Difference { from: a.at, to: b.at, all: Changes::default(), by_county: BTreeMap::new(), rows: Vec::new() };
        if ![a, b].iter().all(|m| m.columns.iter().any(|c| c.name == "id")) {
            return Err(Error::invalid("lake.no_rows", "这里只有统计口径的数据，没有逐条的记录，不能比较变化。"));
        }
        let columns = compared(a, b);
        let (join, sums) = questions(&columns, scope);
        let told: String =
            columns.iter().enumerate().map(|(n, c)| format!(", {} as a{n}, {} as b{n}", value("a", c), value("b", c))).collect();
        let counties: BTreeSet<&str> =
            a.files.iter().chain(&b.files).map(|f| f.county.as_str()).filter(|c| touches(c, &scope.lo, &scope.hi)).collect();
        for county in counties {
            let own = |m: &Moment, other: &Moment| -> Vec<File> {
                let shared = |f: &File| other.files.iter().any(|o| o.path == f.path);
                m.files.iter().filter(|f| f.county == county && !shared(f)).cloned().collect()
            };
            let (old, new) = (own(a, b), own(b, a));
            if old.is_empty() && new.is_empty() {
                continue;
            }
            let tables = (SnapshotTable::of(a, old), SnapshotTable::of(b, new));
            let summed = self.two(tables.clone(), sums.clone()).await?;
            let Some((_, figures)) = count::rows(&summed, 1)?.into_iter().next() else { continue };
            let n = |i: usize| figures[i].and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
            let mut one = Changes { came: n(0), gone: n(1), changed: n(2), fields: BTreeMap::new() };
            for (i, c) in columns.iter().enumerate() {
                if n(3 + i) > 0 {
                    one.fields.insert(c.name.clone(), n(3 + i));
                }
            }
            out.all.add(&one);
            let some = one.came + one.gone + one.changed > 0;
            out.by_county.insert(county.to_owned(), one);
            let left = most.saturating_sub(out.rows.len());
            if some && left > 0 {
                let question = format!(
                    "select coalesce(b.id, a.id) as id, coalesce(b.region_code, a.region_code) as region_code, \
                     case when a.id is null then 'came' when b.id is null then 'gone' else 'changed' end as what{told} \
                     {join} order by 2, 1 limit {left}"
                );
                read(&self.two(tables, question).await?, &columns, &mut out.rows)?;
            }
        }
        Ok(out)
    }

    async fn two(&self, tables: (SnapshotTable, SnapshotTable), question: String) -> Result<Vec<RecordBatch>> {
        let (a, b) = (Arc::new(tables.0), Arc::new(tables.1));
        self.engine
            .ask(|session| {
                let (a, b, question) = (a.clone(), b.clone(), question.clone());
                async move {
                    session.register_table("a", a).map_err(plan_error)?;
                    session.register_table("b", b).map_err(plan_error)?;
                    collect(session.sql(&question).await.map_err(plan_error)?).await
                }
            })
            .await
    }
}

fn read(batches: &[RecordBatch], columns: &[Column], out: &mut Vec<RowChange>) -> Result<()> {
    let options = FormatOptions::default();
    for b in batches {
        let ids = cast(b.column(0), &DataType::Binary).map_err(Error::internal)?;
        let ids = ids.as_binary::<i32>();
        let shown = b.columns()[1..].iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options)).collect::<Result<Vec<_>, _>>();
        let shown = shown.map_err(Error::internal)?;
        let text = |column: usize, i: usize| b.column(column + 1).is_valid(i).then(|| shown[column].value(i).to_string());
        for i in 0..b.num_rows() {
            let what = match text(1, i).as_deref() {
                Some("came") => What::Came,
                Some("gone") => What::Gone,
                _ => What::Changed,
            };
            let mut fields = Vec::new();
            for (n, c) in columns.iter().enumerate() {
                let (old, new) = (text(2 + 2 * n, i), text(3 + 2 * n, i));
                if what == What::Changed && old != new {
                    fields.push((c.name.clone(), old, new));
                }
            }
            let id = Uuid::from_slice(ids.value(i)).map_err(Error::internal)?;
            out.push(RowChange { id, region_code: text(0, i).unwrap_or_default(), what, fields });
        }
    }
    Ok(())
}

impl Changes {
    fn add(&mut self, other: &Changes) {
        self.came += other.came;
        self.gone += other.gone;
        self.changed += other.changed;
        for (field, n) in &other.fields {
            *self.fields.entry(field.clone()).or_default() += n;
        }
    }
}
