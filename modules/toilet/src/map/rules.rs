//! How exactly a place is told. Pure.

/// Digits after the point: about ten metres, enough to tell one house from the next.
const NEAR: u32 = 4;
/// About a kilometre, as the mask of a place.
const FAR: u32 = 2;

/// Degrees as they may leave the system: exact for those who work with people by name in their own region, the others learn
/// the neighbourhood.
pub(super) fn place(degrees: f64, exact: bool) -> f64 {
    let scale = f64::from(10u32.pow(if exact { NEAR } else { FAR }));
    (degrees * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_to_ten_metres_or_to_a_kilometre() {
        assert!((place(115.893_421_7, true) - 115.8934).abs() < 1e-9);
        assert!((place(115.893_421_7, false) - 115.89).abs() < 1e-9);
    }
}
