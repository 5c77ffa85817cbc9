//! Functions invoke each other, with boto3: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::symlink,
};

use serde_json::{Value, json};

use crate::{
    project::{Project, Running},
    support::{PATIENCE, virtual_environment},
};

/// Invokes the worker as a message says, and sends what it gets.
const CODE: &str = "import boto3, json, os
from botocore.config import Config

options = {'config': Config(retries={'total_max_attempts': 1})}
by_variable = boto3.client('lambda', **options)
by_name = boto3.client('lambda', endpoint_url='https://lambda.us-east-1.amazonaws.com', **options)
api = boto3.client('apigatewaymanagementapi')

def handler(event, context):
    wish = json.loads(event['body'])
    client = by_name if wish.pop('by_name', False) else by_variable
    size = wish.pop('size', None)
    if size:
        wish['Payload'] = json.dumps('x' * size)
    connection_id = event['requestContext']['connectionId']
    wish['Payload'] = wish.get('Payload', json.dumps({})).replace('CONNECTION', connection_id)
    wish['FunctionName'] = wish['FunctionName'].replace('ARN', os.environ['WORKER'])
    try:
        invoked = client.invoke(**wish)
        answer = {key: invoked.get(key) for key in ('StatusCode', 'ExecutedVersion', 'FunctionError')}
        answer['Payload'] = invoked['Payload'].read().decode()[:1000]
    except client.exceptions.ClientError as error:
        response = error.response
        status = response['ResponseMetadata']['HTTPStatusCode']
        answer = {'name': response['Error']['Code'], 'status': status, 'message': response['Error']['Message']}
    api.post_to_connection(ConnectionId=connection_id, Data=json.dumps(answer))
    return {'statusCode': 200}

def worker(event, context):
    if 'post' in event:
        api.post_to_connection(ConnectionId=event['post'], Data=json.dumps('posted'))
    if 'raise' in event:
        raise KeyError('lost')
    if 'exit' in event:
        os._exit(3)
    return {'got': event}
";

/// A function without a route, and one that nothing here can run.
const FUNCTIONS: &str = "  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: the-worker
      CodeUri: code
      Handler: app.worker
      Runtime: python3.11
      Timeout: 60
  Image:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageUri: example.com/image
";

/// The function's ARN, which the template makes.
const VARIABLE: &str = "      Environment:\n        Variables:\n          WORKER: !GetAtt Worker.Arn\n";

async fn started(arguments: &[&str]) -> Running {
    let project = Project::new("python3.11", "app.handler").write("app.py", CODE);
    let project = project.template(VARIABLE).template(FUNCTIONS);
    symlink(virtual_environment("tests/requirements.txt"), project.folder().join(".venv")).unwrap();
    project.start_with(arguments).await
}

async fn invoked(dev: &Running, wish: Value) -> Value {
    serde_json::from_str(&dev.connect().await.ask(&wish.to_string()).await).unwrap()
}

#[tokio::test]
async fn a_function_waits_for_another() {
    let mut dev = started(&[]).await;
    for wish in [
        json!({"FunctionName": "the-worker"}),
        json!({"FunctionName": "the-worker", "by_name": true}),
        json!({"FunctionName": "ARN"}),
        json!({"FunctionName": "ARN:live"}),
        json!({"FunctionName": "000000000000:function:the-worker", "Qualifier": "$LATEST"}),
    ] {
        let mut wish = wish;
        wish["Payload"] = r#"{"foo": "bär"}"#.into();
        let answer = invoked(&dev, wish.clone()).await;
        assert_eq!((&answer["StatusCode"], &answer["ExecutedVersion"]), (&json!(200), &json!("$LATEST")), "{wish}");
        assert_eq!(answer["FunctionError"], Value::Null);
        let payload: Value = serde_json::from_str(answer["Payload"].as_str().unwrap()).unwrap();
        assert_eq!(payload, json!({"got": {"foo": "bär"}}), "{wish}");
    }
    let line = dev.line("invoked").await;
    assert!(line.contains("the-worker  ") && line.ends_with(" ms"), "{line}");
}

