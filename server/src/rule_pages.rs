//! The catalogue of rules and the drafts of their views, as people read them.

use meta::Catalog;
use std::fmt::Write;

/// Every rule: number, origin, view, condition, sentence, test; then what cannot be said yet.
pub(crate) fn rules(c: &Catalog) -> String {
    let mut s = format!(
        "# 质量规则目录\n\n由 meta/rules 生成（cargo xtask codegen），请勿手改。共 {} 条规则、{} 个视图；条件写法见各规则，参数可按年度和区划设置。\n\
         每条规则都在 `server/tests/it/rules.rs` 中由种下的一户命中、由另一户放过。\n",
        c.rules().count(),
        c.views().count()
    );
    for v in c.views() {
        let _ = write!(s, "\n## {} `{}`（{}）\n\n", v.title, v.id, v.grain);
        for (k, g) in &v.scope {
            let _ = writeln!(s, "- 范围 {k} {}：`{}`", g.label, g.filter);
        }
        let _ = writeln!(
            s,
            "\n| 规则 | 公开号与同义规则 | 级别 | 名称 | 范围 | 条件 | 提示 | 出处 |\n|---|---|---|---|---|---|---|---|"
        );
        for r in c.rules().filter(|r| r.view == v.id) {
            let t = &r.text;
            let check = c.dataset(&v.dataset).and_then(|d| d.checks.iter().find(|k| k.id == t.check));
            let said = check.map_or(t.r#where.as_str(), |k| k.r#where.as_str());
            let also = [t.src.as_str()].into_iter().filter(|x| !x.is_empty()).chain(t.also.iter().map(String::as_str));
            let also: Vec<&str> = also.collect();
            let cell = |x: &str| x.replace('|', "\\|");
            let _ = writeln!(
                s,
                "| {} | {} | {} | {} | {} | `{}` | {} | {} |",
                t.id,
                cell(&also.join(" ")),
                t.grade.label(),
                cell(&t.title),
                t.scope,
                cell(said),
                cell(&t.tell),
                cell(&r.source)
            );
        }
    }
    s.push_str("\n## 参数\n\n| 参数 | 含义 | 默认 | 单位 | 依据 |\n|---|---|---|---|---|\n");
    for (k, p) in c.rule_params() {
        let _ = writeln!(s, "| `{k}` | {} | {} | {} | {} |", p.title, p.value, p.unit, p.basis);
    }
    s.push_str("\n## 尚不能表达的规则\n\n| 规则 | 原因 |\n|---|---|\n");
    for n in c.not_yet() {
        let _ = writeln!(s, "| {} | {} |", n.ids.join(" "), n.reason);
    }
    s
}

/// The statements that make the views of rules: copied into a migration by a person.
pub(crate) fn views(c: &Catalog) -> String {
    let mut s =
        "-- Drafts of the views of rules, made from meta/views (cargo xtask codegen). Not executed: a change is copied into a\n\
                 -- migration after it was read; a test holds the database against this page.\n"
            .to_owned();
    for v in c.views() {
        let _ = write!(s, "\n{}", c.draft_of_view(&v.id).unwrap_or_default());
    }
    s
}
