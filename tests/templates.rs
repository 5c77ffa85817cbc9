//! What a template says of its API is served, or a note says that it is not.

#![allow(clippy::unwrap_used)]

mod support;

use std::{fs, process};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Error;

use self::support::{Client, Dev, GOBLET, output, root};

/// A folder with a template, and the function of `tests/functions/mirror`, which shows what it gets.
fn project(template: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("mirror")).unwrap();
    fs::copy(root().join("tests/functions/mirror/mirror.py"), folder.path().join("mirror/mirror.py")).unwrap();
    let mirror = "
  Mirror:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: mirror
      CodeUri: mirror
      Environment: {Variables: {EVENTS: /dev/null}}
";
    fs::write(folder.path().join("template.yaml"), template.replace("\n  Mirror: {}\n", mirror)).unwrap();
    folder
}

const COMMAND: [&str; 2] = ["--command", "Mirror=python3 mirror.py"];

/// What `goblet dev` says, which does not start.
fn refused(project: &TempDir, arguments: &[&str]) -> String {
    let mut command = process::Command::new(GOBLET);
    let output = output(command.args(["dev", "--port", "0"]).args(arguments).current_dir(project.path()));
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// A running `goblet dev`, and what it has said so far.
struct Said {
    dev: Dev,
    lines: Vec<String>,
}

impl Said {
    /// Starts `goblet dev`, and waits until it listens.
    async fn start(project: &TempDir, arguments: &[&str]) -> Self {
        let mut dev = Dev::spawn(&mut Dev::command(project.path(), arguments));
        let lines = dev.lines("Listening on").await;
        lines.last().unwrap().strip_prefix("Listening on ").unwrap().clone_into(&mut dev.url);
        Self { dev, lines }
    }

    /// Waits until it says something, unless it has already. Notes and the address come by different pipes.
    async fn says(&mut self, text: &str) {
        while !self.lines.iter().any(|line| line.contains(text)) {
            let line = self.dev.line("").await;
            self.lines.push(line);
        }
    }
}

async fn event(client: &mut Client) -> Value {
    serde_json::from_str(&client.ask(r#"{"event": true}"#).await).unwrap()
}

const PARTS: &str = "
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes:
        $default: {FunctionArn: !GetAtt Mirror.Arn, RouteResponseSelectionExpression: $default}
        image: {FunctionArn: !GetAtt Image.Arn}
        java: {FunctionArn: !GetAtt Java.Arn}
        foreign: {FunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:other-fn'}
        imported: {FunctionArn: !ImportValue Fn}
        nowhere: {FunctionArn: !GetAtt Nothing.Arn}
  DefaultResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref ApiDefaultRoute, RouteResponseKey: $default}
  ProxyRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: proxy, Target: !Sub 'integrations/${Proxy}'}
  Proxy:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationUri: 'https://example.com'}
  Image:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image, ImageUri: image}
  Java:
    Type: AWS::Serverless::Function
    Properties: {Runtime: java21, Handler: App, CodeUri: mirror}
  Mirror: {}
";

#[tokio::test]
async fn one_part_that_cannot_be_served_does_not_stop_the_rest() {
    let project = project(PARTS);
    let mut started = Said::start(&project, &COMMAND).await;
    for note in [
        "it is a container image, which is not run here: give a program with --command 'Image=COMMAND'",
        "Resources.Java: the runtime java21 is not run here: give a program with --command 'Java=COMMAND'",
        "Routes.foreign.FunctionArn: arn:aws:lambda:eu-west-1:111122223333:function:other-fn is no function of the template",
        "--command 'other-fn=COMMAND'",
        "Routes.imported.FunctionArn: Fn::ImportValue exists only in a deployed stack: name a function of the template",
        "Routes.nowhere.FunctionArn: the template has no resource Nothing",
        "Resources.Proxy.Properties.IntegrationType: an integration of type HTTP_PROXY is not served here",
        "until then, clients get \"Internal server error\" from the route java",
    ] {
        started.says(note).await;
    }
    let mut client = started.dev.connect().await;
    for action in ["image", "java", "foreign", "imported", "nowhere", "proxy"] {
        let frame = client.ask(&json!({"action": action}).to_string()).await;
        assert!(frame.starts_with(r#"{"message": "Internal server error", "connectionId":""#), "{action}: {frame}");
    }
    assert_eq!(client.ask(r#"{"respond": {"statusCode": 200, "body": "served"}}"#).await, "served");
}

const BROKEN: &str = "
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes:
        $default: {FunctionArn: !GetAtt Mirror.Arn, RouteResponseSelectionExpression: $default}
        file: {FunctionArn: !GetAtt File.Arn, RouteResponseSelectionExpression: $default}
        folder: {FunctionArn: !GetAtt Folder.Arn}
        bundle: {FunctionArn: !GetAtt Bundle.Arn}
  DefaultResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref ApiDefaultRoute, RouteResponseKey: $default}
  FileResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref ApiFileRoute, RouteResponseKey: $default}
  File:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: absent.handler, CodeUri: mirror}
  Folder:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: app.handler, CodeUri: nowhere}
  Bundle:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: esbuild}
    Properties: {Runtime: nodejs20.x, Handler: app.handler, CodeUri: mirror}
  Mirror: {}
