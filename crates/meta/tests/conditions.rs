//! The cases of `contracts/conditions.json`, which the front ends answer with their own evaluation.

use meta::Condition;
use serde_json::{Map, Value};

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    cond: Condition,
    row: Map<String, Value>,
    result: bool,
}

#[test]
fn conditions_hold_as_the_front_ends_hold_them() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../../contracts/conditions.json")).expect("cases are readable");
    assert!(cases.len() > 30);
    for c in cases {
        assert_eq!(c.cond.holds(&c.row), c.result, "{}", c.name);
    }
}
