//! An execution environment: one process, one invocation at a time.

use std::{
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::{
    net::TcpListener,
    select,
    sync::{mpsc, oneshot},
    time,
};
use tokio_util::task::AbortOnDropHandle;

use super::{
    function::InvokeError,
    pool::{Invocation, Pool, Response},
    process::{self, Process},
    runtime_api::{self, Call, NextInvocation},
    trace_root,
};
use crate::activity::Activity;

/// How long a process may take until it asks for an invocation:
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs an execution environment until its process ends, an invocation times out, nothing is invoked for long, or the
/// pool is shut down.
pub async fn run(pool: Arc<Pool>) {
    let mut environment = match Environment::start(&pool).await {
        Ok(environment) => environment,
        Err(error) => return pool.fail_to_start(error),
    };
    select! {
        () = environment.serve() => {}
        () = pool.shutdown.cancelled() => {}
    }
    environment.process.kill().await;
}

struct Environment<'a> {
    pool: &'a Arc<Pool>,
    process: Process,
    started: Instant,
    calls: mpsc::Receiver<Call>,
    _runtime_api: AbortOnDropHandle<std::io::Result<()>>,
}

/// The process's question that an invocation answers.
type Next = oneshot::Sender<NextInvocation>;

impl<'a> Environment<'a> {
    async fn start(pool: &'a Arc<Pool>) -> Result<Self, InvokeError> {
        let not_started = |error| InvokeError::NotStarted {
            program: pool.config.command.first().cloned().unwrap_or_default(),
            error: Arc::new(error),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(not_started)?;
        let address = listener.local_addr().map_err(not_started)?;
        let (sender, calls) = mpsc::channel(1);
        let runtime_api = tokio::spawn(axum::serve(listener, runtime_api::router(sender)).into_future());
        let started = Instant::now();
        let process = Process::start(&pool.config, address, &pool.observer).map_err(not_started)?;
        Ok(Self { pool, process, started, calls, _runtime_api: AbortOnDropHandle::new(runtime_api) })
    }

    /// Serves invocations until the process ends or has to.
    async fn serve(&mut self) {
        let ready = time::timeout(INIT_TIMEOUT, self.ready()).await;
        let mut next = match ready.unwrap_or(Err(InvokeError::TimedOut(INIT_TIMEOUT))) {
            Ok(next) => next,
            Err(error) => return self.pool.fail_to_start(error),
        };
        let (function, duration) = (self.pool.config.name.clone(), self.started.elapsed());
        self.pool.observer.tell(Activity::Started { function, duration }).await;
        while let Some(invocation) = self.invocation().await {
            let response = self.answer(next, invocation.event).await;
            let has_failed = matches!(response, Err(InvokeError::TimedOut(_) | InvokeError::Exited(_)));
            let is_last = has_failed || self.pool.config.is_always_cold;
            self.pool.answer(invocation.response, response, is_last);
            if is_last {
                return;
            }
            match time::timeout(INIT_TIMEOUT, self.ready()).await {
                Ok(Ok(ready)) => next = ready,
                _ => return self.pool.lose(),
            }
        }
    }

    /// Waits until the process asks for an invocation.
    async fn ready(&mut self) -> Result<Next, InvokeError> {
        loop {
            select! {
                biased;
                Some(call) = self.calls.recv() => match call {
                    Call::Next(next) => return Ok(next),
                    Call::InitError(error) => return Err(error),
                    Call::Answer { is_known, .. } => drop(is_known.send(false)),
                },
                status = self.process.wait() => return Err(InvokeError::Exited(status)),
            }
        }
    }

    /// Waits for an invocation, as long as the process lives and is not idle for too long; then it is retired.
    async fn invocation(&mut self) -> Option<Invocation> {
        let mut invocation = self.pool.next();
        select! {
            biased;
            invocation = &mut invocation => return invocation.ok(),
            _ = self.process.wait() => {}
            () = time::sleep(self.pool.config.idle) => {}
            () = self.pool.retired.cancelled() => {}
        }
        invocation.close();
        // One may have come at the last moment: another execution environment takes it.
        self.pool.retire(invocation.try_recv().ok());
        None
    }

    /// Gives the process an invocation, and waits for its answer.
    async fn answer(&mut self, next: Next, event: Bytes) -> Response {
        let timeout = self.pool.config.timeout;
        let request_id = uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string();
        let invocation = NextInvocation {
            request_id: request_id.clone(),
            deadline: (Timestamp::now() + timeout).as_millisecond(),
            function_arn: process::function_arn(&self.pool.config),
            trace_id: format!("Root={};Sampled=0", trace_root()),
            event,
        };
        // A process that no longer waits has died, which is seen below.
        let _ = next.send(invocation);
        let timed_out = time::sleep(timeout);
        tokio::pin!(timed_out);
        loop {
            select! {
                biased;
                Some(call) = self.calls.recv() => match call {
                    Call::Answer { request_id: answered, answer, is_known } if answered == request_id => {
                        let _ = is_known.send(true);
                        return answer;
                    }
                    Call::Answer { is_known, .. } => drop(is_known.send(false)),
                    Call::Next(_) | Call::InitError(_) => {}
                },
                status = self.process.wait() => return Err(InvokeError::Exited(status)),
                () = &mut timed_out => return Err(InvokeError::TimedOut(timeout)),
            }
        }
    }
}
