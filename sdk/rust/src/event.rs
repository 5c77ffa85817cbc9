//! The events, with shortcuts to what handlers often need.

pub use crate::bindings::imports::goblet::websocket::types::{ConnectEvent, DisconnectEvent, MessageEvent, Request};

impl Request {
    /// A value that the API's authorizer returned for this connection; JSON, if it is no string.
    #[must_use]
    pub fn authorizer_value(&self, name: &str) -> Option<&str> {
        first(&self.authorizer, |key| key == name)
    }

    /// A variable of the stage.
    #[must_use]
    pub fn stage_variable(&self, name: &str) -> Option<&str> {
        first(&self.stage_variables, |key| key == name)
    }
}

impl ConnectEvent {
    /// The id that the connection will have, if it is accepted. Nothing can be sent to it before.
    #[must_use]
    pub fn connection_id(&self) -> &str {
        &self.request.connection_id
    }

    /// A header of the client's request: the first of this name, in upper or lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, |key| key.eq_ignore_ascii_case(name))
    }

    /// A parameter of the address that the client connected to: the first of this name. It is decoded: `Ada L` for
    /// `wss://…?name=Ada%20L`.
    #[must_use]
    pub fn query_parameter(&self, name: &str) -> Option<&str> {
        first(&self.query, |key| key == name)
    }

    /// The subprotocols that the client offers (`Sec-WebSocket-Protocol`), in its order of preference. Accept with one
    /// of them, or with none.
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        let headers = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Protocol"));
        headers.flat_map(|(_, offered)| offered.split(',')).map(str::trim).filter(|offered| !offered.is_empty())
    }
}

impl MessageEvent {
    /// The id of the connection that the message came from: what [`send`](crate::send) takes.
    #[must_use]
    pub fn connection_id(&self) -> &str {
        &self.request.connection_id
    }

    /// The message, if it is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.body.as_text()
    }

    /// Reads the message as JSON.
    ///
    /// # Errors
    ///
    /// If it is no JSON, or not of this type.
    #[cfg(feature = "json")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_slice(self.body.as_bytes())
    }
}

impl DisconnectEvent {
    /// The id that the connection had. Nothing can be sent to it any more.
    #[must_use]
    pub fn connection_id(&self) -> &str {
        &self.request.connection_id
    }
}

fn first(pairs: &[(String, String)], is_wanted: impl Fn(&str) -> bool) -> Option<&str> {
    pairs.iter().find(|(name, _)| is_wanted(name)).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn request() -> Request {
        Request {
            connection_id: "L0SM9cOFvHcCIhw=".to_owned(),
            request_id: "XfVRYGf_IAMFxMg=".to_owned(),
            route_key: "$connect".to_owned(),
            domain_name: "chat.example.com".to_owned(),
            stage: "api".to_owned(),
            api_id: "abcdef123".to_owned(),
            connected_at: 1_764_000_000_000,
            source_ip: "203.0.113.1".to_owned(),
            user_agent: None,
            authorizer: pairs(&[("principalId", "ada"), ("admin", "true")]),
            stage_variables: pairs(&[("table", "chat")]),
        }
    }

    fn connect_event(headers: &[(&str, &str)], query: &[(&str, &str)]) -> ConnectEvent {
        ConnectEvent { request: request(), headers: pairs(headers), query: pairs(query) }
    }

    #[test]
    fn the_first_of_a_name_counts() {
        let event = connect_event(&[("Cookie", "a"), ("cookie", "b")], &[("name", "Ada"), ("name", "Bob")]);
        assert_eq!(event.connection_id(), "L0SM9cOFvHcCIhw=");
        assert_eq!(event.header("COOKIE"), Some("a"));
        assert_eq!(event.header("Origin"), None);
        assert_eq!(event.query_parameter("name"), Some("Ada"));
        assert_eq!(event.query_parameter("Name"), None);
    }

    #[test]
    fn subprotocols_are_in_one_header_or_in_several() {
        let headers = [("Sec-WebSocket-Protocol", "chat.v2, chat.v1,"), ("sec-websocket-protocol", "echo")];
        let event = connect_event(&headers, &[]);
        assert_eq!(event.subprotocols().collect::<Vec<_>>(), ["chat.v2", "chat.v1", "echo"]);
    }

    #[test]
    fn a_request_tells_what_the_authorizer_and_the_stage_say() {
        let request = request();
        assert_eq!(request.authorizer_value("principalId"), Some("ada"));
        assert_eq!(request.authorizer_value("table"), None);
        assert_eq!(request.stage_variable("table"), Some("chat"));
    }

    #[test]
    fn a_message_is_text_or_not() {
        let mut event = MessageEvent { request: request(), message_id: String::new(), body: "foo".into() };
        assert_eq!(event.text(), Some("foo"));
        event.body = vec![0, 255].into();
        assert_eq!(event.text(), None);
    }

    #[cfg(feature = "json")]
    #[test]
    fn a_message_is_read_as_json() {
        let event = MessageEvent { request: request(), message_id: String::new(), body: r#"["say", 2]"#.into() };
        assert_eq!(event.json::<(&str, u8)>().unwrap(), ("say", 2));
        assert!(event.json::<u8>().is_err());
    }
}
