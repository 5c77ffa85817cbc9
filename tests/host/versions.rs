//! Handlers that were built for earlier versions of the interface.

use super::{bootstrap::Package, events, guests, management_api::ManagementApi};

/// The greeter as it was built for `goblet:websocket@0.1.0`, which has no groups and no state.
#[tokio::test]
async fn a_handler_of_0_1_0_serves_all_routes() {
    let component = guests::root().join("tests/guests/greeter-0.1.0.wasm");
    let bytes = std::fs::read(&component).unwrap();
    let names = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    assert!(names(b"goblet:websocket/on-message@0.1.0") && !names(b"goblet:websocket/on-message@0.1.1"));

    let api = ManagementApi::start().await;
    let compiled = goblet_host::handler::compile(&component, None).unwrap();
    let greeter = Package::handler(compiled.as_bytes()).management_api(&api).start();
    let accepted = greeter.invoke(&events::connect(&serde_json::json!({"name": "Ada"}))).await.unwrap();
    assert_eq!(accepted["statusCode"], 200);
    greeter.invoke(&events::message("hello")).await.unwrap();
    assert_eq!(api.posts()[0].1, "Hello! Nice to see you.");
    greeter.invoke(&events::disconnect(1001, "")).await.unwrap();
    greeter.output("with close code 1001").await;
}
