//! The template: as its checkers see it, and what AWS makes of it.

use goblet_host::handler::{self, Exports, Grants, Handler};
use serde_json::{Value, json};

use crate::{
    build::{sam, tool},
    support::{echo_cwasm, root, run},
};

const TEMPLATE: &str = "template.yaml";
const CHAT: &str = "chat.yaml";

#[test]
#[ignore = "needs the tools of tests/deploy/requirements.txt: .ci/run runs it"]
fn sam_and_cfn_lint_find_nothing() {
    for template in [TEMPLATE, CHAT] {
        run(sam("validate").args(["--lint", "--template", template]));
        run(tool("cfn-lint").args(["--include-checks", "I", "--template", template]));
    }
}

/// A template as CloudFormation, of which SAM is a shorthand.
fn transformed(template: &str) -> Value {
    let transform = tool("python")
        .args(["tests/deploy/transform.py", template])
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .output()
        .unwrap();
    assert!(transform.status.success(), "{}", String::from_utf8_lossy(&transform.stderr));
    serde_json::from_slice(&transform.stdout).unwrap()
}

/// The resources of a type.
fn resources<'a>(template: &'a Value, kind: &str) -> Vec<&'a Value> {
    let resources = template["Resources"].as_object().unwrap().values();
    resources.filter(|resource| resource["Type"] == kind).map(|resource| &resource["Properties"]).collect()
}

fn the_one<'a>(template: &'a Value, kind: &str) -> &'a Value {
    let resources = resources(template, kind);
    assert_eq!(resources.len(), 1, "{kind}");
    resources[0]
}

fn function_arn() -> Value {
    json!({"Fn::GetAtt": ["EchoFunction", "Arn"]})
}

/// The routes that a handler serves.
fn served(handler: &Handler) -> Vec<&'static str> {
    let Exports { connect, message, disconnect } = handler.exports();
    let routes = [(connect, "$connect"), (message, "$default"), (disconnect, "$disconnect")];
    routes.into_iter().filter(|(is_served, _)| *is_served).map(|(_, route)| route).collect()
}

/// The routes of a template's API, whose integrations all are a function.
fn routes<'a>(template: &'a Value, function: &str) -> Vec<&'a str> {
    for integration in resources(template, "AWS::ApiGatewayV2::Integration") {
        assert_eq!(integration["IntegrationType"], "AWS_PROXY");
        assert_eq!(
            integration["IntegrationUri"]["Fn::Sub"][1]["FunctionArn"],
            json!({"Fn::GetAtt": [function, "Arn"]})
        );
    }
    let routes = resources(template, "AWS::ApiGatewayV2::Route").into_iter();
    let mut routes: Vec<&str> = routes.map(|route| route["RouteKey"].as_str().unwrap()).collect();
    routes.sort_unstable();
    routes
}

#[test]
#[ignore = "needs the tools of tests/deploy/requirements.txt: .ci/run runs it"]
fn routes_are_those_that_the_handler_serves() {
    let template = transformed(TEMPLATE);
    let echo = Handler::load(echo_cwasm(), Grants::default()).unwrap();
    assert_eq!(routes(&template, "EchoFunction"), served(&echo));
    let target = json!({"Fn::Join": ["/", ["integrations", {"Ref": "ApiDefaultIntegration"}]]});
    assert_eq!(the_one(&template, "AWS::ApiGatewayV2::Route")["Target"], target);

    let compiled = handler::compile(&goblet_build::build(&root().join("guest/chat")).unwrap(), None).unwrap();
    let grants = Grants { table: Some("table".to_owned()), ..Grants::default() };
    let chat = Handler::from_compiled(&compiled, grants).unwrap();
    assert_eq!(routes(&transformed(CHAT), "ChatFunction"), served(&chat));
}

