//! A function's execution environments: how many there are, which are idle, and which invocations wait for one.
//!
//! The pool only keeps the books. It does not know what an execution environment is: it hands out [`Place`]s.

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

use super::{config::FunctionConfig, error::InvokeError};
use crate::activity::Observer;

/// The most processes that a function can have. Beyond that, invocations for which Lambda would start more wait.
const MAX_PROCESSES: usize = 32;

/// How long an invocation waits for a process to be free, once there is a process for each processor, until another
/// is started. This is less than a start takes on Lambda.
const PATIENCE: Duration = Duration::from_millis(20);

/// If each process answers this many invocations within [`PATIENCE`], the pool starts no more processes. Those that wait
/// will have their turn soon, and more processes than processors would only slow them down.
const QUICK: usize = 5;

pub type Response = Result<Bytes, InvokeError>;

/// An event on its way to an execution environment.
struct Invocation {
    event: Bytes,
    response: oneshot::Sender<Response>,
}

pub struct Pool {
    pub config: FunctionConfig,
    pub observer: Observer,
    pub shutdown: CancellationToken,
    /// No more invocations are expected.
    pub retired: CancellationToken,
    /// The tasks of the execution environments.
    pub environments: TaskTracker,
    /// Starts an execution environment in a place.
    start: fn(Place),
    processors: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Invocations that wait for an execution environment, oldest first, and since when.
    waiting: VecDeque<(Instant, Invocation)>,
    /// Whether [`Pool::watch_waiting`] runs.
    is_watched: bool,
    /// Execution environments that wait for an invocation. The last one to have worked is the first to work again.
    idle: Vec<oneshot::Sender<Invocation>>,
    /// How many execution environments will ask for an invocation soon: they start, or have just answered one.
    coming: usize,
    /// How many execution environments there are, in whatever state.
    live: usize,
    /// How many invocations are not answered yet.
    in_flight: usize,
    /// How many invocations were answered since [`Pool::watch_waiting`] looked last.
    answered: usize,
}

impl Pool {
    pub fn new(config: FunctionConfig, observer: Observer, start: fn(Place)) -> Self {
        Self {
            config,
            observer,
            shutdown: CancellationToken::new(),
            retired: CancellationToken::new(),
            environments: TaskTracker::new(),
            start,
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
        let place = self.dispatch(&mut state, invocation);
        drop(state);
        self.fill(place);
        Ok(())
    }

    /// Gives an invocation to an idle execution environment, or lets it wait for one. Returns the place of a new one if
    /// it takes one.
    fn dispatch(self: &Arc<Self>, state: &mut State, mut invocation: Invocation) -> Option<Place> {
        while let Some(idle) = state.idle.pop() {
            match idle.send(invocation) {
                Ok(()) => return None,
                // That one has just ended.
                Err(back) => invocation = back,
            }
        }
        state.waiting.push_back((Instant::now(), invocation));
        if !mem::replace(&mut state.is_watched, true) {
            state.answered = 0;
            tokio::spawn(Arc::clone(self).watch_waiting());
        }
        self.place_for_waiting(state)
    }

    /// As Lambda does, starts an execution environment for each invocation that finds none idle, as long as there are
    /// processors for them.
    fn place_for_waiting(self: &Arc<Self>, state: &mut State) -> Option<Place> {
        let is_wanted = state.live < self.processors && state.waiting.len() > state.coming;
        if is_wanted { self.place(state) } else { None }
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
            if mem::take(&mut state.answered) >= QUICK * state.live.max(1) {
                continue;
            }
            let impatient = state.waiting.iter().take_while(|(since, _)| since.elapsed() >= PATIENCE).count();
            // Twice as many at the most: those that start soon may be enough.
            let wanted = impatient.saturating_sub(state.coming).min(state.live.max(1));
            let places: Vec<Place> = (0..wanted).map_while(|_| self.place(&mut state)).collect();
            drop(state);
            self.fill(places);
        }
    }

