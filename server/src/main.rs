//! Subcommands of the one program.
#![expect(clippy::print_stdout, reason = "a command-line program talks to its user")]

use anyhow::anyhow;
use clap::{Parser, Subcommand};
use ganong::serve::{Options, serve};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "ganong", version, about = "赣农：防止返贫监测与巩固拓展脱贫攻坚成果管理")]
struct Cli {
    /// Data folder: embedded database, keys, attachments
    #[arg(long, env = "GANONG_DATA", default_value = "data", global = true)]
    data: PathBuf,
    /// External PostgreSQL; none: the program owns one in the data folder
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    database_url: Option<String>,
    #[command(flatten)]
    lake: ganong::lake::LakeOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Database, worker and web in one process
    Serve {
        #[arg(long, env = "GANONG_LISTEN", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Load a synthetic province into an empty database and open training accounts
        #[arg(long)]
        demo: bool,
        #[arg(long, default_value_t = 20_000)]
        households: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Leave the queue to other processes
        #[arg(long)]
        no_worker: bool,
        /// Folder that the weekly national exports are put into; looked at on schedule
        #[arg(long, env = "GANONG_SYNC_FOLDER")]
        sync_folder: Option<std::path::PathBuf>,
        /// When the folder is looked at: minute hour day month weekday, Beijing time
        #[arg(long, env = "GANONG_SYNC_CRON", default_value = "0 6 * * 1")]
        sync_cron: String,
        /// Folder that departments put files into, each below a folder of its own
        #[arg(long, env = "GANONG_DEPT_FOLDER")]
        dept_folder: Option<std::path::PathBuf>,
        #[command(flatten)]
        wechat: ganong::mini::WechatOptions,
    },
    /// Deliver a batch over the signed interface, as a department's program does
    DeptSend(ganong::dept::Send),
    /// Ask for the receipt of a batch
    DeptReceipt(ganong::dept::Receipt),
    /// Write the national exports of this week and next of the demonstration province into a folder
    DemoNational {
        folder: std::path::PathBuf,
        #[arg(long, default_value_t = 20_000)]
        households: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Bring an external database up to date
    Migrate {
        /// Only say what is waiting
        #[arg(long)]
        check: bool,
    },
    /// Administration from the terminal
    Admin {
        #[command(subcommand)]
        what: Admin,
    },
    /// Write item 31 (住院结算) as the medical insurance would deliver it for the demonstration province
    DemoBatch {
        folder: PathBuf,
        #[arg(long, default_value_t = 20_000)]
        households: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Rows; people of the towns fill up what the province's own stays do not
        #[arg(long, default_value_t = 200_000)]
        rows: u32,
    },
    /// One benchmark beside its peers; one JSON line on the standard output, progress on the error output
    Bench {
        /// start, ledger, import, export, …
        name: String,
        /// Households of the synthetic province
        #[arg(long)]
        households: Option<u64>,
        /// Rows of a file
        #[arg(long)]
        rows: Option<u64>,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[arg(long, default_value_t = 5)]
        runs: usize,
        /// Ours alone
        #[arg(long)]
        no_peers: bool,
    },
    /// The columnar copy that statistics are counted over
    Lake {
        #[command(subcommand)]
        what: ganong::lake::Task,
    },
    /// Knows which executors of the lake live
    #[cfg(feature = "cluster")]
    LakeScheduler(ganong::cluster::Scheduler),
    /// Works on parts of plans over the lake, for a program that serves
    #[cfg(feature = "cluster")]
    LakeExecutor(ganong::cluster::Executor),
    /// Write docs/generated anew
    Codegen {
        #[command(subcommand)]
        what: Option<Draft>,
        #[arg(long, default_value = "docs/generated")]
        folder: PathBuf,
    },
    /// Administrative regions
    Regions {
        #[command(subcommand)]
        what: RegionTask,
    },
}

#[derive(Subcommand)]
enum Draft {
    /// Print a draft of the migration for one dataset: the table, or the columns it lacks
    Migration { dataset: String },
}

#[derive(Subcommand)]
enum RegionTask {
    /// Compare a newer official table (CSV UTF-8 or xlsx) with the present regions; nothing is changed without --apply
    Import {
        file: PathBuf,
        /// The region whose inside the table describes completely
        #[arg(long, default_value = "36")]
        root: String,
        /// Day the change takes effect (YYYY-MM-DD); today when left out
        #[arg(long)]
        on: Option<chrono::NaiveDate>,
        /// Change the regions and move the rows, as one audited operation
        #[arg(long, requires = "by")]
        apply: bool,
        /// Who does it, for the record
        #[arg(long)]
        by: Option<String>,
    },
}

#[derive(Subcommand)]
enum Admin {
    /// The audit trail
    Audit {
        #[command(subcommand)]
        what: AuditTask,
    },
}

#[derive(Subcommand)]
enum AuditTask {
    /// Check the whole chain; ends with 1 when a line was changed, removed, inserted or put elsewhere
    Verify,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // a line for each request would be measured with the request
    let quiet = if matches!(cli.command, Command::Bench { .. }) { "warn,ganong=info" } else { "info,sqlx=warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("GANONG_LOG").unwrap_or_else(|_| quiet.into());
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    // the standard output of a benchmark is its one line, that of a draft its SQL
    if matches!(cli.command, Command::Bench { .. } | Command::Codegen { .. } | Command::Regions { .. }) {
        lines.with_writer(std::io::stderr).init()
    } else {
        lines.init()
    }
    match run(cli).await {
        Ok(code) => code,
        Err(e) => {
            println!("错误：{e:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve { listen, demo, households, seed, no_worker, sync_folder, sync_cron, dept_folder, wechat } => {
            let (data, database_url, worker) = (cli.data, cli.database_url, !no_worker);
            let watched = sync_folder.map(|folder| (folder, sync_cron));
            let reception = dept_folder;
            serve(Options {
                data,
                listen,
                database_url,
                demo,
                households,
                seed,
                worker,
                watched,
                reception,
                lake: cli.lake,
                wechat,
            })
            .await?;
        }
        Command::DeptSend(o) => println!("{:#}", ganong::dept::send(o).await?),
        Command::DeptReceipt(o) => println!("{:#}", ganong::dept::receipt(o).await?),
        Command::DemoNational { folder, households, seed } => {
            let regions = registry::region::Regions::official().map_err(|e| anyhow!(e.chain()))?;
            let province = synth::Province::new(&regions, synth::Opts::new(households, seed, record::today()));
            tokio::task::spawn_blocking(move || -> anyhow::Result<()> {
                for (name, week) in [("this", synth::Week::This), ("next", synth::Week::Next)] {
                    for w in synth::write_national(&folder.join(name), &province, week)? {
                        println!("{name}/{}：{} 行", w.file, w.rows);
                    }
                }
                Ok(())
            })
            .await??;
        }
        Command::Migrate { check } => {
            let url = cli
                .database_url
                .ok_or_else(|| anyhow!("内置数据库在启动时自动迁移；外部数据库请用 --database-url 或 DATABASE_URL 指明。"))?;
            let db = store::Db::connect(&url, 2).await.map_err(|e| anyhow!(e.chain()))?;
            let all = ganong::migrations().map_err(|e| anyhow!(e.chain()))?;
            let waiting = all.pending(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
            println!("待执行的迁移：{} 个", waiting.len());
            if !check {
                all.migrate(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
                all.migrate_deferred(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
                println!("迁移完成。");
            }
        }
        Command::Admin { what: Admin::Audit { what: AuditTask::Verify } } => return verify(&cli.data, cli.database_url).await,
        Command::DemoBatch { folder, households, seed, rows } => {
            let regions = registry::region::Regions::official().map_err(|e| anyhow!(e.chain()))?;
            let province = synth::Province::new(&regions, synth::Opts::new(households, seed, record::today()));
            let made = tokio::task::spawn_blocking(move || synth::write_hospital(&folder, &province, rows)).await??;
            println!("{}：{} 行", made.file, made.rows);
        }
        Command::Bench { name, households, rows, seed, runs, no_peers } => {
            let o = ganong::bench::Options { data: cli.data, households, rows, seed, runs: runs.max(1), peers: !no_peers };
            println!("{}", ganong::bench::run(&name, &o).await?);
        }
        Command::Codegen { what: None, folder } => println!("{} files written", ganong::codegen::write(&folder).await?),
        Command::Codegen { what: Some(Draft::Migration { dataset }), .. } => {
            print!("{}", ganong::codegen::migration(&dataset).await?);
        }
        Command::Regions { what: RegionTask::Import { file, root, on, apply, by } } => {
            let by = by.filter(|_| apply);
            return regions_import(&cli.data, cli.database_url, &file, &root, on, by).await;
        }
        #[cfg(feature = "cluster")]
        Command::LakeScheduler(o) => ganong::cluster::scheduler(&o, &cli.lake, until_interrupted()).await?,
        #[cfg(feature = "cluster")]
        Command::LakeExecutor(o) => ganong::cluster::executor(&o, &cli.lake, &cli.data, until_interrupted()).await?,
        Command::Lake { what } => {
            let mut settings = ganong::assemble::Settings::new(&cli.data);
            cli.lake.apply(&mut settings.lake);
            return ganong::lake::run(&settings, cli.database_url, &what, |line| println!("{line}")).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Ends when the process is asked to.
#[cfg(feature = "cluster")]
fn until_interrupted() -> tokio_util::sync::CancellationToken {
    let stop = tokio_util::sync::CancellationToken::new();
    let end = stop.clone();
    tokio::spawn(async move {
        ganong::serve::interrupted().await;
        end.cancel();
    });
    stop
}

/// Database, and the embedded cluster where this process started one. Works beside a running server too: its embedded
/// database is found by the data folder.
async fn open(data: &Path, url: Option<String>) -> anyhow::Result<(store::Db, Option<store::embedded::Embedded>)> {
    use store::embedded::Embedded;
    let running = url.or_else(|| Embedded::running_url(data));
    let own = match &running {
        Some(_) => None,
        None => Some(Embedded::start(data).await.map_err(|e| anyhow!(e.chain()))?),
    };
    let url = running.or_else(|| own.as_ref().map(|e| e.url().to_owned())).unwrap_or_default();
    Ok((store::Db::connect(&url, 2).await.map_err(|e| anyhow!(e.chain()))?, own))
}

async fn open_audit(db: &store::Db, data: &Path) -> anyhow::Result<audit::Audit> {
    let vault = std::sync::Arc::new(secure::SoftVault::open(&data.join("keys.json")).map_err(|e| anyhow!(e.chain()))?);
    audit::Audit::start(db.pool().clone(), vault, data).await.map_err(|e| anyhow!(e.chain()))
}

async fn close(db: store::Db, own: Option<store::embedded::Embedded>) -> anyhow::Result<()> {
    db.close().await;
    match own {
        Some(e) => e.stop().await.map_err(|e| anyhow!(e.chain())),
        None => Ok(()),
    }
}

async fn verify(data: &Path, url: Option<String>) -> anyhow::Result<ExitCode> {
    let (db, own) = open(data, url).await?;
    let audit = open_audit(&db, data).await?;
    let v = audit.verify(None, None).await.map_err(|e| anyhow!(e.chain()))?;
    println!("已校验 {} 条审计记录。", v.checked);
    let code = match &v.first_bad {
        None => ExitCode::SUCCESS,
        Some(bad) => {
            println!("第 {} 条有问题：{}", bad.seq, bad.sentence);
            ExitCode::FAILURE
        }
    };
    drop(audit);
    close(db, own).await?;
    Ok(code)
}

/// Preview of a newer table of regions; with `by` it is applied and leaves a line in the audit trail.
async fn regions_import(
    data: &Path,
    url: Option<String>,
    file: &Path,
    root: &str,
    on: Option<chrono::NaiveDate>,
    by: Option<String>,
) -> anyhow::Result<ExitCode> {
    let root = base::RegionCode::parse(root).map_err(|e| anyhow!(e.sentence))?;
    let list = match registry::region::parse_file(file) {
        Ok(list) => list,
        Err(e) => return Ok(refused(&e)),
    };
    let on = on.unwrap_or_else(record::today);
    let (db, own) = open(data, url).await?;
    let all = ganong::migrations().map_err(|e| anyhow!(e.chain()))?;
    if own.is_some() {
        all.migrate(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
    }
    registry::region::seed(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let done = match &by {
        None => registry::region::import_preview(db.pool(), &root, &list, on).await,
        Some(by) => {
            let audit = open_audit(&db, data).await?;
            let actor = base::Actor { name: by.clone(), ..base::Actor::system("区划变更") };
            let regions = registry::region::Regions::load(db.pool()).await.map_err(|e| anyhow!(e.chain()))?;
            let done = registry::region::import_apply(db.pool(), &regions, &actor, &name, &root, &list, on).await;
            if let Ok(plan) = &done {
                let moved = plan.moved.iter().map(|m| m.rows).sum::<i64>();
                let line = audit::Line::of(&actor, audit::Event::Policy, audit::Action::Update, "registry.region").rows(moved);
                audit.write(line).await.map_err(|e| anyhow!(e.chain()))?;
            }
            done
        }
    };
    let code = match &done {
        Err(e) => refused(e),
        Ok(plan) => {
            print!("{plan}");
            match (plan.problems.is_empty(), &by) {
                (false, _) => println!("有 {} 处问题，未做任何改动。", plan.problems.len()),
                (true, None) => println!("以上为预览，未做任何改动；确认无误后加 --apply --by 姓名 执行。"),
                (true, Some(_)) => println!("已变更。正在运行的服务请重新启动，使新区划生效。"),
            }
            if plan.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    };
    close(db, own).await?;
    Ok(code)
}

fn refused(e: &base::Error) -> ExitCode {
    println!("{}", e.sentence);
    for p in &e.problems {
        println!("  {}", p.message);
    }
    ExitCode::FAILURE
}
