//! Functions reach their API however they name it.

use std::{os::unix::fs::symlink, process::Command};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{
    project::Project,
    support::{Dev, root, run, virtual_environment},
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
    // In an endpoint and for the client, in China, and for the client alone.
    for region in ["eu-west-1", "cn-north-1", "ap-south-1"] {
        assert_eq!(client.ask(region).await, format!("{region} 127.0.0.1"));
    }
    assert_eq!(client.ask("urllib").await, "urllib 403 127.0.0.1");
}

/// AWS's tools take the region from the same variable.
#[tokio::test]
async fn the_developers_own_region_is_everywhere() {
    let code = "import boto3, json, os
def handler(event, context):
    request = event['requestContext']
    names = [request['domainName'], os.environ['AWS_REGION'], os.environ['AWS_DEFAULT_REGION'],
             context.invoked_function_arn, os.environ['ENDPOINT'], os.environ['TABLE_ARN']]
    boto3.client('apigatewaymanagementapi').post_to_connection(ConnectionId=request['connectionId'], Data=json.dumps(names))
    return {'statusCode': 200}
";
    let lines = "      Environment:
        Variables:
          ENDPOINT: !Sub https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/api
          TABLE_ARN: !GetAtt Rooms.Arn
  Rooms:
    Type: AWS::Serverless::SimpleTable
";
    let project = Project::new("python3.11", "app.handler").write("app.py", code).template(lines);
    symlink(virtual_environment("tests/requirements.txt"), project.folder().join(".venv")).unwrap();
    let names_in = |region: &str, partition: &str, ending: &str| {
        json!([
            format!("api.execute-api.{region}.{ending}"),
            region,
            region,
            format!("arn:{partition}:lambda:{region}:000000000000:function:Fn"),
            format!("https://Api.execute-api.{region}.{ending}/api"),
            format!("arn:{partition}:dynamodb:{region}:000000000000:table/local-Rooms"),
        ])
    };
    for (own, arguments, region) in [
        ("eu-west-1", [].as_slice(), names_in("eu-west-1", "aws", "amazonaws.com")),
        ("eu-west-1", &["--region", "cn-north-1"], names_in("cn-north-1", "aws-cn", "amazonaws.com.cn")),
    ] {
        let dev = Dev::spawn(project.command(arguments).env("AWS_REGION", own)).listening().await;
        let names: Value = serde_json::from_str(&dev.connect().await.ask("foo").await).unwrap();
        assert_eq!(names, region);
    }
    let mut dev = Dev::spawn(project.command(&["--no-reload"]).env("AWS_REGION", "local"));
    let note = dev.line("AWS_REGION").await;
    assert!(note.contains(r#""local" is not the name of a region of AWS"#) && note.contains("--region"), "{note}");
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
    for region in ["eu-central-1", "cn-north-1"] {
        let message = format!("v3 {region}");
        assert_eq!(client.ask(&message).await, message);
    }
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

/// DynamoDB and Lambda are there under their own names as well, whatever region code names.
#[tokio::test]
async fn boto3_with_the_services_own_names() {
    let code = "import boto3, json
def handler(event, context):
    if 'requestContext' not in event:
        return 'invoked'
    region = event['body']
    ending = 'amazonaws.com.cn' if region.startswith('cn-') else 'amazonaws.com'
    def client(service):
        return boto3.client(service, region_name=region, endpoint_url=f'https://{service}.{region}.{ending}')
    tables = client('dynamodb').list_tables()['TableNames']
    answer = json.load(client('lambda').invoke(FunctionName='Fn')['Payload'])
    api = boto3.client('apigatewaymanagementapi')
    api.post_to_connection(ConnectionId=event['requestContext']['connectionId'], Data=f'{tables} {answer}')
    return {'statusCode': 200}
";
    let table = "  Rooms:\n    Type: AWS::Serverless::SimpleTable\n    Properties:\n      TableName: rooms\n";
    let project = Project::new("python3.11", "app.handler").write("app.py", code).template(table);
    symlink(virtual_environment("tests/requirements.txt"), project.folder().join(".venv")).unwrap();
    let dev = project.start().await;
    let mut client = dev.connect().await;
    for region in ["us-east-1", "eu-central-1", "cn-north-1"] {
        assert_eq!(client.ask(region).await, "['rooms'] invoked", "{region}");
    }
}

/// Chalice's own tutorial, as it is written.
#[tokio::test]
async fn chalice() {
    let function = root().join("tests/functions/chalice_echo");
    let mut command = Dev::command(&function, ["--template", "template.yaml", "--require-signature"]);
    let command = command.env("VIRTUAL_ENV", virtual_environment("tests/requirements.txt"));
    let dev = Dev::spawn(command).listening().await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");
    assert_eq!(client.ask("bar").await, "bar");
}

/// A company's proxy is in the environment of `goblet dev`, and functions find only that of goblet.
#[tokio::test]
async fn the_developers_own_proxy() {
    let code = "import boto3, http.client, os, urllib.parse
def handler(event, context):
    proxy = urllib.parse.urlsplit(os.environ['HTTPS_PROXY'])
    connection = http.client.HTTPConnection(proxy.hostname, proxy.port)
    connection.set_tunnel('shop.example', 443)
    connection.request('GET', '/')
    answer = connection.getresponse().read()
    api = boto3.client('apigatewaymanagementapi')
    api.post_to_connection(ConnectionId=event['requestContext']['connectionId'], Data=answer)
    return {'statusCode': 200}
";
    let project = Project::new("python3.11", "app.handler").write("app.py", code);
    symlink(virtual_environment("tests/requirements.txt"), project.folder().join(".venv")).unwrap();
    // It answers in the shop's place.
    let own = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://goblet:secret@{}", own.local_addr().unwrap());
    let command = |url: &str| {
        let mut command = project.command(&["--no-reload"]);
        command.env("HTTPS_PROXY", url).env_remove("NO_PROXY").env_remove("no_proxy");
        command
    };
    let dev = Dev::spawn(&mut command(&url)).listening().await;
    let mut client = dev.connect().await;
    client.send("foo").await;
    let (mut tunnel, _) = own.accept().await.unwrap();
    let head = read_head(&mut tunnel).await;
    assert!(head.starts_with("CONNECT shop.example:443 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("Proxy-Authorization: Basic Z29ibGV0OnNlY3JldA==\r\n"), "{head}");
    tunnel.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    read_head(&mut tunnel).await;
    tunnel.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsold").await.unwrap();
    assert_eq!(client.receive().await, "sold");

    let mut dev = Dev::spawn(&mut command("socks5://goblet:secret@127.0.0.1:1"));
    let note = dev.line("HTTPS_PROXY").await;
    assert!(note.contains("is not of the form http://") && !note.contains("secret"), "{note}");
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}
