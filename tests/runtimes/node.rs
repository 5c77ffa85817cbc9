//! Node.js functions, by our own runtime client: nothing is installed. What they get is what AWS's client gives, of
//! <https://github.com/aws/aws-lambda-nodejs-runtime-interface-client>.

use crate::project::Project;

fn wishes(handler_name: &str) -> Project {
    Project::new("nodejs20.x", handler_name).with("node/wishes.cjs", "index.js")
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn a_function_runs_without_a_client_of_its_own() {
    let mut dev = wishes("index.handler").start().await;
    let first = dev.process().await;
    assert!(first.contains(r#""cwd":true"#), "{first}");
    assert_eq!(dev.process().await, first);
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn the_context_is_lambdas() {
    let dev = wishes("index.handler").start().await;
    let expected = r#"{"id":36,"name":"Fn","arn":"arn:aws:lambda:us-east-1:000000000000:function:Fn","memory":"128","version":"$LATEST","left":true,"waits":true,"trace":"Root="}"#;
    assert_eq!(dev.connect().await.ask("context").await, expected);
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn errors_have_lambdas_names_and_the_process_goes_on() {
    let mut dev = wishes("index.handler").start().await;
    let process = dev.process().await;
    for (wish, error) in [
        ("throw", "Lost: nothing here"),
        ("throw text", "string: a text"),
        ("circular", "Error: Unable to stringify response body"),
        ("large", "Function.ResponseSizeTooLarge: Response payload size (7000028 bytes)"),
    ] {
        let line = dev.outcome(wish).await;
        assert!(line.contains(error), "{line}");
    }
    assert_eq!(dev.process().await, process);
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn what_nobody_catches_fails_the_event_and_ends_the_process() {
    let mut dev = wishes("index.handler").start().await;
    let mut process = dev.process().await;
    for (wish, error) in [
        ("uncaught", "Lost: too late"),
        ("unhandled", "Runtime.UnhandledPromiseRejection: Lost: nobody waits"),
        ("exit", "the function's process ended before it had answered (exit status: 3)"),
    ] {
        let line = dev.outcome(wish).await;
        assert!(line.contains(error), "{line}");
        let next = dev.process().await;
        assert_ne!(next, process, "{wish}");
        process = next;
    }
}

/// Nothing is left to do, and the promise is not settled: Lambda answers with null.
#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn a_promise_that_is_never_settled() {
    let mut dev = wishes("index.handler").start().await;
    let process = dev.process().await;
    let line = dev.outcome("never").await;
    assert!(line.contains("the function's response is no JSON object"), "{line}");
    assert_eq!(dev.process().await, process);
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn what_is_logged_is_shown() {
    let mut dev = wishes("index.handler").start().await;
    assert_eq!(dev.connect().await.ask("log").await, r#""done""#);
    let lines = dev.lines("$default").await.join("\n");
    for text in ["said so", "failed Lost: logged"] {
        assert!(lines.contains(text), "{lines}");
    }
    // Lambda's level is INFO.
    assert!(!lines.contains("hidden"), "{lines}");
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn a_callback_answers() {
    let mut dev = wishes("index.callback").start().await;
    for (wish, end) in [
        ("foo", " ms"),
        ("error", "Lost: by callback"),
        ("text", "the function's response is no JSON object with a statusCode"),
        ("at once", " ms"),
    ] {
        let line = dev.outcome(wish).await;
        assert!(line.ends_with(end), "{line}");
    }
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn what_a_plain_function_returns_is_ignored_and_that_is_said() {
    let mut dev = wishes("index.returns").start().await;
    let frame = dev.connect().await.ask("foo").await;
    assert!(frame.contains("Internal server error"), "{frame}");
    dev.line("Lambda ignores what a handler returns that is not async").await;
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn every_kind_of_module_and_name() {
    let function = |handler_name| Project::new("nodejs20.x", handler_name);
    for project in [
        function("index.handler").with("node/wishes.cjs", "index.cjs"),
        function("src/index.handler").with("node/wishes.cjs", "src/index.js"),
        function("index.nested.deep.handler").with("node/wishes.cjs", "index.js"),
        function("app.handler").with("node/wishes.cjs", "app/index.js"),
    ] {
        assert!(project.start().await.connect().await.ask("foo").await.contains("process"));
    }
    for project in [
        function("app.handler").with("node/module.mjs", "app.mjs"),
        function("app.handler").with("node/module.mjs", "app.js").write("package.json", r#"{"type": "module"}"#),
        function("src/app.handler")
            .with("node/module.mjs", "src/app.js")
            .write("package.json", r#"{"type": "module"}"#),
        function("app.handler").with("node/module.mjs", "real.mjs").write("app.mjs", "export * from './real.mjs';"),
    ] {
        let line = project.start().await.connect().await.ask("foo").await;
        assert!(line.starts_with("// An ES module"), "{line}");
    }
}

#[test]
#[ignore = "needs Node.js: .ci/run runs it"]
fn what_fails_while_it_is_loaded_is_said_at_the_start() {
    for (code, says) in [
        ("require('./none'); exports.handler = 1", "Runtime.ImportModuleError: Error: Cannot find module './none'"),
        ("exports.handler = 1 +", "Runtime.UserCodeSyntaxError: SyntaxError: Unexpected end of input"),
        ("exports.handler = 1", "index.handler is not a function"),
        ("module.exports = {}", "index.handler is undefined or not exported"),
        ("module.exports = { main }; function main() {} // not handler", "index.handler is undefined or not exported"),
        (
            "const { streamifyResponse: s } = awslambda; exports.handler = s(async () => {})",
            "streamifyResponse is not served: API Gateway gives WebSocket clients whole answers. Export the handler itself",
        ),
        ("exports.handler = 1; throw new TypeError('at once')", "TypeError: at once"),
        ("process.exit(3)", "ended before it asked Lambda's Runtime API for an event (exit status: 3)"),
    ] {
        Project::new("nodejs20.x", "index.handler").write("index.js", code).is_refused(&["error: Resources.Fn", says]);
    }
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn an_import_that_may_not_be_made_is_no_reason_to_refuse() {
    for imports in [
        "try { require('aws-sdk') } catch {}",
        "/* Usage:\n import x from '@aws-sdk/client-none'\n*/",
        "// import x from '@aws-sdk/client-none'",
    ] {
        let code = format!("{imports}\nexports.handler = async () => ({{statusCode: 200}});\n");
        let mut dev = Project::new("nodejs20.x", "index.handler").write("index.js", &code).start().await;
        let line = dev.outcome("foo").await;
        assert!(!line.contains("failed"), "{line}");
    }
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn what_is_missing_is_said_at_the_start() {
    let function = || Project::new("nodejs20.x", "index.handler");
    function().is_refused(&[
        "Resources.Fn",
        "there is no index.js, index.mjs or index.cjs in",
        "Handler index.handler",
    ]);
    function().write("index.ts", "").is_refused(&["index.ts is TypeScript", "sam build", "npx tsc"]);
    function()
        .write("index.js", "exports.handler = 1")
        .write("package.json", r#"{"dependencies": {"goblet-none": "1"}}"#)
        .is_refused(&["goblet-none of", "package.json is not installed", "run `npm install`"]);
    function()
        .write("index.mjs", "import { A } from '@aws-sdk/client-none';\nexport const handler = 1;")
        .is_refused(&["@aws-sdk/client-none", "part of Lambda's own runtime", "npm install @aws-sdk/client-none"]);
    // One file deeper.
    function()
        .write("index.js", "require('./lib/deep')")
        .write("lib/deep.js", "require('goblet-none/part')")
        .is_refused(&["Cannot find module 'goblet-none/part'", "run `npm install goblet-none` in"]);
    Project::new("nodejs20.x", "index").is_refused(&["Handler \"index\"", "index.handler"]);
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn a_line_without_an_end_swallows_no_record() {
    let code = "exports.handler = async (event) => {
        process.stdout.write('begun');
        console.log('record of', event.body);
        process.stdout.write('rest');
        return { statusCode: 200 };
    };";
    let mut dev = Project::new("nodejs20.x", "index.handler").write("index.js", code).start().await;
    dev.connect().await.send("foo").await;
    for text in ["begun", "record of foo", "rest"] {
        let line = dev.line(text).await;
        assert!(line.ends_with(&format!("info         {text}")), "{line}");
    }
}

#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn a_stack_has_the_functions_own_lines_alone() {
    let code = "function deep() { throw new Error('deep'); }
        exports.handler = (event) => {
            try { deep(); } catch (error) { console.log('caught', error); console.error(error); }
            deep();
        };";
    let mut dev = Project::new("nodejs20.x", "index.handler").write("index.js", code).start().await;
    dev.connect().await.send("foo").await;
    let lines = dev.lines("$default").await;
    assert_eq!(lines.iter().filter(|line| line.contains("at deep (")).count(), 3, "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("at exports.handler (")), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("node.mjs")), "{lines:#?}");
}
