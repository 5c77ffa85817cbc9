//! What wit-bindgen generates of the WIT in `wit/`. Its layout is wit-bindgen's and changes with it: handlers use what
//! the crate's root exports.
//!
//! Each route has a world of its own, so that a handler exports the routes that it names in
//! [`export!`](crate::export) and no others. All worlds share the types of [`imports`].

#![allow(missing_docs, unsafe_code, clippy::pedantic)]

/// What a handler may call, and the types.
pub mod imports {
    wit_bindgen::generate!({
        inline: "
            package goblet:sdk;
            world imports {
                import goblet:websocket/types@0.1.1;
                import goblet:websocket/connections@0.1.1;
                import goblet:websocket/groups@0.1.1;
                import goblet:websocket/state@0.1.1;
                import goblet:websocket/signed-requests@0.1.1;
                import goblet:websocket/log@0.1.1;
            }
        ",
        path: "wit",
        world: "goblet:sdk/imports",
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq, Eq],
    });
}

/// `$connect`.
pub mod on_connect {
    pub use self::exports::goblet::websocket::on_connect::Guest;

    wit_bindgen::generate!({
        inline: "
            package goblet:sdk;
            world on-connect {
                export goblet:websocket/on-connect@0.1.1;
            }
        ",
        path: "wit",
        world: "goblet:sdk/on-connect",
        with: { "goblet:websocket/types@0.1.1": crate::bindings::imports::goblet::websocket::types },
        generate_all,
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "export_route",
    });
}

/// `$default` and the API's own routes.
pub mod on_message {
    pub use self::exports::goblet::websocket::on_message::Guest;

    wit_bindgen::generate!({
        inline: "
            package goblet:sdk;
            world on-message {
                export goblet:websocket/on-message@0.1.1;
            }
        ",
        path: "wit",
        world: "goblet:sdk/on-message",
        with: { "goblet:websocket/types@0.1.1": crate::bindings::imports::goblet::websocket::types },
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_route",
    });
}

/// `$disconnect`.
pub mod on_disconnect {
    pub use self::exports::goblet::websocket::on_disconnect::Guest;

    wit_bindgen::generate!({
        inline: "
            package goblet:sdk;
            world on-disconnect {
                export goblet:websocket/on-disconnect@0.1.1;
            }
        ",
        path: "wit",
        world: "goblet:sdk/on-disconnect",
        with: { "goblet:websocket/types@0.1.1": crate::bindings::imports::goblet::websocket::types },
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_route",
    });
}
