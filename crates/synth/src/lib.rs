//! The synthetic province: invented households with planted truths, and the files outsiders would deliver.
//!
//! Every village has its own dice, so that a village is the same whoever makes it, in whatever order, with however many
//! threads. People are invented: names are characters put together by chance, identity numbers lie in address codes that
//! no place has, telephone numbers in ranges set aside for this.

mod departments;
mod dice;
mod family;
pub mod ident;
mod labels;
mod load;
pub mod model;
mod names;
mod national;
mod place;
mod plant;
pub mod truth;

pub use departments::{HOSPITAL_ROWS, write_departments, write_hospital};
pub use family::{line_of, totals};
pub use load::{LoadOpts, Loaded, each_row, run_demo};
pub use national::{Week, Written, write_national};
pub use plant::rules as planted_rules;

use base::{Level, Scope};
use chrono::NaiveDate;
use model::{Family, Place, Village};
use registry::region::Regions;
use std::sync::Arc;

/// What province to make.
#[derive(Clone, Debug)]
pub struct Opts {
    pub households: u64,
    pub seed: u64,
    /// Only villages inside this range have households.
    pub scope: Scope,
    /// The day on which everything is told.
    pub today: NaiveDate,
    /// Factor on the rates of planted errors; 0 plants none.
    pub errors: f64,
    /// Share of unwatched households that a misfortune befell.
    pub at_risk_share: f64,
    /// Share of watched and of poor households; poor counties have 1.9 times, others 0.7 times as many.
    pub monitored_share: f64,
    pub poverty_share: f64,
}

impl Opts {
    /// A province of the size and shares of domain 01 附A, told on `today`.
    pub fn new(households: u64, seed: u64, today: NaiveDate) -> Opts {
        Opts {
            households,
            seed,
            scope: Scope { lo: "360000000000".into(), hi: "370000000000".into() },
            today,
            errors: 1.0,
            at_risk_share: 0.004,
            monitored_share: 0.013,
            poverty_share: 0.092,
        }
    }
}

/// A province laid out: which villages are inhabited. Cheap; the families come village by village.
#[derive(Clone)]
pub struct Province {
    pub opts: Opts,
    pub places: Arc<Vec<Place>>,
    counties: Arc<Vec<(String, String)>>,
    numbering: ident::Numbering,
}

impl Province {
    /// Lays a province out over the regions.
    pub fn new(regions: &Regions, opts: Opts) -> Province {
        let whole = Scope { lo: "360000000000".into(), hi: "370000000000".into() };
        let counties = regions.at_level(&whole, Level::County);
        Province {
            places: Arc::new(place::choose(regions, &opts.scope, opts.households)),
            counties: Arc::new(counties.iter().map(|c| (c.code.clone(), c.full_name.clone())).collect()),
            numbering: ident::Numbering::new(opts.households, opts.seed),
            opts,
        }
    }

    /// Makes one village; always the same for the same options.
    pub fn village(&self, number: usize) -> Village {
        let place = &self.places[number];
        let mut d = dice::Dice::new(self.opts.seed, number as u64 + 1);
        let helpers = family::village_helpers(&mut d, number as u64, place.count);
        let ctx = family::Ctx { opts: &self.opts, numbering: self.numbering, place, helpers: &helpers, counties: &self.counties };
        let mut memory = plant::Memory::default();
        let mut families: Vec<Family> = Vec::with_capacity(place.count as usize);
        for n in 0..place.count {
            let mut family = family::make(&ctx, &mut d, place.first + n, n + 1);
            plant::plant(&self.opts, &mut d, &mut family, &memory);
            if family.planted.is_empty() {
                memory.id_no = family.persons.first().map(|p| p.id_no.clone());
                memory.phone.clone_from(&family.phone);
            }
            families.push(family);
        }
        Village { place: place.clone(), families, helpers }
    }

    /// All villages, one after the other.
    pub fn villages(&self) -> impl Iterator<Item = Village> + '_ {
        (0..self.places.len()).map(|n| self.village(n))
    }
}

/// All families of a province, one after the other; never more than one village in memory.
pub fn generate(province: &Province) -> impl Iterator<Item = Family> + '_ {
    province.villages().flat_map(|v| v.families)
}

#[cfg(test)]
mod tests;
