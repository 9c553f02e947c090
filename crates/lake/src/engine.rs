//! Where plans run: a runtime, a memory bound and a spill folder of their own, each plan with a deadline and a way to cancel.
//! Must not know what is asked.

use base::{Error, Result};
use datafusion::arrow::array::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::execute_stream_partitioned;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures::StreamExt;
use object_store::ObjectStore;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::AbortHandle;

/// How much of the machine plans may use.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Bytes of working memory; beyond it sorts and groupings go to disk. The process may reach about twice as much.
    pub memory: usize,
    pub threads: usize,
    /// After it a plan is given up with a sentence.
    pub deadline: Duration,
    /// Bytes of files that one thread of an executor is given at least.
    pub spread: usize,
    /// Rows of a part of a pass of rules: its memory is what so many rows and all that is put beside them take, for each thread.
    pub part: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self { memory: 1 << 30, threads, deadline: Duration::from_secs(60), spread: 16 << 20, part: 250_000 }
    }
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    // taken out when the last clone goes: a runtime may not end inside another
    runtime: Option<Runtime>,
    env: Arc<RuntimeEnv>,
    bounds: Bounds,
    #[cfg(feature = "cluster")]
    cluster: crate::cluster::Cluster,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(r) = self.runtime.take() {
            r.shutdown_background();
        }
    }
}

/// The files of the lake, as plans name their place.
pub fn place() -> ObjectStoreUrl {
    ObjectStoreUrl::parse("lake://files/").unwrap_or_else(|_| ObjectStoreUrl::local_filesystem())
}

fn config(threads: usize) -> SessionConfig {
    let mut config = SessionConfig::new().with_target_partitions(threads.max(1));
    let o = config.options_mut();
    o.execution.parquet.pushdown_filters = true;
    o.execution.parquet.reorder_filters = true;
    o.sql_parser.dialect = datafusion::common::config::Dialect::PostgreSQL;
    o.execution.time_zone = Some("Asia/Shanghai".into());
    config
}

struct Stop(AbortHandle);
impl Drop for Stop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Engine {
    /// `spill`: folder for what does not fit into memory; what an earlier process left there is removed.
    pub fn new(store: Arc<dyn ObjectStore>, spill: &Path, bounds: Bounds) -> Result<Engine> {
        if spill.exists() {
            std::fs::remove_dir_all(spill)?;
        }
        std::fs::create_dir_all(spill)?;
        let env = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(bounds.memory)))
            .with_temp_file_path(spill)
            .build_arc()
            .map_err(plan_error)?;
        env.register_object_store(place().as_ref(), store);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(bounds.threads.max(1))
            .thread_name("lake")
            // deep expressions are walked recursively
            .thread_stack_size(16 << 20)
            .enable_all()
            .build()?;
        Ok(Engine(Arc::new(Inner {
            runtime: Some(runtime),
            env,
            bounds,
            #[cfg(feature = "cluster")]
            cluster: crate::cluster::Cluster::default(),
        })))
    }

    pub fn bounds(&self) -> &Bounds {
        &self.0.bounds
    }

    /// A session for one question, which all threads answer.
    pub fn session(&self) -> SessionContext {
        self.session_of(self.0.bounds.threads)
    }

    /// A session for a question that so many threads answer.
    pub fn session_of(&self, threads: usize) -> SessionContext {
        SessionContext::new_with_config_rt(config(threads), self.0.env.clone())
    }

    /// Whether nobody but this process works on plans.
    pub fn is_alone(&self) -> bool {
        #[cfg(feature = "cluster")]
        return self.0.cluster.size() == 0;
        #[cfg(not(feature = "cluster"))]
        true
    }

    /// The executors that plans may be shared out to.
    #[cfg(feature = "cluster")]
    pub fn cluster(&self) -> &crate::cluster::Cluster {
        &self.0.cluster
    }

    #[cfg(feature = "cluster")]
    pub(crate) fn env(&self) -> &Arc<RuntimeEnv> {
        &self.0.env
    }

    /// Does work that plans with the session it is given: over the executors where some are known, here where none are. What they do
    /// not answer within half the deadline, or at all, is done here from the beginning: an answer is whole, or there is none.
    pub async fn ask<T, W, F>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: Fn(SessionContext) -> F,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        #[cfg(feature = "cluster")]
        if let Some(session) = self.0.cluster.session(config(self.0.bounds.threads), &self.0.env, self.0.bounds.spread) {
            let done = self.run_for(self.0.bounds.deadline / 2, work(session)).await;
            // what cannot be planned is nobody's failure
            if !done.as_ref().is_err_and(|e| e.code == "lake.cannot_plan") {
                self.0.cluster.tell(done.is_ok());
            }
            match done {
                Ok(done) => return Ok(done),
                Err(e) => tracing::warn!(error = %e.chain(), "executors did not answer; worked out here"),
            }
        }
        self.run(work(self.session())).await
    }

    /// Runs work on the engine's own threads until its deadline. Dropping the future stops the work.
    pub async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.run_for(self.0.bounds.deadline, work).await
    }

    /// Runs work on the engine's own threads for as long as it takes.
    #[cfg(feature = "cluster")]
    pub(crate) async fn work(&self, work: impl Future<Output = Result<()>> + Send + 'static) -> Result<()> {
        let Some(runtime) = &self.0.runtime else { return Err(Error::internal("the engine has ended")) };
        let task = runtime.spawn(work);
        let _stop = Stop(task.abort_handle());
        task.await.map_err(Error::internal)?
    }

    /// The same with a deadline of its own.
    pub async fn run_for<T, F>(&self, deadline: Duration, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let Some(runtime) = &self.0.runtime else { return Err(Error::internal("the engine has ended")) };
        let task = runtime.spawn(work);
        let _stop = Stop(task.abort_handle());
        match tokio::time::timeout(deadline, task).await {
            Ok(done) => done.map_err(Error::internal)?,
            Err(_) => Err(Error::busy(
                "lake.too_long",
                format!("统计超过 {} 秒仍未完成，已停止。请缩小区划范围或减少条件后重试。", deadline.as_secs()),
            )),
        }
    }
}

