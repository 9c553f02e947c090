//! A view: rows of one grain with everything rules may look at beside them, described once. The description names fields,
//! joined rows, aggregates over children and look-ups; [`Resolved`] is its columns and a draft for PostgreSQL, which a
//! person copies into a migration (a test holds the two together). Another engine reads the same description.

use crate::catalog::Catalog;
use crate::dataset::Dataset;
use crate::kind::Kind;
use crate::rule::{self, Column, Columns, Ty, postgres};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    pub id: String,
    pub title: String,
    /// One row is one of these.
    pub grain: String,
    pub dataset: String,
    /// Column with the id of the record on whose file a finding stands, and the dataset of that record.
    pub file: String,
    pub file_dataset: String,
    /// Column that names the row to people.
    pub name: String,
    /// Rows that are in the view at all.
    #[serde(default)]
    pub keep: Option<String>,
    /// Fields of the row itself.
    pub own: Vec<String>,
    #[serde(default)]
    pub join: IndexMap<String, Join>,
    #[serde(default)]
    pub list: IndexMap<String, ListOf>,
    #[serde(default)]
    pub aggregate: IndexMap<String, Aggregate>,
    #[serde(default)]
    pub computed: IndexMap<String, Computed>,
    #[serde(default)]
    pub lookup: IndexMap<String, Lookup>,
    /// Groups of rows that rules name.
    #[serde(default)]
    pub scope: IndexMap<String, Group>,
    /// PostgreSQL schema, from the module file.
    #[serde(skip_deserializing)]
    pub schema: String,
}

/// At most one row beside: by its id, or the latest of several.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    pub dataset: String,
    #[serde(default)]
    pub title: String,
    /// Column of the joined row, and the column here (`alias.field` for one of an earlier join) that it equals.
    #[serde(default = "id")]
    pub theirs: String,
    pub mine: String,
    #[serde(default, rename = "where")]
    pub filter: Option<String>,
    /// Newest first by these.
    #[serde(default)]
    pub latest: Vec<String>,
    /// `field`, or `field as column`.
    pub take: Vec<String>,
}
fn id() -> String {
    "id".into()
}

/// A column with the codes of several fields.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListOf {
    pub label: String,
    pub of: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// How many rows satisfy `where`.
    Count,
    /// Sum, least, greatest of `of` over them.
    Sum,
    Min,
    Max,
    /// Distinct values of `of`.
    Distinct,
    /// All different values of the code `of`, as a list.
    Codes,
}

/// A column over the rows of another dataset that belong here.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    pub label: String,
    pub over: String,
    pub theirs: String,
    pub mine: String,
    #[serde(rename = "fn")]
    pub fold: Fold,
    #[serde(default)]
    pub of: Option<String>,
    #[serde(default, rename = "where")]
    pub filter: Option<String>,
    #[serde(default)]
    pub unit: String,
}

/// A column reckoned from those above it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Computed {
    pub label: String,
    pub value: String,
    #[serde(default)]
    pub unit: String,
}

/// A single value asked from outside the rows of the view; `call` is a function of PostgreSQL over the arguments.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    pub label: String,
    pub kind: Kind,
    pub call: String,
    pub args: Vec<String>,
    /// What it answers, for an engine without the function.
    pub means: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub label: String,
    #[serde(rename = "where")]
    pub filter: String,
}

/// A view held against the datasets.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What rules may name; `sql` is the column's own name.
    pub columns: Columns,
    /// The statement that makes the view, to be read by a person.
    pub draft: String,
}

struct Making<'a> {
    catalog: &'a Catalog,
    view: &'a View,
    /// Columns with their qualified names.
    columns: Columns,
    from: String,
    bad: Vec<String>,
}

impl View {
    /// `schema.rule_…`: what the database calls `v_…`.
    pub fn table(&self) -> String {
        format!("{}.rule_{}", self.schema, self.id.trim_start_matches("v_"))
    }

    /// Columns and draft, or every problem of the description.
    pub fn resolve(&self, catalog: &Catalog) -> Result<Resolved, Vec<String>> {
        let Some(base) = catalog.dataset(&self.dataset) else {
            return Err(vec![format!("dataset {} does not exist", self.dataset)]);
        };
        let mut m = Making { catalog, view: self, columns: Columns::default(), from: format!("{} b", base.table()), bad: vec![] };
        m.own(base);
        for (alias, j) in &self.join {
            m.join(alias, j);
        }
        for (name, l) in &self.list {
            m.list(name, l);
        }
        m.aggregates();
        for (name, l) in &self.lookup {
            m.lookup(name, l);
        }
        for (name, c) in &self.computed {
            m.computed(name, c);
        }
        let keep = self.keep.as_deref().map(|k| m.condition(k, &m.of(base, "b"), "keep"));
        let keep = keep.map_or(String::new(), |k| format!(" and {k}"));
        if !m.bad.is_empty() {
            return Err(m.bad);
        }
        let select: Vec<String> = m.columns.0.values().map(|c| format!("  {} as {}", c.sql, c.name)).collect();
        let draft = format!(
            "create view {t} with (security_invoker = true) as\nselect b.id as id,\n{}\n from {}\n where not b.deleted{keep};\ngrant select on {t} to ganong_app;\n",
            select.join(",\n"),
            m.from,
            t = self.table(),
        );
        let mut columns = m.columns;
        for c in columns.0.values_mut() {
            c.sql = c.name.clone();
        }
        let mut bad = Vec::new();
        for name in [&self.name, &self.file] {
            if columns.get(name).is_none() && name != "id" {
                bad.push(format!("column {name} does not exist"));
            }
        }
        for (name, g) in &self.scope {
            if let Err(f) = rule::compile(&g.filter, &columns) {
                bad.extend(f.iter().map(|f| format!("scope {name}: {f}")));
            }
        }
        if bad.is_empty() { Ok(Resolved { columns, draft }) } else { Err(bad) }
    }
}

