//! One row of a table as named cells, and its text form for COPY. Which columns exist is read from the catalog; a cell whose
//! column is not there is left out.

use chrono::{NaiveDate, NaiveDateTime};
use secure::{TokenKind, Vault};
use std::io::Write;
use uuid::Uuid;

/// A value under the name of its field.
pub(super) enum Cell<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    Codes(&'a [&'a str]),
    Date(NaiveDate),
    Moment(NaiveDateTime),
    Id(Uuid),
    /// A decimal of this many digits after the point.
    Decimal(i64, u32),
    /// Identity number: cipher, token, whether it is right, kind.
    Identity(&'a str),
    /// Card number: cipher and token.
    Card(&'a str),
}

impl<'a> Cell<'a> {
    pub(super) fn text(o: Option<&'a str>) -> Cell<'a> {
        o.map_or(Cell::Null, Cell::Text)
    }
    pub(super) fn int(o: Option<i32>) -> Cell<'a> {
        o.map_or(Cell::Null, |n| Cell::Int(n.into()))
    }
    pub(super) fn bool(o: Option<bool>) -> Cell<'a> {
        o.map_or(Cell::Null, Cell::Bool)
    }
    pub(super) fn date(o: Option<NaiveDate>) -> Cell<'a> {
        o.map_or(Cell::Null, Cell::Date)
    }
    pub(super) fn id(o: Option<Uuid>) -> Cell<'a> {
        o.map_or(Cell::Null, Cell::Id)
    }
}

/// Takes the cells of a row in a fixed order.
pub(super) trait Sink {
    fn put(&mut self, name: &'static str, cell: Cell<'_>);
}

/// What becomes of the cell at one place of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Skip,
    Plain {
        array: bool,
    },
    /// Which of cipher, token, ok, kind the table has.
    Sealed([bool; 4]),
}

/// Learns the order of the cells of a table.
#[derive(Default)]
pub(super) struct Learn(pub Vec<(&'static str, bool)>);

impl Sink for Learn {
    fn put(&mut self, name: &'static str, cell: Cell<'_>) {
        self.0.push((name, matches!(cell, Cell::Identity(_) | Cell::Card(_))));
    }
}

/// Writes rows in the text form of COPY.
pub(super) struct Rows<'a> {
    pub out: Vec<u8>,
    pub count: u64,
    pub table: &'a str,
    pub fates: &'a [Fate],
    pub vault: &'a dyn Vault,
    pub today: NaiveDate,
    at: usize,
    first: bool,
    row: Uuid,
    failed: Option<base::Error>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(table: &'a str, fates: &'a [Fate], vault: &'a dyn Vault, today: NaiveDate) -> Rows<'a> {
        Rows { out: Vec::new(), count: 0, table, fates, vault, today, at: 0, first: true, row: Uuid::nil(), failed: None }
    }
    /// Begins the row of this id; ciphers are bound to it.
    pub(super) fn begin(&mut self, id: Uuid) {
        (self.row, self.at, self.first) = (id, 0, true);
    }
    pub(super) fn end(&mut self) {
        debug_assert_eq!(self.at, self.fates.len(), "{} has a row of other cells", self.table);
        self.out.push(b'\n');
        self.count += 1;
    }
    pub(super) fn finish(self) -> base::Result<(Vec<u8>, u64)> {
        self.failed.map_or(Ok((self.out, self.count)), Err)
    }
    fn tab(&mut self) {
        if !self.first {
            self.out.push(b'\t');
        }
        self.first = false;
    }
    fn raw(&mut self, text: &[u8]) {
        self.tab();
        self.out.extend_from_slice(text);
    }
    fn escaped(&mut self, text: &str) {
        for b in text.bytes() {
            match b {
                b'\\' => self.out.extend_from_slice(b"\\\\"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                b => self.out.push(b),
            }
        }
    }
    fn sealed(&mut self, name: &str, plain: &str, kind: TokenKind, parts: [bool; 4]) {
        if parts[0] {
            match self.vault.seal(plain, &secure::place(self.table, name, &self.row)) {
                Ok(cipher) => self.raw(cipher.as_bytes()),
                Err(e) => self.failed = Some(e),
            }
        }
        if parts[1] {
            let token = self.vault.token(kind, plain);
            self.raw(format!("\\\\x{}", hex::encode(token)).as_bytes());
        }
        if parts[2] || parts[3] {
            let card = base::idcard::parse(plain, self.today);
            if parts[2] {
                self.raw(if card.is_ok() { b"t" } else { b"f" });
            }
            if parts[3] {
                self.raw(card.kind.name().as_bytes());
            }
        }
    }
}

impl Sink for Rows<'_> {
    fn put(&mut self, name: &'static str, cell: Cell<'_>) {
        let fate = self.fates[self.at];
        self.at += 1;
        let array = match fate {
            Fate::Skip => return,
            Fate::Sealed(parts) => {
                match cell {
                    Cell::Identity(plain) if !plain.is_empty() => self.sealed(name, plain, TokenKind::IdCard, parts),
                    Cell::Card(plain) if !plain.is_empty() => self.sealed(name, plain, TokenKind::Bank, parts),
                    _ => {
                        for _ in parts.iter().filter(|p| **p) {
                            self.raw(b"\\N");
                        }
                    }
                }
                return;
            }
            Fate::Plain { array } => array,
        };
        self.tab();
        let out = &mut self.out;
        let written = match cell {
            Cell::Null => out.write_all(b"\\N"),
            Cell::Bool(b) => out.write_all(if b { b"t" } else { b"f" }),
            Cell::Int(n) => write!(out, "{n}"),
            Cell::Text(t) if array => write!(out, "{{{t}}}"),
            Cell::Text(t) | Cell::Identity(t) | Cell::Card(t) => {
                self.escaped(t);
                Ok(())
            }
            Cell::Codes(codes) if array => write!(out, "{{{}}}", codes.join(",")),
            Cell::Codes(codes) => write!(out, "{}", codes.join(",")),
            Cell::Date(d) => write!(out, "{d}"),
            Cell::Moment(m) => write!(out, "{}Z", m.format("%Y-%m-%dT%H:%M:%S")),
            Cell::Id(id) => write!(out, "{id}"),
            Cell::Decimal(n, digits) => {
                let scale = 10i64.pow(digits);
                write!(
                    out,
                    "{}{}.{:0width$}",
                    if n < 0 { "-" } else { "" },
                    n.abs() / scale,
                    n.abs() % scale,
                    width = digits as usize
                )
            }
        };
        written.expect("writing into memory does not fail");
    }
}
