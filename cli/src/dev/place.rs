//! Where functions run, and how.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use goblet_build::Cancellation;
use goblet_gateway::{Region, activity::Observer, endpoint_variables, invoke::InvokeApi, proxy::Proxy};
use goblet_host::settings::FUNCTION_MEMORY;
use goblet_template::Function;

use super::{
    database::Database, handlers::Handlers, overrides::Overrides, runtime::Clients, search_paths::SearchPaths,
};

/// What all functions of a gateway have in common.
pub struct Place {
    /// The program that runs handlers, and its arguments.
    pub host: Vec<String>,
    /// What builds handlers.
    pub handlers: Arc<Handlers>,
    /// What runs functions of Python and Node.js.
    pub clients: Arc<Clients>,
    /// What functions reach https servers by.
    pub proxy: Arc<Proxy>,
    /// What functions invoke each other by.
    pub invoke_api: Arc<InvokeApi>,
    /// The gateway's address.
    pub address: SocketAddr,
    /// The region that everything is in.
    pub region: Region,
    /// The stage, if it is not the template's or the default one.
    pub stage: Option<String>,
    pub concurrency: usize,
    pub overrides: Overrides,
    pub is_always_cold: bool,
    pub observer: Observer,
    pub database: Arc<Database>,
    /// Stops the builds.
    pub cancellation: Cancellation,
}

/// The endpoints of DynamoDB and Lambda, for AWS SDKs:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>.
pub const DYNAMODB_ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";
pub const LAMBDA_ENDPOINT: &str = "AWS_ENDPOINT_URL_LAMBDA";

impl Place {
    /// The environment variables by which functions find what is here of AWS.
    pub fn endpoint_variables(&self, stage: &str) -> BTreeMap<String, String> {
        let mut variables = endpoint_variables(self.address, stage);
        variables.insert(DYNAMODB_ENDPOINT.to_owned(), self.database.url());
        variables.insert(LAMBDA_ENDPOINT.to_owned(), self.invoke_api.url());
        variables
    }

    /// The environment variables of a function that are known before its program is.
    pub fn variables(&self, function: &Function, paths: &SearchPaths) -> BTreeMap<String, String> {
        let mut variables = paths.defaults();
        variables.extend(function.environment.clone());
        self.overrides.variables.set(&mut variables, &function.id);
        paths.resolve(&mut variables);
        let memory_size = self.overrides.memory_size.unwrap_or(function.memory_size);
        variables.insert(FUNCTION_MEMORY.to_owned(), memory_size.to_string());
        variables
    }
}
