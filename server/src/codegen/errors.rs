//! The list of all error codes, read from the sources themselves: every place that makes an error or a field problem is
//! found in the syntax tree, and one whose code cannot be told from the text is a fault of the scan, not left out.

use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, ExprLit, Lit, Pat};

/// Constructors of `base::Error` and the kind each makes.
const KINDS: [(&str, &str, u16); 8] = [
    ("invalid", "格式不对", 400),
    ("unauthenticated", "未登录", 401),
    ("forbidden", "无权限", 403),
    ("not_found", "不存在", 404),
    ("conflict", "冲突", 409),
    ("refused", "不予受理", 422),
    ("busy", "繁忙", 429),
    ("unavailable", "暂不可用", 503),
];
/// A problem of one field; it travels inside an error.
const FIELD: &str = "字段问题";

/// What is known of one code.
#[derive(Debug, Default)]
pub struct Known {
    pub kinds: BTreeSet<String>,
    pub sentences: BTreeSet<String>,
    pub rooms: BTreeSet<String>,
}

/// All codes, and what the scan could not read.
#[derive(Debug, Default)]
pub struct Scan {
    pub codes: BTreeMap<String, Known>,
    pub unread: Vec<String>,
}

/// A function or closure that hands a parameter on as the code: its name, the position of code and sentence, the kind.
#[derive(Clone)]
struct Helper {
    code: usize,
    sentence: Option<usize>,
    kind: String,
    /// The file it stands in.
    place: String,
}

/// Scans `crates/*/src`, `modules/*/src` and `server/src` below `root`; the checks of the descriptions come from `catalog`.
pub fn scan(root: &Path, catalog: &meta::Catalog) -> anyhow::Result<Scan> {
    let mut out = Scan::default();
    for room in rooms(root)? {
        let name = room.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut files = Vec::new();
        rust_files(&room.join("src"), &mut files)?;
        let trees: Vec<(PathBuf, syn::File)> = files
            .into_iter()
            .map(|p| {
                let text = std::fs::read_to_string(&p)?;
                let tree = syn::parse_file(&text).with_context(|| p.display().to_string())?;
                Ok((p, tree))
            })
            .collect::<anyhow::Result<_>>()?;
        let mut consts = HashMap::new();
        for (_, t) in &trees {
            Consts(&mut consts).visit_file(t);
        }
        let mut helpers: HashMap<String, Helper> = HashMap::new();
        // a helper may call a helper: twice is enough for the depth there is
        for _ in 0..2 {
            for (p, t) in &trees {
                let mut f = Finder::new(root, p, &name, &consts, helpers.clone());
                f.visit_file(t);
                helpers.extend(f.found);
            }
        }
        for (p, t) in &trees {
            let mut f = Finder::new(root, p, &name, &consts, helpers.clone());
            f.out = Some(&mut out);
            f.visit_file(t);
        }
    }
    for d in catalog.datasets() {
        for k in &d.checks {
            let known = out.codes.entry(k.id.clone()).or_default();
            known.kinds.insert(FIELD.into());
            known.sentences.insert(k.tell.clone());
            known.rooms.insert(d.module().to_owned());
        }
    }
    Ok(out)
}

/// The page: one line a code.
pub fn page(scan: &Scan) -> String {
    let mut s = "# 错误代码\n\n由源代码与描述文件生成（cargo xtask codegen），请勿手改。“{}”处为运行时的名称或数值。\n\n| 代码 | 类别 | 提示 | 出处 |\n|---|---|---|---|\n".to_owned();
    for (code, k) in &scan.codes {
        let all = |x: &BTreeSet<String>, by: &str| x.iter().map(|t| t.replace('|', "\\|")).collect::<Vec<_>>().join(by);
        let _ = writeln!(s, "| `{code}` | {} | {} | {} |", all(&k.kinds, " "), all(&k.sentences, "<br>"), all(&k.rooms, " "));
    }
    s
}

fn rooms(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut out = vec![root.join("server")];
    for folder in ["crates", "modules"] {
        for e in std::fs::read_dir(root.join(folder)).with_context(|| folder.to_owned())? {
            out.push(e?.path());
        }
    }
    // what tests and chores say is not said to users
    out.retain(|p| p.join("src").is_dir() && !p.ends_with("testkit"));
    out.sort();
    Ok(out)
}

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for e in std::fs::read_dir(dir)? {
        let p = e?.path();
        if p.is_dir() {
            rust_files(&p, out)?;
        } else if p.extension().is_some_and(|x| x == "rs") && p.file_name().is_some_and(|n| n != "tests.rs" && n != "testing.rs")
        {
            out.push(p);
        }
    }
    out.sort();
    Ok(())
}

