//! The gateway that a transcript is played against, when it is one of this machine.

use std::{net::TcpListener, sync::Arc, time::Duration};

use anyhow::Context as _;
use goblet_gateway::{
    Gateway,
    activity::{Activities, Observer},
    settings::Settings,
};
use goblet_transcript::Target;
use tokio::{task::spawn_blocking, time::timeout};

use crate::dev::{
    CLEAN_UP, Deployment, FunctionArguments, Handlers, Place, Served, Shared, Site, Source, Surroundings,
};

/// What is served, each time with a gateway and tables of its own.
pub struct Local<'a> {
    source: Arc<Source>,
    functions: &'a FunctionArguments,
    stage: Option<String>,
    shared: Shared,
}

impl<'a> Local<'a> {
    pub fn new(source: Arc<Source>, functions: &'a FunctionArguments, stage: Option<String>) -> anyhow::Result<Self> {
        // They are read again for each gateway. What is wrong with them is told before anything is played.
        functions.overrides(None)?;
        let shared = Shared::new(functions, Handlers::once())?;
        Ok(Self { source, functions, stage, shared })
    }

    /// Builds what is served, if that is not done yet, and serves it. What happens there is told.
    pub async fn serve(&self) -> anyhow::Result<(Running, Activities)> {
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen on 127.0.0.1")?;
        listener.set_nonblocking(true)?;
        let (observer, activities) = Observer::channel();
        let site = Site {
            address: listener.local_addr()?,
            stage: self.stage.clone(),
            timeout: None,
            data: None,
            observer: observer.clone(),
        };
        let place = Surroundings::start(&self.shared, self.functions, site)?.serve()?;
        let served = Served { source: Arc::clone(&self.source), place };
        let deployment = served.build().await?;
        deployment.start().await?;
        let place = served.place;
        place.invoke_api.replace(deployment.functions.clone());
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let gateway = Gateway::start(listener, deployment.apis.clone(), Settings::default(), observer)?;
        Ok((Running { gateway, place, _deployment: deployment }, activities))
    }

    /// Stops the builds.
    pub fn cancel(&self) {
        self.shared.cancellation.cancel();
    }
}

/// A gateway that serves.
pub struct Running {
    gateway: Gateway,
    place: Arc<Place>,
    /// Its files have to exist as long as it is served.
    _deployment: Deployment,
}

impl Running {
    pub fn target(&self) -> anyhow::Result<Target> {
        Ok(self.gateway.url().parse()?)
    }

    /// Waits until all that clients have done is answered, but no longer than so long.
    pub async fn settled(&self, within: Duration) {
        let _ = timeout(within, self.gateway.settled()).await;
    }

    /// Ends it.
    pub async fn shut_down(self) {
        self.gateway.shut_down().await;
        self.place.invoke_api.shut_down().await;
        let place = self.place;
        // It does not panic.
        let _ = spawn_blocking(move || place.database.end(CLEAN_UP)).await;
    }
}
