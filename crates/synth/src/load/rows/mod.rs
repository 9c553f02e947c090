//! The rows of every table, cell by cell under the names of the fields. Must not know columns: the catalog decides which
//! cells are taken.

mod economy;
mod people;
mod watch;

use super::cell::{Cell, Learn, Rows, Sink};
use crate::Province;
use crate::ident::row_id;
use crate::model::{Family, Village};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use uuid::Uuid;

/// What a batch of rows is made from.
pub(super) struct From<'a> {
    pub province: &'a Province,
    pub village: &'a Village,
    pub assisted_only: bool,
}

/// A table of the register; parents before children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    MonitorLine,
    NaturalVillage,
    VillageYear,
    Household,
    Member,
    MemberChange,
    Living,
    Income,
    IncomeItem,
    Security,
    Helper,
    Pair,
    Case,
    Plan,
    PlanTarget,
    Measure,
    Visit,
}

impl Entity {
    pub(super) const ALL: [Entity; 17] = [
        Entity::MonitorLine,
        Entity::NaturalVillage,
        Entity::VillageYear,
        Entity::Household,
        Entity::Member,
        Entity::MemberChange,
        Entity::Living,
        Entity::Income,
        Entity::IncomeItem,
        Entity::Security,
        Entity::Helper,
        Entity::Pair,
        Entity::Case,
        Entity::Plan,
        Entity::PlanTarget,
        Entity::Measure,
        Entity::Visit,
    ];
    pub(super) fn table(self) -> &'static str {
        match self {
            Entity::MonitorLine => "monitor_line",
            Entity::NaturalVillage => "natural_village",
            Entity::VillageYear => "village_year",
            Entity::Household => "household",
            Entity::Member => "member",
            Entity::MemberChange => "member_change",
            Entity::Living => "living_year",
            Entity::Income => "income_period",
            Entity::IncomeItem => "income_item",
            Entity::Security => "security_check",
            Entity::Helper => "helper",
            Entity::Pair => "helper_pair",
            Entity::Case => "monitor_case",
            Entity::Plan => "help_plan",
            Entity::PlanTarget => "help_plan_target",
            Entity::Measure => "measure",
            Entity::Visit => "visit",
        }
    }
    /// Names the cells of this table in their order, from the first row of the province that there is.
    pub(super) fn sample(self, province: &Province, learn: &mut Learn) {
        for village in province.villages() {
            let from = From { province, village: &village, assisted_only: false };
            let mut once = Once { learn, rows: 0 };
            self.each(&from, &mut once);
            if once.rows > 0 {
                return;
            }
        }
    }
    pub(super) fn write(self, from: &From<'_>, rows: &mut Rows<'_>) {
        self.each(from, rows);
    }
}

/// Takes whole rows.
trait Take {
    fn row(&mut self, id: Uuid, put: &dyn Fn(&mut dyn Sink));
}
impl Take for Rows<'_> {
    fn row(&mut self, id: Uuid, put: &dyn Fn(&mut dyn Sink)) {
        self.begin(id);
        put(self);
        self.end();
    }
}
struct Once<'a> {
    learn: &'a mut Learn,
    rows: u32,
}
impl Take for Once<'_> {
    fn row(&mut self, _: Uuid, put: &dyn Fn(&mut dyn Sink)) {
        if self.rows == 0 {
            put(self.learn);
        }
        self.rows += 1;
    }
}

/// Kinds of ids, so that no two rows of a family share one.
mod kind {
    pub(super) const HOUSEHOLD: u64 = 1;
    pub(super) const MEMBER: u64 = 2;
    pub(super) const CHANGE: u64 = 3;
    pub(super) const LIVING: u64 = 4;
    pub(super) const INCOME: u64 = 5;
    pub(super) const ITEM: u64 = 6;
    pub(super) const SECURITY: u64 = 7;
    pub(super) const PAIR: u64 = 8;
    pub(super) const CASE: u64 = 9;
    pub(super) const PLAN: u64 = 10;
    pub(super) const MEASURE: u64 = 11;
    pub(super) const VISIT: u64 = 12;
    pub(super) const HELPER: u64 = 13;
    pub(super) const VILLAGE_YEAR: u64 = 14;
    pub(super) const NATURAL_VILLAGE: u64 = 15;
    pub(super) const TARGET: u64 = 16;
    pub(super) const LINE: u64 = 17;
}

