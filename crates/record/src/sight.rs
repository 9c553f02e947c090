//! Third question: which fields does this role see plainly? Everything else leaves the system masked (domain 06 §4.3).

use base::{Actor, Level};
use meta::{Field, Kind, Sensitivity};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Which roles work with people by name every day: they see personal and health facts of their own regions plainly;
/// numbers (identity, bank, contact) stay masked for everybody and are shown one by one with a reason.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    pub personal: BTreeSet<String>,
}

/// What one actor sees.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    personal: bool,
    all: bool,
    level: Level,
}

impl Roles {
    pub fn of(&self, actor: &Actor) -> Sight {
        Sight { personal: actor.is_system() || self.personal.contains(&actor.role), all: actor.is_system(), level: actor.level() }
    }
}

impl Sight {
    /// Everything plain: for engines that decide on values and never send them out.
    pub const PLAIN: Sight = Sight { personal: true, all: true, level: Level::Province };

    /// Whether the field is not for this level at all (and may not be asked for either).
    pub fn is_hidden(&self, f: &Field) -> bool {
        !self.all && f.seen_from.is_some_and(|from| self.level > from)
    }

    pub fn is_plain(&self, f: &Field) -> bool {
        if self.is_hidden(f) {
            return false;
        }
        self.all
            || match f.sensitivity {
                Sensitivity::Plain | Sensitivity::Internal => !f.kind.is_enciphered(),
                Sensitivity::Personal | Sensitivity::Health => self.personal && !f.kind.is_enciphered() && f.kind != Kind::Phone,
                Sensitivity::Contact | Sensitivity::Identity | Sensitivity::Bank | Sensitivity::Location => false,
            }
    }

    /// The value as this actor may read it, and whether it was masked.
    pub fn show(&self, f: &Field, plain: Json) -> (Json, bool) {
        if plain.is_null() || self.is_plain(f) {
            return (plain, false);
        }
        if self.is_hidden(f) {
            return (Json::from("***"), true);
        }
        (mask(f, &plain), true)
    }
}

/// The mask of a field by its kind and sensitivity, scene S1/S2 (list and detail).
pub fn mask(f: &Field, plain: &Json) -> Json {
    use secure::mask::{MaskKind as M, Scene};
    let as_text = |j: &Json| j.as_str().map_or_else(|| j.to_string(), str::to_owned);
    let kind = match (f.kind, f.sensitivity) {
        (Kind::IdCard, _) => M::Id,
        (Kind::Bank, _) => M::Bank,
        (Kind::Phone, _) => M::Phone,
        (Kind::Name, _) => M::Name,
        (_, Sensitivity::Location) if f.kind == Kind::Decimal => M::Geo,
        (Kind::Date, _) => M::Birth,
        (Kind::LongText | Kind::Text, _) if f.name.contains("address") => M::Address,
        (Kind::LongText | Kind::Text, Sensitivity::Contact) => M::Phone,
        // a masked number, flag or code says nothing at all
        _ => return Json::from("***"),
    };
    secure::mask::mask(kind, Scene::Detail, &as_text(plain)).map_or(Json::Null, Json::from)
}
