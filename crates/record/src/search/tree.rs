//! Conditions as they come over the wire. Must not know descriptions.

use base::{Error, FieldProblem, Result};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

/// Conditions of one query at most, and groups within groups.
const MOST: usize = 60;
const DEEP: usize = 6;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    Is,
    In,
    NotIn,
    Between,
    AtLeast,
    AtMost,
    Begins,
    Contains,
    /// At least so many days ago.
    DaysAgo,
    /// Not longer ago than so many days.
    WithinDays,
    Empty,
    Filled,
}

impl Op {
    pub fn label(self) -> &'static str {
        match self {
            Op::Is => "等于",
            Op::In => "是其中之一",
            Op::NotIn => "不是其中任何一项",
            Op::Between => "介于",
            Op::AtLeast => "不小于",
            Op::AtMost => "不大于",
            Op::Begins => "开头是",
            Op::Contains => "包含",
            Op::DaysAgo => "至少多少天前",
            Op::WithinDays => "最近多少天内",
            Op::Empty => "未填",
            Op::Filled => "已填",
        }
    }
}

/// One comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    pub field: String,
    pub op: Op,
    pub values: Vec<Json>,
}

/// `{"all": […]}`, `{"any": […]}`, `{"field", "op", "values"}`, or `{"of": dataset, "least": n, "where": …}`: there are at least
/// `n` such rows (1 when left out); with 0 there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Test(Test),
    Rows { of: String, least: Option<i64>, inner: Box<Node> },
}

impl Node {
    /// Reads the wire form; says what is wrong with it.
    pub fn read(json: &Json) -> Result<Node> {
        let mut left = MOST;
        let node = read(json, DEEP, &mut left, "")?;
        if left == MOST {
            return Err(refused("", "请至少设置一个条件。"));
        }
        Ok(node)
    }

    /// Every comparison of the query, with the dataset it looks at (empty: the one asked).
    pub fn tests(&self) -> Vec<(&str, &Test)> {
        fn go<'a>(n: &'a Node, of: &'a str, out: &mut Vec<(&'a str, &'a Test)>) {
            match n {
                Node::All(l) | Node::Any(l) => l.iter().for_each(|n| go(n, of, out)),
                Node::Test(t) => out.push((of, t)),
                Node::Rows { of, inner, .. } => go(inner, of, out),
            }
        }
        let mut out = Vec::new();
        go(self, "", &mut out);
        out
    }

    pub fn to_json(&self) -> Json {
        match self {
            Node::All(l) => json!({"all": l.iter().map(Node::to_json).collect::<Vec<_>>()}),
            Node::Any(l) => json!({"any": l.iter().map(Node::to_json).collect::<Vec<_>>()}),
            Node::Test(t) => json!({"field": t.field, "op": t.op, "values": t.values}),
            Node::Rows { of, least, inner } => json!({"of": of, "least": least.unwrap_or(1), "where": inner.to_json()}),
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(s)
    }
}

/// A place of the tree in words: `/0/2` is 第 1.3 项.
pub(super) fn place(at: &str) -> String {
    let numbers: Vec<String> =
        at.split('/').filter_map(|p| p.parse::<usize>().ok()).map(|n| n.saturating_add(1).to_string()).collect();
    if numbers.is_empty() { String::new() } else { format!("第 {} 项：", numbers.join(".")) }
}

fn refused(at: &str, text: &str) -> Error {
    let text = format!("{}{text}", place(at));
    Error::invalid("record.search_form", text.clone()).with_problems(vec![FieldProblem::new(at, "record.search_form", text)])
}

