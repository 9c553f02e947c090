//! The table of all transitions for `docs/generated/transitions.md`. Must not read anything but descriptions.

use meta::{Catalog, Flow};
use std::fmt::Write;

/// The label of a state: its code's label where the state field has a code list, else the state itself.
pub fn state_label(catalog: &Catalog, flow: &Flow, state: &str) -> String {
    let list = catalog.dataset(&flow.dataset).and_then(|d| d.field(&flow.field)).and_then(|f| f.codes.as_deref());
    list.and_then(|l| catalog.codes(l)).map_or_else(|| state.to_owned(), |l| l.label(state).to_owned())
}

/// Every flow with its states and transitions, in the order of the descriptions.
pub fn transitions_markdown(catalog: &Catalog) -> String {
    let mut out = String::from(
        "# 流程与步骤\n\nGenerated from the flow descriptions by `cargo xtask codegen`; do not edit. \
         `!` behind a field: needed. 换人: not by the person who took the step before.\n",
    );
    for f in catalog.flows() {
        let say = |s: &str| {
            if s == "*" {
                "任一未结状态".to_owned()
            } else if s == "=" {
                "不变".to_owned()
            } else {
                format!("{s} {}", state_label(catalog, f, s))
            }
        };
        let _ = write!(
            out,
            "\n## {} `{}`\n\n数据集 `{}`，状态字段 `{}`，起点 {}。",
            f.title,
            f.id,
            f.dataset,
            f.field,
            say(&f.initial)
        );
        if !f.source.is_empty() {
            let _ = write!(out, "依据：{}。", f.source);
        }
        out.push_str("\n\n| 状态 | 待办岗位 | 时限 | 参数 | 要做什么 |\n| --- | --- | --- | --- | --- |\n");
        for (name, s) in &f.states {
            let (days, param) = s.limit.as_ref().map_or((String::new(), String::new()), |l| {
                let unit = if l.working { "个工作日" } else { "日" };
                let by = l.by.as_ref().map_or(String::new(), |by| {
                    let each: Vec<String> = by.days.iter().map(|(v, d)| format!("{v} {d}")).collect();
                    format!("（按 {}：{}）", by.field, each.join("，"))
                });
                (format!("{}{unit}{by}", l.days), format!("`{}`", l.param))
            });
            let task = if s.closed { "办结" } else { &s.task };
            let _ = writeln!(out, "| {} | {} | {days} | {param} | {task} |", say(name), s.roles.join(" "));
        }
        out.push_str("\n| 步骤 | 名称 | 从 | 到 | 岗位 | 层级 | 要求 |\n| --- | --- | --- | --- | --- | --- | --- |\n");
        for t in &f.transitions {
            let from: Vec<String> = t.from.iter().map(|s| say(s)).collect();
            let roles = if t.roles.is_empty() { "系统".to_owned() } else { t.roles.join(" ") };
            let levels: String = t.levels.iter().map(|l| l.label()).collect();
            let mut needs = Vec::new();
            for (yes, word) in [(t.returns, "退回"), (t.needs_opinion, "意见"), (t.not_by_last, "换人"), (t.batch, "可批量")]
            {
                if yes {
                    needs.push(word.to_owned());
                }
            }
            needs.extend(t.fields.iter().map(|n| format!("`{n}`")));
            needs.extend(
                t.set.iter().map(|(n, v)| format!("写入 `{n}={}`", v.as_str().map_or_else(|| v.to_string(), str::to_owned))),
            );
            needs.extend(t.evidence.iter().map(|e| format!("材料：{e}")));
            needs.extend(t.guard.iter().map(|g| format!("判定 `{g}`")));
            needs.extend(t.effect.iter().map(|e| format!("结果 `{e}`")));
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} | {roles} | {levels} | {} |",
                t.name,
                t.label,
                from.join("；"),
                say(&t.to),
                needs.join("，")
            );
        }
    }
    out
}
