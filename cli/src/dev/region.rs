//! The region that everything is in.

use std::env;

use goblet_gateway::Region;

use crate::terminal;

/// The developer's own region, as AWS's tools know it:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html>.
const VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The region that is asked for, or else the developer's own, or else the default one. A note names a value that is none:
/// some write `local` there for programs that never reach AWS.
pub fn choose(asked: Option<&Region>) -> Region {
    if let Some(region) = asked {
        return region.clone();
    }
    let own = VARIABLES.iter().filter_map(|name| Some((name, env::var(name).ok().filter(|value| !value.is_empty())?)));
    for (name, value) in own {
        match value.parse() {
            Ok(region) => return region,
            Err(error) => terminal::note(&format!("{name}: {error}: choose another region with --region")),
        }
    }
    Region::default()
}
