//! Code lists: the code stored, the label shown, the label of the national system and other spellings taken on import.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeItem {
    pub code: String,
    pub label: String,
    /// Label in the national system where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// "1" or "2" where the item is possible for one sex only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub source: String,
    #[serde(default)]
    pub note: String,
    pub items: Vec<CodeItem>,
    #[serde(skip)]
    by_text: HashMap<String, usize>,
}

impl CodeList {
    pub(crate) fn index(&mut self) {
        self.by_text.clear();
        // later keys never displace earlier ones, so codes win over labels and labels over aliases
        for (i, it) in self.items.iter().enumerate() {
            self.by_text.entry(it.code.clone()).or_insert(i);
        }
        for (i, it) in self.items.iter().enumerate() {
            for text in [Some(&it.label), it.national.as_ref()].into_iter().flatten().chain(&it.aliases) {
                self.by_text.entry(fold(text)).or_insert(i);
            }
        }
    }
    pub fn get(&self, code: &str) -> Option<&CodeItem> {
        self.by_text.get(code).map(|i| &self.items[*i]).filter(|it| it.code == code)
    }
    pub fn label<'a>(&'a self, code: &'a str) -> &'a str {
        self.get(code).map_or(code, |it| it.label.as_str())
    }
    /// Finds an item by its code, label, national label or alias (white space and full-width brackets folded).
    pub fn find(&self, text: &str) -> Option<&CodeItem> {
        let t = text.trim();
        self.get(t).or_else(|| self.by_text.get(&fold(t)).map(|i| &self.items[*i]))
    }
    /// Labels to offer, in order, without disabled items.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter(|i| !i.disabled).map(|i| i.label.as_str())
    }
}

fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            '／' => '/',
            '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .collect()
}