fn is_test(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|a| a.path().is_ident("cfg") && a.meta.require_list().is_ok_and(|l| l.tokens.to_string().contains("test")))
}

struct Consts<'a>(&'a mut HashMap<String, String>);
impl<'ast> Visit<'ast> for Consts<'_> {
    fn visit_item_const(&mut self, c: &'ast syn::ItemConst) {
        if let Some(text) = literal(&c.expr) {
            self.0.insert(c.ident.to_string(), text);
        }
    }
}

fn literal(e: &Expr) -> Option<String> {
    match e {
        Expr::Lit(ExprLit { lit: Lit::Str(s), .. }) => Some(s.value()),
        Expr::Reference(r) => literal(&r.expr),
        Expr::Paren(p) => literal(&p.expr),
        Expr::Group(g) => literal(&g.expr),
        Expr::MethodCall(m) if ["into", "to_owned", "to_string"].iter().any(|n| m.method == n) => literal(&m.receiver),
        _ => None,
    }
}

/// A sentence: a literal, or what stands in a `format!`, names in braces shown as `{}`.
fn sentence(e: &Expr, consts: &HashMap<String, String>) -> Option<String> {
    if let Some(t) = literal(e) {
        return Some(t);
    }
    match e {
        Expr::Macro(m) if m.mac.path.is_ident("format") => {
            let args = m.mac.parse_body_with(Punctuated::<Expr, syn::Token![,]>::parse_terminated).ok()?;
            let text = literal(args.first()?)?;
            let mut out = String::new();
            let mut inside = false;
            for c in text.chars() {
                match (inside, c) {
                    (false, '{') => (inside, out) = (true, out + "{"),
                    (true, '}') => (inside, out) = (false, out + "}"),
                    (true, _) => {}
                    (false, _) => out.push(c),
                }
            }
            Some(out)
        }
        Expr::Path(p) => consts.get(&p.path.segments.last()?.ident.to_string()).cloned(),
        Expr::MethodCall(m) => sentence(&m.receiver, consts),
        Expr::Reference(r) => sentence(&r.expr, consts),
        _ => None,
    }
}

/// The name of a variable that is handed on, whatever is done to own it.
fn variable(e: &Expr) -> Option<String> {
    match e {
        Expr::Path(p) => p.path.get_ident().map(ToString::to_string),
        Expr::Reference(r) => variable(&r.expr),
        Expr::MethodCall(m) if m.args.is_empty() => variable(&m.receiver),
        _ => None,
    }
}

struct Finder<'a> {
    place: String,
    room: String,
    consts: &'a HashMap<String, String>,
    helpers: HashMap<String, Helper>,
    /// Helpers found on the way.
    found: HashMap<String, Helper>,
    /// Functions and closures around the present place: name and parameters.
    around: Vec<(String, Vec<String>)>,
    /// Name of the `let` whose value is being looked at: a closure gets it.
    binding: Option<String>,
    out: Option<&'a mut Scan>,
}

impl<'a> Finder<'a> {
    fn new(root: &Path, p: &Path, room: &str, consts: &'a HashMap<String, String>, helpers: HashMap<String, Helper>) -> Self {
        Finder {
            place: p.strip_prefix(root).unwrap_or(p).display().to_string(),
            room: room.to_owned(),
            consts,
            helpers,
            found: HashMap::new(),
            around: vec![],
            binding: None,
            out: None,
        }
    }

    fn made(&mut self, kind: &str, code: &Expr, text: Option<&Expr>) {
        if let Expr::If(i) = code {
            for branch in [i.then_branch.stmts.last().map(stmt), i.else_branch.as_ref().map(|(_, e)| Some(&**e))] {
                if let Some(Some(e)) = branch {
                    self.made(kind, &peel(e), text);
                }
            }
            return;
        }
        let known = literal(code).or_else(|| variable_const(code, self.consts));
        if let Some(code) = known {
            let Some(out) = self.out.as_mut() else { return };
            let k = out.codes.entry(code).or_default();
            k.kinds.insert(kind.to_owned());
            k.rooms.insert(self.room.clone());
            k.sentences.extend(text.and_then(|t| sentence(t, self.consts)));
            return;
        }
        let name = variable(code);
        for (function, params) in self.around.iter().rev() {
            if let Some(i) = name.as_ref().and_then(|n| params.iter().position(|p| p == n)) {
                let at = text.and_then(variable).and_then(|t| params.iter().position(|p| *p == t));
                self.found
                    .insert(function.clone(), Helper { code: i, sentence: at, kind: kind.to_owned(), place: self.place.clone() });
                return;
            }
        }
        // a code that another error or a check brought along stands where that was made
        let passed_on =
            matches!(&strip(code), Expr::Field(f) if matches!(&f.member, syn::Member::Named(n) if n == "code" || n == "id"));
        if !passed_on && let Some(out) = self.out.as_mut() {
            out.unread.push(format!("{}: {}", self.place, quote_of(code)));
        }
    }

