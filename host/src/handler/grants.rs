//! What a handler is granted. The table in this file is the one source: what is linked, what is refused, and the list
//! in `docs/handler.md` follow from it.

use std::sync::Arc;

use wasmtime::{
    Engine,
    component::{HasData, HasSelf, Linker, ResourceTable},
};
use wasmtime_wasi::{
    cli::{WasiCli, WasiCliView as _},
    clocks::{WasiClocks, WasiClocksView as _},
    filesystem::{WasiFilesystem, WasiFilesystemView as _},
    p2::bindings::{cli, clocks, filesystem, random, sockets},
    random::{WasiRandom, WasiRandomView as _},
    sockets::{WasiSockets, WasiSocketsView as _},
};
use wasmtime_wasi_io::bindings::wasi::io;

use super::{
    bindings::goblet::websocket::{connections, groups, log, signed_requests, state, types},
    connections::ConnectionCalls,
    groups::GroupCalls,
    sandbox::Sandbox,
    signed_requests::SignedRequestCalls,
    state::StateCalls,
};
use crate::services::signed_requests::policy::{self, Policy};

/// What an operator grants to a handler.
#[derive(Clone, Debug)]
pub struct Grants {
    /// The memory that one instance may have, in bytes.
    pub memory: usize,
    /// The environment variables that it sees, by name.
    pub environment: Vec<(String, String)>,
    /// The table for groups and state, by its name. Without one, a handler has neither.
    pub table: Option<String>,
    /// The requests to AWS that it may make. Without it, a handler makes none.
    pub signed_requests: Option<Arc<Policy>>,
}

impl Grants {
    /// The setting that names the table, an environment variable of the function.
    pub const TABLE: &str = "GOBLET_TABLE";
}

impl Default for Grants {
    /// 128 MB, no environment variable, no table, and no request to AWS.
    fn default() -> Self {
        Self { memory: 128 << 20, environment: Vec::new(), table: None, signed_requests: None }
    }
}

/// A row of [`TABLE`]: an interface that a handler may import.
pub struct Grant {
    /// Its name and version, e.g. `wasi:cli/stdout@0.2`, which stands for every version 0.2.x.
    pub interface: &'static str,
    /// What it gives a handler, in a few words.
    pub gives: &'static str,
    /// The setting without which it is not granted, if that setting is missing.
    pub missing_setting: fn(&Grants) -> Option<&'static str>,
    /// Provides it.
    pub link: fn(&mut Linker<Sandbox>) -> wasmtime::Result<()>,
}

impl Grant {
    /// Granted to every handler.
    pub const fn always(
        interface: &'static str,
        gives: &'static str,
        link: fn(&mut Linker<Sandbox>) -> wasmtime::Result<()>,
    ) -> Self {
        Self { interface, gives, missing_setting: |_| None, link }
    }

    /// Granted where there is a table.
    const fn with_table(
        interface: &'static str,
        gives: &'static str,
        link: fn(&mut Linker<Sandbox>) -> wasmtime::Result<()>,
    ) -> Self {
        let missing_setting = |grants: &Grants| grants.table.is_none().then_some(Grants::TABLE);
        Self { interface, gives, missing_setting, link }
    }

    pub fn name(&self) -> &'static str {
        self.interface.split_once('@').map_or(self.interface, |(name, _)| name)
    }

    pub fn version(&self) -> &'static str {
        self.interface.split_once('@').map_or("", |(_, version)| version)
    }
}

