//! What is logged, and how.

use serde_json::{Value, json};

use super::{
    bootstrap::{Bootstrap, Package},
    events::{self, CONNECTION_ID, REQUEST_ID},
    guests,
};

const END: &str = "print THE END";

/// The lines that the process prints, until `THE END`.
async fn lines(puppet: &Bootstrap) -> Vec<String> {
    puppet.invoke(&events::message(END)).await.unwrap();
    puppet.output("THE END").await
}

fn puppet(format: &str, level: &str) -> Bootstrap {
    let package = Package::handler(guests::puppet()).variable("AWS_LAMBDA_LOG_FORMAT", format);
    package.variable("AWS_LAMBDA_LOG_LEVEL", level).start()
}

#[tokio::test]
async fn a_json_record_knows_its_event() {
    let puppet = puppet("JSON", "INFO");
    puppet.invoke(&events::message("print hello")).await.unwrap();
    puppet.error(&events::message("fail on purpose")).await;
    puppet.error(&events::message("unreachable")).await;
    let records = lines(&puppet).await;
    let records: Vec<Value> = records.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for record in &records {
        assert_eq!(record["span"]["request_id"], REQUEST_ID, "{record}");
        assert_eq!(record["span"]["connection_id"], CONNECTION_ID, "{record}");
        assert_eq!(record["span"]["route_key"], "$default", "{record}");
        assert!(record["span"]["lambda_request_id"].is_string(), "{record}");
        assert!(record["timestamp"].is_string(), "{record}");
    }
    let said = |message: &str| {
        let records = records.iter().filter(|record| record["message"].as_str().unwrap().contains(message));
        records.map(|record| record["level"].as_str().unwrap()).collect::<Vec<_>>()
    };
    // Stdout, then stderr.
    assert_eq!(said("hello"), ["INFO", "ERROR"]);
    assert_eq!(said("on purpose"), ["ERROR"]);
    assert_eq!(said("wasm backtrace"), ["ERROR"]);
}

#[tokio::test]
async fn a_text_record_knows_its_event() {
    let puppet = puppet("Text", "INFO");
    puppet.invoke(&events::message("print hello")).await.unwrap();
    let lines = lines(&puppet).await;
    let hello = lines.iter().find(|line| line.ends_with(" hello")).unwrap();
    for part in [
        "INFO".to_owned(),
        format!("request_id={REQUEST_ID:?}"),
        format!("connection_id={CONNECTION_ID:?}"),
        r#"route_key="$default""#.to_owned(),
    ] {
        assert!(hello.contains(&part), "no {part} in {hello}");
    }
}

#[tokio::test]
async fn a_record_of_an_event_that_is_none_knows_its_invocation() {
    let puppet = puppet("JSON", "INFO");
    puppet.error(&json!({})).await;
    let lines = puppet.output("Event.Invalid").await;
    let record: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert!(record["span"]["lambda_request_id"].is_string(), "{record}");
}

#[tokio::test]
async fn the_level_is_the_least_that_is_logged() {
    for (level, printed) in [("DEBUG", 2), ("INFO", 2), ("WARN", 1), ("ERROR", 1), ("FATAL", 1)] {
        let puppet = puppet("Text", level);
        puppet.invoke(&events::message("print hello")).await.unwrap();
        let lines = lines(&puppet).await;
        let hello = lines.iter().filter(|line| line.ends_with(" hello"));
        assert_eq!(hello.count(), printed, "{level}");
    }
}

#[tokio::test]
async fn debug_tells_where_the_time_goes() {
    let puppet = puppet("JSON", "DEBUG");
    puppet.invoke(&events::message("print hello")).await.unwrap();
    let lines = lines(&puppet).await;
    let records: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (message, field) in [
        ("the event is read", "elapsed_ms"),
        ("the event has an instance", "elapsed_ms"),
        ("the handler is done", "guest_ms"),
        ("the handler is done", "connections_ms"),
        ("an instance is ready", "elapsed_ms"),
    ] {
        let record = records.iter().find(|record| record["message"] == message);
        let record = record.unwrap_or_else(|| panic!("no record {message:?} in {lines:?}"));
        assert!(record[field].is_f64(), "{record}");
    }
}

#[tokio::test]
async fn the_libraries_say_more_at_trace() {
    let mut printed = Vec::new();
    for level in ["DEBUG", "TRACE"] {
        let puppet = puppet("JSON", level);
        printed.push(lines(&puppet).await.len());
    }
    assert!(printed[0] < printed[1], "{printed:?}");
}

#[tokio::test]
async fn bodies_are_not_logged() {
    let puppet = puppet("JSON", "INFO");
    puppet.returned("return secret").await;
    puppet.error(&events::message("unreachable secret")).await;
    puppet.error(&events::message("exit secret")).await;
    puppet.error(&events::encoded_message("secret!")).await;
    let mut not_a_message = events::message("secret");
    not_a_message["requestContext"]["messageId"] = Value::Null;
    puppet.error(&not_a_message).await;
    let lines = lines(&puppet).await;
    // The handler's own panic names what it cannot parse: that is its own doing.
    let lines: Vec<_> = lines.iter().filter(|line| line.contains("secret")).collect();
    assert!(lines.is_empty(), "{lines:?}");
}
