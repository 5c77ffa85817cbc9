/// Makes a type the component's handler, with the routes that it serves: one or more of `OnConnect`, `OnMessage` and
/// `OnDisconnect`, with a `+` between. A crate has one handler.
///
/// ```
/// use goblet::{Answer, ConnectEvent, DisconnectEvent, OnConnect, OnDisconnect, Result};
///
/// struct Turnstile;
///
/// impl OnConnect for Turnstile {
///     fn on_connect(_: ConnectEvent) -> Result<Answer> {
///         println!("one more");
///         Ok(Answer::Accept(None))
///     }
/// }
///
/// impl OnDisconnect for Turnstile {
///     fn on_disconnect(_: DisconnectEvent) -> Result<()> {
///         println!("one less");
///         Ok(())
///     }
/// }
///
/// goblet::export!(Turnstile: OnConnect + OnDisconnect);
/// ```
///
/// A route that the type does not implement does not compile:
///
/// ```compile_fail,E0277
/// struct Echo;
///
/// goblet::export!(Echo: OnMessage);
/// ```
#[macro_export]
macro_rules! export {
    ($handler:ident: $first:ident $(+ $other:ident)*) => {
        $crate::__export_route!($handler $first);
        $($crate::__export_route!($handler $other);)*
    };
    ($($anything:tt)*) => {
        ::core::compile_error!("name the handler and its routes: `goblet::export!(Echo: OnConnect + OnMessage)`");
    };
}

/// One route of [`export!`]: connects the trait of this crate with the generated one.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_route {
    ($handler:ident OnConnect) => {
        impl $crate::bindings::on_connect::Guest for $handler {
            fn on_ws_connect(event: $crate::ConnectEvent) -> $crate::Result<$crate::Answer, ::std::string::String> {
                <$handler as $crate::OnConnect>::on_connect(event).map_err(::core::convert::Into::into)
            }
        }
        $crate::bindings::on_connect::export_route!($handler with_types_in $crate::bindings::on_connect);
    };
    ($handler:ident OnMessage) => {
        impl $crate::bindings::on_message::Guest for $handler {
            fn on_ws_message(
                event: $crate::MessageEvent,
            ) -> $crate::Result<::core::option::Option<$crate::Payload>, ::std::string::String> {
                <$handler as $crate::OnMessage>::on_message(event).map_err(::core::convert::Into::into)
            }
        }
        $crate::bindings::on_message::export_route!($handler with_types_in $crate::bindings::on_message);
    };
    ($handler:ident OnDisconnect) => {
        impl $crate::bindings::on_disconnect::Guest for $handler {
            fn on_ws_disconnect(event: $crate::DisconnectEvent) -> $crate::Result<(), ::std::string::String> {
                <$handler as $crate::OnDisconnect>::on_disconnect(event).map_err(::core::convert::Into::into)
            }
        }
        $crate::bindings::on_disconnect::export_route!($handler with_types_in $crate::bindings::on_disconnect);
    };
    ($handler:ident $other:ident) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($other),
            "` is no route: there are `OnConnect`, `OnMessage` and `OnDisconnect`"
        ));
    };
}
