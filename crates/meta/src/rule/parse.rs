//! From text to tree. Tokens are those of sqlparser; the grammar is the short one of rules, so that everything else is
//! refused where it stands. Chains of `and`/`or` lie side by side, depth is bounded, nothing recurses by length.

use super::functions;
use super::{Arith, Compare, Expr, Fault, Node, Pos, Ty};
use chrono::NaiveDate;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Whitespace};

/// Longest text taken; a rule sheet's longest is some thousand.
const MOST_CHARS: usize = 500_000;
/// Deepest nesting.
const MOST_DEPTH: usize = 60;

pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let start = Pos { line: 1, column: 1 };
    if text.trim().is_empty() {
        return Err(Fault::new(start, "条件是空的，请填写。"));
    }
    if text.chars().count() > MOST_CHARS {
        return Err(Fault::new(start, format!("条件过长（超过 {MOST_CHARS} 个字），请拆成几条规则。")));
    }
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, text)
        .tokenize_with_location()
        .map_err(|e| Fault::new(Pos { line: e.location.line, column: e.location.column }, "从这里起读不懂，引号可能没有成对。"))?
        .into_iter()
        .filter(|t| !matches!(&t.token, Token::Whitespace(Whitespace::Space | Whitespace::Newline | Whitespace::Tab)))
        .collect();
    let mut p = Parser { tokens, next: 0, depth: 0 };
    let node = p.expr(0)?;
    match p.peek() {
        None => Ok(node),
        Some(_) => Err(p.unexpected("这里多出了内容")),
    }
}

struct Parser {
    tokens: Vec<TokenWithSpan>,
    next: usize,
    depth: usize,
}

