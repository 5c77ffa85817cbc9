//! The DynamoDB of `goblet dev`. It runs on a thread of its own, so that a slow query holds up nothing but queries.

use std::{
    fs::{File, TryLockError},
    future::pending,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::{self, Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use dynoxide::{
    Database as Engine, DynoxideError,
    actions::{
        create_table::CreateTableRequest,
        delete_table::DeleteTableRequest,
        update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest},
    },
    server,
    storage::TableMetadata,
};
use goblet_gateway::{activity::Observer, relay};
use goblet_template::Table;
use serde_json::Value;
use tokio::{runtime, select, sync::Notify, task::spawn_blocking, time::sleep};

use crate::terminal;

/// How long expired items stay, at least. AWS takes up to days:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html>.
const SWEEP_PAUSE: Duration = Duration::from_secs(5);

/// How many times as long as a sweep the pause after it is: a sweep reads whole tables.
const SWEEP_REST: u32 = 20;

/// The engine's mark before the text of an error in a request.
const REFUSED: &str = "VALIDATION:";

/// A running DynamoDB.
pub struct Database {
    engine: Engine,
    /// Where functions reach it.
    address: SocketAddr,
    file: Option<DataFile>,
    ending: Arc<Notify>,
    ended: Mutex<Receiver<()>>,
}

/// The file that all items are kept in.
struct DataFile {
    path: PathBuf,
    /// Locked, so that no other `goblet dev` writes to it: what this one remembers of the tables would be wrong then.
    _lock: File,
}

impl Database {
    /// Starts it, in memory or with a file.
    pub fn start(data: Option<&Path>, observer: Observer) -> anyhow::Result<Self> {
        let file = data.map(DataFile::open).transpose()?;
        let engine = match &file {
            Some(file) => file.engine()?,
            None => Engine::memory().context("cannot start DynamoDB")?,
        };
        let front = listen(Ipv4Addr::LOCALHOST)?;
        // Other systems than Linux have 127.0.0.1 alone.
        let back = listen(relay::hidden_address()).or_else(|_| listen(Ipv4Addr::LOCALHOST))?;
        let address = front.local_addr()?;
        let ending = Arc::new(Notify::new());
        let (is_running, ended) = mpsc::channel::<()>();
        let runtime = runtime::Builder::new_current_thread().enable_all().build().context("cannot start a runtime")?;
        let (served, stop) = (engine.clone(), Arc::clone(&ending));
        let run = move || {
            let result = runtime.block_on(async {
                select! {
                    result = serve(served, front, back, observer) => result,
                    () = stop.notified() => Ok(()),
                }
            });
            // A sweep may be under way.
            runtime.shutdown_background();
            if let Err(error) = result {
                terminal::tell_error(&error.context("DynamoDB has ended"));
            }
            drop(is_running);
        };
        thread::Builder::new().name("dynamodb".to_owned()).spawn(run).context("cannot start a thread for DynamoDB")?;
        Ok(Self { engine, address, file, ending, ended: Mutex::new(ended) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint, as an AWS SDK takes it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where items are, for people.
    pub fn kept(&self) -> String {
        match &self.file {
            Some(file) => format!("kept in {}", file.path.display()),
            None => "in memory (--data FILE keeps it)".to_owned(),
        }
    }

    /// Makes a table, unless it is there. A table that is there keeps its items, if its keys and indexes are the same.
    pub fn make(&self, table: &Table) -> anyhow::Result<()> {
        match self.engine.get_table_metadata(&table.name).map_err(told)? {
            None => self.create(table)?,
            Some(existing) => self.keep(table, &existing)?,
        }
        self.set_time_to_live(table)
    }

    fn create(&self, table: &Table) -> anyhow::Result<()> {
        self.engine.create_table(request(table)?).map(drop).map_err(told)
    }

    fn keep(&self, table: &Table, existing: &TableMetadata) -> anyhow::Result<()> {
        // The engine itself tells in which form it stores what is asked for.
        let scratch = Engine::memory().map_err(told)?;
        scratch.create_table(request(table)?).map_err(told)?;
        let asked_for = scratch.get_table_metadata(&table.name).map_err(told)?.context("a table is not there")?;
        if schema(&asked_for) == schema(existing) {
            return Ok(());
        }
        let Table { name, .. } = table;
        if let Some(file) = &self.file {
            let file = file.path.display();
            bail!(
                "the table {name} in {file} has other keys or indexes: choose another file with --data, or remove this one"
            );
        }
        self.engine.delete_table(DeleteTableRequest { table_name: name.clone() }).map_err(told)?;
        self.create(table)?;
        terminal::note(&format!("the keys or indexes of the table {name} have changed: it is empty now"));
        Ok(())
    }

    fn set_time_to_live(&self, table: &Table) -> anyhow::Result<()> {
        let existing = self.engine.get_table_metadata(&table.name).map_err(told)?;
        let current = existing.filter(|existing| existing.ttl_enabled).and_then(|existing| existing.ttl_attribute);
        if current == table.time_to_live {
            return Ok(());
        }
        let changes =
            current.map(|name| (name, false)).into_iter().chain(table.time_to_live.clone().map(|name| (name, true)));
        for (attribute_name, enabled) in changes {
            let time_to_live_specification = TimeToLiveSpecification { attribute_name, enabled };
            let table_name = table.name.clone();
            self.engine
                .update_time_to_live(UpdateTimeToLiveRequest { table_name, time_to_live_specification })
                .map_err(told)?;
        }
        Ok(())
    }

    /// The file that items are kept in. SQLite writes others beside it, whose names begin with its name.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_ref().map(|file| file.path.as_path())
    }

    /// Ends it, and waits for that, but no longer than so long: a query may be under way.
    pub fn end(&self, within: Duration) {
        self.ending.notify_one();
        let _ = self.ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(within);
    }
}

impl DataFile {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let cannot_open = || format!("cannot open the file {} (--data)", path.display());
        let mut options = File::options();
        let lock = options.read(true).write(true).create(true).truncate(false).open(path).with_context(cannot_open)?;
        // Whatever SQLite takes for something else than a file, such as :memory:, is one when it is absolute.
        let absolute = path::absolute(path).and_then(|path| path.canonicalize()).with_context(cannot_open)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: absolute, _lock: lock }),
            Err(TryLockError::WouldBlock) => bail!(
                "{} is in use by another `goblet dev`: end that one, or choose another file with --data",
                path.display()
            ),
            Err(TryLockError::Error(error)) => Err(error).with_context(cannot_open),
        }
    }

    fn engine(&self) -> anyhow::Result<Engine> {
        let path = self.path.to_str().with_context(|| format!("the path {} is not UTF-8", self.path.display()))?;
        let engine = Engine::new(path).map_err(told);
        engine.with_context(|| format!("cannot use {path} (--data): is it a file that `goblet dev` has made?"))
    }
}

