//! A handler that uses groups and state, as the message says. A message about state is sent back when that is done.

use goblet::{
    MessageEvent, OnMessage, Payload, Result, groups,
    state::{self, Condition},
};

/// The group, and the collection with its one key.
const NAME: &str = "news";

struct Remember;

impl OnMessage for Remember {
    fn on_message(event: MessageEvent) -> Result<Option<Payload>> {
        let command = event.text().ok_or("no text")?;
        match command.split(' ').collect::<Vec<_>>()[..] {
            ["join", count] => {
                for id in ids(count)? {
                    groups::join(NAME, &id, "")?;
                }
            }
            ["group", count] => {
                let delivery = groups::send(NAME, NAME, &[])?;
                if delivery.reached != count.parse()? {
                    return Err(format!("sent to {} of {count}", delivery.reached).into());
                }
            }
            ["all", count] => {
                for sent in goblet::send_all(&ids(count)?, NAME) {
                    sent?;
                }
            }
            ["get"] => {
                state::get(NAME, NAME)?.ok_or("nothing is put")?;
                goblet::send(event.connection_id(), command)?;
            }
            ["put"] => {
                state::put(NAME, NAME, NAME, Condition::Always, None)?;
                goblet::send(event.connection_id(), command)?;
            }
            _ => return Err(format!("no command {command:?}").into()),
        }
        Ok(None)
    }
}

goblet::export!(Remember: OnMessage);

fn ids(count: &str) -> Result<Vec<String>> {
    let count: usize = count.parse()?;
    Ok((0..count).map(|number| format!("connection-{number}")).collect())
}
