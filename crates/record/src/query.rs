//! What a list asks for: filters, sort, page; read from query parameters and held against the description.

use base::{Error, FieldProblem, RegionCode, Result, Scope};
use meta::{Catalog, Dataset, Field, Kind, Place, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// How a filter compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    Eq,
    In,
    Min,
    Max,
    /// Begins with.
    Like,
    Empty,
}

#[derive(Clone, Debug)]
pub struct Filter {
    pub field: String,
    pub op: Op,
    pub values: Vec<Value>,
}

#[derive(Clone, Debug)]
pub struct ListQuery {
    pub filters: Vec<Filter>,
    /// Narrows the actor's scope to one region.
    pub region: Option<RegionCode>,
    /// Begins-with search over the searchable fields, or a whole identity number.
    pub q: Option<String>,
    /// `name:text` of a [`crate::hooks::Narrow`].
    pub within: Option<String>,
    pub sort: Option<(String, bool)>,
    pub limit: i64,
    pub after: Option<(Json, uuid::Uuid)>,
    pub count: bool,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self { filters: vec![], region: None, q: None, within: None, sort: None, limit: 50, after: None, count: false }
    }
}

/// One page of rows.
#[derive(Debug, Serialize)]
pub struct Page {
    pub items: Vec<crate::Row>,
    pub next: Option<String>,
    pub count: Option<i64>,
    pub count_exact: bool,
    /// What the list was narrowed to by `within`, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// Answered by the copy: everything committed before this moment is in it. None: answered by the records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asof: Option<chrono::DateTime<chrono::Utc>>,
}

/// Largest page of a list; exports stream instead.
pub const MAX_LIMIT: i64 = 500;
/// Counting stops here; above it the answer says "more than".
pub const COUNT_CAP: i64 = 100_000;

impl ListQuery {
    /// Reads `name=value` pairs (see the HTTP contract). Every problem is collected.
    pub fn read(catalog: &Catalog, d: &Dataset, pairs: &[(String, String)]) -> Result<ListQuery> {
        let mut out = ListQuery::default();
        let mut bad = Vec::new();
        for (key, text) in pairs {
            match key.as_str() {
                "region" => match RegionCode::parse(text) {
                    Ok(r) => out.region = Some(r),
                    Err(e) => bad.push(FieldProblem::new("region", e.code.clone(), e.sentence)),
                },
                "q" if !text.trim().is_empty() => out.q = Some(text.trim().chars().take(50).collect()),
                "q" => {}
                "within" if text.is_empty() => {}
                "within" if text.starts_with(crate::search::ADHOC) => {
                    bad.push(FieldProblem::new("within", "record.within", "查询条件不能放在地址里，请在高级查询页面操作。"))
                }
                "within" => out.within = Some(text.chars().take(400).collect()),
                "sort" => {
                    let (name, down) = text.strip_prefix('-').map_or((text.as_str(), false), |n| (n, true));
                    let known =
                        d.field(name).is_some_and(|f| f.kind.is_ordered() && (f.is_in(Place::Sort) || f.is_in(Place::Filter)));
                    if known || matches!(name, "region_code" | "updated_at" | "created_at") {
                        out.sort = Some((name.to_owned(), down));
                    } else {
                        bad.push(FieldProblem::new(
                            "sort",
                            "record.sort",
                            format!("不能按“{}”排序。", meta::value::printable(name)),
                        ));
                    }
                }
                "limit" => match text.parse::<i64>() {
                    Ok(n) if (1..=MAX_LIMIT).contains(&n) => out.limit = n,
                    _ => bad.push(FieldProblem::new("limit", "record.limit", format!("每页条数应在 1 到 {MAX_LIMIT} 之间。"))),
                },
                "after" if text.is_empty() => {}
                "after" => match read_cursor(text) {
                    Some(c) => out.after = Some(c),
                    None => bad.push(FieldProblem::new("after", "record.cursor", "翻页标记已失效，请回到第一页重新查询。")),
                },
                "count" => out.count = text == "true" || text == "1",
                name => match read_filter(catalog, d, name, text) {
                    Ok(f) => out.filters.push(f),
                    Err(p) => bad.push(p),
                },
            }
        }
        if bad.is_empty() {
            Ok(out)
        } else {
            Err(Error::invalid("record.query", "查询条件有误，请改正后重试。").with_problems(bad))
        }
    }

    /// The range to search: the actor's, narrowed by the region asked for. None when they do not meet.
    pub fn range(&self, scope: &Scope) -> Option<Scope> {
        self.region.as_ref().map_or(Some(scope.clone()), |r| r.scope().meet(scope))
    }
}

fn read_filter(catalog: &Catalog, d: &Dataset, key: &str, text: &str) -> Result<Filter, FieldProblem> {
    let (name, op) = match key.rsplit_once('.') {
        None => (key, Op::Eq),
        Some((n, "in")) => (n, Op::In),
        Some((n, "min")) => (n, Op::Min),
        Some((n, "max")) => (n, Op::Max),
        Some((n, "like")) => (n, Op::Like),
        Some((n, "empty")) => (n, Op::Empty),
        _ => (key, Op::Eq),
    };
    let f = d
        .field(name)
        .filter(|f| f.is_in(Place::Filter) || d.parent.as_ref().is_some_and(|p| p.field == f.name) || f.kind == Kind::Ref)
        .ok_or_else(|| FieldProblem::new(key, "record.filter", format!("不能按“{}”查询。", meta::value::printable(key))))?;
    let one = |t: &str| filter_value(catalog, f, t, op);
    let values = match op {
        Op::Empty => vec![Value::Bool(text == "true" || text == "1")],
        Op::In => text.split(',').filter(|t| !t.is_empty()).map(one).collect::<Result<_, _>>()?,
        _ => vec![one(text)?],
    };
    let orderly = f.kind.is_ordered() && !f.kind.is_enciphered();
    if matches!(op, Op::Min | Op::Max | Op::Like) && !orderly {
        return Err(FieldProblem::new(key, "record.filter", format!("“{}”不能按范围查询。", f.label)));
    }
    Ok(Filter { field: name.to_owned(), op, values })
}

fn filter_value(catalog: &Catalog, f: &Field, text: &str, op: Op) -> Result<Value, FieldProblem> {
    if op == Op::Like {
        return Ok(Value::Text(text.chars().take(50).collect()));
    }
    let json: Json = match f.kind {
        Kind::Bool => Json::Bool(matches!(text, "true" | "1" | "是")),
        Kind::Codes => Json::Array(vec![text.into()]),
        _ => text.into(),
    };
    meta::value::read(catalog, f, &json)
}

/// A cursor is the last row's sort value and id; opaque to the client.
pub(crate) fn make_cursor(value: &Json, id: uuid::Uuid) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(serde_json::json!([value, id]).to_string())
}
fn read_cursor(text: &str) -> Option<(Json, uuid::Uuid)> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}
