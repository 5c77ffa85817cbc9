//! The local Lambda: execution environments come with the load and go without it.

use std::{collections::BTreeSet, time::Duration};

use goblet_gateway::{
    activity::{Activity, Observer},
    api::DEFAULT,
    lambda::{Function, FunctionConfig, InvokeError},
};
use serde_json::json;

use super::mirror::{Mirror, PATIENCE, Setup, WebSocket, ask, connection_id, hear, say};

/// The process that answers.
async fn process_id(client: &mut WebSocket) -> String {
    ask(client, &json!({"processId": true})).await
}

/// Waits until a process is gone.
async fn gone(process_id: &str) {
    let gone = async {
        while std::fs::exists(format!("/proc/{process_id}")).unwrap() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("the process ends");
}

#[tokio::test]
async fn one_after_the_other_is_one_process() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let first = process_id(&mut client).await;
    assert_eq!(process_id(&mut client).await, first);
}

#[tokio::test]
async fn several_at_once_are_several_processes() {
    let mirror = Mirror::with(Setup { routes: vec![DEFAULT], ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    let first = process_id(&mut client).await;
    say(&mut client, &json!({"hang": true})).await;
    assert_ne!(process_id(&mut client).await, first);
}

#[tokio::test]
async fn those_that_wait_long_are_given_more_processes_than_there_are_processors() {
    let mirror = Mirror::with(Setup { routes: vec![DEFAULT], ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("now");
    let count = 2 * std::thread::available_parallelism().unwrap().get() + 1;
    for _ in 0..count {
        say(&mut client, &json!({"waitFor": file, "processId": true})).await;
    }
    // All at work at once.
    while mirror.events().len() < count {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    std::fs::write(&file, "").unwrap();
    let mut processes = BTreeSet::new();
    for _ in 0..count {
        processes.insert(hear(&mut client).await);
    }
    assert_eq!(processes.len(), count);
}

/// API Gateway keeps Lambda's 429 to itself: <https://repost.aws/questions/QUfI6bsdd0SOiPeyimzxSkfQ>.
#[tokio::test]
async fn over_the_concurrency_it_is_throttled() {
    let mirror = Mirror::with(Setup { concurrency: 1, ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    connection_id(&mut client).await;
    say(&mut client, &json!({"hang": true})).await;
    mirror.event("MESSAGE").await;
    let frame = ask(&mut client, &json!({})).await;
    assert!(frame.starts_with(r#"{"message": "Internal server error", "connectionId":""#), "{frame}");
    assert_eq!(mirror.refused(&json!({})).await, 500);
}

#[tokio::test]
async fn after_a_crash_and_after_a_timeout_there_is_another_process() {
    let mirror = Mirror::with(Setup { concurrency: 1, routes: vec![DEFAULT], ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    for wish in [json!({"exit": 1}), json!({"hang": true})] {
        let first = process_id(&mut client).await;
        ask(&mut client, &wish).await;
        assert_ne!(process_id(&mut client).await, first);
        gone(&first).await;
    }
}

#[tokio::test]
async fn an_idle_process_is_reaped() {
    let idle = Duration::from_millis(100);
    let mirror = Mirror::with(Setup { idle, routes: vec![DEFAULT], ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    let first = process_id(&mut client).await;
    gone(&first).await;
    assert_ne!(process_id(&mut client).await, first);
}

#[tokio::test]
async fn what_is_in_flight_when_the_api_is_replaced_is_answered() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let first = process_id(&mut client).await;
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("now");
    say(&mut client, &json!({"waitFor": file, "processId": true})).await;
    while mirror.events().len() < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    mirror.replace();
    assert_ne!(process_id(&mut client).await, first);
    std::fs::write(&file, "").unwrap();
    assert_eq!(hear(&mut client).await, first);
    gone(&first).await;
}

#[tokio::test]
async fn where_asked_every_start_is_a_cold_one() {
    let mirror = Mirror::with(Setup { is_always_cold: true, routes: vec![DEFAULT], ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    let first = process_id(&mut client).await;
    assert_ne!(process_id(&mut client).await, first);
    gone(&first).await;
}

#[tokio::test]
async fn shutting_down_ends_what_was_replaced_and_is_still_at_work() {
    let mirror = Mirror::with(Setup { timeout: PATIENCE, ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    let first = process_id(&mut client).await;
    say(&mut client, &json!({"hang": true})).await;
    while mirror.events().len() < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // A second time, the first is not forgotten.
    mirror.replace();
    mirror.replace();
    tokio::time::timeout(PATIENCE / 2, mirror.gateway.shut_down()).await.unwrap();
    assert!(!std::fs::exists(format!("/proc/{first}")).unwrap(), "it lives on");
}

fn program<const N: usize>(command: [&str; N], observer: Observer) -> Function {
    let command = command.map(ToOwned::to_owned).to_vec();
    Function::new(FunctionConfig::new("program", command, ".".into()), observer)
}

#[tokio::test]
async fn a_start_in_advance_tells_whether_it_works() {
    const MIRROR: &str = "
import os, urllib.request
api = f\"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation\"
while True:
    with urllib.request.urlopen(f'{api}/next') as invocation:
        id = invocation.headers['Lambda-Runtime-Aws-Request-Id']
    urllib.request.urlopen(f'{api}/{id}/response', b'{}')
";
    const REPORT: &str = "
import os, urllib.request
api = f\"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime\"
urllib.request.urlopen(f'{api}/init/error', b'{\"errorType\": \"Lost\", \"errorMessage\": \"no\"}')
";
    let (observer, mut activities) = Observer::channel();
    let ready = program(["python3", "-c", MIRROR], observer);
    ready.warm_up().await.unwrap();
    assert!(matches!(activities.recv().await, Some(Activity::Started { .. })));
    assert_eq!(ready.invoke("{}".into()).await.unwrap(), "{}");
    ready.shut_down().await;
    drop(ready);
    // It has taken no other process.
    while let Some(activity) = activities.recv().await {
        assert!(!matches!(activity, Activity::Started { .. }), "{activity:?}");
    }

    let ended = program(["sh", "-c", "exit 3"], Observer::none());
    assert!(matches!(ended.warm_up().await, Err(InvokeError::Exited(status)) if status.code() == Some(3)));
    // It can be invoked nevertheless.
    assert!(matches!(ended.invoke("{}".into()).await, Err(InvokeError::Exited(_))));
    let reported = program(["python3", "-c", REPORT], Observer::none());
    let error = reported.warm_up().await.unwrap_err();
    assert_eq!(error.to_string(), "Lost: no");
    assert!(matches!(program(["./absent"], Observer::none()).warm_up().await, Err(InvokeError::NotStarted { .. })));
}
