//! A handler that misbehaves costs one failed invocation: the next event is answered by the same process.

use std::time::Duration;

use serde_json::Value;

use super::{
    bootstrap::{Bootstrap, Package},
    events, guests,
    management_api::ManagementApi,
};

/// The puppet, with something to observe it by.
struct Trial {
    puppet: Bootstrap,
    api: ManagementApi,
}

impl Trial {
    async fn start() -> Self {
        Self::of(Package::handler(guests::puppet())).await
    }

    async fn of(package: Package) -> Self {
        let api = ManagementApi::start().await;
        Self { puppet: package.management_api(&api).start(), api }
    }

    /// Sends a message that fails, between two that are echoed by one process. Returns the error's type and text.
    async fn survive(&self, message: &str) -> (String, String) {
        self.echo().await;
        let process_id = self.puppet.process_id();
        let error = self.puppet.error(&events::message(message)).await;
        self.echo().await;
        assert_eq!(self.puppet.process_id(), process_id, "another process after {message:?}");
        error
    }

    async fn echo(&self) {
        let posts = self.api.posts().len();
        assert_eq!(self.puppet.returned("echo good").await, "()");
        assert_eq!(self.api.posts()[posts..], [(events::CONNECTION_ID.to_owned(), "good".to_owned())]);
    }

