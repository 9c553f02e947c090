//! Lints over all descriptions together: names, references, conditions, flows, reports, policy.

use crate::catalog::Catalog;
use crate::condition::Condition;
use crate::dataset::{Dataset, Field, Need, Place};
use crate::kind::Kind;
use crate::ledger::Step;
use crate::report::Aggregate;

/// Every problem found, one line each; empty when all is well.
pub fn lint(c: &Catalog) -> Vec<String> {
    let mut out = Vec::new();
    for l in c.code_lists() {
        let mut seen = std::collections::HashSet::new();
        for it in &l.items {
            if !seen.insert(&it.code) {
                out.push(format!("code list {}: code {} twice", l.id, it.code));
            }
        }
    }
    for d in c.datasets() {
        dataset(c, d, &mut out);
    }
    for f in c.flows() {
        flow(c, f, &mut out);
    }
    for r in c.reports() {
        report(c, r, &mut out);
    }
    crate::feed::lint(c, &mut out);
    for l in c.ledgers() {
        ledger(c, l, &mut out);
    }
    for b in c.bulletins() {
        crate::bulletin::lint(c, b, &mut out);
    }
    for m in c.modules() {
        for (ds, verbs) in &m.policy {
            if c.dataset(ds).is_none() {
                out.push(format!("module {}: policy for unknown dataset {ds}", m.id));
            }
            for names in verbs.values() {
                for n in names {
                    if let Some(g) = n.strip_prefix('@')
                        && !m.roles.contains_key(g)
                    {
                        out.push(format!("module {}: policy of {ds} names unknown group @{g}", m.id));
                    }
                }
            }
        }
        for menu in &m.menus {
            if let Some(ds) = &menu.dataset
                && c.dataset(ds).is_none()
            {
                out.push(format!("module {}: menu {} names unknown dataset {ds}", m.id, menu.title));
            }
        }
    }
    out
}

