//! Tells which routes, authorizers and functions cannot be served, and why.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::bail;
use goblet_gateway::api::Api;

use super::start::Failures;
use crate::terminal;

/// Checks that there is a route that can be served.
///
/// # Errors
///
/// If there is none.
pub fn check(apis: &[Api], failures: &Failures) -> anyhow::Result<()> {
    let mut routes = apis.iter().flat_map(|api| api.routes.values()).peekable();
    if routes.peek().is_none() {
        bail!("Resources.{}: the API has no routes", apis[0].id);
    }
    if routes.all(|route| failures.of(&route.integration).is_some()) {
        let reasons = unserved_routes(apis, failures).into_keys().collect::<Vec<_>>();
        bail!("{}", reasons.join("\n"));
    }
    Ok(())
}

/// Tells of each route, authorizer and function that cannot be served, once for all stages.
pub fn tell(apis: &[Api], failures: &Failures) {
    for (reason, routes) in unserved_routes(apis, failures) {
        let routes = routes.into_iter().collect::<Vec<_>>().join(", ");
        terminal::note(&format!("{reason}; until then, clients get \"Internal server error\" from the route {routes}"));
    }
    for (reason, stages) in unserved_authorizers(apis, failures) {
        terminal::note(&format!("{reason}; until then, no client can connect to the stage {}", stages.join(", ")));
    }
    let integrations = || {
        let authorizers = apis.iter().filter_map(|api| api.admission.authorizer.as_ref());
        let routes = apis.iter().flat_map(|api| api.routes.values());
        routes.map(|route| &route.integration).chain(authorizers.map(|authorizer| &authorizer.integration))
    };
    for (failed, reason) in failures.iter() {
        if !integrations().filter_map(|it| it.function()).any(|function| Arc::ptr_eq(function, failed)) {
            terminal::note(&format!("{reason}; until then, whoever invokes it gets this error"));
        }
    }
}

/// Why routes cannot be served, each with their route keys.
fn unserved_routes<'a>(apis: &'a [Api], failures: &'a Failures) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut unserved: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (route_key, route) in apis.iter().flat_map(|api| &api.routes) {
        if let Some(reason) = failures.of(&route.integration) {
            unserved.entry(reason).or_default().insert(route_key);
        }
    }
    unserved
}

/// Why authorizers cannot be served, each with the stages that they guard.
fn unserved_authorizers<'a>(apis: &'a [Api], failures: &'a Failures) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut unserved: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for api in apis {
        let authorizer = api.admission.authorizer.as_ref();
        if let Some(reason) = authorizer.and_then(|authorizer| failures.of(&authorizer.integration)) {
            unserved.entry(reason).or_default().push(&api.stage);
        }
    }
    unserved
}
