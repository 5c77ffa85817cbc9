//! The crate `goblet` as a handler's author meets it: as a package, in a folder outside of this repository.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use wit_component::DecodedWasm;

const MESSAGE: &str = "goblet:websocket/on-message@0.1.1";
const CONNECTIONS: &str = "goblet:websocket/connections@0.1.1";

#[test]
fn a_handler_in_another_repository_needs_one_dependency() {
    let elsewhere = Elsewhere::new();
    let readme = fs::read_to_string(elsewhere.package().join("README.md")).unwrap();
    let echo = elsewhere.build("echo", &block(&readme, "toml"), &block(&readme, "rust"));
    assert_eq!(echo.exports, [MESSAGE]);
    assert!(echo.imports.iter().any(|import| import == CONNECTIONS), "{:?}", echo.imports);
}

#[test]
fn a_handler_exports_the_routes_that_it_names_and_no_others() {
    let elsewhere = Elsewhere::new();
    let readme = fs::read_to_string(elsewhere.package().join("README.md")).unwrap();
    let manifest = block(&readme, "toml");
    let routes = [
        ("OnConnect", "goblet:websocket/on-connect@0.1.1"),
        ("OnMessage", MESSAGE),
        ("OnDisconnect", "goblet:websocket/on-disconnect@0.1.1"),
    ];
    for subset in 1..1 << routes.len() {
        let served = || (0..routes.len()).filter(|route| subset >> route & 1 == 1).map(|route| routes[route]);
        let names: Vec<&str> = served().map(|(name, _)| name).collect();
        let mut exports: Vec<&str> = served().map(|(_, interface)| interface).collect();
        exports.sort_unstable();

        let source = SILENT.replace("ROUTES", &names.join(" + "));
        let component = elsewhere.build(&format!("serves-{subset}"), &manifest, &source);
        assert_eq!(component.exports, exports, "{names:?}");
        // It calls nothing, so it asks for nothing.
        assert!(!component.imports.iter().any(|import| import == CONNECTIONS), "{names:?}: {:?}", component.imports);
    }
}

/// A handler that could serve all three routes. What the macro makes breaks no lint that its author may have set.
const SILENT: &str = "
    //! Does nothing.
    #![forbid(unsafe_code)]
    #![deny(missing_docs, warnings)]

    use goblet::{Answer, ConnectEvent, DisconnectEvent, MessageEvent, OnConnect, OnDisconnect, OnMessage, Payload};

    struct Silent;

    impl OnConnect for Silent {
        fn on_connect(_: ConnectEvent) -> goblet::Result<Answer> {
            Ok(Answer::Accept(None))
        }
    }

    impl OnMessage for Silent {
        fn on_message(_: MessageEvent) -> goblet::Result<Option<Payload>> {
            Ok(None)
        }
    }

    impl OnDisconnect for Silent {
        fn on_disconnect(_: DisconnectEvent) -> goblet::Result<()> {
            Ok(())
        }
    }

    goblet::export!(Silent: ROUTES);
";

/// A folder outside of this repository, with the unpacked package in it.
struct Elsewhere {
    folder: TempDir,
}

/// The interfaces of a component, in alphabetical order.
struct Component {
    exports: Vec<String>,
    imports: Vec<String>,
}

impl Elsewhere {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        run(Command::new(env!("CARGO"))
            .args(["package", "--package", "goblet", "--no-verify", "--allow-dirty", "--locked", "--quiet"])
            .arg("--target-dir")
            .arg(folder.path())
            .current_dir(root()));
        let package = folder.path().join("package").join(PACKAGE).with_added_extension("crate");
        run(Command::new("tar").arg("-xzf").arg(package).arg("-C").arg(folder.path()));
        // It outlives the folder, so that the next run finds the dependencies built.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk");
        fs::create_dir(folder.path().join(".cargo")).unwrap();
        fs::write(folder.path().join(".cargo/config.toml"), format!("build.target-dir = \"{}\"", target.display()))
            .unwrap();
        Self { folder }
    }

    fn package(&self) -> PathBuf {
        self.folder.path().join(PACKAGE)
    }

    /// Builds a handler from its manifest, but for the name and where the package is, and its source.
    fn build(&self, name: &str, manifest: &str, source: &str) -> Component {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        let dependency = format!("goblet = {{ path = \"{}\" }}", self.package().display());
        let manifest = manifest.replace("\"echo\"", &format!("{name:?}")).replace("goblet = \"0.1\"", &dependency);
        assert!(manifest.contains(&dependency), "{manifest}");
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        // The same versions as here: nothing is looked up.
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        fs::write(folder.join("src/lib.rs"), source).unwrap();
        Component::read(&goblet_build::build(&folder).unwrap())
    }
}

impl Component {
    fn read(file: &Path) -> Self {
        let DecodedWasm::Component(resolve, world) = wit_component::decode(&fs::read(file).unwrap()).unwrap() else {
            panic!("{} is no component", file.display())
        };
        let world = &resolve.worlds[world];
        let mut exports: Vec<String> = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
        let mut imports: Vec<String> = world.imports.keys().map(|key| resolve.name_world_key(key)).collect();
        exports.sort_unstable();
        imports.sort_unstable();
        Self { exports, imports }
    }
}

/// The package's name and version.
const PACKAGE: &str = concat!("goblet-", env!("CARGO_PKG_VERSION"));

/// The folder of the whole project.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The first code block of a language.
fn block(markdown: &str, language: &str) -> String {
    let (_, block) = markdown.split_once(&format!("```{language}\n")).unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}