fn is_name(s: &str) -> bool {
    !s.is_empty()
        && s.starts_with(|c: char| c.is_ascii_lowercase())
        && s.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn dataset(c: &Catalog, d: &Dataset, out: &mut Vec<String>) {
    let id = &d.id;
    let mut say = |text: String| out.push(format!("dataset {id}: {text}"));
    if d.id.split('.').count() != 2 || !d.id.split('.').all(is_name) {
        say("id is not module.name in lower case".into());
    }
    if !c.modules().any(|m| m.id == d.module() && m.policy.contains_key(id)) {
        say("has no policy in its module.toml".into());
    }
    let column = |n: &str| d.fields.contains_key(n);
    for (what, n) in d
        .title_field
        .iter()
        .map(|n| ("title_field", n))
        .chain(d.searchable.iter().map(|n| ("searchable", n)))
        .chain(d.synced.iter().map(|n| ("synced", n)))
        .chain(d.unique.iter().flatten().map(|n| ("unique", n)))
    {
        let is_region = what == "unique" && n == "region_code";
        if !column(n) && !is_region {
            say(format!("{what} names unknown field {n}"));
        }
    }
    if let Some(p) = &d.parent {
        if c.dataset(&p.dataset).is_none() {
            say(format!("parent {} does not exist", p.dataset));
        }
        if d.field(&p.field).is_none_or(|f| f.kind != Kind::Ref) {
            say(format!("parent field {} is not a ref", p.field));
        }
    }
    below(c, d, &mut say);
    if let Some(f) = &d.flow
        && c.flow(f).is_none()
    {
        say(format!("flow {f} does not exist"));
    }
    for f in d.fields.values() {
        field(c, d, f, &mut say);
    }
    for k in &d.checks {
        if !k.at.is_empty() && !column(&k.at) {
            say(format!("check {} points at unknown field {}", k.id, k.at));
        }
    }
}

/// What is read from below has somebody below, and a parent that is read from there too; what refers to a row of a higher
/// level must be able to see it.
fn below(c: &Catalog, d: &Dataset, say: &mut impl FnMut(String)) {
    if d.read_below && d.region == base::Level::Village {
        say("read_below: nobody is below a village".into());
    }
    let parent = d.parent.as_ref().and_then(|p| c.dataset(&p.dataset));
    if d.read_below && parent.is_some_and(|p| !p.read_below) {
        say("read_below: its parent is not read from below".into());
    }
    for f in d.fields.values().filter(|f| f.kind == Kind::Ref) {
        if let Some(target) = f.dataset.as_deref().and_then(|t| c.dataset(t))
            && target.region < d.region
            && !target.read_below
        {
            say(format!("field {}: {} lies at a higher level and is not read from below (read_below)", f.name, target.id));
        }
    }
}

fn field(c: &Catalog, d: &Dataset, f: &Field, say: &mut impl FnMut(String)) {
    let n = &f.name;
    if !is_name(n) {
        say(format!("field {n}: not a lower-case name"));
    }
    if crate::dataset::COMMON.iter().any(|(c, _)| c == n) {
        say(format!("field {n}: common column, not to be described"));
    }
    match (f.kind, &f.codes) {
        (Kind::Code | Kind::Codes, None) => say(format!("field {n}: kind code without a code list")),
        (Kind::Code | Kind::Codes, Some(l)) if c.codes(l).is_none() => say(format!("field {n}: code list {l} does not exist")),
        (Kind::Code | Kind::Codes, _) | (_, None) => {}
        (_, Some(_)) => say(format!("field {n}: has codes but is not a code")),
    }
    if let Some(class) = &f.under
        && d.field(class).is_none_or(|x| f.kind != Kind::Code || x.kind != Kind::Code || x.codes != f.codes)
    {
        say(format!("field {n}: stands under {class}, which is not a field of the same code list"));
    }
    match (f.kind, &f.dataset) {
        (Kind::Ref, None) => say(format!("field {n}: ref without a dataset")),
        // users are not a dataset but may be referred to
        (Kind::Ref, Some(t)) if t != "access.user" && c.dataset(t).is_none() => {
            say(format!("field {n}: dataset {t} does not exist"))
        }
        _ => {}
    }
    let needs = [&f.required, &f.readonly].into_iter().filter_map(|x| match x {
        Need::When(w) => Some(&w.when),
        Need::Always(_) => None,
    });
    for cond in needs.chain(f.shown.as_ref()) {
        condition(d, n, cond, say);
    }
    if f.is_in(Place::Sort) && !f.kind.is_ordered() {
        say(format!("field {n}: {} cannot be sorted by", f.kind.name()));
    }
    if f.pattern.as_deref().is_some_and(|p| crate::value::pattern(p).is_none()) {
        say(format!("field {n}: the pattern does not compile"));
    }
    if f.label.trim().is_empty() {
        say(format!("field {n}: no label"));
    }
}

fn condition(d: &Dataset, n: &str, cond: &Condition, say: &mut impl FnMut(String)) {
    for f in cond.fields() {
        if d.field(f).is_none() {
            say(format!("field {n}: condition looks at unknown field {f}"));
        }
    }
}

fn flow(c: &Catalog, f: &crate::flow::Flow, out: &mut Vec<String>) {
    let mut say = |text: String| out.push(format!("flow {}: {text}", f.id));
    let Some(d) = c.dataset(&f.dataset) else {
        return say(format!("dataset {} does not exist", f.dataset));
    };
    match d.field(&f.field) {
        None => say(format!("field {} does not exist", f.field)),
        Some(field) => {
            if let Some(list) = field.codes.as_deref().and_then(|l| c.codes(l)) {
                for s in f.states.keys() {
                    if list.get(s).is_none() {
                        say(format!("state {s} is not in code list {}", list.id));
                    }
                }
            }
        }
    }
    for t in &f.transitions {
        for s in t.from.iter().chain([&t.to]) {
            if !f.states.contains_key(s) && s != "*" && s != "=" {
                say(format!("transition {} names unknown state {s}", t.name));
            }
        }
        for (n, _) in t.asked_fields() {
            if d.field(n).is_none() {
                say(format!("transition {} asks for unknown field {n}", t.name));
            }
        }
        for (n, v) in &t.set {
            match d.field(n) {
                None => say(format!("transition {} sets unknown field {n}", t.name)),
                Some(field) => {
                    if let Err(p) = crate::value::read(c, field, v) {
                        say(format!("transition {} sets {n}: {}", t.name, p.message));
                    }
                }
            }
        }
    }
    for s in [&f.initial].into_iter().chain(&f.begins) {
        if !f.states.contains_key(s) {
            say(format!("initial state {s} does not exist"));
        }
    }
    for n in f.says.iter().filter(|n| d.field(n).is_none()) {
        say(format!("says names unknown field {n}"));
    }
}

fn report(c: &Catalog, r: &crate::report::Report, out: &mut Vec<String>) {
    let mut say = |text: String| out.push(format!("report {}: {text}", r.id));
    let mut seen = std::collections::HashSet::new();
    for m in &r.measures {
        let key = &m.key;
        if key.is_empty() || m.label.is_empty() {
            say(format!("measure {key}: no key or no label"));
        }
        if !seen.insert(key) {
            say(format!("measure {key} stands twice"));
        }
        if m.aggregate.is_derived() {
            for k in [&m.numerator, &m.denominator] {
                if k.as_ref()
                    .is_none_or(|k| k == key || !seen.contains(k) && r.measure(k).is_none_or(|x| x.aggregate.is_derived()))
                {
                    say(format!("measure {key}: numerator or denominator is neither counted nor reckoned before it"));
                }
            }
            continue;
        }
        if let Some(rows) = &m.rows
            && (c.dataset(&rows.dataset).is_none() || !is_name(&rows.column))
        {
            say(format!("measure {key}: rows name no dataset or no column"));
        }
        if let Some(w) = &m.r#where {
            let sql =
                w.replace(":period", "0").replace(":year", "0").replace(":month_start", "null").replace(":month_end", "null");
            if let Err(e) = parse(&sql) {
                say(format!("measure {key}: {e}"));
            }
        }
        if let Some(v) = &m.view {
            let fits = v.split('.').count() == 2 && v.split('.').all(is_name);
            if !fits || m.dataset.is_some() {
                say(format!("measure {key}: view is not schema.name, or a dataset is named beside it"));
            }
            if m.aggregate != Aggregate::Count && !m.field.as_deref().is_some_and(is_name) {
                say(format!("measure {key}: no field"));
            }
            continue;
        }
        let Some(d) = m.dataset.as_deref().and_then(|d| c.dataset(d)) else {
            say(format!("measure {key}: dataset does not exist"));
            continue;
        };
        if m.aggregate != Aggregate::Count && !m.field.as_deref().is_some_and(|f| d.field(f).is_some() || f == "id") {
            say(format!("measure {key}: field does not exist"));
        }
        for f in m.drill.keys() {
            let name = f.split('.').next().unwrap_or(f);
            if d.field(name).is_none() {
                say(format!("measure {key}: drill names unknown field {f}"));
            }
        }
    }
    for d in &r.dimensions {
        if d.codes.as_deref().is_some_and(|l| c.codes(l).is_none()) {
            say(format!("dimension {}: code list does not exist", d.key));
        }
        if !is_name(&d.column) || !is_name(&d.key) {
            say(format!("dimension {}: key or column is not a name", d.key));
        }
        for of in &d.of {
            if !r.measures.iter().any(|m| m.source() == of) {
                say(format!("dimension {}: no measure counts {of}", d.key));
            }
        }
        if d.most.as_deref().is_some_and(|k| r.measure(k).is_none_or(|m| m.aggregate.is_derived())) {
            say(format!("dimension {}: most names no counted measure", d.key));
        }
    }
}

