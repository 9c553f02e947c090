//! `ganong serve`: database, migrations, engines, worker and web in one process, stopped cleanly.

use crate::assemble::{Settings, assemble_over, open_lake};
use anyhow::{Context, anyhow};
use axum::Router;
use base::{Level, RegionCode};
use std::net::SocketAddr;
use std::path::PathBuf;
use store::embedded::Embedded;
use tokio_util::sync::CancellationToken;

/// What the command line said.
pub struct Options {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub database_url: Option<String>,
    /// A synthetic province is loaded into an empty database and training accounts are opened.
    pub demo: bool,
    pub households: u64,
    pub seed: u64,
    /// Work on the queue in this process.
    pub worker: bool,
    /// Folder that deliveries are put into, and when it is looked at (cron, Beijing time).
    pub watched: Option<(PathBuf, String)>,
    /// Folder that departments put files into, each below a folder of its own.
    pub reception: Option<PathBuf>,
    pub lake: crate::lake::LakeOptions,
    pub wechat: crate::mini::WechatOptions,
}

/// Says what is going on, on the terminal of whoever started the program.
fn say(text: &str) {
    tracing::info!("{text}");
}

/// Runs until interrupted.
pub async fn serve(o: Options) -> anyhow::Result<()> {
    std::fs::create_dir_all(&o.data).with_context(|| format!("数据目录 {} 不能创建", o.data.display()))?;
    let embedded = match &o.database_url {
        Some(_) => None,
        None => Some(Embedded::start_with(&o.data, say).await.map_err(|e| anyhow!(e.chain()))?),
    };
    let url = o.database_url.clone().or_else(|| embedded.as_ref().map(|e| e.url().to_owned())).unwrap_or_default();
    let outcome = with_database(&o, &url, embedded.is_some()).await;
    if let Some(e) = embedded {
        say("正在停止内置数据库 …");
        e.stop().await.map_err(|e| anyhow!(e.chain()))?;
    }
    outcome
}