#[tokio::test]
async fn a_function_that_fails_says_so_in_its_response() {
    let dev = started(&[]).await;
    for (payload, name, message) in
        [(r#"{"raise": 1}"#, "KeyError", "'lost'"), (r#"{"exit": 1}"#, "Runtime.ExitError", "exit status: 3")]
    {
        let answer = invoked(&dev, json!({"FunctionName": "the-worker", "Payload": payload})).await;
        assert_eq!((&answer["StatusCode"], &answer["FunctionError"]), (&json!(200), &json!("Unhandled")), "{answer}");
        let error: Value = serde_json::from_str(answer["Payload"].as_str().unwrap()).unwrap();
        assert_eq!(error["errorType"], name);
        assert!(error["errorMessage"].as_str().unwrap().contains(message), "{error}");
    }
}

#[tokio::test]
async fn a_function_runs_in_the_background_or_not_at_all() {
    let mut dev = started(&[]).await;
    let post = r#"{"post": "CONNECTION", "raise": 1}"#;
    let mut client = dev.connect().await;
    let wish = |invocation_type: &str, payload: &str| {
        json!({"FunctionName": "the-worker", "InvocationType": invocation_type, "Payload": payload}).to_string()
    };
    client.send(&wish("Event", post)).await;
    // Either may come first.
    let mut answers = [client.receive().await, client.receive().await];
    answers.sort();
    assert_eq!(answers[0], r#""posted""#);
    let answer: Value = serde_json::from_str(&answers[1]).unwrap();
    assert_eq!((&answer["StatusCode"], &answer["Payload"]), (&json!(202), &json!("")));
    let line = dev.line("  invoked  ").await;
    assert!(line.contains("the-worker") && line.ends_with("KeyError: 'lost'"), "{line}");

    let answer: Value = serde_json::from_str(&client.ask(&wish("DryRun", post)).await).unwrap();
    assert_eq!((&answer["StatusCode"], &answer["Payload"]), (&json!(204), &json!("")));
    // Nothing is posted: the next answer is that of the next message.
    let answer: Value = serde_json::from_str(&client.ask(&wish("RequestResponse", "{}")).await).unwrap();
    assert_eq!(answer["StatusCode"], 200);
}

#[tokio::test]
async fn refusals_have_lambdas_names() {
    let dev = started(&[]).await;
    let limit = 6 * 1024 * 1024;
    for (wish, name, status, message) in [
        (
            json!({"FunctionName": "none"}),
            "ResourceNotFoundException",
            404,
            "function:none; the functions here are: Fn, Image, the-worker",
        ),
        (json!({"FunctionName": "the-worker", "Payload": "{"}), "InvalidRequestContentException", 400, "parse"),
        (json!({"FunctionName": "ARN:live", "Qualifier": "7"}), "InvalidParameterValueException", 400, "qualifier"),
        (
            json!({"FunctionName": "the-worker", "InvocationType": "Never"}),
            "InvalidParameterValueException",
            400,
            "Never",
        ),
        (json!({"FunctionName": "the-worker", "size": limit}), "RequestTooLargeException", 413, "6291456"),
        (
            json!({"FunctionName": "the-worker", "InvocationType": "Event", "size": 1024 * 1024}),
            "RequestTooLargeException",
            413,
            "1048576",
        ),
        (json!({"FunctionName": "Image"}), "InvalidRuntimeException", 502, "--command 'Image=COMMAND'"),
    ] {
        let answer = invoked(&dev, wish.clone()).await;
        assert_eq!((&answer["name"], &answer["status"]), (&json!(name), &json!(status)), "{wish}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains(message), "{wish}: {answer}");
    }
    // The largest that is let in.
    let answer = invoked(&dev, json!({"FunctionName": "the-worker", "size": limit - 2})).await;
    assert_eq!(answer["StatusCode"], 200, "{answer}");
}

/// A function that invokes itself, when there may be one invocation at once.
#[tokio::test]
async fn a_throttled_function() {
    let dev = started(&["--concurrency", "1"]).await;
    let answer = invoked(&dev, json!({"FunctionName": "Fn"})).await;
    assert_eq!((&answer["name"], &answer["status"]), (&json!("TooManyRequestsException"), &json!(429)), "{answer}");
}

#[tokio::test]
async fn a_function_that_changes_is_invoked_as_it_is_now() {
    let mut dev = started(&[]).await;
    let wish = || json!({"FunctionName": "the-worker"});
    assert_eq!(invoked(&dev, wish()).await["Payload"], r#"{"got": {}}"#);
    let code = std::fs::read_to_string(dev.code().join("app.py")).unwrap();
    std::fs::write(dev.code().join("app.py"), code.replace("'got'", "'new'")).unwrap();
    dev.line("reloaded in").await;
    assert_eq!(invoked(&dev, wish()).await["Payload"], r#"{"new": {}}"#);
}

#[tokio::test]
async fn web_pages_and_other_operations_are_refused() {
    let mut dev = started(&[]).await;
    let line = dev.line("Lambda on ").await;
    let address = line.trim_start_matches("Lambda on http://").to_owned();
    let invocations = "/2015-03-31/functions/the-worker/invocations";
    for (method, path, host, header, expected) in [
        ("POST", invocations, address.as_str(), "", "HTTP/1.1 200"),
        ("POST", invocations, "lambda.us-east-1.amazonaws.com", "", "HTTP/1.1 200"),
        ("POST", invocations, "evil.example", "", "HTTP/1.1 403"),
        ("POST", invocations, &address, "Origin: https://evil.example\r\n", "HTTP/1.1 403"),
        ("GET", invocations, &address, "", "UnknownOperationException"),
        ("GET", "/2015-03-31/functions/", &address, "", "UnknownOperationException"),
    ] {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{header}Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(expected), "{method} {path} {host} {header}: {answer}");
    }
}