fn listen(ip: Ipv4Addr) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(IpAddr::V4(ip), 0);
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {ip} for DynamoDB"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves programs, but not web pages, and deletes what has expired.
async fn serve(engine: Engine, front: TcpListener, back: TcpListener, observer: Observer) -> anyhow::Result<()> {
    let (front, back) = (tokio::net::TcpListener::from_std(front)?, tokio::net::TcpListener::from_std(back)?);
    let to = back.local_addr()?;
    select! {
        served = relay::serve(front, to, observer) => served?,
        served = server::serve_with_shutdown(back, engine.clone(), pending()) => served.map_err(|error| anyhow!(error))?,
        () = sweep(engine) => {}
    }
    Ok(())
}

async fn sweep(engine: Engine) {
    let (mut pause, mut told) = (SWEEP_PAUSE, None);
    loop {
        sleep(pause).await;
        let (engine, start) = (engine.clone(), Instant::now());
        if let Ok(Err(error)) = spawn_blocking(move || engine.sweep_ttl()).await {
            let error = error.to_string();
            // Each error is told once.
            if told.as_ref() != Some(&error) {
                terminal::note(&format!("expired items are not deleted: {error}"));
                told = Some(error);
            }
        }
        pause = SWEEP_PAUSE.max(SWEEP_REST * start.elapsed());
    }
}

/// The request that makes a table. What it costs is of no account here.
fn request(table: &Table) -> anyhow::Result<CreateTableRequest> {
    let mut request = serde_json::to_value(&table.schema)?;
    request["TableName"] = table.name.clone().into();
    request["BillingMode"] = "PAY_PER_REQUEST".into();
    serde_json::from_value(request).map_err(|error| {
        let error = error.to_string();
        anyhow!(error.strip_prefix(REFUSED).unwrap_or(&error).to_owned())
    })
}

/// The keys and indexes of a table that is there, so that they can be compared.
fn schema(table: &TableMetadata) -> Vec<Value> {
    let TableMetadata { key_schema, attribute_definitions, gsi_definitions, lsi_definitions, .. } = table;
    let parts = [Some(key_schema), Some(attribute_definitions), gsi_definitions.as_ref(), lsi_definitions.as_ref()];
    parts.map(|part| part.and_then(|part| serde_json::from_str(part).ok()).map(sorted).unwrap_or_default()).into()
}

/// A list in an order of its own: the template's has no meaning.
fn sorted(list: Value) -> Value {
    match list {
        Value::Array(mut items) => {
            items.sort_by_key(Value::to_string);
            items.into()
        }
        other => other,
    }
}

fn told(error: DynoxideError) -> anyhow::Error {
    anyhow!(error)
}
