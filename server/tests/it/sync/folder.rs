//! A delivery that is put into the watched folder instead of being uploaded.

use super::world::Sync;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_in_the_watched_folder_become_a_batch_once_and_move_away() {
    let s = Sync::new(300).await;
    let folder = s.dir.path().join("inbox");
    std::fs::create_dir_all(&folder).unwrap();
    for f in s.files("this") {
        std::fs::copy(&f, folder.join(f.file_name().unwrap())).unwrap();
    }
    std::fs::write(folder.join("说明.txt"), "不是数据").unwrap();
    let look = async |settled: u64| {
        let payload = json!({ "folder": folder, "package": "national", "settled_seconds": settled });
        let id = s.x.jobs.enqueue(&s.data.actor, exchange::WATCH, "查看同步文件夹", payload).await.unwrap();
        s.wait(&s.data, id).await
    };
    let growing = look(3600).await;
    assert_eq!((&growing["state"], &growing["result"]["files"]), (&json!("done"), &json!(0)), "{growing}");
    let taken = look(0).await;
    assert_eq!(taken["state"], "done", "{taken}");
    let no = taken["result"]["batch_no"].as_str().unwrap().to_owned();
    let left: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    assert_eq!(left, ["taken", "说明.txt"]);
    assert_eq!(std::fs::read_dir(folder.join("taken").join(&no)).unwrap().count(), s.files("this").len());
    let batch = s.detail(&no).await;
    let job: uuid::Uuid = batch["batch"]["job_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(s.wait(&s.data, job).await["state"], "done");
    assert_eq!(s.detail(&no).await["batch"]["channel"], "2", "{batch}");
    assert_eq!(look(0).await["result"]["files"], 0, "nothing is taken twice");
    let gone =
        s.x.jobs
            .enqueue(
                &s.data.actor,
                exchange::WATCH,
                "查看同步文件夹",
                json!({ "folder": folder.join("none"), "package": "national" }),
            )
            .await
            .unwrap();
    let told = s.wait(&s.data, gone).await;
    assert!(told["state"] == "failed" && told.to_string().contains("同步文件夹不存在"), "{told}");
}
