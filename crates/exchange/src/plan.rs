//! What is to be read and compared, from the descriptions: which column of which file fills which column of which shadow table.
//! Must not know a database or a file.

use base::{Error, Result};
use meta::{Catalog, Dataset, Feed, Field, Kind, Package};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One file kind of the delivery with the columns that feeds take from it.
#[derive(Clone, Debug)]
pub struct FilePlan {
    pub id: String,
    /// As people know it.
    pub name: String,
    pub region: Vec<String>,
    pub columns: Vec<ColumnPlan>,
    /// Feeds whose rows stand in this file (first source).
    pub rows_of: Vec<usize>,
    /// Feeds that take anything from it.
    pub feeds: Vec<usize>,
}

/// One column of a file.
#[derive(Clone, Debug)]
pub struct ColumnPlan {
    pub feed: usize,
    pub source: usize,
    pub dataset: Arc<Dataset>,
    pub field: Field,
    /// As the description names it.
    pub column: String,
    /// A row without it cannot be placed.
    pub is_key: bool,
}

impl ColumnPlan {
    /// Name of the raw column; enciphered kinds have several with endings.
    pub fn raw(&self, ending: &str) -> String {
        raw_name(self.feed, self.source, &self.field.name, ending)
    }
    /// Raw columns with their types.
    pub fn raw_columns(&self) -> Vec<(String, String)> {
        if self.field.kind == Kind::Ref {
            return vec![(self.raw(""), "text".into())];
        }
        meta::ddl::columns_of(&self.field).into_iter().map(|(c, t)| (raw_name(self.feed, self.source, &c, ""), t)).collect()
    }
}

fn raw_name(feed: usize, source: usize, column: &str, ending: &str) -> String {
    format!("f{feed}_{source}_{column}{ending}")
}

/// One dataset that is filled.
#[derive(Clone, Debug)]
pub struct FeedPlan {
    pub at: usize,
    pub feed: Arc<Feed>,
    pub dataset: Arc<Dataset>,
    /// Fields with the source they come from; sources whose file is not delivered are left out.
    pub fields: Vec<(Field, usize)>,
    /// Sources delivered.
    pub sources: Vec<usize>,
}

/// The whole.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Short name in shadow tables.
    pub tag: String,
    pub files: Vec<FilePlan>,
    pub feeds: Vec<FeedPlan>,
}

impl Plan {
    /// `present`: file kinds that were delivered.
    pub fn new(catalog: &Catalog, package: &Package, present: &BTreeSet<String>, tag: &str) -> Result<Plan> {
        let mut files: Vec<FilePlan> = package
            .files
            .iter()
            .filter(|f| present.contains(&f.id))
            .map(|f| FilePlan {
                id: f.id.clone(),
                name: f.name.clone(),
                region: f.region.clone(),
                columns: vec![],
                rows_of: vec![],
                feeds: vec![],
            })
            .collect();
        let mut feeds = Vec::new();
        for feed in catalog.feeds().filter(|f| f.package == package.id) {
            let dataset = catalog.dataset(&feed.id).ok_or_else(|| Error::internal(format!("no dataset {}", feed.id)))?.clone();
            // the file of its rows is not delivered: the dataset stays as it is
            if !feed.sources.first().is_some_and(|s| present.contains(&s.file)) {
                continue;
            }
            let at = feeds.len();
            let owner = feed.fields();
            let mut fields = Vec::new();
            let mut sources = Vec::new();
            for (n, s) in feed.sources.iter().enumerate() {
                let Some(file) = files.iter_mut().find(|f| f.id == s.file) else { continue };
                sources.push(n);
                file.feeds.push(at);
                if n == 0 {
                    file.rows_of.push(at);
                }
                for (name, column) in &s.columns {
                    let is_key = feed.key.contains(name);
                    let Some(field) = dataset.field(name) else { continue };
                    if !is_key && owner.get(name.as_str()) != Some(&n) {
                        continue;
                    }
                    if n == 0 || !is_key {
                        fields.push((field.clone(), n));
                    }
                    file.columns.push(ColumnPlan {
                        feed: at,
                        source: n,
                        dataset: dataset.clone(),
                        field: field.clone(),
                        column: column.clone(),
                        is_key,
                    });
                }
            }
            feeds.push(FeedPlan { at, feed: feed.clone(), dataset, fields, sources });
        }
        files.retain(|f| !f.columns.is_empty());
        Ok(Plan { tag: tag.to_owned(), files, feeds })
    }

    /// Raw table of a file kind.
    pub fn raw_table(&self, file: &str) -> String {
        format!("stage.{}_raw_{file}", self.tag)
    }
    pub fn file(&self, id: &str) -> Option<&FilePlan> {
        self.files.iter().find(|f| f.id == id)
    }
    /// The feed that a reference of another feed is looked up in.
    pub fn target(&self, f: &Field) -> Option<&FeedPlan> {
        let to = f.dataset.as_deref()?;
        self.feeds.iter().find(|x| x.feed.id == to && x.feed.key.len() == 1)
    }
    pub fn shadow(&self, f: &FeedPlan) -> String {
        shadow(&self.tag, &f.dataset)
    }
}

/// Shadow table of a dataset in a batch.
pub fn shadow(tag: &str, d: &Dataset) -> String {
    format!("stage.{tag}_{}_{}", d.module(), d.name())
}

/// A batch number as part of a table's name.
pub fn tag(batch_no: &str) -> String {
    batch_no.to_ascii_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

impl FeedPlan {
    /// Fields that are compared: those from files, except the keys and references that find the row. The parent is compared.
    pub fn compared(&self) -> impl Iterator<Item = (&Field, usize)> {
        self.fields.iter().filter(|(f, _)| !self.is_key(&f.name)).map(|(f, n)| (f, *n))
    }
    pub fn is_key(&self, name: &str) -> bool {
        self.feed.key.iter().any(|k| k == name)
    }
    /// Whether an empty cell leaves the value here as it is: named so by the feed, or never empty by the description.
    pub fn keeps(&self, f: &Field, source: usize) -> bool {
        f.required.always() || self.feed.sources[source].keep.contains(&f.name)
    }
    /// Column of the shadow table that says whether a side source has something to say about the row.
    pub fn flag(&self, source: usize) -> Option<String> {
        (source > 0).then(|| format!("has_{source}"))
    }
    /// References among its fields.
    pub fn references(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().map(|(f, _)| f).filter(|f| f.kind == Kind::Ref)
    }
    /// The reference to the parent, whose region the rows carry.
    pub fn parent(&self) -> Option<&Field> {
        let p = self.dataset.parent.as_ref()?;
        self.references().find(|f| f.name == p.field)
    }
    pub fn enciphered(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().map(|(f, _)| f).filter(|f| f.kind.is_enciphered())
    }
}