    /// A place for one more execution environment, if there is any.
    fn place(self: &Arc<Self>, state: &mut State) -> Option<Place> {
        let most = MAX_PROCESSES.min(self.config.concurrency);
        if state.live >= most || self.shutdown.is_cancelled() {
            return None;
        }
        state.coming += 1;
        state.live += 1;
        Some(Place { pool: Arc::clone(self), standing: Standing::Starting })
    }

    /// Starts execution environments. The caller must not hold the lock: a place that cannot be filled is dropped, and that
    /// takes the lock.
    fn fill(&self, places: impl IntoIterator<Item = Place>) {
        places.into_iter().for_each(self.start);
    }

    pub async fn shut_down(&self) {
        self.shutdown.cancel();
        self.environments.close();
        self.environments.wait().await;
        self.state().waiting.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Fails invocations that wait, oldest first.
    fn fail_waiting(&mut self, count: usize, error: &InvokeError) {
        for (_, invocation) in self.waiting.drain(..count.min(self.waiting.len())) {
            self.in_flight -= 1;
            // Whoever invoked may have gone.
            let _ = invocation.response.send(Err(error.clone()));
        }
    }
}

/// The place of one execution environment in its pool.
///
/// Dropping it gives it back. So however an execution environment ends, by a panic too, its place is free again, and its
/// invocation is answered or goes to another one.
pub struct Place {
    pool: Arc<Pool>,
    standing: Standing,
}

/// What an execution environment is at.
enum Standing {
    /// It will ask for its first invocation soon.
    Starting,
    /// It could not start.
    Failed(InvokeError),
    /// It has answered an invocation, and will ask for another one soon.
    Coming,
    /// It waits for an invocation.
    Idle(oneshot::Receiver<Invocation>),
    /// It has an invocation to answer.
    Busy(oneshot::Sender<Response>),
}

impl Place {
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Waits for an invocation, and returns its event.
    pub async fn invocation(&mut self) -> Option<Bytes> {
        self.ask();
        let Standing::Idle(receiver) = &mut self.standing else { return None };
        let Invocation { event, response } = receiver.await.ok()?;
        self.standing = Standing::Busy(response);
        Some(event)
    }

    fn ask(&mut self) {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.pool.state();
        state.coming -= 1;
        match state.waiting.pop_front() {
            // The receiver is at hand, so this succeeds.
            Some((_, invocation)) => drop(sender.send(invocation)),
            None => state.idle.push(sender),
        }
        drop(state);
        self.standing = Standing::Idle(receiver);
    }

    /// Answers the invocation.
    pub fn answer(&mut self, answer: Response) {
        if let Standing::Busy(response) = mem::replace(&mut self.standing, Standing::Coming) {
            let mut state = self.pool.state();
            state.in_flight -= 1;
            state.answered += 1;
            state.coming += 1;
            drop(state);
            // Whoever invoked may have gone.
            let _ = response.send(answer);
        }
    }