impl From<'_> {
    fn id(&self, f: &Family, kind: u64, sub: u64) -> Uuid {
        row_id(self.province.opts.seed, f.index, kind, sub)
    }
    fn household(&self, f: &Family) -> Uuid {
        self.id(f, kind::HOUSEHOLD, 0)
    }
    fn member(&self, f: &Family, no: u32) -> Uuid {
        self.id(f, kind::MEMBER, no.into())
    }
    fn case(&self, f: &Family) -> Uuid {
        self.id(f, kind::CASE, 0)
    }
    fn income(&self, f: &Family, at: usize) -> Uuid {
        self.id(f, kind::INCOME, at as u64)
    }
    fn helper(&self, no: u32) -> Uuid {
        row_id(self.province.opts.seed, self.village.place.first, kind::HELPER, no.into())
    }
    fn today(&self) -> NaiveDate {
        self.province.opts.today
    }
    fn helper_of(&self, no: Option<u32>) -> Option<&crate::model::Helper> {
        self.village.helpers.iter().find(|h| Some(h.no) == no)
    }
    /// Families whose details are loaded.
    fn detailed(&self) -> impl Iterator<Item = &Family> {
        self.families().filter(|f| !self.assisted_only || f.class.column() > 0)
    }
    /// Families the register knows today; a few watched ones only come with next week's synchronisation.
    fn families(&self) -> impl Iterator<Item = &Family> {
        let seed = self.province.opts.seed;
        self.village.families.iter().filter(move |f| !crate::national::is_future(seed, f))
    }
    /// Columns every table has. `national` says that the row came with the weekly synchronisation.
    fn common(&self, put: &mut dyn Sink, id: Uuid, national: bool) {
        self.common_at(put, id, national, &self.village.place.code);
    }
    fn common_at(&self, put: &mut dyn Sink, id: Uuid, national: bool, region: &str) {
        // midnight in China
        let morning = self.today().and_time(NaiveTime::MIN) - TimeDelta::hours(8);
        put.put("id", Cell::Id(id));
        put.put("region_code", Cell::Text(region));
        put.put("source", Cell::Text(if national { "01" } else { "02" }));
        put.put("created_by", Cell::Id(Uuid::nil()));
        put.put("created_at", Cell::Moment(morning));
        put.put("updated_by", Cell::Id(Uuid::nil()));
        put.put("updated_at", Cell::Moment(morning));
        put.put("row_version", Cell::Int(1));
        put.put("deleted", Cell::Bool(false));
        put.put("sync_batch_no", Cell::Null);
        put.put("national_updated_at", if national { Cell::Moment(morning) } else { Cell::Null });
    }
}

impl Entity {
    fn each(self, from: &From<'_>, take: &mut dyn Take) {
        match self {
            Entity::MonitorLine => economy::lines(from, take),
            Entity::NaturalVillage => people::natural_villages(from, take),
            Entity::VillageYear => people::village_year(from, take),
            Entity::Household => from.families().for_each(|f| people::household(from, f, take)),
            Entity::Member => from.families().for_each(|f| f.persons.iter().for_each(|p| people::member(from, f, p, take))),
            Entity::MemberChange => from.families().for_each(|f| people::changes(from, f, take)),
            Entity::Living => from.detailed().for_each(|f| economy::living(from, f, take)),
            Entity::Income => from.detailed().for_each(|f| economy::incomes(from, f, take)),
            Entity::IncomeItem => from.detailed().for_each(|f| economy::items(from, f, take)),
            Entity::Security => from.detailed().for_each(|f| economy::securities(from, f, take)),
            Entity::Helper => watch::helpers(from, take),
            Entity::Pair => from.families().for_each(|f| watch::pairs(from, f, take)),
            Entity::Case => from.families().for_each(|f| watch::case(from, f, take)),
            Entity::Plan => from.families().for_each(|f| watch::plan(from, f, take)),
            Entity::PlanTarget => from.families().for_each(|f| watch::targets(from, f, take)),
            Entity::Measure => from.families().for_each(|f| watch::measures(from, f, take)),
            Entity::Visit => from.families().for_each(|f| watch::visits(from, f, take)),
        }
    }
}