#[test]
#[ignore = "needs the tools of tests/deploy/requirements.txt: .ci/run runs it"]
fn nothing_is_open_wider_than_it_must_be() {
    let template = transformed(TEMPLATE);
    let permission = the_one(&template, "AWS::Lambda::Permission");
    let route =
        "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api.ApiId}/${__StageName__}/$default";
    let expected = json!({
        "Action": "lambda:InvokeFunction",
        "FunctionName": function_arn(),
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Sub": [route, {"__StageName__": {"Ref": "Stage"}}]},
    });
    assert_eq!(*permission, expected);

    let role = the_one(&template, "AWS::IAM::Role");
    assert_eq!(role.as_object().unwrap().keys().collect::<Vec<_>>(), ["AssumeRolePolicyDocument", "Policies"]);
    let trusted =
        json!([{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]);
    assert_eq!(role["AssumeRolePolicyDocument"]["Statement"], trusted);
    let policies = role["Policies"].as_array().unwrap();
    let statements: Vec<&Value> = policies.iter().map(|policy| &policy["PolicyDocument"]["Statement"]).collect();
    let connections =
        "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/${Stage}/*/@connections/*";
    let expected = [
        json!([{"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": {"Fn::Sub": connections}}]),
        json!([{
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::Sub": "${EchoLogGroup.Arn}"},
        }]),
    ];
    assert_eq!(statements, expected.iter().collect::<Vec<_>>());

    // Whatever could open more is one of these.
    let mut kinds: Vec<&str> =
        template["Resources"].as_object().unwrap().values().map(|r| r["Type"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    let expected = [
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
    ];
    assert_eq!(kinds, expected);
}

#[test]
#[ignore = "needs the tools of tests/deploy/requirements.txt: .ci/run runs it"]
fn the_function_is_the_handler_on_the_host() {
    let template = transformed(TEMPLATE);
    let function = the_one(&template, "AWS::Lambda::Function");
    assert_eq!((&function["Runtime"], &function["Handler"]), (&json!("provided.al2023"), &json!("echo")));
    let layer = function["Layers"][0]["Ref"].as_str().unwrap();
    assert_eq!(template["Resources"][layer]["Type"], "AWS::Lambda::LayerVersion");
    let architecture = json!([{"Ref": "Architecture"}]);
    assert_eq!(function["Architectures"], architecture);
    assert_eq!(template["Resources"][layer]["Properties"]["CompatibleArchitectures"], architecture);
    assert_eq!(function["Role"], json!({"Fn::GetAtt": ["EchoRole", "Arn"]}));
    let logging =
        json!({"LogGroup": {"Ref": "EchoLogGroup"}, "LogFormat": "JSON", "ApplicationLogLevel": {"Ref": "LogLevel"}});
    assert_eq!(function["LoggingConfig"], logging);
    assert_eq!(the_one(&template, "AWS::Logs::LogGroup")["RetentionInDays"], json!({"Ref": "LogRetention"}));

    let stage = the_one(&template, "AWS::ApiGatewayV2::Stage");
    assert_eq!((&stage["StageName"], &stage["AutoDeploy"]), (&json!({"Ref": "Stage"}), &json!(true)));
    let throttling = json!({"ThrottlingRateLimit": {"Ref": "ThrottlingRateLimit"}, "ThrottlingBurstLimit": {"Ref": "ThrottlingBurstLimit"}});
    assert_eq!(stage["DefaultRouteSettings"], throttling);

    let outputs = &template["Outputs"];
    let url = "wss://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}";
    assert_eq!(outputs["Url"]["Value"], json!({"Fn::Sub": url}));
    assert_eq!(outputs["FunctionName"]["Value"], json!({"Ref": "EchoFunction"}));
    assert_eq!(outputs["LogGroup"]["Value"], json!({"Ref": "EchoLogGroup"}));
}

/// The statements of the one role's policies.
fn statements(template: &Value) -> Vec<&Value> {
    let policies = the_one(template, "AWS::IAM::Role")["Policies"].as_array().unwrap();
    policies.iter().flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap()).collect()
}

#[test]
#[ignore = "needs the tools of tests/deploy/requirements.txt: .ci/run runs it"]
fn the_chat_may_use_its_table_and_no_more_of_it_than_the_host_does() {
    let (echo, chat) = (transformed(TEMPLATE), transformed(CHAT));
    let own: Vec<&Value> =
        statements(&chat).into_iter().filter(|statement| statement.to_string().contains("dynamodb")).collect();
    let actions =
        ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query"].map(|action| format!("dynamodb:{action}"));
    let expected = [
        json!({"Effect": "Allow", "Action": actions, "Resource": {"Fn::GetAtt": ["Table", "Arn"]}}),
        json!({
            "Effect": "Allow",
            "Action": "dynamodb:Query",
            "Resource": {"Fn::Sub": "${Table.Arn}/index/by-connection"},
        }),
    ];
    assert_eq!(own, expected.iter().collect::<Vec<_>>());
    // Besides, it may do what the echo may.
    assert_eq!(statements(&chat).len(), statements(&echo).len() + expected.len());
    assert_eq!(statements(&chat)[0], statements(&echo)[0]);
    assert!(resources(&echo, "AWS::DynamoDB::Table").is_empty());
}

#[test]
#[ignore = "needs the tools of tests/deploy/requirements.txt: .ci/run runs it"]
fn the_chat_has_its_table() {
    let template = transformed(CHAT);
    let function = json!({"Fn::GetAtt": ["ChatFunction", "Arn"]});
    assert!(resources(&template, "AWS::Lambda::Permission").iter().all(|p| p["FunctionName"] == function));

    let chat = the_one(&template, "AWS::Lambda::Function");
    assert_eq!((&chat["Handler"], &chat["Role"]), (&json!("chat"), &json!({"Fn::GetAtt": ["ChatRole", "Arn"]})));
    assert_eq!(chat["Environment"], json!({"Variables": {"GOBLET_TABLE": {"Ref": "Table"}}}));
    let table = &template["Resources"]["Table"];
    assert_eq!(table["Properties"]["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!((&table["DeletionPolicy"], &table["UpdateReplacePolicy"]), (&json!("Delete"), &json!("Delete")));
}
