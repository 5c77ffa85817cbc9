//! What is deployed: the template, what `sam build` makes of it, and that it runs.
//!
//! These tests build the host as it ships, for both of Lambda's architectures, which takes minutes: `.ci/run` runs them, with
//! a `goblet` that carries these hosts, as a release does.

#![allow(clippy::unwrap_used)]

mod artefacts;
mod build;
mod emulated;
mod projects;
#[path = "../support/mod.rs"]
mod support;
mod swap;
mod template;