fn read(json: &Json, deep: usize, left: &mut usize, at: &str) -> Result<Node> {
    let broken = || refused(at, "条件的格式不正确，请在高级查询页面重新设置。");
    let map: &Map<String, Json> = json.as_object().ok_or_else(broken)?;
    if deep == 0 {
        return Err(refused(at, &format!("条件分组太深，最多 {DEEP} 层，请减少分组的层数。")));
    }
    let one_more = |left: &mut usize| -> Result<()> {
        let text = format!("一次查询最多 {MOST} 个条件，从这里起超出，请精简；同一字段的多个取值请用“是其中之一”。");
        *left = left.checked_sub(1).ok_or_else(|| refused(at, &text))?;
        Ok(())
    };
    let list = |v: &Json, left: &mut usize| -> Result<Vec<Node>> {
        let parts = v.as_array().ok_or_else(broken)?.iter().enumerate();
        parts.map(|(i, n)| read(n, deep - 1, left, &format!("{at}/{i}"))).collect()
    };
    if let Some(v) = map.get("all") {
        return Ok(Node::All(list(v, left)?));
    }
    if let Some(v) = map.get("any") {
        return Ok(Node::Any(list(v, left)?));
    }
    let text = |k: &str| map.get(k).and_then(Json::as_str).map(str::to_owned);
    if let Some(of) = text("of") {
        let least = map.get("least").and_then(Json::as_i64);
        if least.is_some_and(|n| !(0..=1000).contains(&n)) {
            return Err(refused(at, "关联记录的条数应在 0 到 1000 之间。"));
        }
        // counting rows is a condition of its own, even without one on the rows
        one_more(left)?;
        let every = json!({"all": []});
        let inner = map.get("where").unwrap_or(&every);
        let below = if inner.get("field").is_some() { format!("{at}/0") } else { at.to_owned() };
        let inner = read(inner, deep - 1, left, &below)?;
        return Ok(Node::Rows { of, least, inner: Box::new(inner) });
    }
    one_more(left)?;
    let op = serde_json::from_value(map.get("op").cloned().unwrap_or_default()).map_err(|_| broken())?;
    let values = match map.get("values") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(l)) => l.clone(),
        Some(one) => vec![one.clone()],
    };
    Ok(Node::Test(Test { field: text("field").ok_or_else(broken)?, op, values }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_written_alike() {
        let j = json!({"all": [
            {"field": "a", "op": "in", "values": ["1", "2"]},
            {"any": [{"field": "b", "op": "empty", "values": []}, {"of": "m.d", "least": 0, "where": {"all": [{"field": "c", "op": "at_least", "values": [3]}]}}]},
        ]});
        let n = Node::read(&j).unwrap();
        assert_eq!(n.to_json(), j);
        assert_eq!(
            n.tests().iter().map(|(of, t)| (*of, t.field.as_str())).collect::<Vec<_>>(),
            [("", "a"), ("", "b"), ("m.d", "c")]
        );
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        let many: Vec<Json> = (0..61).map(|_| json!({"field": "a", "op": "empty"})).collect();
        let mut deep = json!({"field": "a", "op": "empty"});
        for _ in 0..7 {
            deep = json!({"all": [deep]});
        }
        for bad in [
            json!(null),
            json!([]),
            json!({}),
            json!({"all": {}}),
            json!({"all": []}),
            json!({"field": "a", "op": "drop table"}),
            json!({"op": "is", "values": [1]}),
            json!({"of": "m.d", "least": -1}),
            json!({"all": many}),
            deep,
        ] {
            assert_eq!(Node::read(&bad).unwrap_err().code, "record.search_form", "{bad}");
        }
    }

    #[test]
    fn a_refusal_says_where() {
        let one = json!({"field": "a", "op": "empty"});
        let long: Vec<Json> = (0..12_000).map(|_| one.clone()).collect();
        let mut deep = one.clone();
        for _ in 0..6 {
            deep = json!({"all": [deep]});
        }
        for (bad, says) in [
            (json!({"all": [one, {"any": [one, {"field": "a", "op": "like"}]}]}), "第 2.2 项：条件的格式不正确"),
            (json!({"any": long}), "第 61 项：一次查询最多 60 个条件"),
            (deep, "第 1.1.1.1.1.1 项：条件分组太深"),
            (json!({"all": [one, {"of": "m.d", "least": 1001}]}), "第 2 项：关联记录的条数"),
            (json!({"all": [{"of": "m.d", "where": {"all": [one, 7]}}]}), "第 1.2 项：条件的格式不正确"),
        ] {
            let e = Node::read(&bad).unwrap_err();
            assert!(e.sentence.starts_with(says), "{}", e.sentence);
            assert_eq!(e.problems.len(), 1);
        }
    }
}
