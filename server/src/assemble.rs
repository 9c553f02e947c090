//! The rooms put together: one database, one key file, one catalog, one of each engine.

use crate::modules;
use anyhow::{Context, anyhow};
use base::Level;
use http::{App, Config, Parts};
use meta::Catalog;
use registry::region::Regions;
use secure::{SoftVault, Vault};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where and how this process runs.
#[derive(Clone, Debug)]
pub struct Settings {
    pub data: PathBuf,
    pub http: Config,
    pub access: access::AccessConfig,
    pub connections: u32,
    pub lake: LakeSettings,
    /// The mini-program's platform.
    pub wechat: Option<http::wechat::Platform>,
}

/// The columnar copy.
#[derive(Clone, Debug)]
pub struct LakeSettings {
    /// A folder or `s3://…`.
    pub place: String,
    pub spill: PathBuf,
    pub bounds: ::lake::Bounds,
    /// Statistics of this level and above are counted over the lake; none: all over the records.
    pub from: Option<Level>,
    /// How often changes are looked for.
    pub every: std::time::Duration,
}

impl LakeSettings {
    /// In the data folder, from the county upward.
    pub fn new(data: &Path) -> LakeSettings {
        LakeSettings {
            place: data.join("lake").display().to_string(),
            spill: data.join("lake-spill"),
            bounds: ::lake::Bounds::default(),
            from: Some(Level::County),
            every: std::time::Duration::from_secs(2),
        }
    }
}

impl Settings {
    pub fn new(data: &Path) -> Settings {
        Settings {
            data: data.to_owned(),
            http: Config::default(),
            access: access::AccessConfig::default(),
            connections: 16,
            lake: LakeSettings::new(data),
            wechat: None,
        }
    }
}

/// All descriptions; a problem in them stops the start with the whole list.
pub fn catalog() -> anyhow::Result<Arc<Catalog>> {
    catalog_of(&modules())
}

fn catalog_of(modules: &[http::Module]) -> anyhow::Result<Arc<Catalog>> {
    let all: Vec<meta::Descriptions> = modules.iter().map(|m| m.descriptions).collect();
    Ok(Catalog::load(&all)?)
}

/// Opens the columnar copy; nothing is copied yet.
pub fn open_lake(db: &store::Db, catalog: Arc<Catalog>, settings: &Settings) -> anyhow::Result<::lake::Lake> {
    let l = &settings.lake;
    let config = ::lake::Config { place: l.place.clone(), spill: l.spill.clone(), bounds: l.bounds.clone() };
    ::lake::Lake::open(db.clone(), catalog, &config).map_err(|e| anyhow!("{}", e.chain()))
}

/// Who an owner of a template is today.
struct Owners(access::Access);

#[async_trait::async_trait]
impl sheet::extract::Owners for Owners {
    async fn acting(&self, user: uuid::Uuid, post: uuid::Uuid) -> base::Result<base::Actor> {
        self.0.acting(user, post).await
    }
}

/// Builds everything over a migrated database.
pub async fn assemble(db: store::Db, settings: &Settings) -> anyhow::Result<App> {
    assemble_with(db, settings, &modules()).await
}

/// The same for other modules.
pub async fn assemble_with(db: store::Db, settings: &Settings, modules: &[http::Module]) -> anyhow::Result<App> {
    let lake = open_lake(&db, catalog_of(modules)?, settings)?;
    assemble_over(db, settings, modules, &lake).await
}

