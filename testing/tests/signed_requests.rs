//! Requests to AWS, which a test answers.

#![allow(clippy::unwrap_used)]

use goblet_testing::{
    Event, Handler, InMemoryServices,
    signed_requests::{Response, in_memory::InMemorySender, policy::Policy},
};

#[test]
fn requests_that_are_allowed_get_the_tests_answer() {
    let caller = Handler::build("../tests/guests/caller");
    let answer = Response { status: 200, body: br#"{"Item": {}}"#.into(), ..Response::default() };
    let sender = InMemorySender::answering(answer);
    let mut services = InMemoryServices::open(["alice"]);
    let get = |table: &str| {
        let request =
            format!("dynamodb - POST /\nX-Amz-Target: DynamoDB_20120810.GetItem\n\n{{\"TableName\": \"{table}\"}}");
        Event::message("alice", request.as_str())
    };
    let told = |response: goblet_testing::Response| format!("{response:?}");

    let refused = told(caller.handle(get("chat"), &services).unwrap());
    assert!(refused.contains("NotAllowed"), "{refused}");
    services.signed_requests = sender.signed_requests(Policy::parse("dynamodb:GetItem:table/chat").unwrap());
    let answered = told(caller.handle(get("chat"), &services).unwrap());
    assert!(answered.contains("200") && answered.contains("Item"), "{answered}");
    let refused = told(caller.handle(get("other"), &services).unwrap());
    assert!(refused.contains("dynamodb:GetItem on table/other"), "{refused}");
    let sent = sender.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].service.name, "dynamodb");
}
