//! What two people say in the rooms of `tests/functions/chalice_chat`, and what they get, however it is run.

use crate::support::Dev;

/// Ada and Bob connect, enter a room, talk, and Bob leaves.
pub async fn are_talked_in(dev: &Dev) {
    let (mut ada, mut bob) = (dev.connect().await, dev.connect().await);
    assert_eq!(ada.ask("Ada").await, "Hello Ada. Enter a room with /join ROOM.");
    assert_eq!(bob.ask("Bob").await, "Hello Bob. Enter a room with /join ROOM.");
    assert_eq!(bob.ask("anybody?").await, "Enter a room first, with /join ROOM.");
    assert_eq!(ada.ask("/join lobby").await, "Ada is in lobby.");
    bob.send("/join lobby").await;
    assert_eq!([ada.receive().await, bob.receive().await], ["Bob is in lobby.", "Bob is in lobby."]);
    ada.send("hello").await;
    assert_eq!([ada.receive().await, bob.receive().await], ["Ada: hello", "Ada: hello"]);
    bob.send("hello, Ada").await;
    assert_eq!([ada.receive().await, bob.receive().await], ["Bob: hello, Ada", "Bob: hello, Ada"]);
    bob.close().await;
    assert_eq!(ada.receive().await, "Bob has left lobby.");
}
