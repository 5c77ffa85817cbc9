//! Functions reach their API however they name it.

use std::{os::unix::fs::symlink, process::Command};

use crate::{
    project::Project,
    support::{root, run, virtual_environment},
};

#[tokio::test]
async fn boto3_with_every_form_of_endpoint() {
    let project = Project::new("python3.11", "app.handler").with("endpoints/app.py", "app.py");
    symlink(virtual_environment("tests/requirements.txt"), project.folder().join(".venv")).unwrap();
    // The signatures are verified on every way.
    let dev = project.start_with(&["--require-signature"]).await;
    let mut client = dev.connect().await;
    for way in ["domain", "id", "nothing"] {
        assert_eq!(client.ask(way).await, format!("{way} 127.0.0.1"));
    }
    assert_eq!(client.ask("urllib").await, "urllib 403 127.0.0.1");
}

/// A template may put the API's name together itself. Logical ids have capitals, unlike AWS's ids.
#[tokio::test]
async fn boto3_with_an_endpoint_of_the_template() {
    let code = "import boto3, os
api = boto3.client('apigatewaymanagementapi', endpoint_url=os.environ['ENDPOINT'])
def handler(event, context):
    api.post_to_connection(ConnectionId=event['requestContext']['connectionId'], Data=os.environ['ENDPOINT'])
    return {'statusCode': 200}
";
    let endpoint = "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/api";
    let lines = format!("      Environment:\n        Variables:\n          ENDPOINT: !Sub {endpoint}\n");
    let project = Project::new("python3.11", "app.handler").write("app.py", code).template(&lines);
    symlink(virtual_environment("tests/requirements.txt"), project.folder().join(".venv")).unwrap();
    let dev = project.start_with(&["--require-signature"]).await;
    assert_eq!(dev.connect().await.ask("foo").await, "https://Api.execute-api.us-east-1.amazonaws.com/api");
}

#[tokio::test]
#[ignore = "needs Node.js and packages of npm: .ci/run runs it"]
async fn both_sdks_of_node_with_every_form_of_endpoint() {
    let own_options = "      Environment:\n        Variables:\n          NODE_OPTIONS: --enable-source-maps\n";
    let project = Project::new("nodejs20.x", "index.handler")
        .with("endpoints/index.mjs", "index.mjs")
        .with("endpoints/package.json", "package.json")
        .template(own_options);
    run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(project.code()));
    let dev = project.start_with(&["--require-signature"]).await;
    let mut client = dev.connect().await;
    for sdk in ["v2", "v3"] {
        // Version 2 knows no variable for this endpoint.
        let ways = if sdk == "v2" { ["domain", "id"].as_slice() } else { &["domain", "id", "nothing"] };
        for way in ways {
            let message = format!("{sdk} {way}");
            assert_eq!(client.ask(&message).await, message);
        }
    }
    assert_eq!(client.ask("fetch domain").await, "fetch domain 403");
}

/// The client is that of `--command`, which `NODE_OPTIONS` reach, too.
#[tokio::test]
#[ignore = "needs Node.js: .ci/run runs it"]
async fn node_as_a_command() {
    let program = "const { AWS_LAMBDA_RUNTIME_API: api } = process.env;
(async () => {
  for (;;) {
    const next = await fetch(`http://${api}/2018-06-01/runtime/invocation/next`);
    const id = next.headers.get('lambda-runtime-aws-request-id');
    const { domainName, stage, connectionId } = (await next.json()).requestContext;
    const url = `https://${domainName}/${stage}/@connections/${encodeURIComponent(connectionId)}`;
    await fetch(url, { method: 'POST', body: 'by https' });
    await fetch(`http://${api}/2018-06-01/runtime/invocation/${id}/response`, { method: 'POST', body: '{\"statusCode\": 200}' });
  }
})();
";
    let project = Project::new("nodejs20.x", "index.handler").write("program.cjs", program);
    let dev = project.start_with(&["--command", "node program.cjs"]).await;
    assert_eq!(dev.connect().await.ask("foo").await, "by https");
}

/// DynamoDB is there under its own name as well.
#[tokio::test]
async fn boto3_with_dynamodbs_own_name() {
    let code = "import boto3
tables = boto3.client('dynamodb', endpoint_url='https://dynamodb.us-east-1.amazonaws.com').list_tables()['TableNames']
def handler(event, context):
    api = boto3.client('apigatewaymanagementapi')
    api.post_to_connection(ConnectionId=event['requestContext']['connectionId'], Data=', '.join(tables))
    return {'statusCode': 200}
";
    let table = "  Rooms:\n    Type: AWS::Serverless::SimpleTable\n    Properties:\n      TableName: rooms\n";
    let project = Project::new("python3.11", "app.handler").write("app.py", code).template(table);
    symlink(virtual_environment("tests/requirements.txt"), project.folder().join(".venv")).unwrap();
    let dev = project.start().await;
    assert_eq!(dev.connect().await.ask("foo").await, "rooms");
}

/// Chalice's own tutorial, as it is written.
#[tokio::test]
async fn chalice() {
    let function = root().join("tests/functions/chalice_echo");
    let mut command = crate::support::Dev::command(&function, ["--template", "template.yaml", "--require-signature"]);
    let command = command.env("VIRTUAL_ENV", virtual_environment("tests/requirements.txt"));
    let dev = crate::support::Dev::spawn(command).listening().await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");
    assert_eq!(client.ask("bar").await, "bar");
}