/// All that a handler may import.
///
/// Standard libraries import `wasi:filesystem` whether a program uses files or not. No folder is open, so no file can
/// be reached. Python's imports `wasi:sockets`, too: no socket can be made,
/// and no name is looked up.
pub const TABLE: [Grant; 33] = [
    Grant::always("goblet:websocket/connections@0.1", "sends to connections, closes and describes them", |l| {
        connections::add_to_linker::<_, HasSelf<ConnectionCalls>>(l, |sandbox| &mut sandbox.connections)
    }),
    Grant::with_table("goblet:websocket/groups@0.1", "groups of connections, and messages to all of a group", |l| {
        groups::add_to_linker::<_, HasSelf<GroupCalls>>(l, |sandbox| &mut sandbox.groups)
    }),
    Grant::with_table("goblet:websocket/state@0.1", "values that outlive the event", |l| {
        state::add_to_linker::<_, HasSelf<StateCalls>>(l, |sandbox| &mut sandbox.state)
    }),
    Grant {
        missing_setting: |grants| grants.signed_requests.is_none().then_some(policy::SETTING),
        ..Grant::always("goblet:websocket/signed-requests@0.1", "the requests to AWS that the operator allows", |l| {
            signed_requests::add_to_linker::<_, HasSelf<SignedRequestCalls>>(l, |sandbox| &mut sandbox.signed_requests)
        })
    },
    Grant::always("goblet:websocket/log@0.1", "log records with levels", |l| {
        log::add_to_linker::<_, HasSelf<Sandbox>>(l, |sandbox| sandbox)
    }),
    Grant::always("goblet:websocket/types@0.1", "the types of the events", |l| {
        types::add_to_linker::<_, HasSelf<Sandbox>>(l, |sandbox| sandbox)
    }),
    Grant::always("wasi:cli/environment@0.2", "the variables that `GOBLET_ENVIRONMENT` names; no arguments", |l| {
        cli::environment::add_to_linker::<_, WasiCli>(l, Sandbox::cli)
    }),
    Grant::always("wasi:cli/exit@0.2", "ends the handler, which fails the invocation", |l| {
        cli::exit::add_to_linker::<_, WasiCli>(l, Sandbox::cli)
    }),
    Grant::always("wasi:cli/stderr@0.2", "log records of level `error`", |l| {
        cli::stderr::add_to_linker::<_, WasiCli>(l, Sandbox::cli)
    }),
    Grant::always("wasi:cli/stdin@0.2", "an empty input", |l| cli::stdin::add_to_linker::<_, WasiCli>(l, Sandbox::cli)),
    Grant::always("wasi:cli/stdout@0.2", "log records of level `info`", |l| {
        cli::stdout::add_to_linker::<_, WasiCli>(l, Sandbox::cli)
    }),
    Grant::always("wasi:cli/terminal-input@0.2", "nothing: there is no terminal", |l| {
        cli::terminal_input::add_to_linker::<_, WasiCli>(l, Sandbox::cli)
    }),
    Grant::always("wasi:cli/terminal-output@0.2", "nothing: there is no terminal", |l| {
        cli::terminal_output::add_to_linker::<_, WasiCli>(l, Sandbox::cli)
    }),
    Grant::always("wasi:cli/terminal-stderr@0.2", "the answer that stderr is no terminal", |l| {
        cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, Sandbox::cli)
    }),
    Grant::always("wasi:cli/terminal-stdin@0.2", "the answer that stdin is no terminal", |l| {
        cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, Sandbox::cli)
    }),
    Grant::always("wasi:cli/terminal-stdout@0.2", "the answer that stdout is no terminal", |l| {
        cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, Sandbox::cli)
    }),
    Grant::always("wasi:clocks/monotonic-clock@0.2", "measures time, and sleeps", |l| {
        clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(l, Sandbox::clocks)
    }),
    Grant::always("wasi:clocks/wall-clock@0.2", "the date and the time", |l| {
        clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, Sandbox::clocks)
    }),
    Grant::always("wasi:filesystem/preopens@0.2", "an empty list of folders: no file can be reached", |l| {
        filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, Sandbox::filesystem)
    }),
    Grant::always("wasi:filesystem/types@0.2", "functions on files, of which there are none", |l| {
        filesystem::types::add_to_linker::<_, WasiFilesystem>(l, Sandbox::filesystem)
    }),
    Grant::always("wasi:io/error@0.2", "the errors of streams", |l| {
        io::error::add_to_linker::<_, Io>(l, |sandbox| &mut sandbox.table)
    }),
    Grant::always("wasi:io/poll@0.2", "waits for clocks and streams", |l| {
        io::poll::add_to_linker::<_, Io>(l, |sandbox| &mut sandbox.table)
    }),
    Grant::always("wasi:io/streams@0.2", "reads and writes the streams above", |l| {
        io::streams::add_to_linker::<_, Io>(l, |sandbox| &mut sandbox.table)
    }),
    Grant::always("wasi:random/random@0.2", "random numbers, fit for cryptography", |l| {
        random::random::add_to_linker::<_, WasiRandom>(l, Sandbox::random)
    }),
    Grant::always("wasi:random/insecure@0.2", "random numbers, not fit for cryptography", |l| {
        random::insecure::add_to_linker::<_, WasiRandom>(l, Sandbox::random)
    }),
    Grant::always("wasi:random/insecure-seed@0.2", "a seed for hash maps", |l| {
        random::insecure_seed::add_to_linker::<_, WasiRandom>(l, Sandbox::random)
    }),
    Grant::always("wasi:sockets/instance-network@0.2", "a network on which nothing is allowed", |l| {
        sockets::instance_network::add_to_linker::<_, WasiSockets>(l, Sandbox::sockets)
    }),
    Grant::always("wasi:sockets/ip-name-lookup@0.2", "the answer that no name may be looked up", |l| {
        sockets::ip_name_lookup::add_to_linker::<_, WasiSockets>(l, Sandbox::sockets)
    }),
    Grant::always("wasi:sockets/network@0.2", "the errors of sockets", |l| {
        sockets::network::add_to_linker::<_, WasiSockets>(
            l,
            &sockets::network::LinkOptions::default(),
            Sandbox::sockets,
        )
    }),
    Grant::always("wasi:sockets/tcp-create-socket@0.2", "the answer that no socket may be made", |l| {
        sockets::tcp_create_socket::add_to_linker::<_, WasiSockets>(l, Sandbox::sockets)
    }),
    Grant::always("wasi:sockets/tcp@0.2", "functions on sockets, of which there are none", |l| {
        sockets::tcp::add_to_linker::<_, WasiSockets>(l, Sandbox::sockets)
    }),
    Grant::always("wasi:sockets/udp-create-socket@0.2", "the answer that no socket may be made", |l| {
        sockets::udp_create_socket::add_to_linker::<_, WasiSockets>(l, Sandbox::sockets)
    }),
    Grant::always("wasi:sockets/udp@0.2", "functions on sockets, of which there are none", |l| {
        sockets::udp::add_to_linker::<_, WasiSockets>(l, Sandbox::sockets)
    }),
];

