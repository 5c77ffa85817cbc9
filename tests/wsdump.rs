//! The echo, typed into `wsdump`, of the Python package `websocket-client`.

#![allow(clippy::unwrap_used)]

mod support;
#[path = "support/wsdump.rs"]
mod wsdump;

use support::Dev;
use wsdump::Wsdump;

#[tokio::test]
async fn three_lines_come_back() {
    let dev = Dev::echo().await;
    let mut wsdump = Wsdump::connect(&dev.url);
    for line in ["foo", "bar", "žluťoučký 🐎"] {
        wsdump.echoes(line).await;
    }
}