/// All batches of a frame.
pub async fn collect(df: DataFrame) -> Result<Vec<RecordBatch>> {
    df.collect().await.map_err(plan_error)
}

/// Reads a frame with as many readers as its plan has partitions: each begins with what `new` makes and takes batch after batch. What
/// they came to, in no order. Dropping the future stops them.
pub async fn read<T, F>(df: DataFrame, new: impl Fn() -> T, take: F) -> Result<Vec<T>>
where
    T: Send + 'static,
    F: Fn(&mut T, &RecordBatch) -> Result<()> + Clone + Send + 'static,
{
    let task = Arc::new(df.task_ctx());
    let plan = df.create_physical_plan().await.map_err(plan_error)?;
    let mut readers = tokio::task::JoinSet::new();
    for mut stream in execute_stream_partitioned(plan, task).map_err(plan_error)? {
        let (mut out, take) = (new(), take.clone());
        readers.spawn(async move {
            while let Some(batch) = stream.next().await {
                take(&mut out, &batch.map_err(plan_error)?)?;
            }
            Ok::<_, Error>(out)
        });
    }
    let mut all = Vec::new();
    while let Some(one) = readers.join_next().await {
        all.push(one.map_err(Error::internal)??);
    }
    Ok(all)
}

/// Errors of plans in our words. Their own words may quote values and paths, so only those about the plan are kept.
pub fn plan_error(e: DataFusionError) -> Error {
    let root = e.find_root();
    match root {
        DataFusionError::ResourcesExhausted(_) => {
            Error::busy("lake.memory", "这次统计需要的内存超出配置，已停止。请缩小区划范围，或由管理员调大数据湖内存上限后重试。")
        }
        DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) | DataFusionError::ParquetError(_) => {
            let sentence = "数据湖存储暂时不能读写，请检查磁盘空间或对象存储；数据库中的数据不受影响，恢复后自动继续。";
            Error::unavailable("lake.storage", sentence).because(strip(root))
        }
        DataFusionError::Plan(_)
        | DataFusionError::SchemaError(..)
        | DataFusionError::SQL(..)
        | DataFusionError::NotImplemented(_) => {
            Error::invalid("lake.cannot_plan", "数据湖不能计算这个条件。").because(strip(root))
        }
        _ => Error::internal("a plan of the lake failed while running"),
    }
}

fn strip(e: &DataFusionError) -> String {
    e.strip_backtrace()
}
