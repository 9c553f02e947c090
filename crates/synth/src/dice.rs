//! Chance that repeats: one generator per village, seeded by the seed of the province and the number of the village, so
//! that any part can be made again alone and in any order.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// The chance of one village (or of one file).
pub struct Dice(Xoshiro256PlusPlus);

/// Mixes numbers into one; the same on every machine.
pub fn mix(a: u64, b: u64) -> u64 {
    let mut z = a ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Dice {
    pub fn new(seed: u64, stream: u64) -> Dice {
        Dice(Xoshiro256PlusPlus::seed_from_u64(mix(seed, stream)))
    }
    pub fn number(&mut self) -> u64 {
        self.0.random()
    }
    /// In `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }
    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }
    /// A whole number of `[lo, hi]`.
    pub fn range(&mut self, lo: i64, hi: i64) -> i64 {
        if hi <= lo { lo } else { lo + (self.number() % (hi - lo + 1) as u64) as i64 }
    }
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[(self.number() % list.len() as u64) as usize]
    }
    /// The index of one of the weights.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut at = self.unit() * weights.iter().sum::<f64>();
        for (i, w) in weights.iter().enumerate() {
            at -= w;
            if at < 0.0 {
                return i;
            }
        }
        weights.len() - 1
    }
    /// One of the values by its weight.
    pub fn choose<T: Copy>(&mut self, list: &[(T, f64)]) -> T {
        let mut at = self.unit() * list.iter().map(|(_, w)| w).sum::<f64>();
        for (value, w) in list {
            at -= w;
            if at < 0.0 {
                return *value;
            }
        }
        list[list.len() - 1].0
    }
    /// Normal, by Box and Muller.
    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let (u, v) = (self.unit().max(1e-12), self.unit());
        mean + deviation * (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
    /// Log-normal with the given mean of the values themselves.
    pub fn log_normal(&mut self, mean: f64, sigma: f64) -> f64 {
        (mean.ln() - sigma * sigma / 2.0 + self.normal(0.0, sigma)).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_says_the_same_and_streams_differ() {
        let (mut a, mut b, mut c) = (Dice::new(7, 1), Dice::new(7, 1), Dice::new(7, 2));
        assert_eq!(a.number(), b.number());
        assert_ne!(a.number(), c.number());
    }

    #[test]
    fn weights_and_the_normal_come_out_as_asked() {
        let mut d = Dice::new(1, 1);
        let hits = (0..20_000).filter(|_| d.choose(&[("a", 1.0), ("b", 3.0)]) == "a").count();
        assert!((4_700..5_300).contains(&hits), "{hits}");
        let mean = (0..20_000).map(|_| d.log_normal(100.0, 0.4)).sum::<f64>() / 20_000.0;
        assert!((97.0..103.0).contains(&mean), "{mean}");
    }
}
