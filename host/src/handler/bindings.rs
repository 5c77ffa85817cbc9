//! The interface between guest and host, generated from `wit/`.

#![allow(missing_docs, clippy::pedantic)]

wasmtime::component::bindgen!({
    world: "handler",
    path: "../wit",
    imports: { default: async },
    exports: { default: async },
});
