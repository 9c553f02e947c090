//! Executors: processes that work on parts of a plan, on this machine or on others. They read the files of the lake themselves and
//! keep nothing; which of them live is told by whoever watches them. Must not know what is asked, or who watches.

use crate::engine::{Bounds, Engine};
use crate::{place, scan};
use base::{Error, Result};
use datafusion::common::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_distributed::{DistributedExt, SessionStateBuilderExt, Worker, WorkerQueryContext, WorkerResolver};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue};
use tonic::service::interceptor::InterceptedService;
use url::Url;

/// Carries the word that executors and programs of one cluster share.
pub const WORD: HeaderName = HeaderName::from_static("x-ganong-lake");

/// The executors that live, as last told.
#[derive(Default)]
pub struct Cluster {
    members: RwLock<Members>,
    answered: AtomicU64,
    failed: AtomicU64,
}

#[derive(Clone, Default)]
struct Members {
    urls: Vec<Url>,
    headers: HeaderMap,
}

struct Fixed(Vec<Url>);

impl WorkerResolver for Fixed {
    fn get_urls(&self) -> std::result::Result<Vec<Url>, DataFusionError> {
        Ok(self.0.clone())
    }
}

impl Cluster {
    /// These executors live now; `word` is the one they share with this process.
    pub fn meet(&self, urls: Vec<Url>, word: &str) -> Result<()> {
        let headers = headers(word)?;
        *self.members.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Members { urls, headers };
        Ok(())
    }

    /// Questions that executors answered, and those that they did not and were worked out here.
    pub fn told(&self) -> (u64, u64) {
        (self.answered.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }

    pub(crate) fn tell(&self, answered: bool) {
        let of = if answered { &self.answered } else { &self.failed };
        of.fetch_add(1, Ordering::Relaxed);
    }

    /// How many live.
    pub fn size(&self) -> usize {
        self.members().urls.len()
    }

    fn members(&self) -> Members {
        self.members.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// A session whose plans are shared out; none while nobody lives. `spread`: bytes of files that a thread is given at least.
    pub(crate) fn session(&self, config: SessionConfig, env: &Arc<RuntimeEnv>, spread: usize) -> Option<SessionContext> {
        let Members { urls, headers } = self.members();
        if urls.is_empty() {
            return None;
        }
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(env.clone())
            .with_default_features()
            .with_distributed_worker_resolver(Fixed(urls))
            .with_distributed_planner()
            .with_distributed_file_scan_config_bytes_per_partition(spread.max(1))
            .and_then(|s| s.with_distributed_passthrough_headers(headers))
            .inspect_err(|e| tracing::warn!(error = %e, "no session over executors"))
            .ok()?;
        Some(SessionContext::from(state.build()))
    }
}

fn headers(word: &str) -> Result<HeaderMap> {
    let mut value = HeaderValue::from_str(word)
        .map_err(|_| Error::invalid("lake.bad_word", "数据湖计算节点口令只能由字母、数字和常用符号组成。"))?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(WORD, value)]))
}

/// Whether what somebody said is the word. Compared by digest: how long it takes says nothing about it.
pub fn same(said: Option<&[u8]>, word: &str) -> bool {
    said.is_some_and(|s| Sha256::digest(s) == Sha256::digest(word))
}

/// Works on parts of plans for whoever knows the word, until `stop`. `at` and `spill` as in [`crate::Config`].
pub async fn execute(
    listener: TcpListener,
    at: &str,
    spill: &Path,
    bounds: Bounds,
    word: &str,
    stop: CancellationToken,
) -> Result<()> {
    let engine = Engine::new(place(at)?, spill, bounds)?;
    let headers = headers(word)?;
    let wanted = word.to_owned();
    let build = move |ctx: WorkerQueryContext| {
        // an executor asks others for their parts
        let headers = headers.clone();
        async move {
            let mut builder = ctx.builder;
            builder.scalar_functions().get_or_insert_default().extend(scan::everywhere());
            Ok::<_, DataFusionError>(builder.with_distributed_passthrough_headers(headers)?.build())
        }
    };
    let worker = Worker::from_session_builder(build).with_runtime_env(engine.env().clone());
    let door = move |request: tonic::Request<()>| {
        let said = request.metadata().get(WORD.as_str()).map(|v| v.as_bytes());
        match same(said, &wanted) {
            true => {
                tracing::debug!("asked for a part of a plan");
                Ok(request)
            }
            false => Err(tonic::Status::unauthenticated("the word of this cluster is another")),
        }
    };
    let service = InterceptedService::new(worker.into_worker_server(), door);
    let serve = tonic::transport::Server::builder()
        .add_service(service)
        .serve_with_incoming_shutdown(tokio_stream::wrappers::TcpListenerStream::new(listener), stop.cancelled_owned());
    engine.work(async move { serve.await.map_err(Error::internal) }).await
}