    /// All records, up to one that is made for this.
    async fn records(&self) -> Vec<Value> {
        self.puppet.invoke(&events::message("print THE END")).await.unwrap();
        let lines = self.puppet.output("THE END").await;
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Whether the log has a backtrace that names a function of the handler.
    async fn has_backtrace(&self, function: &str) -> bool {
        let records = self.records().await;
        let messages = records.iter().map(|record| record["message"].as_str().unwrap());
        messages.into_iter().any(|message| message.contains("wasm backtrace") && message.contains(function))
    }
}

#[tokio::test]
async fn an_endless_loop_is_stopped_before_lambda_would() {
    let trial = Trial::of(Package::handler(guests::puppet()).timeout(Duration::from_secs(2))).await;
    let (error_type, message) = trial.survive("loop").await;
    assert_eq!(error_type, "Handler.TimedOut");
    let elapsed: u64 = message.split(' ').find_map(|word| word.parse().ok()).unwrap();
    assert!((1000..2000).contains(&elapsed), "{message}");
    assert!(trial.has_backtrace("puppet").await);
}

#[tokio::test]
async fn an_endless_wait_is_stopped_too() {
    let trial = Trial::of(Package::handler(guests::puppet()).timeout(Duration::from_secs(1))).await;
    assert_eq!(trial.survive("sleep").await.0, "Handler.TimedOut");
    assert_eq!(trial.survive("send silent").await.0, "Handler.TimedOut");
}

#[tokio::test]
async fn an_endless_start_is_stopped_too() {
    let endless = guests::of_module(
        r#"(memory (export "memory") 1)
           (func $on_message)
           (func $start (loop (br 0)))
           (start $start)"#,
    );
    let endless = Package::handler(&endless).timeout(Duration::from_millis(500)).start();
    let event = events::message("foo");
    assert_eq!(endless.error(&event).await.0, "Handler.TimedOut");
    let process_id = endless.process_id();
    assert_eq!(endless.error(&event).await.0, "Handler.TimedOut");
    assert_eq!(endless.process_id(), process_id);
}

#[tokio::test]
async fn memory_has_a_limit() {
    let trial = Trial::start().await;
    let (error_type, message) = trial.survive("grow").await;
    assert_eq!(error_type, "Handler.OutOfMemory");
    // The function has 128 MB.
    assert!(message.contains("granted 96 MB"), "{message}");
    assert!(trial.has_backtrace("puppet").await);
}

#[tokio::test]
async fn memory_that_is_refused_is_an_allocation_that_fails() {
    let trial = Trial::of(Package::handler(guests::puppet()).variable("GOBLET_MEMORY_MB", "20")).await;
    let megabytes: usize = trial.puppet.returned("grow-with-care").await.parse().unwrap();
    assert!((15..20).contains(&megabytes), "{megabytes} MB");
    let (error_type, message) = trial.survive("grow").await;
    assert_eq!(error_type, "Handler.OutOfMemory");
    assert!(message.contains("granted 20 MB"), "{message}");
}

#[tokio::test]
async fn an_instance_is_prepared_once_before_its_event() {
    let preparing = |contents: &str| {
        let prepare = format!(r#"(func (export "goblet:websocket/preparation@0.1.1#prepare") {contents})"#);
        let module = format!(
            r#"(memory (export "memory") 1)
               (global $prepared (mut i32) (i32.const 0))
               {prepare}
               (func $on_message (if (i32.ne (global.get $prepared) (i32.const 1)) (then unreachable)))"#
        );
        Package::handler(&guests::of_module_with(&["preparation"], &module)).timeout(Duration::from_millis(500)).start()
    };
    let event = events::message("foo");
    let prepared = preparing("(global.set $prepared (i32.add (global.get $prepared) (i32.const 1)))");
    for _ in 0..3 {
        assert_eq!(prepared.invoke(&event).await.unwrap()["statusCode"], 200);
    }
    assert_eq!(preparing("unreachable").error(&event).await.0, "Handler.Trapped");
    assert_eq!(preparing("(loop (br 0))").error(&event).await.0, "Handler.TimedOut");
}

#[tokio::test]
async fn memory_of_the_start_counts() {
    // In pages of 64 KB.
    let large = |pages: u32| format!(r#"(memory (export "memory") {pages}) (func $on_message)"#);
    let event = events::message("foo");
    let fits = Package::handler(&guests::of_module(&large(1500))).start();
    assert_eq!(fits.invoke(&event).await.unwrap()["statusCode"], 200);
    let too_large = Package::handler(&guests::of_module(&large(1600))).start();
    assert_eq!(too_large.error(&event).await.0, "Handler.OutOfMemory");
}

#[tokio::test]
async fn tables_have_a_limit() {
    // Traps if the table cannot grow.
    let growing = |elements: u32| {
        format!(
            r#"(memory (export "memory") 1)
               (table $table 1 funcref)
               (func $on_message
                   (if (i32.eq (table.grow $table (ref.null func) (i32.const {elements})) (i32.const -1))
                       (then unreachable)))"#
        )
    };
    let event = events::message("foo");
    let fits = Package::handler(&guests::of_module(&growing(99_999))).start();
    assert_eq!(fits.invoke(&event).await.unwrap()["statusCode"], 200);
    let too_large = Package::handler(&guests::of_module(&growing(100_000))).start();
    assert_eq!(too_large.error(&event).await.0, "Handler.Trapped");
}

#[tokio::test]
async fn the_stack_has_a_limit() {
    let trial = Trial::start().await;
    let (error_type, message) = trial.survive("overflow").await;
    assert_eq!(error_type, "Handler.Trapped");
    assert!(message.contains("stack"), "{message}");
    assert!(trial.has_backtrace("overflow").await);
}

#[tokio::test]
async fn what_crosses_the_boundary_has_a_limit() {
    let trial = Trial::start().await;
    // 9 MB.
    for message in ["send-bytes 9437184", "return-bytes 9437184", "fail-bytes 9437184", "random 9437184"] {
        let (error_type, text) = trial.survive(message).await;
        assert_eq!(error_type, "Handler.Trapped", "{message}: {text}");
    }
    assert_eq!(trial.puppet.returned("random 1048576").await, "1048576");
    let (error_type, text) = trial.survive("fail-bytes 4000000").await;
    assert_eq!(error_type, "Handler.Failed");
    assert_eq!(text.chars().count(), 16 * 1024 + 1);
}

#[tokio::test]
async fn what_the_host_keeps_for_a_handler_has_a_limit() {
    let trial = Trial::start().await;
    assert_eq!(trial.puppet.returned("pollables 400").await, "400");
    assert_eq!(trial.survive("pollables 100000").await.0, "Handler.Trapped");
}

#[tokio::test]
async fn output_is_cut_off() {
    let trial = Trial::of(Package::handler(guests::puppet()).timeout(Duration::from_secs(2))).await;
    assert_eq!(trial.survive("print-on").await.0, "Handler.TimedOut");

    let trial = Trial::start().await;
    trial.puppet.invoke(&events::message("print-lines 50000")).await.unwrap();
    let records = trial.records().await;
    let lines = records.iter().filter_map(|record| record["message"].as_str()).filter(|line| line.starts_with("line "));
    let sizes: Vec<usize> = lines.map(|line| line.len() + "\n".len()).collect();
    let printed: usize = sizes.iter().sum();
    let limit = 256 * 1024;
    assert!(printed >= limit && printed - sizes.last().unwrap() < limit, "{printed} bytes: up to the end of a line");
    let is_note = |record: &&Value| record["message"].as_str().unwrap().contains("printed 256 KB");
    assert_eq!(records.iter().filter(is_note).count(), 1);
}

#[tokio::test]
async fn a_long_line_is_several_records() {
    let trial = Trial::start().await;
    trial.puppet.invoke(&events::message("print-line-of 40000")).await.unwrap();
    let records = trial.records().await;
    let parts = records.iter().filter_map(|record| record["message"].as_str()).filter(|line| line.starts_with("xx"));
    assert_eq!(parts.map(str::len).collect::<Vec<_>>(), [16384, 16384, 7232]);
}

#[tokio::test]
async fn there_are_no_files() {
    let trial = Trial::start().await;
    let says = trial.puppet.returned("files").await;
    assert_eq!(says.matches("Err(").count(), 2, "{says}");
}

#[tokio::test]
async fn the_environment_is_what_is_granted() {
    let puppet = Package::handler(guests::puppet()).variable("TABLE", "chat").start();
    assert_eq!(puppet.returned("environment").await, "[]");
    let granted = Package::handler(guests::puppet()).variable("TABLE", "chat").variable("GOBLET_ENVIRONMENT", "TABLE");
    assert_eq!(granted.start().returned("environment").await, r#"[("TABLE", "chat")]"#);
}

#[tokio::test]
async fn an_import_that_is_not_granted_is_refused_by_name() {
    for import in ["wasi:http/types@0.2.6", "wasi:http/outgoing-handler@0.2.6", "goblet:websocket/secrets@0.1.0"] {
        let component = wat::parse_str(format!(r#"(component (import "{import}" (instance)))"#)).unwrap();
        let function = Package::handler(&guests::of_component(&component)).start();
        let (error_type, message) = function.error(&events::message("foo")).await;
        assert_eq!(error_type, "Handler.NotLoaded");
        assert!(message.contains(&format!("imports {import}")), "{message}");
    }
}

#[tokio::test]
async fn all_imports_that_are_refused_are_told_with_the_reason() {
    let component = r#"(component
        (import "wasi:http/types@0.2.6" (instance))
        (import "wasi:cli/stdout@0.2.6" (instance))
        (import "goblet:websocket/connections@0.2.0" (instance)))"#;
    let function = Package::handler(&guests::of_component(&wat::parse_str(component).unwrap())).start();
    let (_, message) = function.error(&events::message("foo")).await;
    for refused in [
        "imports wasi:http/types@0.2.6 (this host does not have it)",
        " and goblet:websocket/connections@0.2.0 (this host has version 0.1)",
    ] {
        assert!(message.contains(refused), "no {refused:?} in {message}");
    }
    assert!(!message.contains("stdout"), "{message}");
}

#[tokio::test]
async fn nothing_is_left_of_the_event_before() {
    let trial = Trial::start().await;
    assert_eq!(trial.puppet.returned("count").await, "0");
    let process_id = trial.puppet.process_id();
    assert_eq!(trial.puppet.returned("count").await, "0");
    assert_eq!(trial.puppet.process_id(), process_id);
}

#[tokio::test]
async fn the_next_instance_is_made_ahead() {
    let puppet = Package::handler(guests::puppet()).variable("AWS_LAMBDA_LOG_LEVEL", "DEBUG").start();
    for events in 1..4 {
        puppet.invoke(&events::message("print hello")).await.unwrap();
        // One for each event, and one more, which no event has asked for.
        puppet.output_with(events + 1, "an instance is ready").await;
    }
    let records = puppet.output("an instance is ready").await;
    let made = records.iter().filter(|record| record.contains("an instance is ready"));
    made.for_each(|record| assert!(!record.contains(events::REQUEST_ID), "made while a message waits: {record}"));
}

#[tokio::test]
async fn a_trap_is_one_failed_invocation() {
    let trial = Trial::start().await;
    for (message, says) in
        [("unreachable", "unreachable"), ("exit 0", "it called exit(0)"), ("exit 3", "it called exit(1)")]
    {
        let (error_type, text) = trial.survive(message).await;
        assert_eq!(error_type, "Handler.Trapped", "{message}: {text}");
        assert!(text.contains(says), "{message}: {text}");
    }
    assert!(trial.has_backtrace("puppet").await);
}

#[tokio::test]
async fn a_backtrace_without_a_function_of_the_handler_is_not_logged() {
    let start = |function: &str| {
        let contents = r#"(memory (export "memory") 1) (func $on_message) (func $NAME unreachable) (start $NAME)"#;
        Package::handler(&guests::of_module(&contents.replace("NAME", function))).start()
    };
    for (function, is_logged) in [("own", true), ("core::abort", false)] {
        let guest = start(function);
        assert_eq!(guest.error(&events::message("foo")).await.0, "Handler.Trapped");
        let records = guest.output("the handler trapped").await;
        let has_backtrace = records.iter().any(|record| record.contains("wasm backtrace"));
        assert_eq!(has_backtrace, is_logged, "{function}: {records:?}");
    }
}

#[tokio::test]
async fn a_panic_tells_its_place_and_its_message_once() {
    let trial = Trial::start().await;
    let (error_type, text) = trial.survive("panic left\nright").await;
    assert_eq!(error_type, "Handler.Trapped");
    let place = text.strip_prefix("the handler panicked at tests/guests/puppet/src/lib.rs:").unwrap();
    assert!(place.ends_with(": left\nright"), "{text}");

    let records = trial.records().await;
    let records: Vec<&str> = records.iter().map(|record| record["message"].as_str().unwrap()).collect();
    // The place where the handler was, and the error.
    assert_eq!(records.len(), 4, "{records:?}");
    let backtrace = records[0].strip_prefix("wasm backtrace:\n").unwrap();
    assert!(backtrace.contains("puppet.wasm!") && backtrace.contains("on-ws-message"), "{backtrace}");
    for theirs in ["_ZN", "_RN", "core::", "std::", "__rustc", "abort"] {
        assert!(!backtrace.contains(theirs), "{theirs} in {backtrace}");
    }
    assert_eq!(records[1], text);
}

#[tokio::test]
async fn a_handler_that_prints_like_a_panic_has_its_lines_logged() {
    let trial = Trial::start().await;
    trial.puppet.invoke(&events::message("print thread 'main' panicked at nothing:")).await.unwrap();
    let records = trial.records().await;
    // Stdout, then stderr.
    let printed = records.iter().filter(|record| record["message"] == "thread 'main' panicked at nothing:");
    assert_eq!(printed.count(), 2);
}
