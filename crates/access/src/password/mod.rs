//! Passwords: what they must be, how they are kept, how they are changed. Must not know sessions' tables.

pub(crate) mod change;
pub(crate) mod hash;
pub mod rules;

/// Characters a person can read out without mistake; 32 of them, so five random bits choose one without bias.
const CLEAR: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";

/// A random first password that fulfils the policy: four groups of five, letters, digits and marks.
pub(crate) fn random_password() -> String {
    let mut bytes = [0u8; 20];
    rand::fill(&mut bytes);
    let chars: Vec<char> = bytes.iter().map(|b| CLEAR[usize::from(b & 31)] as char).collect();
    chars.chunks(5).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// As [`random_password`], made again until the policy has nothing against it.
pub(crate) fn initial_password(policy: &rules::PasswordPolicy, owner: &rules::PasswordOwner<'_>) -> String {
    loop {
        let candidate = random_password();
        if rules::check_password(policy, owner, &candidate).is_empty() {
            return candidate;
        }
    }
}
