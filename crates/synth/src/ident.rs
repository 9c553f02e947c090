//! Invented numbers: identity numbers in address codes that no place has (domain 01 附A A.4, 附B), telephone numbers, and
//! ids of rows. No two people of one province share an identity number, by construction.

use crate::dice::mix;
use chrono::{Datelike, Days, NaiveDate};
use uuid::Uuid;

/// Order numbers (three digits, parity says the sex) available for one address code, birth date and sex.
const ORDERS: u64 = 500;

/// Deals identity numbers. Each household has a slot (address code and order number) and, in a province of more
/// households than slots, a remainder of the day number that its birth dates keep to.
#[derive(Clone, Copy, Debug)]
pub struct Numbering {
    prefixes: u64,
    modulus: u64,
    shift: u64,
}

/// The address part and the order number of one household, and the birth dates it may use.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    prefix: u32,
    order: u32,
    modulus: i64,
    remainder: i64,
}

/// 36 city 9x: county digits 90–99 are given to no place in any city of the province.
fn prefix(n: u64) -> u32 {
    360_000 + (1 + (n % 11) as u32) * 100 + 99 - (n / 11) as u32
}

/// Address code of people that no register knows, used in department files.
pub const STRANGER_PREFIX: u32 = 360_190;

impl Numbering {
    pub fn new(households: u64, seed: u64) -> Numbering {
        let prefixes = if households > ORDERS * 11 * 360 { 11 * 9 } else { 11 };
        let modulus = households.div_ceil(ORDERS * prefixes).max(1);
        Numbering { prefixes, modulus, shift: mix(seed, 0x1d) % (ORDERS * prefixes) }
    }
    /// The slot of a household.
    pub fn slot(&self, household: u64) -> Slot {
        let slots = ORDERS * self.prefixes;
        // 7919 is prime and divides none of the factors of `slots`: a permutation of the slots
        let n = (household % slots * 7919 + self.shift) % slots;
        Slot {
            prefix: prefix(n % self.prefixes),
            order: (n / self.prefixes) as u32,
            modulus: self.modulus as i64,
            remainder: (household / slots) as i64,
        }
    }
}

impl Slot {
    /// The nearest date not after `wish` that this household may use.
    pub fn birth(&self, wish: NaiveDate) -> NaiveDate {
        let back = (i64::from(wish.num_days_from_ce()) - self.remainder).rem_euclid(self.modulus);
        wish.checked_sub_days(Days::new(back as u64)).unwrap_or(wish)
    }
    /// How many days lie between two dates the household may use.
    pub fn step(&self) -> i64 {
        self.modulus
    }
    /// The identity number of a person of this household.
    pub fn number(&self, birth: NaiveDate, male: bool) -> String {
        resident_number(self.prefix, birth, self.order * 2 + u32::from(male))
    }
}

/// An 18-digit number with its check character.
pub fn resident_number(prefix: u32, birth: NaiveDate, order: u32) -> String {
    let mut s = format!("{prefix:06}{}{order:03}", birth.format("%Y%m%d"));
    s.extend(base::idcard::check_digit(&s));
    s
}

/// The same person's number of before 1999: 15 digits.
pub fn old_number(id: &str) -> String {
    format!("{}{}", &id[..6], &id[8..17])
}

/// A telephone number: the first ten thousand are 199 0000 xxxx, the others begin with 164, which no carrier has.
pub fn phone(n: u64) -> String {
    if n < 10_000 { format!("1990000{n:04}") } else { format!("164{:08}", n % 100_000_000) }
}

/// A card number of 19 digits that passes the Luhn check, with an issuer code no bank has.
pub fn bank_card(n: u64) -> String {
    let body = format!("629999{:012}", n % 1_000_000_000_000);
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            let d = u32::from(d - b'0');
            if i % 2 == 0 { if d * 2 > 9 { d * 2 - 9 } else { d * 2 } } else { d }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// The id of a row: ordered by household, repeatable by seed.
pub fn row_id(seed: u64, household: u64, kind: u64, sub: u64) -> Uuid {
    const BEGINNING_MS: u64 = 1_767_225_600_000; // 2026-01-01
    let a = mix(mix(seed, household), kind << 32 | sub);
    let b = mix(a, 0x5eed);
    let mut random = [0u8; 10];
    random[..8].copy_from_slice(&a.to_be_bytes());
    random[8..].copy_from_slice(&b.to_be_bytes()[..2]);
    uuid::Builder::from_unix_timestamp_millis(BEGINNING_MS + household, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_never_meet() {
        for households in [10u64, 6_000, 50_000] {
            let numbering = Numbering::new(households, 3);
            let wish = NaiveDate::from_ymd_opt(1980, 5, 5).expect("a date");
            let mut seen = std::collections::HashSet::new();
            for h in 0..households {
                let slot = numbering.slot(h);
                assert!(seen.insert(slot.number(slot.birth(wish), true)), "{households} {h}");
            }
        }
        assert_eq!(Numbering::new(8_500_000, 1).modulus, 172);
    }

    #[test]
    fn card_and_old_numbers_have_their_form() {
        assert_eq!(bank_card(5).len(), 19);
        assert_eq!(old_number("360199198001010012"), "360199800101001");
        assert_eq!(phone(12), "19900000012");
        assert_eq!(phone(12_000), "16400012000");
    }
}