    /// Gives the place back because nothing could be started in it.
    pub fn fail(mut self, error: InvokeError) {
        self.standing = Standing::Failed(error);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let pool = &self.pool;
        let broken = if pool.shutdown.is_cancelled() { InvokeError::ShutDown } else { InvokeError::Broken };
        let mut state = pool.state();
        state.live -= 1;
        let place = match mem::replace(&mut self.standing, Standing::Coming) {
            Standing::Failed(error @ InvokeError::NotStarted { .. }) => {
                state.coming -= 1;
                // The others take what waits. If there are no others, nobody will.
                if state.live == 0 {
                    state.fail_waiting(usize::MAX, &error);
                }
                // To try again at once would fail as well: `watch_waiting` does it later.
                None
            }
            Standing::Failed(error) => {
                state.coming -= 1;
                // As on Lambda, it has cost the invocation that it was started for.
                state.fail_waiting(1, &error);
                pool.place_for_waiting(&mut state)
            }
            Standing::Starting => {
                state.coming -= 1;
                state.fail_waiting(1, &broken);
                None
            }
            Standing::Coming => {
                state.coming -= 1;
                pool.place_for_waiting(&mut state)
            }
            Standing::Idle(mut receiver) => {
                receiver.close();
                state.idle.retain(|idle| !idle.is_closed());
                // One may have come at the last moment: another execution environment takes it.
                receiver.try_recv().ok().and_then(|invocation| pool.dispatch(&mut state, invocation))
            }
            Standing::Busy(response) => {
                state.in_flight -= 1;
                let _ = response.send(Err(broken));
                pool.place_for_waiting(&mut state)
            }
        };
        drop(state);
        pool.fill(place);
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn pool(start: fn(Place)) -> Arc<Pool> {
        Arc::new(Pool::new(FunctionConfig::new("test", Vec::new(), ".".into()), Observer::none(), start))
    }

    /// Answers events with themselves, but panics where one asks for it.
    async fn serve(mut place: Place) {
        while let Some(event) = place.invocation().await {
            assert_ne!(event, "panic");
            place.answer(Ok(event.clone()));
            assert_ne!(event, "panic afterwards");
        }
    }

    async fn invoke(pool: &Arc<Pool>, event: &'static str) -> Response {
        pool.invoke(Bytes::from_static(event.as_bytes())).await
    }

    /// A pool that lost a place each time would have none left.
    const MANY: usize = 2 * MAX_PROCESSES;

    #[tokio::test]
    async fn a_panic_gives_its_place_back() {
        let pool = pool(|place| drop(tokio::spawn(serve(place))));
        for _ in 0..MANY {
            assert!(matches!(invoke(&pool, "panic").await, Err(InvokeError::Broken)));
            assert_eq!(invoke(&pool, "panic afterwards").await.expect("an answer"), "panic afterwards");
            assert_eq!(invoke(&pool, "foo").await.expect("an answer"), "foo");
        }
        let state = pool.state();
        assert!(state.live <= 2 && state.coming <= 1, "{} live, {} coming", state.live, state.coming);
        assert_eq!((state.in_flight, state.waiting.len()), (0, 0));
    }

    #[tokio::test]
    async fn a_panic_at_the_start_gives_its_place_back_too() {
        let pool = pool(|place| {
            tokio::spawn(async move {
                let _place = place;
                panic!("at the start");
            });
        });
        for _ in 0..MANY {
            assert!(matches!(invoke(&pool, "foo").await, Err(InvokeError::Broken)));
        }
        let state = pool.state();
        assert_eq!((state.live, state.coming, state.in_flight, state.waiting.len()), (0, 0, 0, 0));
    }

    fn not_started() -> InvokeError {
        InvokeError::NotStarted { program: String::new(), error: Arc::new(io::ErrorKind::NotFound.into()) }
    }

    #[tokio::test]
    async fn what_waits_is_answered_by_those_that_live() {
        // The machine can bear one.
        let pool = pool(|place| {
            let environments = place.pool().environments.clone();
            if environments.is_empty() {
                environments.spawn(async move {
                    // Slow enough for the pool to want more.
                    time::sleep(2 * PATIENCE).await;
                    serve(place).await;
                });
            } else {
                place.fail(not_started());
            }
        });
        let burst = futures_util::future::join_all((0..50).map(|_| invoke(&pool, "foo"))).await;
        assert!(burst.iter().all(Result::is_ok), "{burst:?}");
    }

    #[tokio::test]
    async fn where_none_lives_and_none_can_be_started_everything_that_waits_fails() {
        let pool = pool(|place| place.fail(not_started()));
        let burst = futures_util::future::join_all((0..50).map(|_| invoke(&pool, "foo"))).await;
        assert!(burst.iter().all(|response| matches!(response, Err(InvokeError::NotStarted { .. }))), "{burst:?}");
    }
}
