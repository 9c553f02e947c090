//! The language by its words: what it takes, what it refuses and where.

use super::functions::{self, Cell, Now};
use super::*;

fn columns() -> Columns {
    let mut out = Columns::default();
    for (name, label, kind) in [
        ("name", "姓名", Kind::Text),
        ("age", "年龄", Kind::Int),
        ("area", "面积", Kind::Decimal),
        ("wage", "工资", Kind::Money),
        ("born", "出生日期", Kind::Date),
        ("start_ym", "开始", Kind::Month),
        ("ok", "通过", Kind::Bool),
        ("health", "健康", Kind::Codes),
        ("at", "时间", Kind::Moment),
        ("boss", "上级", Kind::Ref),
    ] {
        out.add(plain(name, label, kind, Sensitivity::Plain));
    }
    out
}

fn fault(text: &str) -> String {
    compile(text, &columns()).expect_err(text)[0].to_string()
}

#[test]
fn what_rules_say_compiles() {
    for text in [
        "age < 16 and not ok",
        "age between 16 and 59 or area / age >= 1.5",
        "wage > yuan(:wage_max) or wage < 0",
        "age_at(born, today()) >= 7 and has(health, '01', '02')",
        "born > date '2020-01-31' and name is not null",
        "months_between(start_ym, month_of(today())) > 24 and start_ym >= 202101",
        "case when age > 1 then ok else false end",
        "name not in ('a', 'b') and length(name) <= 20 and matches(name, '^[一-龥·]{2,20}$')",
        "coalesce(wage, 0) = 0 and boss is null and in_future(at)",
        "count_true(ok, age > 1) > 1 and -age < 3",
    ] {
        compile(text, &columns()).unwrap_or_else(|f| panic!("{text}: {}", f[0]));
    }
}

#[test]
fn everything_else_is_refused_with_its_place() {
    for (text, says) in [
        ("agee > 1", "没有字段“agee”，是不是“age”"),
        ("age > 'x'", "数字与文字不能这样比较"),
        ("wage > 4000", "yuan(数字)"),
        ("born > '2020-01-01'", "date '2026-01-31'"),
        ("health = '01'", "has(字段"),
        ("age", "整条规则应得出“是”或“否”"),
        ("age > ", "这里应有一个字段"),
        ("age > 1)", "这里多出了内容"),
        ("name = 'a", "引号可能没有成对"),
        ("name like 'a%'", "不能用 like"),
        ("age::text = '1'", "类型转换"),
        ("exists(select 1)", "没有名为“exists”的函数"),
        ("pg_sleep(10) is null", "没有名为“pg_sleep”的函数"),
        ("name = null", "is null 或 empty"),
        ("1 < age < 5", "比较不能连写"),
        ("age_at(born) > 3", "参数个数不对"),
        ("age_at(age, born) > 3", "第 1 个参数不能是数字"),
        ("matches(name, '(a+)+')", "不能把重复的内容再整体重复"),
        ("matches(name, '(?=a)')", "(?…)"),
        ("matches(name, '[')", "是否成对"),
        ("", "条件是空的"),
        ("age = 1 and -- 注", "多出了内容"),
        ("name = \"a\"", "单引号"),
    ] {
        let said = fault(text);
        assert!(said.contains(says) || (text.contains("--") && said.contains("字段")), "{text}: {said}");
    }
    assert!(fault("ok and\n  agee > 1").starts_with("第 2 行第 3 个字"));
}

#[test]
fn a_chain_of_any_length_lies_flat_and_nesting_is_bounded() {
    let chain = vec!["age = 1"; 12_000].join(" or ");
    let rule = compile(&chain, &columns()).unwrap();
    assert!(matches!(&rule.root.expr, Expr::Any(l) if l.len() == 12_000));
    let sql = postgres::condition(&rule, &columns(), &postgres::Params::new());
    let (mut deep, mut most) = (0, 0);
    for c in sql.chars() {
        deep += i32::from(c == '(') - i32::from(c == ')');
        most = most.max(deep);
    }
    assert!(most < 20, "{most} brackets deep");
    assert!(fault(&format!("{}age = 1{}", "(".repeat(5_000), ")".repeat(5_000))).contains("嵌套超过"));
    assert!(fault(&format!("{} ok", "not ".repeat(5_000))).contains("嵌套超过"));
    assert!(fault(&format!("age{} > 1", " + age".repeat(5_000))).contains("一串算式"));
}

#[test]
fn division_by_zero_is_empty_and_numbers_are_doubles() {
    let c = compile("area / age > :most", &columns()).unwrap();
    let sql = postgres::condition(&c, &columns(), &postgres::Params::from([("most".into(), 1.5)]));
    assert_eq!(sql, "coalesce(((area::float8 / nullif(age::float8, 0)) > 1.5::float8), false)");
    assert_eq!(c.params.iter().collect::<Vec<_>>(), ["most"]);
}

#[test]
fn functions_answer_or_are_empty() {
    let day = |t: &str| Cell::Date(t.parse().unwrap());
    let now = Now { today: "2026-11-26".parse().unwrap(), moment: "2026-11-26T00:00:00Z".parse().unwrap() };
    let run = |n: &str, a: &[Cell]| (functions::find(n).unwrap().run)(a, now);
    assert_eq!(run("age_at", &[day("2010-11-27"), day("2026-11-26")]), Cell::Num(15.0));
    assert_eq!(run("age_at", &[day("2027-01-01"), day("2026-11-26")]), Cell::Null);
    assert_eq!(run("school_day", &[day("2026-08-31")]), day("2025-09-01"));
    assert_eq!(run("months_between", &[Cell::Num(202_411.0), Cell::Num(202_601.0)]), Cell::Num(14.0));
    assert_eq!(run("first_day", &[Cell::Num(202_613.0)]), Cell::Null);
    assert_eq!(run("make_day", &[Cell::Num(2026.0), Cell::Num(2.0), Cell::Num(30.0)]), Cell::Null);
    assert_eq!(run("add_months", &[day("2026-01-31"), Cell::Num(1.0)]), day("2026-02-28"));
    for f in &functions::ALL {
        let nothing = vec![Cell::Null; f.args.len()];
        let is_total = matches!((f.run)(&nothing, now), Cell::Null | Cell::Bool(_) | Cell::Num(_) | Cell::Date(_));
        assert!(is_total, "{} of nothing", f.name);
    }
}
