//! Events become types, and answers become JSON, whatever is in them.
//!
//! The fixtures have the shape of API Gateway's own events. The fields are documented at
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html>
//! and <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html>; the
//! nulls are in events that AWS sent, e.g. <https://gist.github.com/noid11/4aa8933d0b5cdbcc09d377c5d65d28c1>.

#![allow(clippy::unwrap_used)]

mod any;
mod documented;
mod properties;
mod refused;
