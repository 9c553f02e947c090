//! Lines of department lists are linked to the people they are about, and to nobody else.

use ganong::bench::{Register, judge};
use testkit::World;

#[tokio::test]
async fn falsified_lines_find_their_people_and_no_line_is_linked_to_another() {
    let w = World::new().await;
    let regions = registry::region::Regions::load(w.app.db.pool()).await.expect("regions");
    let today = record::today();
    let province = synth::Province::new(&regions, synth::Opts::new(1500, 11, today));
    let dir = tempfile::tempdir().expect("a folder");
    synth::write_departments(dir.path(), &province).expect("lists");
    let vault = &*w.app.records.vault;
    let j = judge(dir.path(), &Register::new(&province, vault), vault, today).expect("judged");
    assert!(j.lines > 5_000, "{j:?}");
    assert!(j.precision() > 0.999, "{j:?}");
    assert!(j.recall("clean") > 0.98, "{j:?}");
    assert!(j.by_what["transposed"].lines > 20 && j.recall("transposed") > 0.95, "{j:?}");
    assert!(j.by_what["fifteen_digits"].lines > 10 && j.recall("fifteen_digits") > 0.95, "{j:?}");
    // without a number nothing is linked, but most are handed over with the right person among them
    let missing = j.by_what["missing"];
    assert!(missing.linked == 0 && missing.asked_right * 10 > missing.lines * 8, "{j:?}");
    let unknown = j.by_what["unknown"];
    assert!(unknown.lines > 10 && unknown.linked == 0, "{j:?}");
    eprintln!("{}", serde_json::to_string(&j).expect("json"));
}
