//! Memory of processes as /proc tells it.

use std::path::Path;

fn status(pid: &str, key: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find(|l| l.starts_with(key))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb * 1024)
}

/// Forgets the highest resident memory of this process, so that the next peak is that of the next run.
pub(super) fn reset_own() {
    std::fs::write("/proc/self/clear_refs", "5").ok();
}

/// Highest resident memory of this process since [`reset_own`], bytes.
pub(super) fn own_peak() -> Option<u64> {
    status("self", "VmHWM:")
}

/// Highest resident memory of another process so far, bytes.
pub(super) fn peak_of(pid: u32) -> Option<u64> {
    status(&pid.to_string(), "VmHWM:")
}

/// Resident memory of a process now, bytes.
pub(super) fn resident(pid: u32) -> Option<u64> {
    status(&pid.to_string(), "VmRSS:")
}

/// Memory of a process and all it started, shared pages counted once, bytes; none where the kernel does not show it.
pub(super) fn of_tree(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find(|l| l.starts_with("Pss:"))?;
    let own = line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024;
    let mut sum = own;
    for task in std::fs::read_dir(Path::new("/proc").join(pid.to_string()).join("task")).ok()?.flatten() {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        sum += children.split_whitespace().filter_map(|c| of_tree(c.parse().ok()?)).sum::<u64>();
    }
    Some(sum)
}