fn parse(sql: &str) -> Result<sqlparser::ast::Expr, sqlparser::parser::ParserError> {
    sqlparser::parser::Parser::new(&sqlparser::dialect::PostgreSqlDialect {}).try_with_sql(sql).and_then(|mut p| p.parse_expr())
}

fn ledger(c: &Catalog, l: &crate::ledger::Ledger, out: &mut Vec<String>) {
    let mut say = |text: String| out.push(format!("ledger {}: {text}", l.id));
    let Some(base) = c.dataset(&l.dataset) else {
        return say(format!("dataset {} does not exist", l.dataset));
    };
    if l.columns.is_empty() && !l.whole {
        say("no columns".into());
    }
    for f in l.filter.keys() {
        if base.field(f.split('.').next().unwrap_or(f)).is_none() {
            say(format!("filter names unknown field {f}"));
        }
    }
    for col in &l.columns {
        let steps = col.steps();
        if steps.is_empty() || steps.len() != col.path.split('>').count() {
            say(format!("column {}: {} is no path", col.label, col.path));
            continue;
        }
        let mut at = Some(base);
        for (i, s) in steps.iter().enumerate() {
            let last = i + 1 == steps.len();
            let Some(d) = at else {
                say(format!("column {}: {} goes on behind a value", col.label, col.path));
                break;
            };
            let has = |f: &str| d.field(f).is_some() || crate::dataset::COMMON.iter().any(|(n, _)| *n == f);
            let (fits, next) = match s {
                Step::Field(f) if !last => (has(f), d.field(f).and_then(|f| f.dataset.as_deref()).and_then(|t| c.dataset(t))),
                Step::Field(f) | Step::Tick(f, _) => (has(f), None),
                Step::Months(a, b) => (has(a) && has(b), None),
                Step::Those { dataset, field, only, .. } => {
                    let d = c.dataset(dataset);
                    let known = |d: &Dataset| only.as_ref().is_none_or(|(f, _)| d.field(f).is_some());
                    (d.is_some_and(|d| known(d) && d.field(field).is_some_and(|f| f.kind == Kind::Ref)), d)
                }
                Step::Number | Step::Place(_) | Step::Entered { .. } | Step::LedBy(_) => (true, None),
            };
            if !fits || (next.is_none() && !last) || (last && matches!(s, Step::Those { .. })) {
                say(format!("column {}: {} does not lead to a value", col.label, col.path));
                break;
            }
            at = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(id: &str, region: &str, more: &str) -> Dataset {
        let text = format!("id = \"{id}\"\ntitle = \"t\"\nregion = \"{region}\"\n{more}");
        let mut d: Dataset = toml::from_str(&text).unwrap();
        d.settle("x", String::new());
        d
    }

    #[test]
    fn what_points_upward_must_be_read_from_below() {
        let points = "[fields]\nrule = { label = \"r\", kind = \"ref\", dataset = \"x.rule\" }";
        let child = "read_below = true\nparent = { dataset = \"x.rule\", field = \"rule\" }";
        let said = |rule: &str, of: Dataset| {
            let mut c = Catalog::default();
            for d in [described("x.rule", "county", &format!("{rule}\n[fields]")), of] {
                c.datasets.insert(d.id.clone(), std::sync::Arc::new(d));
            }
            lint(&c).into_iter().filter(|t| t.contains("read_below")).collect::<Vec<_>>()
        };
        assert_eq!(said("", described("x.row", "village", points)).len(), 1);
        assert_eq!(said("", described("x.row", "county", points)), [""; 0]);
        assert_eq!(said("read_below = true", described("x.row", "village", points)), [""; 0]);
        let under = |m: &str| described("x.row", "county", &format!("{m}\n{points}"));
        assert_eq!(said("", under(child)).len(), 1, "its parent is not read from below");
        assert_eq!(said("read_below = true", under(child)), [""; 0]);
        assert_eq!(said("", described("x.row", "village", "read_below = true\n[fields]")).len(), 1, "nobody is below");
    }
}