async fn with_database(o: &Options, url: &str, own: bool) -> anyhow::Result<()> {
    let mut settings = Settings::new(&o.data);
    o.lake.apply(&mut settings.lake);
    settings.access.training = o.demo;
    settings.wechat = o.wechat.platform(o.demo).await?;
    if o.demo {
        // a tour signs in as many people from one machine, over plain HTTP, at any hour
        settings.http.secure_cookie = false;
        settings.http.sign_ins_per_minute = 60;
        settings.http.requests_per_minute = 3000;
        settings.http.exports_per_hour = 100;
        (settings.access.unmask.from_hour, settings.access.unmask.to_hour) = (0, 24);
    }
    let db = store::Db::connect(url, settings.connections).await.map_err(|e| anyhow!(e.chain()))?;
    let migrations = crate::migrations().map_err(|e| anyhow!(e.chain()))?;
    if own {
        migrations.migrate(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
        migrations.migrate_deferred(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
    } else {
        let waiting = migrations.pending(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
        anyhow::ensure!(waiting.is_empty(), "外部数据库有 {} 个迁移尚未执行，请先运行 ganong migrate。", waiting.len());
    }
    let lake = open_lake(&db, crate::assemble::catalog()?, &settings)?;
    let app = assemble_over(db, &settings, &crate::modules(), &lake).await?;
    if o.demo {
        app.access.check_demonstration().await.map_err(|e| anyhow!(e.sentence))?;
        demo(o, &app).await?;
    }
    if let Some((folder, cron)) = &o.watched {
        let folder = folder.canonicalize().with_context(|| format!("同步文件夹 {} 不存在", folder.display()))?;
        let payload = serde_json::json!({ "folder": folder, "package": "national" });
        app.jobs
            .schedule("sync.folder", cron, exchange::WATCH, "查看同步文件夹", payload)
            .await
            .map_err(|e| anyhow!(e.chain()))?;
    }
    if let Some(folder) = &o.reception {
        let folder = folder.canonicalize().with_context(|| format!("部门报送文件夹 {} 不存在", folder.display()))?;
        use relapse::reception::{FOLDER, FOLDER_CRON};
        let planned = app.jobs.schedule(FOLDER, FOLDER_CRON, FOLDER, "部门文件夹接收", serde_json::json!({ "folder": folder }));
        planned.await.map_err(|e| anyhow!(e.chain()))?;
    }
    let stop = CancellationToken::new();
    if o.worker {
        // every Monday before the day begins (domain 05 §12.5)
        let payload = quality::job::payload(&base::Actor::system("质量检查").region, true);
        let planned = app.jobs.schedule("quality.weekly", "0 1 * * 1", quality::job::KIND, "每周数据质量检查", payload).await;
        planned.map_err(|e| anyhow!(e.chain()))?;
        tokio::spawn(quality::Pending(app.quality.clone()).run(stop.clone()));
    }
    let worker = o.worker.then(|| {
        let (jobs, stop) = (app.jobs.clone(), stop.clone());
        tokio::spawn(async move { jobs::Worker::new(jobs, jobs::WorkerConfig::default()).run(stop).await })
    });
    let refresher = o.worker.then(|| {
        let (lake, stop, every) = (lake.clone(), stop.clone(), settings.lake.every);
        tokio::spawn(async move { lake.keep_fresh(every, stop).await })
    });
    #[cfg(feature = "cluster")]
    if o.lake.scheduler.is_some() {
        tokio::spawn(crate::cluster::watch(lake.clone(), &o.lake, stop.clone())?);
    }
    if o.worker && settings.wechat.is_some() {
        let planned =
            app.jobs.schedule("wechat.remind", "*/5 * * * *", http::wechat::REMIND, "微信待办提醒", serde_json::json!({}));
        planned.await.map_err(|e| anyhow!(e.chain()))?;
    }
    if o.worker {
        ::lake::job::schedule(&app.jobs).await.map_err(|e| anyhow!(e.chain()))?;
    }
    let listener = tokio::net::TcpListener::bind(o.listen)
        .await
        .with_context(|| format!("端口 {} 不能使用，请换一个（--listen）", o.listen))?;
    say(&format!("已就绪：http://{}/", listener.local_addr()?));
    let web = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let ended = stop.clone();
    tokio::spawn(async move {
        interrupted().await;
        ended.cancel();
    });
    axum::serve(listener, web).with_graceful_shutdown(stop.clone().cancelled_owned()).await?;
    if let Some(w) = worker {
        w.await?.map_err(|e| anyhow!(e.chain()))?;
    }
    if let Some(r) = refresher {
        r.await?;
    }
    app.db.close().await;
    Ok(())
}

/// API and console together.
pub fn router(app: &http::App) -> Router {
    router_of(app, &crate::modules())
}

/// The same for other modules.
pub fn router_of(app: &http::App, modules: &[http::Module]) -> Router {
    http::router(app.clone(), modules).fallback(crate::console::serve)
}

/// Returns when the process is asked to end.
pub async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let term = async {
        match signal(SignalKind::terminate()) {
            Ok(mut s) => {
                s.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = term => {}
    }
}

/// Fills an empty database with an invented province and opens the training accounts.
async fn demo(o: &Options, app: &http::App) -> anyhow::Result<()> {
    let regions = registry::region::Regions::load(app.db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
    let province = synth::Province::new(&regions, synth::Opts::new(o.households, o.seed, record::today()));
    let empty: bool = app.db.is_empty("reg.household").await.map_err(|e| anyhow!(e.chain()))?;
    if empty {
        say(&format!("正在生成 {} 户的合成演示数据 …", o.households));
        let load = synth::LoadOpts { truth: Some(o.data.join("truth.jsonl")), ..synth::LoadOpts::default() };
        let step = (o.households / 10).max(1);
        let last = std::sync::atomic::AtomicU64::new(0);
        let done = synth::run_demo(app.db.pool(), app.records.vault.clone(), &province, &load, |n, of| {
            if n / step > last.swap(n / step, std::sync::atomic::Ordering::Relaxed) {
                say(&format!("演示数据 {n}/{of} 户"));
            }
        })
        .await?;
        say(&format!("演示数据装载完成：{} 户，用时 {:.1} 秒", done.households, done.seconds));
        for m in crate::modules() {
            if let Some(seed) = m.seed {
                seed(app.clone()).await.map_err(|e| anyhow!(e.chain()))?;
            }
        }
    }
    let villages: Vec<RegionCode> = province.places.iter().filter_map(|p| RegionCode::parse(&p.code).ok()).collect();
    let first = villages.first().ok_or_else(|| anyhow!("演示数据里没有村"))?.clone();
    let county = first.ancestor(Level::County);
    let neighbour = villages.iter().find(|v| v.ancestor(Level::County) != county).unwrap_or(&first).clone();
    let (password, accounts) = crate::accounts::open(app, &o.data, &first, &neighbour).await?;
    say(&format!("演示账号（口令均为 {password}）："));
    for a in accounts {
        let name = regions.get(a.region.as_str()).map(|r| r.full_name.clone()).unwrap_or_default();
        say(&format!("  {:<9} {}　{name}", a.login, a.title));
    }
    Ok(())
}
