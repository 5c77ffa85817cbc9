//! A function's execution environments: which there are, which are idle, and what waits for one.

use std::{
    collections::VecDeque,
    mem,
    num::NonZero,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::{sync::oneshot, time};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    environment,
    function::{FunctionConfig, InvokeError},
};
use crate::activity::Observer;

/// How many processes one machine is asked to bear: invocations that Lambda would start more for wait.
const MAX_PROCESSES: usize = 32;

/// How long an invocation waits for a process to be free, once each processor has one, before another is started: less
/// than a start takes on Lambda.
const PATIENCE: Duration = Duration::from_millis(20);

/// How many invocations each process answers within [`PATIENCE`] where they are quick: those that wait have their turn
/// soon, and more processes than processors would only make them slower.
const QUICK: usize = 5;

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
    /// No more invocations are expected.
    pub retired: CancellationToken,
    environments: TaskTracker,
    processors: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Invocations that wait for an execution environment, oldest first, and since when.
    waiting: VecDeque<(Instant, Invocation)>,
    /// Whether somebody looks after those that wait.
    is_watched: bool,
    /// Execution environments that wait for an invocation; the last one to have worked is the first to work again.
    idle: Vec<oneshot::Sender<Invocation>>,
    /// Execution environments that will ask for an invocation soon: they start, or have just answered one.
    coming: usize,
    /// All execution environments that take invocations, or will.
    live: usize,
    /// Invocations that are not answered yet.
    in_flight: usize,
    /// How many have been answered since it was last looked at.
    answered: usize,
}

impl Pool {
    pub fn new(config: FunctionConfig, observer: Observer) -> Self {
        Self {
            config,
            observer,
            shutdown: CancellationToken::new(),
            retired: CancellationToken::new(),
            environments: TaskTracker::new(),
            processors: thread::available_parallelism().map_or(1, NonZero::get),
            state: Mutex::default(),
        }
    }

    pub async fn invoke(self: &Arc<Self>, event: Bytes) -> Response {
        let (sender, response) = oneshot::channel();
        self.admit(Invocation { event, response: sender })?;
        // Dropped unanswered only with the pool itself.
        response.await.unwrap_or(Err(InvokeError::ShutDown))
    }

    fn admit(self: &Arc<Self>, invocation: Invocation) -> Result<(), InvokeError> {
        let mut state = self.state();
        if self.shutdown.is_cancelled() {
            return Err(InvokeError::ShutDown);
        }
        if state.in_flight >= self.config.concurrency {
            return Err(InvokeError::Throttled(self.config.concurrency));
        }
        state.in_flight += 1;
        self.dispatch(&mut state, invocation);
        Ok(())
    }

    /// Gives an invocation to an idle execution environment, or lets it wait for one.
    fn dispatch(self: &Arc<Self>, state: &mut State, mut invocation: Invocation) {
        while let Some(idle) = state.idle.pop() {
            match idle.send(invocation) {
                Ok(()) => return,
                // That one has just ended.
                Err(back) => invocation = back,
            }
        }
        state.waiting.push_back((Instant::now(), invocation));
        // Lambda starts one for each invocation that finds none idle.
        if state.live < self.processors && state.waiting.len() > state.coming {
            self.start(state);
        }
        if !mem::replace(&mut state.is_watched, true) {
            state.answered = 0;
            tokio::spawn(Arc::clone(self).watch_waiting());
        }
    }

    /// Starts execution environments for those that have waited for long, until none wait.
    async fn watch_waiting(self: Arc<Self>) {
        loop {
            time::sleep(PATIENCE).await;
            let mut state = self.state();
            if state.waiting.is_empty() {
                state.is_watched = false;
                return;
            }
            if mem::take(&mut state.answered) >= QUICK * state.live {
                continue;
            }
            let impatient = state.waiting.iter().take_while(|(since, _)| since.elapsed() >= PATIENCE).count();
            // Twice as many at the most: those that start soon may be enough.
            for _ in 0..impatient.saturating_sub(state.coming).min(state.live.max(1)) {
                self.start(&mut state);
            }
        }
    }

    /// What an execution environment that is ready does next.
    pub fn next(&self) -> oneshot::Receiver<Invocation> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        state.coming -= 1;
        match state.waiting.pop_front() {
            // The receiver is at hand, so this succeeds.
            Some((_, invocation)) => drop(sender.send(invocation)),
            None => state.idle.push(sender),
        }
        receiver
    }

    /// Answers an invocation. The execution environment that it ran in asks for another, or else it was its last.
    pub fn answer(&self, response: oneshot::Sender<Response>, answer: Response, is_last: bool) {
        let mut state = self.state();
        state.in_flight -= 1;
        state.answered += 1;
        if is_last {
            state.live -= 1;
        } else {
            state.coming += 1;
        }
        drop(state);
        // Whoever invoked may have gone.
        let _ = response.send(answer);
    }

    /// Notes that an execution environment that was idle is no more. It may have been given an invocation.
    pub fn retire(self: &Arc<Self>, given: Option<Invocation>) {
        let mut state = self.state();
        state.live -= 1;
        state.idle.retain(|idle| !idle.is_closed());
        if let Some(invocation) = given {
            self.dispatch(&mut state, invocation);
        }
    }

    /// Notes that an execution environment that was to ask for an invocation has ended instead.
    pub fn lose(&self) {
        let mut state = self.state();
        state.live -= 1;
        state.coming -= 1;
    }

    /// Notes that an execution environment never got ready. It has cost the invocation that it was started for.
    pub fn fail_to_start(&self, error: InvokeError) {
        self.lose();
        let mut state = self.state();
        if let Some((_, invocation)) = state.waiting.pop_front() {
            state.in_flight -= 1;
            let _ = invocation.response.send(Err(error));
        }
    }

    pub async fn shut_down(&self) {
        self.shutdown.cancel();
        self.environments.close();
        self.environments.wait().await;
        self.state().waiting.clear();
    }

    fn start(self: &Arc<Self>, state: &mut State) {
        let most = MAX_PROCESSES.min(self.config.concurrency);
        if state.live < most && !self.shutdown.is_cancelled() {
            state.coming += 1;
            state.live += 1;
            self.environments.spawn(environment::run(Arc::clone(self)));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
