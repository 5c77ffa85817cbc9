//! What the calls of a handler become at the management API, and what its answers become in the handler.

use std::net::TcpListener;

use super::{
    bootstrap::{Bootstrap, Package},
    events::CONNECTION_ID,
    guests,
    management_api::ManagementApi,
};

async fn puppet() -> (Bootstrap, ManagementApi) {
    let api = ManagementApi::start().await;
    (Package::handler(guests::puppet()).management_api(&api).start(), api)
}

#[tokio::test]
async fn send_posts_a_message() {
    let (puppet, api) = puppet().await;
    assert_eq!(puppet.returned("echo grüße").await, "()");
    assert_eq!(api.posts(), [(CONNECTION_ID.to_owned(), "grüße".to_owned())]);
    assert!(api.is_signed());
}

#[tokio::test]
async fn close_deletes_a_connection() {
    let (puppet, api) = puppet().await;
    assert_eq!(puppet.returned("close a/b=").await, "()");
    assert_eq!(api.closed(), ["a/b="]);
    assert_eq!(puppet.returned("close gone").await, r#"Error::Disconnected("gone")"#);
}

#[tokio::test]
async fn describe_tells_of_a_connection() {
    let (puppet, _api) = puppet().await;
    assert_eq!(
        puppet.returned("describe a").await,
        "\"Connection { connected-at: 1795464725001, last-active-at: 1795464726000, source-ip: \\\"192.0.2.1\\\", \
         user-agent: Some(\\\"test\\\") }\""
    );
    assert_eq!(puppet.returned("describe gone").await, r#"Error::Disconnected("gone")"#);
    let broken_body = puppet.returned("describe nonsense").await;
    assert!(broken_body.starts_with("Error::Failed(\"the management API answered 200: "), "{broken_body}");
}

#[tokio::test]
async fn each_error_has_its_case() {
    let (puppet, _api) = puppet().await;
    assert_eq!(puppet.returned("send gone").await, r#"Error::Disconnected("gone")"#);
    assert_eq!(puppet.returned("send large").await, "Error::PayloadTooLarge");
    assert_eq!(puppet.returned("send throttled").await, "Error::Throttled");
    assert_eq!(puppet.returned("send forbidden").await, r#"Error::Forbidden("forbidden is refused")"#);
    let broken = puppet.returned("send broken").await;
    assert!(broken.starts_with("Error::Failed(\"the management API answered 500: "), "{broken}");
}

#[tokio::test]
async fn an_api_that_does_not_answer_is_a_failure_and_not_a_timeout() {
    let (puppet, _api) = puppet().await;
    let silent = puppet.returned("send silent").await;
    assert!(silent.starts_with("Error::Failed(\"the management API did not answer: "), "{silent}");
    assert!(silent.contains("timeout"), "{silent}");
}

#[tokio::test]
async fn an_api_that_is_not_there_is_a_failure() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/api");
    let puppet = Package::handler(guests::puppet()).variable("AWS_ENDPOINT_URL", &url).start();
    let refused = puppet.returned("send a").await;
    assert!(refused.starts_with("Error::Failed(\"the management API did not answer: "), "{refused}");
    assert!(refused.contains("onnection refused"), "{refused}");
}

#[tokio::test]
async fn throttled_and_broken_calls_are_tried_again_and_others_are_not() {
    let (puppet, api) = puppet().await;
    for (connection_id, posts) in [("throttled", 3), ("broken", 3), ("gone", 1), ("large", 1), ("forbidden", 1)] {
        puppet.returned(&format!("send {connection_id}")).await;
        assert_eq!(api.posts_to(connection_id).len(), posts, "{connection_id}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_any_request() {
    let (puppet, api) = puppet().await;
    assert_eq!(puppet.returned("send-bytes 131073").await, "Error::PayloadTooLarge");
    assert!(api.posts().is_empty());
    assert_eq!(puppet.returned("send-bytes 131072").await, "()");
    assert_eq!(api.posts()[0].1.len(), 131_072);
}

#[tokio::test]
async fn one_client_is_used_for_all_events() {
    let (puppet, api) = puppet().await;
    for _ in 0..5 {
        puppet.returned("echo foo").await;
    }
    assert_eq!(api.posts().len(), 5);
    assert_eq!(api.clients(), 1);
}

#[tokio::test]
async fn send_all_has_a_result_for_each_id_in_the_order_given() {
    let (puppet, api) = puppet().await;
    assert_eq!(puppet.returned("send-all a,gone-1,b,a,forbidden,gone-2").await, {
        let results = [
            "()",
            r#"Error::Disconnected("gone-1")"#,
            "()",
            "()",
            r#"Error::Forbidden("forbidden is refused")"#,
            r#"Error::Disconnected("gone-2")"#,
        ];
        results.join(",")
    });
    assert_eq!(api.posts_to("a"), ["to all", "to all"]);
    assert_eq!(puppet.returned("send-all ").await, "");
}

#[tokio::test]
async fn send_all_to_a_thousand_of_which_a_hundred_are_gone_reports_those() {
    let (puppet, api) = puppet().await;
    let id = |index: usize| if index % 10 == 7 { format!("gone-{index}") } else { format!("c{index}") };
    let ids: Vec<String> = (0..1000).map(id).collect();
    let results = puppet.returned(&format!("send-all {}", ids.join(","))).await;
    let result =
        |id: &String| if id.starts_with("gone") { format!("Error::Disconnected({id:?})") } else { "()".to_owned() };
    let expected = ids.iter().map(result);
    assert_eq!(results, expected.collect::<Vec<_>>().join(","));
    assert_eq!(results.matches("Disconnected").count(), 100);
    assert_eq!(api.posts().len(), 1000);
}

#[tokio::test]
async fn send_all_posts_concurrently_within_a_bound() {
    let (puppet, api) = puppet().await;
    puppet.returned("send-many 500").await;
    let most = api.most_in_flight();
    assert!((32..=64).contains(&most), "{most} in flight");
}

#[tokio::test]
async fn send_all_takes_ten_thousand_ids() {
    let (puppet, api) = puppet().await;
    let results = puppet.returned("send-many 10000").await;
    assert_eq!(results.split(',').filter(|result| *result == "()").count(), 10_000);
    let mut posted: Vec<String> = api.posts().into_iter().map(|(id, _)| id).collect();
    posted.sort();
    posted.dedup();
    assert_eq!(posted.len(), 10_000);
}
