//! A function's execution environments: which there are, which are idle, and what waits for one.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    environment,
    function::{FunctionConfig, InvokeError},
};
use crate::activity::Observer;

pub type Response = Result<Bytes, InvokeError>;

/// An event on its way to an execution environment.
pub struct Invocation {
    pub event: Bytes,
    pub response: oneshot::Sender<Response>,
}

pub struct Pool {
    pub config: FunctionConfig,
    pub observer: Observer,
    pub shutdown: CancellationToken,
    environments: TaskTracker,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Invocations that wait for an execution environment, oldest first.
    waiting: VecDeque<Invocation>,
    /// Execution environments that wait for an invocation; the last one to have worked is the first to work again.
    idle: Vec<oneshot::Sender<Invocation>>,
    /// Execution environments that have not yet asked for their first invocation.
    starting: usize,
    /// All execution environments.
    live: usize,
}

impl Pool {
    pub fn new(config: FunctionConfig, observer: Observer) -> Self {
        Self {
            config,
            observer,
            shutdown: CancellationToken::new(),
            environments: TaskTracker::new(),
            state: Mutex::default(),
        }
    }

    pub async fn invoke(self: &Arc<Self>, event: Bytes) -> Response {
        let (sender, response) = oneshot::channel();
        self.dispatch(Invocation { event, response: sender });
        // Dropped unanswered only with the pool itself.
        response.await.unwrap_or(Err(InvokeError::ShutDown))
    }

    /// Gives an invocation to an idle execution environment, or lets it wait for one.
    pub fn dispatch(self: &Arc<Self>, mut invocation: Invocation) {
        let mut state = self.state();
        while let Some(idle) = state.idle.pop() {
            match idle.send(invocation) {
                Ok(()) => return,
                // That one has just ended.
                Err(back) => invocation = back,
            }
        }
        state.waiting.push_back(invocation);
        self.start_if_needed(&mut state);
    }

    /// What an execution environment that is ready does next.
    pub fn next(&self, is_first: bool) -> oneshot::Receiver<Invocation> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        if is_first {
            state.starting -= 1;
        }
        match state.waiting.pop_front() {
            // The receiver is at hand, so this succeeds.
            Some(invocation) => drop(sender.send(invocation)),
            None => state.idle.push(sender),
        }
        receiver
    }

    /// Notes that an execution environment has ended. One that ended before it was ready has cost an invocation: the
    /// one that it was started for.
    pub fn ended(self: &Arc<Self>, before_it_was_ready: Option<InvokeError>) {
        let mut state = self.state();
        state.live -= 1;
        if let Some(error) = before_it_was_ready {
            state.starting -= 1;
            if let Some(invocation) = state.waiting.pop_front() {
                let _ = invocation.response.send(Err(error));
            }
        }
        self.start_if_needed(&mut state);
    }

    pub async fn shut_down(&self) {
        self.shutdown.cancel();
        self.environments.close();
        self.environments.wait().await;
        self.state().waiting.clear();
    }

    fn start_if_needed(self: &Arc<Self>, state: &mut State) {
        let is_needed = state.starting < state.waiting.len() && state.live < self.config.concurrency;
        if is_needed && !self.shutdown.is_cancelled() {
            state.starting += 1;
            state.live += 1;
            self.environments.spawn(environment::run(Arc::clone(self)));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
