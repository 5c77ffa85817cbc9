//! What an event costs inside the host: reading it, a fresh instance of the echo, and the call.

#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use goblet_host::{
    connections::{Connections, InMemoryConnections},
    event::Event,
    handler::Handler,
};
use tokio::{runtime, task::yield_now};

fn event(criterion: &mut Criterion) {
    let json = include_str!("../../tests/event/message.json");
    criterion.bench_function("read an event", |bencher| bencher.iter(|| Event::from_json(black_box(json)).unwrap()));
}

fn handler(criterion: &mut Criterion) {
    let echo = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/echo"));
    let handler = &Handler::from_component(&goblet_build::build(echo).unwrap()).unwrap();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let event = || Event::message("alice", "foo");
    let connections = || -> Arc<dyn Connections> { Arc::new(InMemoryConnections::open(["alice"])) };
    let answer = |(event, connections): (Event, Arc<dyn Connections>)| {
        runtime.block_on(handler.handle(event, connections, Instant::now() + Duration::from_secs(10))).unwrap()
    };
    criterion.bench_function("a fresh instance, and the call", |bencher| {
        bencher.iter_batched(|| (event(), connections()), answer, BatchSize::PerIteration);
    });
    let made_ahead = || {
        runtime.block_on(async {
            handler.prepare();
            yield_now().await;
        });
        (event(), connections())
    };
    criterion.bench_function("the call, with the instance made ahead", |bencher| {
        bencher.iter_batched(made_ahead, answer, BatchSize::PerIteration);
    });
}

criterion_group!(benches, event, handler);
criterion_main!(benches);
