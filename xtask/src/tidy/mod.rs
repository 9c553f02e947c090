//! What keeps the rooms apart and readable: directions, forbidden dependencies, sizes, first sentences, words.

mod directions;
mod sources;

use anyhow::Result;

/// A rule and the places that break it.
pub struct Finding {
    pub rule: &'static str,
    pub broken: Vec<String>,
}

/// Prints findings; false when there are any.
pub fn tidy() -> Result<bool> {
    let (passed, failed) = report()?;
    println!("{passed} rules hold, {failed} do not");
    Ok(failed == 0)
}

/// Rules that hold and rules that do not.
pub fn report() -> Result<(u64, u64)> {
    let mut findings = directions::check()?;
    findings.extend(sources::check()?);
    let mut failed = 0;
    for f in &findings {
        println!("{} {}", if f.broken.is_empty() { "✓" } else { "✗" }, f.rule);
        for place in &f.broken {
            println!("    {place}");
        }
        failed += u64::from(!f.broken.is_empty());
    }
    Ok((findings.len() as u64 - failed, failed))
}
