//! What an event costs inside the host: reading it, a fresh instance of the echo, and the call.

#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use goblet_host::{
    event::Event,
    handler::{Grants, Handler},
    services::{InMemoryConnections, Services},
};
use tokio::{runtime, task::yield_now};

fn event(criterion: &mut Criterion) {
    let json = include_str!("../../tests/event/message.json");
    criterion.bench_function("read an event", |bencher| bencher.iter(|| Event::from_json(black_box(json)).unwrap()));
}

fn handler(criterion: &mut Criterion) {
    let echo = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/echo"));
    let handler = &Handler::from_component(&goblet_build::build(echo).unwrap(), Grants::default()).unwrap();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let event = || Event::message("alice", "foo");
    let services = || Services::from(&InMemoryConnections::open(["alice"]));
    let answer = async |(event, services): (Event, Services)| {
        handler.handle(event, services, Instant::now() + Duration::from_secs(10)).await.unwrap()
    };
    criterion.bench_function("a fresh instance, the call, and giving the last one back", |bencher| {
        bencher.iter_batched(
            || (event(), services()),
            |message| runtime.block_on(answer(message)),
            BatchSize::PerIteration,
        );
    });
    let made_ahead = || {
        runtime.block_on(async {
            handler.prepare();
            // The runtime's turn, and the task's.
            yield_now().await;
            yield_now().await;
        });
        (event(), services())
    };
    criterion.bench_function("what a message waits for, with the instance made ahead", |bencher| {
        bencher.iter_batched(made_ahead, |message| runtime.block_on(answer(message)), BatchSize::PerIteration);
    });
}

criterion_group!(benches, event, handler);
criterion_main!(benches);