";

#[tokio::test]
async fn one_function_that_cannot_start_does_not_stop_the_rest() {
    let project = project(BROKEN);
    let mut started = Said::start(&project, &COMMAND).await;
    for note in [
        "Resources.File: there is no absent.py in",
        "Resources.Folder: cannot find the folder nowhere",
        "Resources.Bundle: its code is built with BuildMethod: esbuild. Run `sam build`",
    ] {
        started.says(note).await;
    }
    let mut client = started.dev.connect().await;
    for action in ["file", "folder", "bundle"] {
        let frame = client.ask(&json!({"action": action}).to_string()).await;
        assert!(frame.starts_with(r#"{"message": "Internal server error""#), "{action}: {frame}");
    }
    assert_eq!(client.ask(r#"{"respond": {"statusCode": 200, "body": "served"}}"#).await, "served");
    let code = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'mended'}\n";
    fs::write(project.path().join("mirror/absent.py"), code).unwrap();
    started.says("reloaded in").await;
    assert_eq!(client.ask(r#"{"action": "file"}"#).await, "mended");
    // It breaks again, while the rest is served.
    started.lines.clear();
    fs::write(project.path().join("mirror/absent.py"), "def handler(:").unwrap();
    started.says("reloaded in").await;
    assert!(client.ask(r#"{"action": "file"}"#).await.starts_with(r#"{"message": "Internal server error""#));
}

#[tokio::test]
async fn a_command_stands_for_what_cannot_be_served() {
    let project = project(
        &PARTS
            .replace("ApiDefaultRoute", "ApiForeignRoute")
            .replace("function:other-fn'", "function:other-fn', RouteResponseSelectionExpression: $default"),
    );
    let other = "other-fn=env EVENTS=/dev/null python3 mirror/mirror.py";
    let started = Said::start(&project, &[&COMMAND[..], &["--command", other]].concat()).await;
    let mut client = started.dev.connect().await;
    let message = r#"{"action": "foreign", "respond": {"statusCode": 200, "body": "served"}}"#;
    assert_eq!(client.ask(message).await, "served");
}

#[test]
fn an_api_with_nothing_to_serve_is_an_error() {
    let template =
        PARTS.replace("$default: {FunctionArn: !GetAtt Mirror.Arn", "$default: {FunctionArn: !ImportValue X");
    let said = refused(&project(&template), &[]);
    for reason in ["Resources.Image.", "java21", "other-fn", "Routes.$default.FunctionArn: Fn::ImportValue"] {
        assert!(said.contains(reason), "not {reason:?} in: {said}");
    }
}

const RESERVED: &str = "
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes:
        $default: {FunctionArn: !GetAtt Off.Arn}
  Off:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: mirror, CodeUri: mirror, ReservedConcurrentExecutions: 0}
";

/// None are let in: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>.
#[tokio::test]
async fn reserved_concurrency_is_honoured() {
    let project = project(RESERVED);
    let mut started = Said::start(&project, &["--command", "python3 mirror.py"]).await;
    let frame = started.dev.connect().await.ask("foo").await;
    assert!(frame.starts_with(r#"{"message": "Internal server error""#), "{frame}");
    started.says("the function is at its limit of 0 invocations at once").await;
}

const STAGES: &str = "
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: blue
      StageVariables: {color: blue, fn: Mirror}
      RouteSelectionExpression: $request.body.action
      Routes:
        $default:
          FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:${stageVariables.fn}'
          RouteResponseSelectionExpression: $default
  Response:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref ApiDefaultRoute, RouteResponseKey: $default}
  Green:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: green, StageVariables: {color: green, fn: Mirror}}
  Broken:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: broken, StageVariables: {color: red}}
  Mirror: {}
";

#[tokio::test]
async fn all_stages_are_live_each_with_its_variables() {
    let project = project(STAGES);
    let mut started = Said::start(&project, &COMMAND).await;
    started.says("the stage has no variable fn").await;
    let url = &started.dev.url;
    assert!(url.ends_with("/blue/"), "{url}");
    for color in ["blue", "green"] {
        let mut client = Client::connect(&url.replace("blue", color)).await.unwrap();
        let event = event(&mut client).await;
        assert_eq!(event["requestContext"]["stage"], color);
        assert_eq!(event["stageVariables"]["color"], color);
    }
    let mut client = Client::connect(&url.replace("blue", "broken")).await.unwrap();
    assert!(client.ask("{}").await.contains("Internal server error"));
}

#[tokio::test]
async fn a_stage_is_chosen_by_its_name() {
    let project = project(STAGES);
    let started = Said::start(&project, &[&COMMAND[..], &["--stage", "green"]].concat()).await;
    let url = &started.dev.url;
    assert!(url.ends_with("/green/"), "{url}");
    Client::connect(&url.replace("green", "blue")).await.unwrap();
    let said = refused(&project, &[&COMMAND[..], &["--stage", "purple"]].concat());
    assert!(said.contains("Resources.Api: the API has no stage purple; it has: blue, broken, green"), "{said}");
}

const ADMISSION: &str = "
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Auth: {AuthType: CUSTOM, AuthArn: !GetAtt Mirror.Arn, IdentitySource: [route.request.querystring.authorize]}
      Routes:
        $connect:
          FunctionArn: !GetAtt Mirror.Arn
          ApiKeyRequired: true
          RequestParameters: {route.request.querystring.room: {Required: true}}
        $default: {FunctionArn: !GetAtt Mirror.Arn, RouteResponseSelectionExpression: $default}
  Response:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref ApiDefaultRoute, RouteResponseKey: $default}
  Mirror: {}
";

/// The status that a client with a query string is refused with.
async fn status(dev: &Dev, query: &str) -> u16 {
    match Client::connect(&format!("{}?{query}", dev.url)).await.map(drop) {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn what_a_client_needs_to_connect() {
    let allow = "%7B%22respond%22:%7B%22principalId%22:%22me%22,%22policyDocument%22:%7B%22Statement%22:%5B%7B\
                 %22Effect%22:%22Allow%22,%22Action%22:%22*%22,%22Resource%22:%22*%22%7D%5D%7D%7D%7D";
    let own = project(ADMISSION);
    let mut started = Said::start(&own, &COMMAND).await;
    started.says("ApiKeyRequired: the template has no value of an API key, so any key is taken here").await;
    let dev = &started.dev;
    assert_eq!(status(dev, "").await, 401);
    assert_eq!(status(dev, "authorize=%7B%7D").await, 500);
    assert_eq!(status(dev, &format!("authorize={allow}")).await, 403);
    let without_key = project(&ADMISSION.replace("          ApiKeyRequired: true\n", ""));
    let started = Said::start(&without_key, &COMMAND).await;
    let dev = &started.dev;
    assert_eq!(status(dev, &format!("authorize={allow}")).await, 400);
    let mut client = Client::connect(&format!("{}?room=1&authorize={allow}", dev.url)).await.unwrap();
    assert_eq!(event(&mut client).await["requestContext"]["authorizer"]["principalId"], "me");
}

#[tokio::test]
async fn an_authorizer_that_cannot_be_served_is_told_at_the_start() {
    let java = "  Java:\n    Type: AWS::Serverless::Function\n    Properties: {Runtime: java21, Handler: App, CodeUri: mirror}\n";
    for (authorizer, reason) in [
        (
            "!ImportValue shared",
            "Resources.Api.Properties.Auth.AuthArn: Fn::ImportValue exists only in a deployed stack",
        ),
        ("!GetAtt Java.Arn", "Resources.Java: the runtime java21 is not run here"),
    ] {
        let template = ADMISSION.replace("AuthArn: !GetAtt Mirror.Arn", &format!("AuthArn: {authorizer}")) + java;
        let project = project(&template);
        let mut started = Said::start(&project, &COMMAND).await;
        started.says("; until then, no client can connect to the stage default").await;
        assert!(started.lines.iter().any(|line| line.contains(reason)), "{:?}", started.lines);
        assert_eq!(status(&started.dev, "authorize=x").await, 500);
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-transformations.html>; what is written
/// like this: <https://github.com/aws/aws-cdk/issues/19037> and serverless-patterns' `apigw-websocket-mapping-template-authorizer`.
const MAPPED: &str = r##"
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: dev, StageVariables: {color: red}}}
  Connect:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: $connect, Target: !Sub 'integrations/${Accept}'}
  Accept:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: MOCK
      TemplateSelectionExpression: "200"
      RequestTemplates:
        "200": '{"statusCode": #if($input.params("refuse") == "yes")418#{else}200#end}'
  Ping:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: ping
      RouteResponseSelectionExpression: $default
      Target: !Sub 'integrations/${Pong}'
  Pong:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: MOCK
      TemplateSelectionExpression: ${request.body.kind}
      RequestTemplates:
        $default: '{"statusCode": 200}'
        bad: '{"statusCode": 400, "said": $input.json("$.items[0]")}'
        worse: 'no JSON'
  PongResponse:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties:
      ApiId: !Ref Api
      IntegrationId: !Ref Pong
      IntegrationResponseKey: $default
      TemplateSelectionExpression: \$default
      ResponseTemplates: {$default: '{"pong": "$context.routeKey", "color": "$stageVariables.color"}'}
  BadResponse:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties:
      ApiId: !Ref Api
      IntegrationId: !Ref Pong
      IntegrationResponseKey: /4\d\d/
      ResponseTemplates: {$default: '{"bad": $input.json("$.said")}'}
  PingResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref Ping, RouteResponseKey: $default}
  Say:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: say
      RouteResponseSelectionExpression: $default
      Target: !Sub 'integrations/${Lambda}'
  Lambda:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS
      IntegrationUri: !GetAtt Mirror.Arn
      RequestTemplates:
        $default: |
          #set($body = $input.path('$'))
          #set($words = [])
          {"requestContext": {"connectionId": "$context.connectionId", "routeKey": "mapped"},
           "body": "{\"event\": true}",
           "words": [#foreach($word in $body.words)"$word"#if($foreach.hasNext), #end#end],
           "raw": "$util.escapeJavaScript($input.body)"}
  SayResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref Say, RouteResponseKey: $default}
  LambdaResponse:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties:
      ApiId: !Ref Api
      IntegrationId: !Ref Lambda
      IntegrationResponseKey: /200/
      ResponseTemplates: {$default: "$input.path('$.body')"}
  Raw:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: raw
      RouteResponseSelectionExpression: $default
      Target: !Sub 'integrations/${RawLambda}'
  RawLambda:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS
      IntegrationUri: !GetAtt Mirror.Arn
      RequestTemplates: {$default: "$input.path('$.payload')"}
  RawResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref Raw, RouteResponseKey: $default}
  Odd:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: odd, Target: !Sub 'integrations/${Macro}'}
  Macro:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: MOCK, RequestTemplates: {$default: '#macro(a)#end'}}
  Mirror: {}
"##;

#[tokio::test]
async fn templates_stand_between_events_and_what_answers() {
    let project = project(MAPPED);
    let mut started = Said::start(&project, &COMMAND).await;
    let place =
        "Resources.Macro.Properties.RequestTemplates.$default: line 1 of the template: #macro is not known here";
    started.says(place).await;
    assert_eq!(status(&started.dev, "refuse=yes").await, 418);
    let mut client = started.dev.connect().await;
    assert_eq!(client.ask(r#"{"action": "ping"}"#).await, r#"{"pong": "ping", "color": "red"}"#);
    let bad = r#"{"action": "ping", "kind": "bad", "items": [{"a": [1]}]}"#;
    assert_eq!(client.ask(bad).await, r#"{"bad": {"a":[1]}}"#);
    for action in [r#"{"action": "ping", "kind": "worse"}"#, r#"{"action": "odd"}"#] {
        let frame = client.ask(action).await;
        assert!(frame.starts_with(r#"{"message": "Internal server error""#), "{frame}");
    }
    started.says("gives no JSON object with an integer statusCode: no JSON").await;
    // Lambda takes no text, and the client gets an integration's answer only by an integration response.
    for (payload, reason) in [
        ("just text", "Lambda takes JSON only, and the integration's request is none"),
        (r#"{"requestContext": {}, "body": "{}"}"#, "no integration response is for the status 200: add"),
    ] {
        let frame = client.ask(&json!({"action": "raw", "payload": payload}).to_string()).await;
        assert!(frame.starts_with(r#"{"message": "Internal server error""#), "{frame}");
        started.says(reason).await;
    }
    let message = r#"{"action": "say", "words": ["a", "b"]}"#;
    let event: Value = serde_json::from_str(&client.ask(message).await).unwrap();
    assert_eq!(event["words"], json!(["a", "b"]));
    assert_eq!(event["raw"], message);
    assert_eq!(event["requestContext"]["routeKey"], "mapped");
    assert_eq!(event["requestContext"]["connectionId"].as_str().unwrap().len(), 16);
}