/// The same over a lake that is open already.
pub async fn assemble_over(
    db: store::Db,
    settings: &Settings,
    modules: &[http::Module],
    lake: &::lake::Lake,
) -> anyhow::Result<App> {
    let catalog = lake.catalog.clone();
    let vault: Arc<dyn Vault> = Arc::new(SoftVault::open(&settings.data.join("keys.json")).map_err(|e| anyhow!(e.chain()))?);
    registry::region::seed(db.pool()).await.map_err(|e| anyhow!(e.chain())).context("seeding regions")?;
    let regions = Arc::new(Regions::load(db.pool()).await.map_err(|e| anyhow!(e.chain()))?);
    let audit = audit::Audit::start(db.pool().clone(), vault.clone(), &settings.data).await.map_err(|e| anyhow!(e.chain()))?;
    let (mut hooks, mut guards) = (record::Hooks::default(), flow::Guards::default());
    for m in modules {
        (m.hooks)(&mut hooks);
        (m.flow)(&mut guards);
    }
    let mut loose = hooks.unmatched(&catalog);
    loose.extend(guards.unmatched(&catalog));
    anyhow::ensure!(loose.is_empty(), "hooks and descriptions do not fit:\n{}", loose.join("\n"));
    hooks.watch(Arc::new(quality::Watch::new(&catalog)));
    let names = Arc::new(registry::Names::new(regions.clone()));
    let mut reports = report::Reports::new(catalog.clone(), names.clone());
    if let Some(from) = settings.lake.from {
        reports = reports.with_count(Arc::new(::lake::LakeCount::new(lake.clone(), Arc::new(report::Postgres), from)));
    }
    hooks.add_narrow("query", Arc::new(record::search::SavedQueries));
    hooks.add_narrow("search", Arc::new(record::search::AdHoc));
    hooks.add_narrow("report", Arc::new(report::Behind(reports.clone())));
    if let Some(from) = settings.lake.from {
        hooks.answer_wide(Arc::new(::lake::LakeQuery::new(lake.clone(), from)));
    }
    let personal = ["R06", "R07", "R08", "R09", "R10", "R11", "R12"].into_iter().map(str::to_owned).collect();
    let records = record::Records {
        catalog: catalog.clone(),
        vault: vault.clone(),
        regions: names.clone(),
        hooks: Arc::new(hooks),
        sight: Arc::new(record::sight::Roles { personal }),
    };
    let files = files::Files::local(db.pool().clone(), &settings.data.join("files")).map_err(|e| anyhow!(e.chain()))?;
    let jobs = jobs::Jobs::new(db.pool().clone());
    jobs.handle(
        sheet::import::IMPORT,
        Arc::new(sheet::import::Importer {
            records: records.clone(),
            files: files.clone(),
            db: db.clone(),
            places: Arc::new(registry::Places(regions)),
        }),
    );
    let exporter = sheet::export::Exporter { records: records.clone(), files: files.clone(), db: db.clone(), data_marks: None };
    jobs.handle(sheet::export::EXPORT, Arc::new(exporter.clone()));
    ::lake::job::handle(&jobs, lake);
    let workbook = http::reports::ReportExport { db: db.clone(), reports: reports.clone(), files: files.clone() };
    jobs.handle(http::reports::BULLETIN, Arc::new(http::reports::BulletinExport(workbook.clone())));
    jobs.handle(http::reports::EXPORT, Arc::new(workbook));
    let ledgers = report::ledger::Ledgers { records: records.clone(), db: db.clone() };
    let books = report::ledger::LedgerExport { ledgers: ledgers.clone(), files: files.clone(), data_marks: None };
    jobs.handle(report::ledger::LEDGER, Arc::new(books));
    jobs.handle(report::SNAPSHOT, Arc::new(report::Snapshots { db: db.clone(), reports: reports.clone() }));
    jobs.schedule("relapse.watch", "30 5 * * *", relapse::WATCH, "每日监管清单", serde_json::json!({}))
        .await
        .map_err(|e| anyhow!(e.chain()))?;
    jobs.schedule("relapse.model_month", "20 1 1 * *", relapse::MODEL_MONTH, "每月预警规则精准率", serde_json::json!({}))
        .await
        .map_err(|e| anyhow!(e.chain()))?;
    // the figures of a month are kept in the first night after it
    jobs.schedule("report.snapshot", "30 0 1 * *", report::SNAPSHOT, "保存上月统计数", serde_json::json!({}))
        .await
        .map_err(|e| anyhow!(e.chain()))?;
    let log = Arc::new(access::Trail::new(db.pool().clone(), audit.clone()));
    let access = access::Access::new(db.pool().clone(), vault, log, settings.access.clone()).map_err(|e| anyhow!(e.chain()))?;
    let extracts = sheet::extract::Extracts { db: db.clone(), records: records.clone(), jobs: jobs.clone() };
    let owners = Arc::new(Owners(access.clone()));
    let extractor = sheet::extract::Extractor { extracts: extracts.clone(), exporter, owners };
    jobs.handle(sheet::extract::EXTRACT, Arc::new(extractor));
    jobs.handle(sheet::extract::SWEEP, Arc::new(sheet::extract::Sweeper { extracts, files: files.clone() }));
    jobs.schedule(sheet::extract::SWEEP, "20 * * * *", sheet::extract::SWEEP, "清理到期的提取文件", serde_json::json!({}))
        .await
        .map_err(|e| anyhow!(e.chain()))?;
    let policy = Arc::new(registry::policy::Policy);
    let scan: Arc<dyn quality::Scan> = match settings.lake.from {
        Some(from) => Arc::new(::lake::LakeScan::new(lake.clone(), from)),
        None => Arc::new(quality::Postgres),
    };
    let quality = quality::Quality { catalog: catalog.clone(), db: db.clone(), scan, params: policy.clone() };
    let app = App::new(Parts {
        quality,
        flows: flow::Flows::new(records.clone(), guards).with_calendar(policy.clone()).with_params(policy),
        limits: http::Limits::new(&settings.http),
        config: settings.http.clone(),
        wechat: settings.wechat.clone(),
        db,
        catalog,
        records,
        access,
        audit,
        jobs,
        files,
        reports,
        ledgers,
    });
    if let Some(platform) = &settings.wechat {
        let (db, flows) = (app.db.clone(), app.flows.clone());
        let reminder = http::wechat::Reminder { db, flows, access: app.access.clone(), platform: platform.clone() };
        app.jobs.handle(http::wechat::REMIND, Arc::new(reminder));
    }
    for m in modules {
        for (kind, handler) in (m.jobs)(&app) {
            app.jobs.handle(kind, handler);
        }
    }
    for (name, cron, title) in [
        (relapse::internal::KIND, relapse::internal::CRON, "台账内部筛查"),
        (relapse::ALARM, relapse::ALARM_CRON, "规模性风险预警"),
        (relapse::reception::DUE, relapse::reception::DUE_CRON, "部门超期未报"),
        (relapse::steward::KIND, relapse::steward::CRON, "人工核定后的比对"),
        (relapse::reception::FRONT, relapse::reception::FRONT_CRON, "前置库接收"),
        (toilet::attribute::KIND, toilet::attribute::CRON, "户属性同步"),
        (toilet::LOCK_YEAR, toilet::LOCK_CRON, "村级底数年度锁定"),
        (toilet::COUNT_TASKS, toilet::COUNT_CRON, "改厕任务完成数"),
        (yulu::NOTICES, yulu::NOTICES_CRON, "雨露计划公示期满转县审"),
        (relapse::NOTICES, relapse::NOTICES_CRON, "防返贫监测公示期满提交乡镇"),
    ] {
        app.jobs.schedule(name, cron, name, title, serde_json::json!({})).await.map_err(|e| anyhow!(e.chain()))?;
    }
    use relapse::escalate;
    let daily = app.jobs.schedule(escalate::KIND, escalate::CRON, escalate::KIND, "超期提醒和督办", serde_json::json!({}));
    daily.await.map_err(|e| anyhow!(e.chain()))?;
    Ok(app)
}