/// Provides what a component imports, and nothing else: to link the whole table would slow down every start.
pub fn linker(engine: &Engine, imports: &[String]) -> wasmtime::Result<Linker<Sandbox>> {
    let mut linker = Linker::new(engine);
    for grant in TABLE {
        if imports.iter().any(|import| import.split('@').next() == Some(grant.name())) {
            (grant.link)(&mut linker)?;
        }
    }
    Ok(linker)
}

/// `wasi:io` needs nothing of the sandbox but the table of resources.
struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const DOCUMENTATION: &str = include_str!("../../../docs/handler.md");
    const START: &str = "<!-- The table of host/src/handler/grants.rs; a test compares them. -->\n\n";
    const END: &str = "\n<!-- End of the table. -->";

    fn markdown(table: &[Grant]) -> String {
        let mut markdown = "| interface | what it gives |\n| --- | --- |\n".to_owned();
        for Grant { interface, gives, missing_setting, .. } in table {
            let condition = missing_setting(&Grants::default()).map(|setting| format!("; only if `{setting}` is set"));
            writeln!(markdown, "| `{interface}` | {gives}{} |", condition.unwrap_or_default()).unwrap();
        }
        markdown
    }

    #[test]
    fn the_documentation_has_the_table() {
        let documented = DOCUMENTATION.split_once(START).and_then(|(_, rest)| rest.split_once(END)).unwrap().0;
        let expected = markdown(&TABLE);
        assert_eq!(documented, expected, "put this into docs/handler.md:\n{START}{expected}{END}");
    }

    #[test]
    fn the_documentation_names_settings() {
        let row = Grant {
            missing_setting: |_| Some("CHAT_TABLE"),
            ..Grant::always("test:chat/store@1", "stores", |_| Ok(()))
        };
        assert!(markdown(&[row]).ends_with("| `test:chat/store@1` | stores; only if `CHAT_TABLE` is set |\n"));
    }
}