    fn params<'p>(inputs: impl Iterator<Item = &'p Pat>) -> Vec<String> {
        inputs
            .map(|p| match p {
                Pat::Ident(i) => i.ident.to_string(),
                Pat::Type(t) => match &*t.pat {
                    Pat::Ident(i) => i.ident.to_string(),
                    _ => String::new(),
                },
                _ => String::new(),
            })
            .collect()
    }

    fn called(&mut self, name: &str, args: &Punctuated<Expr, syn::Token![,]>) {
        if let Some(h) = self.helpers.get(name).cloned()
            && let Some(code) = args.get(h.code)
        {
            // another function of that name has other arguments there
            let a_code = match literal(code) {
                Some(text) => text.contains('.'),
                None => h.place == self.place || variable(code).is_some_and(|n| self.around.iter().any(|(_, p)| p.contains(&n))),
            };
            if a_code {
                self.made(&h.kind, code, h.sentence.and_then(|i| args.get(i)));
            }
        }
    }
}

fn stmt(s: &syn::Stmt) -> Option<&Expr> {
    match s {
        syn::Stmt::Expr(e, None) => Some(e),
        _ => None,
    }
}
fn peel(e: &Expr) -> Expr {
    match e {
        Expr::Block(b) => b.block.stmts.last().and_then(stmt).cloned().unwrap_or_else(|| e.clone()),
        _ => e.clone(),
    }
}
fn strip(e: &Expr) -> Expr {
    match e {
        Expr::Reference(r) => strip(&r.expr),
        Expr::MethodCall(m) if m.args.is_empty() => strip(&m.receiver),
        _ => e.clone(),
    }
}
fn variable_const(e: &Expr, consts: &HashMap<String, String>) -> Option<String> {
    let Expr::Path(p) = strip(e) else { return None };
    consts.get(&p.path.segments.last()?.ident.to_string()).cloned()
}
fn quote_of(e: &Expr) -> String {
    use quote::ToTokens;
    e.to_token_stream().to_string()
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, m: &'ast syn::ItemMod) {
        if !is_test(&m.attrs) {
            visit::visit_item_mod(self, m);
        }
    }
    fn visit_item_fn(&mut self, f: &'ast syn::ItemFn) {
        let inputs = f.sig.inputs.iter().filter_map(|i| if let syn::FnArg::Typed(t) = i { Some(&*t.pat) } else { None });
        self.around.push((f.sig.ident.to_string(), Self::params(inputs)));
        visit::visit_item_fn(self, f);
        self.around.pop();
    }
    fn visit_impl_item_fn(&mut self, f: &'ast syn::ImplItemFn) {
        let inputs = f.sig.inputs.iter().filter_map(|i| if let syn::FnArg::Typed(t) = i { Some(&*t.pat) } else { None });
        self.around.push((f.sig.ident.to_string(), Self::params(inputs)));
        visit::visit_impl_item_fn(self, f);
        self.around.pop();
    }
    fn visit_local(&mut self, l: &'ast syn::Local) {
        let name = match &l.pat {
            Pat::Ident(i) => Some(i.ident.to_string()),
            _ => None,
        };
        let before = std::mem::replace(&mut self.binding, name);
        visit::visit_local(self, l);
        self.binding = before;
    }
    fn visit_expr_closure(&mut self, c: &'ast syn::ExprClosure) {
        let name = self.binding.take().unwrap_or_default();
        self.around.push((name.clone(), Self::params(c.inputs.iter())));
        visit::visit_expr_closure(self, c);
        self.around.pop();
        self.binding = Some(name).filter(|n| !n.is_empty());
    }
    fn visit_expr_call(&mut self, c: &'ast syn::ExprCall) {
        if let Expr::Path(p) = &*c.func {
            let names: Vec<String> = p.path.segments.iter().map(|s| s.ident.to_string()).collect();
            let last = names.last().cloned().unwrap_or_default();
            let of = names.len().checked_sub(2).map(|i| names[i].as_str()).unwrap_or_default();
            let own = of == "Error" || (of == "Self" && self.place.ends_with("base/src/error.rs"));
            if own && let Some((_, title, status)) = KINDS.iter().find(|(n, ..)| *n == last) {
                if let (Some(code), text) = (c.args.first(), c.args.get(1)) {
                    self.made(&format!("{title} {status}"), code, text);
                }
            } else if own && last == "new" && c.args.len() == 3 {
                let kind = c.args.first().map(quote_of).unwrap_or_default().replace(' ', "");
                let title = if kind.ends_with("Internal") { Some("内部 500".to_owned()) } else { kind_title(&kind) };
                if let (Some(title), Some(code)) = (title, c.args.get(1)) {
                    self.made(&title, code, c.args.get(2));
                }
            } else if of == "FieldProblem" && last == "new" {
                if let Some(code) = c.args.get(1) {
                    self.made(FIELD, code, c.args.get(2));
                }
            } else {
                self.called(&last, &c.args);
            }
        }
        visit::visit_expr_call(self, c);
    }
    fn visit_expr_method_call(&mut self, c: &'ast syn::ExprMethodCall) {
        self.called(&c.method.to_string(), &c.args);
        visit::visit_expr_method_call(self, c);
    }
    fn visit_expr_struct(&mut self, s: &'ast syn::ExprStruct) {
        let is = |n: &str| s.path.segments.last().is_some_and(|x| x.ident == n);
        if is("FieldProblem")
            || (is("Error") && s.fields.iter().any(|f| matches!(&f.member, syn::Member::Named(n) if n == "code")))
        {
            let of = |n: &str| s.fields.iter().find(|f| matches!(&f.member, syn::Member::Named(m) if m == n)).map(|f| &f.expr);
            if let Some(code) = of("code") {
                let kind = if is("FieldProblem") { FIELD } else { "内部 500" };
                if !self.place.ends_with("base/src/error.rs") {
                    self.made(kind, code, of("message").or_else(|| of("sentence")));
                }
            }
        }
        visit::visit_expr_struct(self, s);
    }
    fn visit_item_macro(&mut self, m: &'ast syn::ItemMacro) {
        // a macro of the room's own that makes one error of the code and the sentence it is given
        let body = m.mac.tokens.to_string();
        let made: Vec<_> = KINDS.iter().filter(|(n, ..)| body.contains(&format!("Error :: {n} ($"))).collect();
        match (&m.ident, made.as_slice()) {
            (Some(name), [(_, title, status)]) => {
                let kind = format!("{title} {status}");
                self.found.insert(format!("{name}!"), Helper { code: 0, sentence: None, kind, place: self.place.clone() });
            }
            _ => visit::visit_item_macro(self, m),
        }
    }
    fn visit_macro(&mut self, m: &'ast syn::Macro) {
        if let Some(h) = self.helpers.get(&format!("{}!", quote_path(&m.path))).cloned() {
            let args = m.parse_body_with(Punctuated::<Expr, syn::Token![,]>::parse_terminated).unwrap_or_default();
            let args: Vec<&Expr> = args.iter().collect();
            // the code is the text with a sentence behind it
            let found = args
                .windows(2)
                .find(|w| literal(w[0]).is_some_and(|c| c.contains('.')) && literal(w[1]).is_some_and(|t| !t.is_ascii()));
            match found {
                Some(w) => self.made(&h.kind, w[0], Some(w[1])),
                None => {
                    if let Some(out) = self.out.as_mut() {
                        out.unread.push(format!("{}: {}!", self.place, quote_path(&m.path)));
                    }
                }
            }
            return;
        }
        // vec![…], format!(…), json!(…): expressions with commas between them; what is none makes no errors
        if let Ok(args) = m.parse_body_with(Punctuated::<Expr, syn::Token![,]>::parse_terminated) {
            // kept for the length of the visit only: expressions inside a macro have no place in the tree
            for a in &args {
                let mut inner = Finder {
                    place: self.place.clone(),
                    room: self.room.clone(),
                    consts: self.consts,
                    helpers: self.helpers.clone(),
                    found: HashMap::new(),
                    around: self.around.clone(),
                    binding: None,
                    out: self.out.as_deref_mut(),
                };
                inner.visit_expr(a);
                let found = std::mem::take(&mut inner.found);
                drop(inner);
                self.found.extend(found);
            }
        } else {
            let text = m.tokens.to_string();
            let makes =
                KINDS.iter().any(|(n, ..)| text.contains(&format!("Error :: {n}"))) || text.contains("FieldProblem :: new");
            if makes && let Some(out) = self.out.as_mut() {
                out.unread.push(format!("{}: errors made inside {}!", self.place, quote_path(&m.path)));
            }
        }
    }
}

fn quote_path(p: &syn::Path) -> String {
    p.segments.last().map_or_else(String::new, |s| s.ident.to_string())
}

fn kind_title(kind: &str) -> Option<String> {
    let name = kind.rsplit("::").next()?;
    let snake = match name {
        "NotFound" => "not_found".to_owned(),
        n => n.to_lowercase(),
    };
    KINDS.iter().find(|(n, ..)| *n == snake).map(|(_, t, s)| format!("{t} {s}"))
}
