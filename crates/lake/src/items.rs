//! What is copied: every described dataset, and every view of the database that a described measure counts over. A view is
//! computed by PostgreSQL when its county is copied, so that both sides count the same rows; what it says must follow from the
//! tables below it alone, not from the clock. Must not copy.

use crate::shape::{Column, Shape, Type};
use crate::{Lake, store};
use base::Result;
use meta::Catalog;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One thing that is copied.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Id of the dataset, or name of the view.
    pub id: String,
    pub shape: Shape,
    /// Tables (`schema.table`) whose changes change it.
    pub sources: Vec<String>,
}

/// The views measures count over, with every word that is said about them.
pub fn named_views(catalog: &Catalog) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for r in catalog.reports() {
        for m in &r.measures {
            let Some(view) = &m.view else { continue };
            let said = [m.field.as_deref(), m.r#where.as_deref(), m.rows.as_ref().map(|r| r.column.as_str())];
            let words = said.into_iter().flatten().flat_map(words);
            out.entry(view.clone()).or_default().extend(words);
        }
        for d in &r.dimensions {
            for view in &d.of {
                if let Some(known) = out.get_mut(view) {
                    known.insert(d.column.clone());
                }
            }
        }
    }
    out
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')).filter(|w| !w.is_empty()).map(str::to_owned)
}

/// The columns of a view that are copied: those that measures speak of, where their type is one that both sides write alike.
pub fn view_columns(all: &[(String, String)], wanted: &BTreeSet<String>) -> Vec<Column> {
    let mut out = Vec::new();
    for (name, sql) in all {
        let plain = |of: Type| Column { name: name.clone(), of, ask: name.clone() };
        if name != "region_code" && !wanted.contains(name) {
            continue;
        }
        let scale = sql.strip_prefix("numeric(").and_then(|s| s.trim_end_matches(')').split_once(','));
        out.push(match (sql.as_str(), scale) {
            ("text" | "character varying", _) => plain(Type::Text),
            ("integer", _) => plain(Type::Int),
            ("bigint", _) => plain(Type::Long),
            ("boolean", _) => plain(Type::Bool),
            ("date", _) => plain(Type::Date),
            ("timestamp with time zone", _) => plain(Type::Moment),
            ("uuid", _) => plain(Type::Id),
            ("text[]", _) => plain(Type::List),
            (_, Some((_, s))) => {
                let Ok(s) = s.trim().parse::<u8>() else { continue };
                Column { ask: format!("({name} * 1{})::int8", "0".repeat(s.into())), ..plain(Type::Decimal(s)) }
            }
            _ => continue,
        });
    }
    out
}

impl Lake {
    /// Everything that is copied. The views are looked up once.
    pub async fn items(&self) -> Result<Arc<Vec<Item>>> {
        let found = self.items.get_or_try_init(|| async {
            let mut items: Vec<Item> = self
                .catalog
                .datasets()
                .map(|d| Item { id: d.id.clone(), shape: Shape::of(d), sources: vec![d.table()] })
                .collect();
            for (view, wanted) in named_views(&self.catalog) {
                let Some(v) = store::view(self.db.pool(), &view).await? else { continue };
                let columns = view_columns(&v.columns, &wanted);
                let placed = columns.iter().any(|c| c.name == "region_code");
                if placed && v.repeatable && !v.sources.is_empty() {
                    items.push(Item { id: view.clone(), shape: Shape::of_view(&view, columns), sources: v.sources });
                }
            }
            Ok::<_, base::Error>(Arc::new(items))
        });
        found.await.cloned()
    }

    pub async fn item(&self, id: &str) -> Result<Option<Item>> {
        Ok(self.items().await?.iter().find(|i| i.id == id).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_measures_speak_of_is_copied_of_a_view() {
        let all = [
            ("region_code", "text"),
            ("people", "integer"),
            ("phone", "text"),
            ("share", "numeric(18,2)"),
            ("loose", "numeric"),
            ("secret", "bytea"),
        ]
        .map(|(n, t)| (n.to_owned(), t.to_owned()));
        let wanted = words("people > 0 and share = 1 and loose = 1 and secret is null").collect();
        let got: Vec<(String, Type)> = view_columns(&all, &wanted).into_iter().map(|c| (c.name, c.of)).collect();
        let want = [("region_code", Type::Text), ("people", Type::Int), ("share", Type::Decimal(2))];
        assert_eq!(got, want.map(|(n, t)| (n.to_owned(), t)));
    }
}
