//! `module.toml`: what a module is called, what it offers in the menu, which role may do what to which dataset.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Read,
    Create,
    Update,
    Delete,
    Import,
    Export,
    Unmask,
}

impl Verb {
    pub const ALL: [Verb; 7] = [Verb::Read, Verb::Create, Verb::Update, Verb::Delete, Verb::Import, Verb::Export, Verb::Unmask];
    pub fn name(self) -> &'static str {
        match self {
            Verb::Read => "read",
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Delete => "delete",
            Verb::Import => "import",
            Verb::Export => "export",
            Verb::Unmask => "unmask",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleFile {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub schema: Option<String>,
    #[serde(default)]
    pub reads: Vec<String>,
    /// Named groups of roles, for this file.
    #[serde(default)]
    pub roles: IndexMap<String, Vec<String>>,
    #[serde(default, rename = "menu")]
    pub menus: Vec<Menu>,
    #[serde(default)]
    pub policy: IndexMap<String, IndexMap<Verb, Vec<String>>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    pub title: String,
    #[serde(default)]
    pub group: String,
    #[serde(default)]
    pub icon: String,
    #[serde(default)]
    pub dataset: Option<String>,
    #[serde(default)]
    pub page: Option<String>,
    #[serde(default)]
    pub roles: Vec<String>,
    #[serde(default)]
    pub order: i32,
    /// Offered on the phone too.
    #[serde(default)]
    pub phone: bool,
}

impl ModuleFile {
    pub fn schema(&self) -> &str {
        self.schema.as_deref().unwrap_or(&self.id)
    }
    /// Roles named in a list, groups (`@name`) spelled out.
    pub fn spell<'a>(&'a self, names: &'a [String]) -> Vec<&'a str> {
        names
            .iter()
            .flat_map(|n| match n.strip_prefix('@') {
                Some(group) => self.roles.get(group).map(|l| self.spell(l)).unwrap_or_default(),
                None => vec![n.as_str()],
            })
            .collect()
    }
}
