//! The steps of a session, as types.

use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};

use crate::{expected::Expected, message::Message};

/// What a close code says that no frame has: the close frame had none, or the connection ended without a close frame.
/// <https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1>
pub(crate) const NO_CODE: u16 = 1005;
pub(crate) const NO_CLOSE_FRAME: u16 = 1006;

/// One thing that a client does, or sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its line in the file, from 1.
    pub line: usize,
    /// The client's name. The one without a name is the empty text.
    pub client: String,
    /// What it does or sees.
    pub action: Action,
}

/// What a client does or sees.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// It connects, or is refused.
    Connect(Connect),
    /// It sends a message.
    Send(Message),
    /// It gets a message.
    Receive(Expected),
    /// It closes the connection.
    Close {
        /// The close code (RFC 6455, 7.4), if the close frame has one.
        code: Option<u16>,
        /// The reason in words: up to 123 bytes. Without a code there is none.
        reason: String,
    },
    /// The server closes the connection, with this close code if one is given. 1005 stands for a close frame without a code,
    /// and 1006 for a connection that ends without a close frame.
    Closed(Option<u16>),
    /// Its connection ends without a close frame, as when its network fails. API Gateway takes that for 1006.
    Drop,
}

/// How a client connects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connect {
    /// The query string, without `?`, as it is sent.
    pub query: Option<String>,
    /// The subprotocols that it offers, in this order.
    pub subprotocols: Vec<String>,
    /// Further headers of its request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The HTTP status that it is refused with. `None` if it is let in.
    pub refusal: Option<u16>,
}