impl Making<'_> {
    /// Columns of a dataset's row under an alias.
    fn of(&self, d: &Dataset, alias: &str) -> Columns {
        let mut all = Columns::of_dataset(d, &|l| self.catalog.codes(l).cloned());
        all.add(rule::plain("id", "编号", Kind::Ref, crate::Sensitivity::Plain));
        for c in all.0.values_mut() {
            c.sql = match c.sql.strip_prefix('(') {
                Some(rest) => format!("({alias}.{rest}"),
                None => format!("{alias}.{}", c.sql),
            };
        }
        all
    }
    fn add(&mut self, c: Column) {
        if self.columns.get(&c.name).is_some() {
            self.bad.push(format!("column {} twice", c.name));
        }
        self.columns.add(c);
    }
    fn condition(&self, text: &str, columns: &Columns, what: &str) -> String {
        match rule::compile(text, columns) {
            Ok(c) => postgres::condition(&c, columns, &postgres::Params::new()),
            // told by `expressions` of the lint below
            Err(f) => format!("/* {what}: {} */ false", f[0]),
        }
    }
    fn checked(&mut self, text: &str, columns: &Columns, what: &str) -> String {
        if let Err(f) = rule::compile(text, columns) {
            self.bad.extend(f.iter().map(|f| format!("{what}: {f}")));
        }
        self.condition(text, columns, what)
    }

    fn own(&mut self, base: &Dataset) {
        let all = self.of(base, "b");
        for name in self.view.own.iter().map(String::as_str).chain(["region_code", "source"]) {
            match all.get(name) {
                Some(c) => self.add(c.clone()),
                None => self.bad.push(format!("own: {} has no column {name}", base.id)),
            }
        }
        if let Some(k) = self.view.keep.clone() {
            self.checked(&k, &all, "keep");
        }
    }

    /// The qualified column that a join or aggregate hangs on.
    fn mine(&self, text: &str) -> String {
        if text.contains('.') { text.to_owned() } else { format!("b.{text}") }
    }

    fn join(&mut self, alias: &str, j: &Join) {
        let Some(d) = self.catalog.dataset(&j.dataset).cloned() else {
            return self.bad.push(format!("join {alias}: dataset {} does not exist", j.dataset));
        };
        let inner = self.of(&d, "t");
        let filter = j.filter.as_ref().map_or(String::new(), |w| format!(" and {}", self.checked(w, &inner, alias)));
        let order = if j.latest.is_empty() {
            String::new()
        } else {
            let by: Vec<String> = j.latest.iter().map(|l| format!("t.{l} desc nulls last")).collect();
            format!(" order by {}, t.id desc limit 1", by.join(", "))
        };
        self.from.push_str(&format!(
            "\n left join lateral (select t.* from {} t where t.{} = {} and not t.deleted{filter}{order}) {alias} on true",
            d.table(),
            j.theirs,
            self.mine(&j.mine)
        ));
        let all = self.of(&d, alias);
        for take in &j.take {
            let (from, to) = take.split_once(" as ").unwrap_or((take, take));
            match all.get(from) {
                Some(c) => {
                    let label = if j.title.is_empty() { c.label.clone() } else { format!("{}·{}", j.title, c.label) };
                    self.add(Column { name: to.to_owned(), label, ..c.clone() });
                }
                None => self.bad.push(format!("join {alias}: {} has no column {from}", d.id)),
            }
        }
    }

    fn list(&mut self, name: &str, l: &ListOf) {
        let of: Vec<Column> = l.of.iter().filter_map(|n| self.columns.get(n).cloned()).collect();
        if of.len() != l.of.len() || of.iter().any(|c| c.ty != Ty::Text) {
            return self.bad.push(format!("list {name}: its columns do not exist or hold no codes"));
        }
        let sql: Vec<&str> = of.iter().map(|c| c.sql.as_str()).collect();
        let sql = format!("array_remove(array[{}], null)", sql.join(", "));
        let first = &of[0];
        let col = Column { name: name.to_owned(), label: l.label.clone(), ty: Ty::List, kind: Kind::Codes, sql, ..first.clone() };
        self.add(col);
    }

    fn aggregates(&mut self) {
        // those over the same rows are reckoned together
        let mut groups: IndexMap<_, Vec<(&String, &Aggregate)>> = IndexMap::new();
        for (name, a) in &self.view.aggregate {
            groups.entry((a.over.clone(), a.theirs.clone(), a.mine.clone())).or_default().push((name, a));
        }
        for (i, ((over, theirs, mine), all)) in groups.into_iter().enumerate() {
            let Some(d) = self.catalog.dataset(&over).cloned() else {
                self.bad.push(format!("aggregate over {over}: no such dataset"));
                continue;
            };
            let inner = self.of(&d, "t");
            let alias = format!("a{}", i + 1);
            let mut select = Vec::new();
            for (name, a) in all {
                let filter =
                    a.filter.as_ref().map_or(String::new(), |w| format!(" filter (where {})", self.checked(w, &inner, name)));
                let of = a.of.as_deref().and_then(|f| match rule::compile_value(f, &inner) {
                    Ok(c) => Some(c),
                    Err(f) => {
                        self.bad.extend(f.iter().map(|f| format!("{name}: {f}")));
                        None
                    }
                });
                let sql = of.as_ref().map(|c| postgres::value(c, &inner, &postgres::Params::new()));
                let inner_column = a.of.as_deref().and_then(|f| inner.get(f));
                let (call, ty, kind) = match (a.fold, sql, &of) {
                    (Fold::Count, None, _) => ("count(*)".to_owned(), Ty::Num, Kind::Int),
                    (Fold::Sum, Some(s), Some(c)) if matches!(c.root.ty, Ty::Num | Ty::Money) => {
                        (format!("sum({s})"), c.root.ty, kind_of(c.root.ty))
                    }
                    (Fold::Min, Some(s), Some(c)) => (format!("min({s})"), c.root.ty, kind_of(c.root.ty)),
                    (Fold::Max, Some(s), Some(c)) => (format!("max({s})"), c.root.ty, kind_of(c.root.ty)),
                    (Fold::Distinct, Some(s), Some(_)) => (format!("count(distinct {s})"), Ty::Num, Kind::Int),
                    (Fold::Codes, Some(s), Some(_)) => (format!("array_agg(distinct {s})"), Ty::List, Kind::Codes),
                    _ => {
                        self.bad.push(format!("{name}: `of` does not fit"));
                        continue;
                    }
                };
                select.push(format!("{call}{filter} as {name}"));
                let mut c = rule::plain(name, &a.label, kind, crate::Sensitivity::Internal);
                (c.ty, c.unit, c.sql) = (ty, a.unit.clone(), format!("{alias}.{name}"));
                c.codes = inner_column.filter(|_| a.fold == Fold::Codes).and_then(|x| x.codes.clone());
                self.add(c);
            }
            self.from.push_str(&format!(
                "\n left join lateral (select {} from {} t where t.{theirs} = {} and not t.deleted) {alias} on true",
                select.join(",\n   "),
                d.table(),
                self.mine(&mine)
            ));
        }
    }

    fn value(&mut self, text: &str, what: &str) -> Option<(String, Ty)> {
        match rule::compile_value(text, &self.columns) {
            Ok(c) => Some((postgres::value(&c, &self.columns, &postgres::Params::new()), c.root.ty)),
            Err(f) => {
                self.bad.extend(f.iter().map(|f| format!("{what}: {f}")));
                None
            }
        }
    }

    fn computed(&mut self, name: &str, x: &Computed) {
        if let Some((sql, ty)) = self.value(&x.value, name) {
            let mut c = rule::plain(name, &x.label, kind_of(ty), crate::Sensitivity::Internal);
            (c.ty, c.unit, c.sql) = (ty, x.unit.clone(), sql);
            self.add(c);
        }
    }

    fn lookup(&mut self, name: &str, l: &Lookup) {
        let args: Vec<String> = l
            .args
            .iter()
            .filter_map(|a| self.value(a, name))
            .map(|(sql, ty)| match ty {
                Ty::Num | Ty::Month => format!("({sql})::integer"),
                _ => sql,
            })
            .collect();
        let mut c = rule::plain(name, &l.label, l.kind, crate::Sensitivity::Internal);
        c.sql = format!("{}({})", l.call, args.join(", "));
        self.add(c);
    }
}

fn kind_of(ty: Ty) -> Kind {
    match ty {
        Ty::Bool => Kind::Bool,
        Ty::Num => Kind::Decimal,
        Ty::Money => Kind::Money,
        Ty::Date => Kind::Date,
        Ty::Moment => Kind::Moment,
        Ty::Month => Kind::Month,
        Ty::List => Kind::Codes,
        Ty::Text | Ty::Null => Kind::Text,
        Ty::Token => Kind::Ref,
    }
}
