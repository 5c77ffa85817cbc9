//! What requests of EventBridge do:
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>.

use super::{
    access::{Access, Unreadable},
    members::Members,
};

/// The bus of an event that names none.
const DEFAULT: &str = "default";

/// The buses that events go to.
pub fn buses(action: &'static str, body: &Members<'_>) -> Result<Vec<Access>, Unreadable> {
    if body.get("EndpointId")?.is_some() {
        return Err(Unreadable::because("EndpointId names an endpoint of its own: leave it out"));
    }
    let mut needed = Vec::new();
    for entry in body.list("Entries")? {
        let bus = Members::read(entry, "an entry of Entries")?.text("EventBusName")?;
        needed.push(Access::on(action, resource(bus.as_deref().unwrap_or(DEFAULT))?));
    }
    needed.sort();
    needed.dedup();
    Ok(needed)
}

/// Whether a pattern of an entry can match a resource.
pub fn is_pattern(pattern: &str) -> bool {
    let pattern = pattern.replace('*', "x");
    let parts: Vec<&str> = pattern.split(':').collect();
    let bus = match parts[..] {
        [bus] => bus,
        ["arn", partition, "events", region, account, bus]
            if [partition, region, account].iter().all(|part| !part.is_empty() && is_part(part)) =>
        {
            bus
        }
        _ => return false,
    };
    bus.strip_prefix("event-bus/").is_some_and(|name| !name.is_empty() && is_part(name))
}

fn is_part(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte))
}

/// A bus may be given by its name or its ARN. The ARN may be of another account, so it is a resource of its own.
fn resource(bus: &str) -> Result<String, Unreadable> {
    let arn: Vec<&str> = bus.split(':').collect();
    match arn[..] {
        [name] if !name.is_empty() && is_part(name) => Ok(format!("event-bus/{name}")),
        ["arn", _, "events", _, _, _] if arn.iter().all(|part| is_part(part)) => Ok(bus.to_owned()),
        _ => Err(Unreadable(format!("EventBusName has {bus:?}, which is no name"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(json: &str) -> Result<Vec<String>, String> {
        let needed = buses("PutEvents", &Members::read(json, "it").unwrap()).map_err(|error| error.to_string())?;
        Ok(needed.into_iter().filter_map(|access| access.resource).collect())
    }

    #[test]
    fn every_bus_is_needed() {
        let arn = "arn:aws:events:us-east-1:123456789012:event-bus/other";
        let json = format!(r#"{{"Entries": [{{}}, {{"EventBusName": "chat"}}, {{"EventBusName": "{arn}"}}, {{}}]}}"#);
        assert_eq!(resources(&json).unwrap(), [arn, "event-bus/chat", "event-bus/default"]);
        assert!(resources(r#"{"Entries": [{"EventBusName": "a b"}]}"#).unwrap_err().contains("no name"));
        assert!(resources(r#"{"Entries": [], "EndpointId": "x.y"}"#).unwrap_err().contains("EndpointId"));
        assert!(resources(r#"{"Entries": [{"eventBusName": "a"}]}"#).unwrap_err().contains("may be taken for"));
    }

    #[test]
    fn a_pattern_can_match() {
        for pattern in
            ["event-bus/chat", "event-bus/*", "event-bus/aws.partner/a/b", "arn:aws:events:us-east-1:*:event-bus/a*"]
        {
            assert!(is_pattern(pattern), "{pattern}");
        }
        for pattern in [
            "",
            "event-bus/",
            "event-bus/a?",
            "event-bus",
            "arn:*",
            "arn:aws:sqs:a:1:b",
            "arn:aws:events:a::event-bus/b",
        ] {
            assert!(!is_pattern(pattern), "{pattern}");
        }
    }
}
