//! Functions find what is in their layers, as on Lambda:
//! <https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html>.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::{project::Project, support::root};

/// A function with two layers, `first` and `second`.
fn with_layers(project: Project, files: &[(&str, &str)]) -> Project {
    let layer = |id, folder| {
        format!("  {id}:\n    Type: AWS::Serverless::LayerVersion\n    Properties:\n      ContentUri: {folder}\n")
    };
    let lines =
        format!("      Layers: [!Ref First, !Ref Second]\n{}{}", layer("First", "first"), layer("Second", "second"));
    for name in ["first", "second"] {
        fs::create_dir(project.folder().join(name)).unwrap();
    }
    for (file, content) in files {
        write(&project, file, content);
    }
    project.template(&lines)
}

fn write(project: &Project, file: &str, content: &str) {
    let file = project.folder().join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, content).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

const PYTHON: [(&str, &str); 5] = [
    ("first/python/lib/python3.11/site-packages/deep.py", "NAME = 'deep'"),
    ("first/python/one.py", "NAME = 'one'"),
    ("first/python/both.py", "NAME = 'both of the first'"),
    ("second/python/both.py", "NAME = 'both of the second'"),
    ("second/python/app.py", "NAME = 'not the function'"),
];

const OTHERS: [(&str, &str); 2] = [("first/bin/tool", "#!/bin/sh\necho tool\n"), ("second/lib/libnone.so", "")];

fn python() -> Project {
    let function = Project::new("python3.11", "app.handler").with("layers/app.py", "app.py");
    with_layers(function, &PYTHON)
}

#[tokio::test]
async fn python_finds_modules_programs_and_libraries() {
    let project = python();
    for (file, content) in OTHERS {
        write(&project, file, content);
    }
    let library = project.folder().canonicalize().unwrap().join("second/lib");
    let dev = project.start().await;
    let mut client = dev.connect().await;
    for (module, name) in [("deep", "deep"), ("one", "one"), ("both", "both of the second"), ("tool", "tool")] {
        assert_eq!(client.ask(module).await, name);
    }
    assert_eq!(client.ask("echo $LD_LIBRARY_PATH").await, library.to_str().unwrap());
}

#[tokio::test]
async fn a_layer_has_what_the_handler_imports() {
    let project = with_layers(
        Project::new("python3.11", "app.handler").write("app.py", "from goblet_layered import handler"),
        &[],
    );
    project.is_refused(&["No module named 'goblet_layered'"]);
    let code = fs::read_to_string(root().join("tests/functions/layers/app.py")).unwrap();
    write(&project, "first/python/goblet_layered.py", &format!("NAME = 'layered'\n{code}"));
    assert_eq!(project.start().await.connect().await.ask("goblet_layered").await, "layered");
}

/// A function's own value replaces Lambda's, and may name `/opt` and `/var/task`.
#[tokio::test]
async fn a_functions_own_path() {
    let own = "      Environment:\n        Variables:\n          PYTHONPATH: /opt/mine:/var/task/src\n";
    let project = Project::new("python3.11", "app.handler")
        .with("layers/app.py", "app.py")
        .write("src/sibling.py", "NAME = 'sibling'")
        .template(own);
    let project = with_layers(project, &[PYTHON[1], ("first/mine/own.py", "NAME = 'own'")]);
    let dev = project.start().await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("own").await, "own");
    assert_eq!(client.ask("sibling").await, "sibling");
    assert!(client.ask("one").await.contains("not found"));
}

#[tokio::test]
async fn a_change_of_a_layer_is_served() {
    let project = python();
    let file = project.folder().join("second/python/both.py");
    let mut dev = project.start().await;
    assert_eq!(dev.connect().await.ask("both").await, "both of the second");
    fs::remove_file(file).unwrap();
    dev.line("reloaded in").await;
    assert_eq!(dev.connect().await.ask("both").await, "both of the first");
}

#[tokio::test]
async fn a_command_finds_its_layers_too() {
    let project = python();
    let command = "python3 -c 'import deep, runpy, sys; print(deep.NAME, sys.argv)' {handler}";
    let mut dev = crate::support::Dev::spawn(&mut project.command(&["--command", command]));
    dev.line("deep ['-c', 'app.handler']").await;
}

/// A `bootstrap` has a copy of its package and its layers.
#[tokio::test]
async fn a_bootstrap_finds_its_layers_too() {
    let project = with_layers(Project::new("provided.al2023", "app.handler"), &OTHERS);
    write(&project, "code/bootstrap", "#!/bin/sh\necho $(tool) $LD_LIBRARY_PATH\n");
    let mut dev = crate::support::Dev::spawn(&mut project.command(&[]));
    let line = dev.line("tool /").await;
    assert!(line.ends_with("/opt/lib"), "{line}");
}

const NODE: [(&str, &str); 5] = [
    ("first/nodejs/node_modules/one/index.js", "exports.name = 'one'"),
    ("first/nodejs/node_modules/both/index.js", "exports.name = 'both of the first'"),
    ("second/nodejs/node_modules/both/index.js", "exports.name = 'both of the second'"),
    ("second/nodejs/node20/node_modules/deep/index.js", "exports.name = 'deep'"),
    ("runtime/node_modules/sdk/index.js", "exports.name = 'sdk'"),
];

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn node_finds_packages_by_require_and_by_import() {
    for (code, handler_name, prefix) in
        [("layers/index.cjs", "index.handler", ""), ("layers/module.mjs", "module.handler", "both of the second ")]
    {
        let file = code.rsplit_once('/').unwrap().1;
        let project = with_layers(Project::new("nodejs20.x", handler_name).with(code, file), &NODE);
        // What the developer's own shell says stands for the packages of Lambda's runtime.
        let runtime = project.folder().join("runtime/node_modules");
        let dev = crate::support::Dev::spawn(project.command(&[]).env("NODE_PATH", runtime)).listening().await;
        let mut client = dev.connect().await;
        for (package, name) in [("one", "one"), ("both", "both of the second"), ("deep", "deep"), ("sdk", "sdk")] {
            assert_eq!(client.ask(package).await, format!("{prefix}{name}"));
        }
        if !prefix.is_empty() {
            assert_eq!(client.ask("none").await, format!("{prefix}ERR_MODULE_NOT_FOUND"));
        }
    }
}

/// The program is any, and finds the archives where Java's launcher looks for them. It tells so at each start.
#[tokio::test]
async fn java_finds_archives() {
    let project = with_layers(Project::new("java21", "App::handler"), &[("first/java/lib/one.jar", "")]);
    let archives = project.folder().canonicalize().unwrap().join("first/java/lib/*");
    let mirror = root().join("tests/functions/mirror/mirror.py");
    let command = format!("sh -c 'echo found $CLASSPATH; EVENTS=/dev/null exec python3 {}'", mirror.display());
    let mut dev = project.start_with(&["--cold", "--command", &command]).await;
    dev.connect().await.send("foo").await;
    let line = dev.line("found /").await;
    assert!(line.ends_with(archives.to_str().unwrap()), "{line}");
}
