//! The row key of exports: which record a line of a file is, and in which version it left. Its text is the plain id, the version and
//! check digits over both and the dataset, so that a damaged key or one of another dataset is refused (ADR 24). Must not know tables.

use meta::Dataset;
use uuid::Uuid;

/// Key of the column.
pub const ROW_KEY: &str = "row:key";
/// Its name in files.
pub const LABEL: &str = "记录标识";

/// A record and the version in which it was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowKey {
    pub id: Uuid,
    pub version: i32,
}

impl RowKey {
    /// `<32 hex digits of the id>-<version>-<6 check digits>`.
    pub fn text(&self, d: &Dataset) -> String {
        format!("{}-{}-{}", self.id.simple(), self.version, self.check(d))
    }

    /// None when it was changed by hand, cut off, or belongs to another dataset.
    pub fn parse(d: &Dataset, text: &str) -> Option<RowKey> {
        let mut parts = text.trim().split('-');
        let id = Uuid::parse_str(parts.next()?).ok()?;
        let version = parts.next()?.parse().ok()?;
        let key = RowKey { id, version };
        (parts.next()?.eq_ignore_ascii_case(&key.check(d)) && parts.next().is_none()).then_some(key)
    }

    fn check(&self, d: &Dataset) -> String {
        hex::encode(&secure::hash::sm3(format!("{}|{}|{}", d.id, self.id.simple(), self.version).as_bytes())[..3])
    }
}
