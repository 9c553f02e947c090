//! What a partner delivers: a package of files, and the feeds that say which columns of which file fill which fields of a dataset.
//! Read from `meta/packages/*.toml` and `meta/feeds/*.toml`. Must not know how files are read or rows are written.

use crate::catalog::Catalog;
use crate::dataset::{Dataset, Field};
use crate::kind::Kind;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A delivery made of files that belong together.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    pub id: String,
    pub title: String,
    /// Who hands it in, decides about it, looks into its rows, sees its figures.
    pub roles: PackageRoles,
    #[serde(rename = "file")]
    pub files: Vec<PackageFile>,
}

/// Roles by what they may do with deliveries.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageRoles {
    pub upload: Vec<String>,
    pub decide: Vec<String>,
    pub rows: Vec<String>,
    pub read: Vec<String>,
}

/// One kind of file of a package; it may come in several volumes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageFile {
    pub id: String,
    /// What its name begins with.
    pub name: String,
    /// Without it the delivery is refused.
    #[serde(default)]
    pub required: bool,
    /// Columns that name the place of a row, highest level first; empty: rows have no place of their own.
    #[serde(default)]
    pub region: Vec<String>,
    /// Columns by which a file under another name is known, beside those that feeds need.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// How one dataset is filled.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// The dataset.
    pub id: String,
    pub package: String,
    /// Fields that identify a row, the same at the partner and here.
    pub key: Vec<String>,
    /// A row of ours without a key is the same row where these fields are equal.
    #[serde(default)]
    pub attach: Vec<String>,
    /// Enciphered field that two rows must not share; a second one is a conflict.
    #[serde(default)]
    pub single: Option<String>,
    /// Changes are weighed against the limits and counted as totals.
    #[serde(default)]
    pub weighed: bool,
    /// Values that every row has.
    #[serde(default)]
    pub constants: IndexMap<String, String>,
    /// Numbers that a new row gets.
    #[serde(default)]
    pub serials: IndexMap<String, Serial>,
    /// Fields of a new row that are copied from another field.
    #[serde(default)]
    pub copies: IndexMap<String, String>,
    #[serde(default)]
    pub gone: Option<Gone>,
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

/// A number: prefix, the first digits of the region, the year of a field, and a running number.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serial {
    #[serde(default)]
    pub prefix: String,
    pub region: u32,
    /// A month field whose year stands after the region.
    #[serde(default)]
    pub year: Option<String>,
    pub digits: u32,
}

/// What becomes of a row that the partner no longer delivers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    /// Rows that are expected in a delivery.
    pub r#where: IndexMap<String, String>,
    pub set: IndexMap<String, String>,
    /// Instead of `set`, where the parent row is gone too.
    #[serde(default)]
    pub with_parent: IndexMap<String, String>,
}

/// Columns of one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub file: String,
    /// The file has several rows a key that say the same: the first one counts.
    #[serde(default)]
    pub repeated: bool,
    /// A key that the file does not have means empty fields; otherwise they stay as they are. Not for the first source.
    #[serde(default)]
    pub empty_when_absent: bool,
    /// Field → column. `名称#2` is the second column of that name, `甲/乙` the first 乙 after 甲.
    pub columns: IndexMap<String, String>,
    /// Fields whose empty cell says nothing: what is there stays.
    #[serde(default)]
    pub keep: Vec<String>,
}

impl Feed {
    /// Fields whose values come from a file, with the number of their source; the first source that names one wins.
    pub fn fields(&self) -> IndexMap<&str, usize> {
        let mut out = IndexMap::new();
        for (n, s) in self.sources.iter().enumerate() {
            for f in s.columns.keys() {
                out.entry(f.as_str()).or_insert(n);
            }
        }
        out
    }
}

/// Problems of packages and feeds, one line each.
pub(crate) fn lint(c: &Catalog, out: &mut Vec<String>) {
    for f in c.feeds() {
        let mut say = |text: String| out.push(format!("feed {}: {text}", f.id));
        let Some(d) = c.dataset(&f.id) else {
            say("unknown dataset".into());
            continue;
        };
        let Some(p) = c.package(&f.package) else {
            say(format!("unknown package {}", f.package));
            continue;
        };
        if f.sources.is_empty() {
            say("has no source".into());
        }
        for (n, s) in f.sources.iter().enumerate() {
            if !p.files.iter().any(|x| x.id == s.file) {
                say(format!("unknown file {}", s.file));
            }
            for name in s.columns.keys() {
                field(c, d, f, n, name, &mut say);
            }
            let missing = f.key.iter().find(|k| !s.columns.contains_key(*k) && !f.constants.contains_key(*k));
            if let Some(k) = missing {
                say(format!("source {} has no column for the key {k}", s.file));
            }
        }
        for name in f.constants.keys().chain(f.serials.keys()).chain(f.copies.keys()).chain(f.copies.values()) {
            if d.field(name).is_none() {
                say(format!("unknown field {name}"));
            }
        }
        if let Some(g) = &f.gone {
            for name in g.r#where.keys().chain(g.set.keys()).chain(g.with_parent.keys()) {
                if d.field(name).is_none_or(|x| x.kind != Kind::Code) {
                    say(format!("gone: {name} is not a code field"));
                }
            }
        }
    }
}

fn field(c: &Catalog, d: &Dataset, feed: &Feed, source: usize, name: &str, say: &mut impl FnMut(String)) {
    let Some(f) = d.field(name) else { return say(format!("unknown field {name}")) };
    let is_key = feed.key.iter().any(|k| k == name);
    if !f.synced && !is_key && f.kind != Kind::Ref {
        say(format!("{name} is not a synced field of the dataset"));
    }
    if f.kind.is_enciphered() && source > 0 {
        say(format!("{name} is enciphered and must come from the first source"));
    }
    if f.kind == Kind::Ref && target(c, feed, f).is_none() {
        say(format!("{name} points to a dataset without a feed of one key in this package"));
    }
    if matches!(f.kind, Kind::Attachment | Kind::Region | Kind::Moment) {
        say(format!("{name} is of a kind that no file fills"));
    }
}

/// The feed whose key a reference is looked up by.
pub fn target<'a>(c: &'a Catalog, feed: &Feed, f: &Field) -> Option<&'a Feed> {
    let to = f.dataset.as_deref()?;
    c.feeds().find(|x| x.id == to && x.package == feed.package && x.key.len() == 1).map(AsRef::as_ref)
}
