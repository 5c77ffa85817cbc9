//! `goblet:websocket/preparation`: what a handler does in a new instance, before the instance's event is there.

use wasmtime::{
    Store,
    component::{Component, ComponentExportIndex, Instance},
};

use super::sandbox::Sandbox;

/// The interface's name, before its version.
const INTERFACE: &str = "goblet:websocket/preparation@0.1";

/// A handler's export, if it has one.
#[derive(Clone)]
pub struct Preparation(Option<ComponentExportIndex>);

impl Preparation {
    /// Finds it among the names of a component's exports.
    pub fn of(component: &Component, exports: &[String]) -> Self {
        let interface = exports.iter().find(|name| name.starts_with(INTERFACE));
        let interface = interface.and_then(|name| component.get_export_index(None, name));
        Self(interface.and_then(|interface| component.get_export_index(Some(&interface), "prepare")))
    }

    /// Calls it.
    pub async fn run(&self, store: &mut Store<Sandbox>, instance: &Instance) -> wasmtime::Result<()> {
        let Some(prepare) = &self.0 else { return Ok(()) };
        instance.get_typed_func::<(), ()>(&mut *store, prepare)?.call_async(store, ()).await
    }
}