/// How strongly an operator binds: or < and < not < comparison < + < * < sign.
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const CMP: u8 = 4;
const SUM: u8 = 5;
const PRODUCT: u8 = 6;
const SIGN: u8 = 7;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|t| &t.token).filter(|t| **t != Token::EOF)
    }
    fn pos(&self) -> Pos {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(Pos { line: 1, column: 1 }, |t| {
            let s = if self.next < self.tokens.len() { t.span.start } else { t.span.end };
            Pos { line: s.line, column: s.column }
        })
    }
    /// The next word, in lower case, when it is an unquoted one.
    fn word(&self) -> Option<String> {
        match self.peek() {
            Some(Token::Word(w)) if w.quote_style.is_none() => Some(w.value.to_lowercase()),
            _ => None,
        }
    }
    fn take_word(&mut self, want: &str) -> bool {
        let is = self.word().as_deref() == Some(want);
        self.next += usize::from(is);
        is
    }
    fn take(&mut self, want: &Token) -> bool {
        let is = self.peek() == Some(want);
        self.next += usize::from(is);
        is
    }
    fn unexpected(&self, what: &str) -> Fault {
        let seen = self.peek().map_or("已到末尾".to_owned(), |t| format!("“{}”", crate::value::printable(&t.to_string())));
        Fault::new(self.pos(), format!("{what}：{seen}。"))
    }
    fn want(&mut self, t: &Token, name: &str) -> Result<(), Fault> {
        if self.take(t) { Ok(()) } else { Err(self.unexpected(&format!("这里应为“{name}”"))) }
    }

    fn expr(&mut self, least: u8) -> Result<Node, Fault> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(Fault::new(self.pos(), format!("括号或算式嵌套超过 {MOST_DEPTH} 层，请拆开写。")));
        }
        let mut left = self.prefix()?;
        // how far the tree grew to the left
        let mut grown = 0;
        while let Some((op, power)) = self.operator() {
            if power < least {
                break;
            }
            grown += usize::from(!matches!(op, Op::All | Op::Any));
            if grown > MOST_DEPTH {
                return Err(Fault::new(self.pos(), format!("一串算式超过 {MOST_DEPTH} 项，请拆开写。")));
            }
            left = self.infix(left, op, power)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// The operator that stands next, not yet taken.
    fn operator(&self) -> Option<(Op, u8)> {
        if let Some(w) = self.word() {
            return Some(match w.as_str() {
                "or" => (Op::Any, OR),
                "and" => (Op::All, AND),
                "is" => (Op::Is, CMP),
                "in" => (Op::In(false), CMP),
                "between" => (Op::Between(false), CMP),
                "not" => (Op::NotWhat, CMP),
                "like" | "ilike" | "similar" => (Op::Like, CMP),
                _ => return None,
            });
        }
        Some(match self.peek()? {
            Token::Eq | Token::DoubleEq => (Op::Compare(Compare::Eq), CMP),
            Token::Neq => (Op::Compare(Compare::Ne), CMP),
            Token::Lt => (Op::Compare(Compare::Lt), CMP),
            Token::LtEq => (Op::Compare(Compare::Le), CMP),
            Token::Gt => (Op::Compare(Compare::Gt), CMP),
            Token::GtEq => (Op::Compare(Compare::Ge), CMP),
            Token::Plus => (Op::Arith(Arith::Add), SUM),
            Token::Minus => (Op::Arith(Arith::Sub), SUM),
            Token::Mul => (Op::Arith(Arith::Mul), PRODUCT),
            Token::Div => (Op::Arith(Arith::Div), PRODUCT),
            _ => return None,
        })
    }

    fn infix(&mut self, left: Node, op: Op, power: u8) -> Result<Node, Fault> {
        let at = self.pos();
        self.next += 1;
        let node = |expr| Node { at, ty: Ty::Null, expr };
        let boxed = Box::new;
        Ok(match op {
            Op::Any | Op::All => {
                let right = self.expr(power + 1)?;
                let any = matches!(op, Op::Any);
                let mut chain = match left.expr {
                    Expr::Any(l) if any => l,
                    Expr::All(l) if !any => l,
                    _ => vec![left],
                };
                chain.push(right);
                node(if any { Expr::Any(chain) } else { Expr::All(chain) })
            }
            Op::Compare(c) => {
                let right = self.expr(power + 1)?;
                if matches!(self.operator(), Some((Op::Compare(_), _))) {
                    return Err(self.unexpected("比较不能连写（如 1 < x < 5），请用 between 或 and"));
                }
                node(Expr::Compare(c, boxed(left), boxed(right)))
            }
            Op::Arith(a) => {
                let right = self.expr(power + 1)?;
                node(Expr::Arith(a, boxed(left), boxed(right)))
            }
            Op::Is => {
                let negated = self.take_word("not");
                match self.word().as_deref() {
                    Some("null") => {
                        self.next += 1;
                        node(Expr::IsNull(boxed(left), negated))
                    }
                    Some(w @ ("true" | "false")) => {
                        let truth = w == "true";
                        self.next += 1;
                        node(Expr::IsBool { of: boxed(left), truth, negated })
                    }
                    _ => return Err(self.unexpected("is 后面只能是 null、not null、true 或 false")),
                }
            }
            Op::In(negated) => self.list(left, negated, at)?,
            Op::Between(negated) => self.between(left, negated, at)?,
            Op::NotWhat => match self.word().as_deref() {
                Some("in") => {
                    self.next += 1;
                    self.list(left, true, at)?
                }
                Some("between") => {
                    self.next += 1;
                    self.between(left, true, at)?
                }
                _ => return Err(self.unexpected("not 放在这里时后面只能是 in 或 between")),
            },
            Op::Like => return Err(Fault::new(at, "不能用 like，请用 starts_with、ends_with、has_text 或 matches。")),
        })
    }

    fn list(&mut self, left: Node, negated: bool, at: Pos) -> Result<Node, Fault> {
        self.want(&Token::LParen, "(")?;
        let items = self.arguments()?;
        if items.is_empty() {
            return Err(Fault::new(at, "in 的括号里至少要有一项。"));
        }
        Ok(Node { at, ty: Ty::Null, expr: Expr::In(Box::new(left), items, negated) })
    }

    fn between(&mut self, left: Node, negated: bool, at: Pos) -> Result<Node, Fault> {
        let low = self.expr(SUM)?;
        if !self.take_word("and") {
            return Err(self.unexpected("between 的两个界限之间应为“and”"));
        }
        let high = self.expr(SUM)?;
        let node = |expr| Node { at, ty: Ty::Null, expr };
        let inside = node(Expr::All(vec![
            node(Expr::Compare(Compare::Ge, Box::new(left.clone()), Box::new(low))),
            node(Expr::Compare(Compare::Le, Box::new(left), Box::new(high))),
        ]));
        Ok(if negated { node(Expr::Not(Box::new(inside))) } else { inside })
    }

    /// What stands inside brackets, up to and with the closing one.
    fn arguments(&mut self) -> Result<Vec<Node>, Fault> {
        let mut out = Vec::new();
        if self.take(&Token::RParen) {
            return Ok(out);
        }
        loop {
            out.push(self.expr(0)?);
            if self.take(&Token::RParen) {
                return Ok(out);
            }
            self.want(&Token::Comma, ")")?;
        }
    }

    fn prefix(&mut self) -> Result<Node, Fault> {
        let at = self.pos();
        let node = |expr| Node { at, ty: Ty::Null, expr };
        let Some(token) = self.peek().cloned() else { return Err(self.unexpected("这里应有一个字段、数值或函数")) };
        self.next += 1;
        Ok(match token {
            Token::LParen => {
                let inner = self.expr(0)?;
                self.want(&Token::RParen, ")")?;
                // brackets end a chain: (a or b) or c stays as written, one level deeper
                match inner.expr {
                    Expr::All(_) | Expr::Any(_) => node(Expr::All(vec![inner])),
                    _ => inner,
                }
            }
            Token::Minus => node(Expr::Negative(Box::new(self.expr(SIGN)?))),
            Token::Plus => self.expr(SIGN)?,
            Token::Number(n, _) => match n.parse::<f64>() {
                Ok(x) if x.is_finite() && x <= 1e15 => node(Expr::Number(x)),
                _ => return Err(Fault::new(at, format!("数值“{}”太大或不是数。", crate::value::printable(&n)))),
            },
            Token::SingleQuotedString(s) => node(Expr::Text(s)),
            Token::Colon => match self.peek() {
                Some(Token::Word(w)) if w.quote_style.is_none() => {
                    let name = w.value.clone();
                    self.next += 1;
                    node(Expr::Param(name))
                }
                _ => return Err(self.unexpected("冒号后面应为参数名")),
            },
            Token::Placeholder(p) if p.starts_with(':') => node(Expr::Param(p[1..].to_owned())),
            Token::Word(w) if w.quote_style.is_none() => self.named(&w.value, at)?,
            Token::DoubleQuotedString(_) | Token::Word(_) => {
                return Err(Fault::new(at, "文字请用单引号，字段名不用引号。"));
            }
            _ => {
                self.next -= 1;
                return Err(self.unexpected("这里应有一个字段、数值或函数"));
            }
        })
    }

    fn named(&mut self, written: &str, at: Pos) -> Result<Node, Fault> {
        let node = |expr| Node { at, ty: Ty::Null, expr };
        let name = written.to_lowercase();
        Ok(match name.as_str() {
            "true" | "false" => node(Expr::Bool(name == "true")),
            "null" => node(Expr::Null),
            "not" => node(Expr::Not(Box::new(self.expr(NOT)?))),
            "case" => self.case(at)?,
            "date" if matches!(self.peek(), Some(Token::SingleQuotedString(_))) => {
                let Some(Token::SingleQuotedString(s)) = self.peek().cloned() else {
                    return Err(self.unexpected("这里应为日期"));
                };
                let day = NaiveDate::parse_from_str(&s, "%Y-%m-%d")
                    .map_err(|_| Fault::new(self.pos(), "日期请写成 date '2026-01-31' 的样式。"))?;
                self.next += 1;
                node(Expr::Date(day))
            }
            _ if self.take(&Token::LParen) => {
                let f = functions::find(&name).ok_or_else(|| {
                    Fault::new(at, format!("没有名为“{}”的函数；可用的函数见函数列表。", crate::value::printable(written)))
                })?;
                node(Expr::Call(f, self.arguments()?))
            }
            "select" | "exists" | "cast" | "extract" | "any" | "array" | "interval" => {
                return Err(Fault::new(at, format!("规则里不能用“{name}”。")));
            }
            _ => {
                if matches!(self.peek(), Some(Token::Period | Token::DoubleColon | Token::LBracket)) {
                    return Err(self.unexpected("字段名后面不能有点号、类型转换或下标"));
                }
                node(Expr::Column(name))
            }
        })
    }

    fn case(&mut self, at: Pos) -> Result<Node, Fault> {
        let mut whens = Vec::new();
        if self.word().as_deref() != Some("when") {
            return Err(self.unexpected("case 后面应为“when”"));
        }
        while self.take_word("when") {
            let when = self.expr(0)?;
            if !self.take_word("then") {
                return Err(self.unexpected("when 的条件之后应为“then”"));
            }
            whens.push((when, self.expr(0)?));
        }
        let other = if self.take_word("else") { Some(Box::new(self.expr(0)?)) } else { None };
        if !self.take_word("end") {
            return Err(self.unexpected("case 应以“end”结束"));
        }
        Ok(Node { at, ty: Ty::Null, expr: Expr::Case(whens, other) })
    }
}

#[derive(Clone, Copy)]
enum Op {
    Any,
    All,
    Compare(Compare),
    Arith(Arith),
    Is,
    In(bool),
    Between(bool),
    /// `not in`, `not between`.
    NotWhat,
    Like,
}
