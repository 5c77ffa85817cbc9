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
    /// How many of them have started well: they have asked for an invocation.
    proven: usize,
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

    /// Starts an execution environment before there is an invocation for it, and waits until it is ready or has failed.
    pub async fn warm_up(self: &Arc<Self>) -> Result<(), InvokeError> {
        let Some(mut place) = self.place(&mut self.state()) else { return Ok(()) };
        let (sender, started) = oneshot::channel();
        place.started = Some(sender);
        self.fill([place]);
        started.await.unwrap_or(Err(InvokeError::ShutDown))
    }

    fn admit(self: &Arc<Self>, invocation: Invocation) -> Result<(), InvokeError> {
        let mut state = self.state();
        if self.shutdown.is_cancelled() {
            return Err(InvokeError::ShutDown);
        }
        if state.in_flight >= self.config.concurrency {
            state.forget_abandoned();
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
            state.forget_abandoned();
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
        Some(Place { pool: Arc::clone(self), standing: Standing::Starting, is_proven: false, started: None })
    }

    /// Decides what a failed start costs. Returns the place for another try, if it takes one at once.
    fn after_failed_start(
        self: &Arc<Self>,
        state: &mut State,
        error: &InvokeError,
        started: Option<oneshot::Sender<Result<(), InvokeError>>>,
    ) -> Option<Place> {
        state.coming -= 1;
        if let Some(started) = started {
            // It was started for no invocation, and costs none.
            let _ = started.send(Err(error.clone()));
            return self.place_for_waiting(state);
        }
        match error {
            // The others take what waits. If there are no others, nobody will. To try again at once would fail as well:
            // `watch_waiting` does it later.
            InvokeError::NotStarted { .. } => {
                if state.live == 0 {
                    state.fail_waiting(usize::MAX, error);
                }
                None
            }
            // The others take what waits. Those that are still starting do not count: they may fail, too.
            _ if state.proven > 0 => None,
            // As on Lambda, it has cost the invocation that it was started for.
            _ => {
                state.fail_waiting(1, error);
                self.place_for_waiting(state)
            }
        }
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
    /// The invocation that has waited the longest, if there is one whose caller still waits for the response.
    fn next_waiting(&mut self) -> Option<Invocation> {
        while let Some((_, invocation)) = self.waiting.pop_front() {
            if !invocation.response.is_closed() {
                return Some(invocation);
            }
            self.in_flight -= 1;
        }
        None
    }

    /// Removes the invocations that wait although their callers have gone. A caller goes when the integration timeout is
    /// over, for example. The function never sees such an event.
    fn forget_abandoned(&mut self) {
        let before = self.waiting.len();
        self.waiting.retain(|(_, invocation)| !invocation.response.is_closed());
        self.in_flight -= before - self.waiting.len();
    }

    /// Fails invocations that wait, oldest first.
    fn fail_waiting(&mut self, count: usize, error: &InvokeError) {
        self.forget_abandoned();
        for (_, invocation) in self.waiting.drain(..count.min(self.waiting.len())) {
            self.in_flight -= 1;
            // Whoever invoked may have gone meanwhile.
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
    /// Whether the execution environment has started well.
    is_proven: bool,
    /// Whoever had it started before there was an invocation waits for this.
    started: Option<oneshot::Sender<Result<(), InvokeError>>>,
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
        if let Some(started) = self.started.take() {
            let _ = started.send(Ok(()));
            if self.pool.config.is_always_cold {
                // It has shown that the function starts. The first invocation gets another one.
                return None;
            }
        }
        let Standing::Idle(receiver) = &mut self.standing else { return None };
        let Invocation { event, response } = receiver.await.ok()?;
        self.standing = Standing::Busy(response);
        Some(event)
    }

    fn ask(&mut self) {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.pool.state();
        state.coming -= 1;
        if !mem::replace(&mut self.is_proven, true) {
            state.proven += 1;
        }
        match state.next_waiting() {
            // The receiver is at hand, so this succeeds.
            Some(invocation) => drop(sender.send(invocation)),
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
        state.proven -= usize::from(self.is_proven);
        let place = match mem::replace(&mut self.standing, Standing::Coming) {
            Standing::Starting => pool.after_failed_start(&mut state, &broken, self.started.take()),
            Standing::Failed(error) => pool.after_failed_start(&mut state, &error, self.started.take()),
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
    use std::{future::pending, io, process::ExitStatus};

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

    /// Starts the first execution environment. All others fail, with an error.
    fn start_one(place: Place, error: fn() -> InvokeError) {
        let environments = place.pool().environments.clone();
        if environments.is_empty() {
            environments.spawn(async move {
                // Slow enough for the pool to want more.
                time::sleep(2 * PATIENCE).await;
                serve(place).await;
            });
        } else {
            place.fail(error());
        }
    }

    #[tokio::test]
    async fn what_waits_is_answered_by_those_that_live() {
        let pool = pool(|place| start_one(place, not_started));
        let burst = futures_util::future::join_all((0..50).map(|_| invoke(&pool, "foo"))).await;
        assert!(burst.iter().all(Result::is_ok), "{burst:?}");
    }

    #[tokio::test]
    async fn a_failed_start_costs_nothing_where_another_has_started_well() {
        for error in [InvokeError::TimedOut(PATIENCE), InvokeError::Exited(ExitStatus::default()), InvokeError::Broken]
        {
            let pool = pool(|place| drop(tokio::spawn(serve(place))));
            assert!(invoke(&pool, "foo").await.is_ok());
            while pool.state().idle.is_empty() {
                tokio::task::yield_now().await;
            }
            // As if it were at work, and as if each processor had one. The watcher stays out of it.
            let at_work = pool.state().idle.pop();
            pool.state().is_watched = true;
            let starting = pool.place(&mut pool.state()).expect("a place");
            let waiting = tokio::spawn({
                let pool = Arc::clone(&pool);
                async move { invoke(&pool, "bar").await }
            });
            while pool.state().waiting.is_empty() {
                tokio::task::yield_now().await;
            }
            starting.fail(error);
            assert_eq!(pool.state().waiting.len(), 1);
            let other = pool.place(&mut pool.state()).expect("a place");
            tokio::spawn(serve(other));
            assert_eq!(waiting.await.expect("no panic").expect("an answer"), "bar");
            drop(at_work);
        }
    }

    /// Keeps its place, and never asks for an invocation.
    fn hang(place: Place) {
        tokio::spawn(async move {
            let _place = place;
            pending::<()>().await;
        });
    }

    #[tokio::test]
    async fn those_whose_callers_have_gone_are_not_in_flight() {
        let config = FunctionConfig { concurrency: 2, ..FunctionConfig::new("test", Vec::new(), ".".into()) };
        let pool = Arc::new(Pool::new(config, Observer::none(), hang));
        for _ in 0..10 {
            // More than two would be throttled.
            assert!(time::timeout(Duration::from_millis(1), invoke(&pool, "foo")).await.is_err());
        }
        assert!(pool.state().in_flight <= 2);
        // The watcher forgets those that are left.
        while pool.state().is_watched {
            time::sleep(PATIENCE).await;
        }
        let state = pool.state();
        assert_eq!((state.in_flight, state.waiting.len()), (0, 0));
    }

    #[tokio::test]
    async fn those_whose_callers_have_gone_are_not_served() {
        static SERVED: Mutex<Vec<Bytes>> = Mutex::new(Vec::new());
        let pool = pool(|mut place| {
            tokio::spawn(async move {
                time::sleep(PATIENCE / 4).await;
                while let Some(event) = place.invocation().await {
                    SERVED.lock().expect("no panic").push(event.clone());
                    place.answer(Ok(event));
                }
            });
        });
        let gone = time::timeout(Duration::from_millis(1), invoke(&pool, "gone")).await;
        assert!(gone.is_err());
        assert_eq!(invoke(&pool, "foo").await.expect("an answer"), "foo");
        assert_eq!(*SERVED.lock().expect("no panic"), ["foo"]);
        assert_eq!(pool.state().in_flight, 0);
    }

    #[tokio::test]
    async fn where_none_lives_and_none_can_be_started_everything_that_waits_fails() {
        let pool = pool(|place| place.fail(not_started()));
        let burst = futures_util::future::join_all((0..50).map(|_| invoke(&pool, "foo"))).await;
        assert!(burst.iter().all(|response| matches!(response, Err(InvokeError::NotStarted { .. }))), "{burst:?}");
    }
}
