//! The canonical bytes of a line and its place in the chain. Must not know the database.

use crate::store::Entry;
use secure::{MacKey, Vault, hash::Sm3Hasher};

/// What the first line points back to.
pub(crate) const GENESIS: [u8; 32] = [0; 32];

fn text(h: &mut Sm3Hasher, value: Option<&str>) {
    match value {
        None => h.update(&[0]),
        Some(v) => {
            h.update(&[1]);
            h.update(&(v.len() as u64).to_be_bytes());
            h.update(v.as_bytes());
        }
    }
}

/// hash = SM3(prev_hash ‖ canonical encoding). Every text carries its presence and length, so that no two lines share bytes.
/// `seq` is given apart: the check also asks under which other number a line would be genuine.
pub(crate) fn hash(e: &Entry, seq: i64) -> [u8; 32] {
    let mut h = Sm3Hasher::new();
    h.update(&e.prev_hash);
    h.update(b"audit_line/v1");
    h.update(&seq.to_be_bytes());
    h.update(&e.ts.timestamp_millis().to_be_bytes());
    h.update(&e.ts.timestamp_subsec_nanos().to_be_bytes());
    h.update(e.actor_id.as_bytes());
    let session = e.session_id.map(|s| s.to_string());
    for value in [
        Some(e.event_type.as_str()),
        Some(&e.action),
        Some(&e.actor_name),
        Some(&e.role),
        Some(&e.region),
        session.as_deref(),
        e.trace_id.as_deref(),
        e.ip.as_deref(),
        e.channel.as_deref(),
        Some(&e.object_type),
        e.object_id.as_deref(),
        e.object_region.as_deref(),
        e.api.as_deref(),
        Some(&e.result),
        e.error_code.as_deref(),
        e.auth_ref.as_deref(),
    ] {
        text(&mut h, value);
    }
    h.update(&e.row_count.to_be_bytes());
    h.update(&(e.fields.len() as u64).to_be_bytes());
    for f in &e.fields {
        text(&mut h, Some(f));
    }
    h.finish()
}

/// Whether a line was written by the holder of the audit key as line `seq`.
pub(crate) fn genuine(vault: &dyn Vault, e: &Entry, seq: i64) -> bool {
    let hash = hash(e, seq);
    e.hash == hash && e.mac == vault.mac(MacKey::Audit, &hash)
}
