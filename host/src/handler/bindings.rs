//! The interface between guest and host, generated from `host/wit`: a link to the workspace's `wit/`, so that the
//! package has the files in it.

#![allow(missing_docs, clippy::pedantic)]

wasmtime::component::bindgen!({
    world: "handler",
    path: "wit",
    imports: { default: async },
    exports: { default: async },
});
