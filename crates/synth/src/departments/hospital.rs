//! Item 31 住院结算 alone, as long as wanted: the stays of this province's people over a year, and beyond them people of the
//! towns, whom the register of rural households does not know (the insurance covers everybody).

use super::{Batch, ITEMS, facts, write_row};
use crate::dice::Dice;
use crate::ident;
use crate::national::Written;
use crate::{Province, names};
use chrono::Days;
use std::path::Path;

/// Times the people of the province are gone through: a year of monthly settlements is about six stays for who is often ill.
const ROUNDS: u64 = 6;

/// What the head of one family of the first village bore for one stay, in fen: far over every threshold, so that whoever is
/// shown around finds a clue where the training accounts are.
const SHOWN_FEN: i64 = 2_638_000;

/// Writes `rows` rows of item 31 into `dir` and says how the file is called.
pub fn write_hospital(dir: &Path, province: &Province, rows: u32) -> anyhow::Result<Written> {
    std::fs::create_dir_all(dir)?;
    let today = province.opts.today;
    let item = ITEMS.iter().find(|i| i.no == 31).ok_or_else(|| anyhow::anyhow!("the catalogue has no item 31"))?;
    let mut batch = Batch::new(dir, item, today)?;
    if !province.places.is_empty() {
        let village = province.village(0);
        let shown = village.families.iter().find(|f| f.case.is_none() && f.event.is_none() && f.planted.is_empty());
        if let Some((family, person)) = shown.and_then(|f| Some((f, f.head()?))) {
            let d = &mut Dice::new(province.opts.seed ^ 0x5031, 1);
            let cells = facts::stay_of(d, today - Days::new(40), SHOWN_FEN);
            write_row(&mut batch, province, &village, family, person, 90, &cells, true)?;
        }
    }
    'rounds: for round in 0..ROUNDS {
        // another round is another year of dice: other stays of the same people
        let seed = province.opts.seed.wrapping_add(round.wrapping_mul(0x9e37_79b9));
        for village in province.villages() {
            for family in &village.families {
                let about = facts::About { seed, today, place: &village.place, family };
                for (n, (no, cells)) in facts::facts(&about, 31).into_iter().enumerate() {
                    if batch.rows >= rows {
                        break 'rounds;
                    }
                    if let Some(person) = family.person(no) {
                        let n = n + 100 * usize::try_from(round)?;
                        write_row(&mut batch, province, &village, family, person, n, &cells, false)?;
                    }
                }
            }
        }
    }
    let d = &mut Dice::new(province.opts.seed ^ 0x70_31, 1);
    let first = province.places.first();
    let mut stranger = 0u32;
    while batch.rows < rows {
        let male = d.chance(0.5);
        let surname = names::surname(d);
        let name = names::name(d, surname, male);
        // each stranger once: a day of birth and an order number of their own
        let birth = today - Days::new(u64::from(7_000 + stranger / 900));
        let id = ident::resident_number(ident::STRANGER_PREFIX, birth, stranger % 900);
        let own = d.log_normal(1_300.0, 0.5).min(18_000.0) as i64 * 100;
        let day_in = today - Days::new(d.range(1, 360) as u64);
        let cells = facts::stay_of(d, day_in, own);
        let day = today.format("%Y-%m-%d").to_string();
        let place = first.map_or(["", "", ""], |p| [p.county.as_str(), "城关镇", "居民"]);
        let serial = format!("31S{stranger:012}");
        let common = [name.as_str(), &id, place[0], place[1], place[2], &day, &serial].map(str::to_owned);
        batch.row(&[&common[..], &cells].concat())?;
        stranger += 1;
    }
    batch.finish()
}
