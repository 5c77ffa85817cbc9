//! Where the management API is found. The rule for events of AWS, which needs AWS's names, is tested beside its code.

use super::{bootstrap::Package, guests, management_api::ManagementApi};

const ANY_SERVICE: &str = "AWS_ENDPOINT_URL";
const THIS_SERVICE: &str = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI";

#[tokio::test]
async fn each_variable_of_the_sdk_names_it() {
    for name in [ANY_SERVICE, THIS_SERVICE] {
        let api = ManagementApi::start().await;
        let puppet = Package::handler(guests::puppet()).variable(name, &api.url).start();
        assert_eq!(puppet.returned("echo foo").await, "()", "{name}");
        assert_eq!(api.posts().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn the_services_own_variable_counts_more() {
    let (ours, others) = (ManagementApi::start().await, ManagementApi::start().await);
    let package = Package::handler(guests::puppet()).variable(ANY_SERVICE, &others.url);
    assert_eq!(package.variable(THIS_SERVICE, &ours.url).start().returned("echo foo").await, "()");
    assert_eq!((ours.posts().len(), others.posts().len()), (1, 0));
}

#[tokio::test]
async fn an_empty_variable_names_nothing() {
    let api = ManagementApi::start().await;
    let package = Package::handler(guests::puppet()).variable(ANY_SERVICE, &api.url);
    assert_eq!(package.variable(THIS_SERVICE, "").start().returned("echo foo").await, "()");
    assert_eq!(api.posts().len(), 1);
}
