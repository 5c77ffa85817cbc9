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
    sync::{mpsc, oneshot, watch},
    time,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    config::FunctionConfig,
    error::InvokeError,
    pool::{Place, Pool, Response},
    process::Process,
    runtime_api::{self, Call, NextInvocation},
};
use crate::{activity::Activity, server::Server, trace};

/// How long a process may take until it asks for an invocation:
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs an execution environment until its process ends, an invocation times out, no invocation comes for long, or the
/// pool is shut down.
pub async fn run(mut place: Place) {
    let pool = Arc::clone(place.pool());
    let mut environment = match ExecutionEnvironment::start(&pool).await {
        Ok(environment) => environment,
        Err(error) => return place.fail(error),
    };
    let ended = select! {
        ended = environment.serve(&mut place) => ended,
        () = pool.shutdown.cancelled() => Ok(()),
    };
    if let Err(error) = ended {
        // What the process has printed says more. It comes before the error.
        environment.process.kill().await;
        environment.process.read_rest().await;
        return place.fail(error);
    }
    drop(place);
    environment.process.kill().await;
}

struct ExecutionEnvironment<'a> {
    pool: &'a Pool,
    process: Process,
    started: Instant,
    calls: mpsc::Receiver<Call>,
    /// The id of the invocation that the process has to answer.
    current: watch::Sender<Option<String>>,
    _runtime_api: DropGuard,
}

/// The process's question that an invocation answers.
type Next = oneshot::Sender<NextInvocation>;

impl<'a> ExecutionEnvironment<'a> {
    async fn start(pool: &'a Pool) -> Result<Self, InvokeError> {
        let not_started = |error| InvokeError::NotStarted {
            program: pool.config.command.first().cloned().unwrap_or_default(),
            error: Arc::new(error),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(not_started)?;
        let address = listener.local_addr().map_err(not_started)?;
        let (sender, calls) = mpsc::channel(1);
        let (current, current_id) = watch::channel(None);
        let ending = CancellationToken::new();
        // A runtime may be silent for long between two calls on one connection.
        let server = Server {
            router: runtime_api::router(sender, current_id, address, pool.observer.clone()),
            head_timeout: None,
            keeps_heads: false,
            closing: ending.clone(),
        };
        tokio::spawn(server.accept(listener, ending.clone()));
        let ending = ending.drop_guard();
        let started = Instant::now();
        let process = Process::start(&pool.config, address, &pool.observer).map_err(not_started)?;
        Ok(Self { pool, process, started, calls, current, _runtime_api: ending })
    }

    /// Serves invocations until the process ends or has to. It is an error if the process does not get ready for the
    /// first one.
    async fn serve(&mut self, place: &mut Place) -> Result<(), InvokeError> {
        let ready = time::timeout(INIT_TIMEOUT, self.ready()).await;
        let mut next = ready.unwrap_or(Err(InvokeError::TimedOut(INIT_TIMEOUT)))?;
        let (function, duration) = (self.pool.config.name.clone(), self.started.elapsed());
        self.pool.observer.tell(Activity::Started { function, duration });
        while let Some(event) = self.event(place).await {
            let answer = self.answer(next, event).await;
            self.current.send_replace(None);
            let has_failed = matches!(answer, Err(InvokeError::TimedOut(_) | InvokeError::Exited(_)));
            place.answer(answer);
            if has_failed || self.pool.config.is_always_cold {
                return Ok(());
            }
            match time::timeout(INIT_TIMEOUT, self.ready()).await {
                Ok(Ok(ready)) => next = ready,
                _ => return Ok(()),
            }
        }
        Ok(())
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

    /// Waits for an event, as long as the process lives and is not idle for too long.
    async fn event(&mut self, place: &mut Place) -> Option<Bytes> {
        select! {
            biased;
            event = place.invocation() => event,
            _ = self.process.wait() => None,
            () = time::sleep(self.pool.config.idle) => None,
            () = self.pool.retired.cancelled() => None,
        }
    }

    /// Gives the process an invocation, and waits for its answer.
    async fn answer(&mut self, next: Next, event: Bytes) -> Response {
        let FunctionConfig { name, region, timeout, .. } = &self.pool.config;
        let timeout = *timeout;
        let request_id = uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string();
        let invocation = NextInvocation {
            request_id: request_id.clone(),
            deadline: deadline(timeout),
            function_arn: region.arn("lambda", &format!("function:{name}")),
            trace_id: format!("Root={};Sampled=0", trace::root()),
            event,
        };
        self.current.send_replace(Some(request_id.clone()));
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

/// When the time of an invocation that starts now is over, in ms since the Unix epoch.
fn deadline(timeout: Duration) -> i64 {
    let timeout = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
    Timestamp::now().as_millisecond().saturating_add(timeout)
}
