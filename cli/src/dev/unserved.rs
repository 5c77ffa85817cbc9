//! Tells which routes and authorizers cannot be served, and why.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use goblet_gateway::api::{Api, Integration};

use crate::terminal;

/// Tells of each route and authorizer that cannot be served, once for all stages.
///
/// # Errors
///
/// If there is no route that can be served.
pub fn tell(apis: &[Api]) -> anyhow::Result<()> {
    let mut unserved: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut is_any_served = false;
    for (route_key, route) in apis.iter().flat_map(|api| &api.routes) {
        match &route.integration {
            Integration::Unserved(reason) => drop(unserved.entry(reason).or_default().insert(route_key)),
            _ => is_any_served = true,
        }
    }
    let reasons = || unserved.keys().copied().collect::<Vec<_>>().join("\n");
    match (is_any_served, unserved.is_empty()) {
        (false, true) => bail!("Resources.{}: the API has no routes", apis[0].id),
        (false, false) => bail!("{}", reasons()),
        (true, _) => {}
    }
    for (reason, routes) in unserved {
        let routes = routes.into_iter().collect::<Vec<_>>().join(", ");
        terminal::note(&format!("{reason}; until then, clients get \"Internal server error\" from the route {routes}"));
    }
    for (reason, stages) in unserved_authorizers(apis) {
        terminal::note(&format!("{reason}; until then, no client can connect to the stage {}", stages.join(", ")));
    }
    Ok(())
}

/// Why authorizers cannot be served, each with the stages that they guard.
fn unserved_authorizers(apis: &[Api]) -> BTreeMap<&str, Vec<&str>> {
    let mut unserved: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for api in apis {
        if let Some(Integration::Unserved(reason)) = api.admission.authorizer.as_ref().map(|it| &it.integration) {
            unserved.entry(reason).or_default().push(&api.stage);
        }
    }
    unserved
}
