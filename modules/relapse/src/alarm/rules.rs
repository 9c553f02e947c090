//! When a village or a county is at risk as a whole. No IO and no clock.

use base::RegionCode;
use chrono::NaiveDate;
use uuid::Uuid;

/// Limits of W39, as the parameters of the village's region say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub households: i64,
    pub share_pct: i64,
    /// Fewest households where the share alone is reached.
    pub least: i64,
}

/// Households of a village hit by the same disaster within some days.
#[derive(Clone, Debug)]
pub(super) struct Gathering {
    pub village: RegionCode,
    pub disaster: String,
    pub registered: i64,
    pub households: Vec<(Uuid, Option<NaiveDate>)>,
}

impl Gathering {
    /// Of the registered households, in percent.
    pub fn share_pct(&self) -> f64 {
        if self.registered <= 0 { 0.0 } else { self.households.len() as f64 * 100.0 / self.registered as f64 }
    }
    pub fn reaches(&self, l: &Limits) -> bool {
        let n = i64::try_from(self.households.len()).unwrap_or(i64::MAX);
        n >= l.households || (n >= l.least && self.share_pct() >= l.share_pct as f64)
    }
}

/// Prices of a product in a county, this month and the one before, in fen.
#[derive(Clone, Debug)]
pub(super) struct Fall {
    pub county: RegionCode,
    pub product: String,
    pub unit: String,
    pub month: i32,
    pub price: i64,
    pub before: i64,
}

impl Fall {
    /// How much it fell, in percent; negative where it rose.
    pub fn pct(&self) -> f64 {
        if self.before <= 0 { 0.0 } else { (self.before - self.price) as f64 * 100.0 / self.before as f64 }
    }
    pub fn reaches(&self, limit_pct: i64) -> bool {
        self.before > 0 && (self.before - self.price) * 100 >= self.before * limit_pct
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_is_at_risk_by_number_or_by_share() {
        let l = Limits { households: 10, share_pct: 5, least: 3 };
        let of = |hit: usize, registered| Gathering {
            village: RegionCode::parse("360121100201").unwrap(),
            disaster: "洪涝".into(),
            registered,
            households: vec![(Uuid::nil(), None); hit],
        };
        for (hit, registered, want) in
            [(10, 1000, true), (9, 1000, false), (5, 100, true), (4, 100, false), (3, 60, true), (2, 10, false), (9, 0, false)]
        {
            assert_eq!(of(hit, registered).reaches(&l), want, "{hit} of {registered}");
        }
    }

    #[test]
    fn a_price_falls_by_the_month_before() {
        let of = |price, before| Fall {
            county: RegionCode::parse("360121").unwrap(),
            product: "脐橙".into(),
            unit: "公斤".into(),
            month: 202_611,
            price,
            before,
        };
        assert!(of(700, 1000).reaches(30) && !of(701, 1000).reaches(30) && !of(1200, 1000).reaches(30) && !of(1, 0).reaches(30));
        assert_eq!(of(700, 1000).pct(), 30.0);
    }
}
