//! Templates as people have them: SAM's own, and plain CloudFormation.

#![allow(clippy::unwrap_used)]

mod api;
mod bounds;
mod code;
mod expansion;
mod globals;
mod tables;

use std::{collections::BTreeMap, fs, path::Path, sync::mpsc, thread, time::Duration};

use goblet_template::{Admission, Api, Mapping, Route, Stage, Target, Template, TemplateError};
use tempfile::TempDir;

/// Far longer than any template takes.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Reads a file in a thread of its own, so that a template that never ends fails its test and does not hang it.
fn read_file(path: &Path, overrides: BTreeMap<String, String>) -> Result<Template, TemplateError> {
    let (sender, receiver) = mpsc::channel();
    let file = path.to_owned();
    thread::spawn(move || sender.send(Template::read(&file, &overrides, "us-east-1")));
    receiver.recv_timeout(TIMEOUT).unwrap()
}

fn read_with(text: &str, overrides: &[(&str, &str)]) -> Result<Template, TemplateError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("template.yaml");
    fs::write(&path, text).unwrap();
    let overrides = overrides.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    read_file(&path, overrides.collect())
}

fn read(text: &str) -> Template {
    read_with(text, &[]).unwrap()
}

fn error(text: &str) -> String {
    read_with(text, &[]).unwrap_err().to_string()
}

fn one_way(function: &str) -> Route {
    Route { target: Target::Function(function.to_owned()), mapping: None, is_two_way: false, timeout: None }
}

fn routes<const N: usize>(routes: [(&str, Route); N]) -> BTreeMap<String, Route> {
    routes.into_iter().map(|(key, route)| (key.to_owned(), route)).collect()
}

const SERVERLESS: &str = include_str!("serverless.yaml");
const PLAIN: &str = include_str!("plain.yaml");

#[test]
fn a_serverless_api() {
    let template = read_with(SERVERLESS, &[("Stage", "prod")]).unwrap();
    let expected = Api {
        id: "Chat".to_owned(),
        route_selection_expression: "$request.body.action".to_owned(),
        stages: vec![Stage {
            name: "prod".to_owned(),
            variables: BTreeMap::from([("color".to_owned(), "blue-prod".to_owned())]),
            admission: Admission::default(),
            routes: routes([
                ("$connect", one_way("Doors")),
                ("$disconnect", one_way("Doors")),
                ("$default", one_way("Messages")),
                ("ask", Route { is_two_way: true, timeout: Some(Duration::from_secs(5)), ..one_way("Messages") }),
            ]),
        }],
    };
    assert_eq!(template.apis, [expected]);
}

#[test]
fn functions_have_what_globals_give_them() {
    let template = read(SERVERLESS);
    let doors = &template.functions["Doors"];
    assert_eq!(
        (doors.name.as_str(), doors.handler_name.as_str(), doors.runtime.as_str()),
        ("Doors", "app.doors", "python3.13")
    );
    assert_eq!((doors.timeout, doors.memory_size), (Duration::from_secs(7), 256));
    assert!(doors.code.local().unwrap().ends_with("doors"));
    let messages = &template.functions["Messages"];
    assert_eq!(messages.name, "chat-messages-dev");
    assert_eq!((messages.timeout, messages.memory_size), (Duration::from_secs(2), 256));
    let environment: Vec<_> =
        messages.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = [
        ("ENDPOINT", "wss://Chat.execute-api.us-east-1.amazonaws.com/dev"),
        ("LEVEL", "debug"),
        ("REGION", "us-east-1"),
        ("TABLE", "local-ChatTable"),
    ];
    assert_eq!(environment, expected);
}

#[test]
fn a_published_alias_is_its_function() {
    let with_alias = SERVERLESS
        .replace("FunctionArn: !GetAtt Doors.Arn", "FunctionArn: !Ref Doors.Alias")
        .replace("CodeUri: doors/", "CodeUri: doors/\n      AutoPublishAlias: live");
    assert_eq!(read(&with_alias).apis[0].stages[0].routes["$connect"], one_way("Doors"));
    let without = SERVERLESS.replace("FunctionArn: !GetAtt Doors.Arn", "FunctionArn: !Ref Doors.Alias");
    let unserved = &read(&without).apis[0].stages[0].routes["$connect"].target;
    assert!(
        matches!(unserved, Target::Unserved(reason) if reason.contains("Doors has no AutoPublishAlias")),
        "{unserved:?}"
    );
}

#[test]
fn how_a_function_is_built_is_in_its_metadata() {
    let template = read(SERVERLESS);
    assert_eq!(template.functions["Doors"].build_method.as_deref(), Some("rust-cargolambda"));
    assert_eq!(template.functions["Messages"].build_method, None);
}

#[test]
fn layers_are_those_on_this_machine() {
    let template = read(SERVERLESS);
    let layers = |function: &str| {
        let folders = template.functions[function].layers.iter().map(|layer| layer.file_name().unwrap().to_owned());
        folders.collect::<Vec<_>>()
    };
    assert_eq!(layers("Doors"), ["tools"]);
    assert_eq!(layers("Messages"), ["tools", "host"]);
}

/// Nothing that a function says is skipped in silence.
#[test]
fn what_of_a_function_has_no_effect_is_noted() {
    let template = read(
        "
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Architectures: [arm64]
      Policies: [AWSLambdaBasicExecutionRole]
      ReservedConcurrentExecutions: 5
      DeadLetterQueue: {Type: SQS, TargetArn: x}
      EventInvokeConfig: {MaximumRetryAttempts: 0}
      Events: {Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}}
      FileSystemConfigs: [{Arn: x, LocalMountPath: /mnt/x}]
      FunctionUrlConfig: {AuthType: NONE}
      LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: DEBUG}
      VpcConfig: {SubnetIds: [a]}
      Bogus: 1
  P:
    Type: AWS::Lambda::Function
    Properties: {Role: r, TracingConfig: {Mode: Active}, DeadLetterConfig: {TargetArn: x}, CodeUri: a}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref F}}
",
    );
    let expected = [
        "Resources.F.Properties.Bogus: this property is not known here, and has no effect",
        "Resources.F.Properties.DeadLetterQueue: an invocation in the background is not tried again here",
        "Resources.F.Properties.EventInvokeConfig: an invocation in the background is not tried again here",
        "Resources.F.Properties.Events: only WebSocket APIs cause events here",
        "Resources.F.Properties.FileSystemConfigs: no file system is mounted here",
        "Resources.F.Properties.FunctionUrlConfig: there is no function URL here",
        "Resources.F.Properties.LoggingConfig.ApplicationLogLevel: --log-level sets which lines the terminal shows",
        "Resources.F.Properties.VpcConfig: functions reach here what this machine reaches",
        "Resources.M: only WebSocket APIs cause events here",
        "Resources.P.Properties.CodeUri: this property is not known here, and has no effect",
        "Resources.P.Properties.DeadLetterConfig: an invocation in the background is not tried again here",
    ];
    let mut notes = template.notes;
    notes.sort();
    assert_eq!(notes.len(), expected.len(), "{notes:?}");
    for (note, beginning) in notes.iter().zip(expected) {
        assert!(note.starts_with(beginning), "{note}");
    }
    assert_eq!(template.functions["F"].concurrency, Some(5));
}

#[test]
fn what_only_a_stack_knows_is_noted() {
    let notes = read(SERVERLESS).notes;
    let expected = [
        "Resources.Elsewhere.Properties.ContentUri: it is in a bucket, and not on this machine: s3://bucket/layer.zip; \
         Messages runs without it",
        "Resources.Messages.Properties.Layers: the layer arn:aws:lambda:us-east-1:000000000000:layer:other:1 is not on \
         this machine; Messages runs without it",
        "Resources.Messages.Properties.Environment.Variables.STREAM: ChatTable.StreamArn exists only in a deployed \
         stack; the variable is not set",
    ];
    assert_eq!(notes, expected);
}

#[test]
fn a_plain_api() {
    let template = read(PLAIN);
    let expected = Api {
        id: "Api".to_owned(),
        route_selection_expression: "${request.body.service.do}".to_owned(),
        stages: vec![Stage {
            name: "v1".to_owned(),
            variables: BTreeMap::new(),
            admission: Admission::default(),
            routes: routes([
                ("$connect", Route { target: Target::Mock, mapping: Some(Mapping::default()), ..one_way("") }),
                ("$default", Route { is_two_way: true, ..one_way("Echo") }),
                ("join", Route { timeout: Some(Duration::from_millis(500)), ..one_way("Join") }),
            ]),
        }],
    };
    assert_eq!(template.apis, [expected]);
    assert_eq!(template.notes, ["Resources.HttpApi: an HTTP API is not served here"]);
    assert_eq!(template.functions["Echo"].environment["DEBUG"], "true");
}

#[test]
fn json_is_a_template_too() {
    let json = r#"{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": {"Fn::Sub": "a.${AWS::Region}"}}}}}"#;
    assert_eq!(read(json).functions["F"].handler_name, "a.us-east-1");
}

/// A function whose handler is an expression.
fn handler(expression: &str) -> Result<String, TemplateError> {
    let text = format!(
        "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Name: {{Type: String, Default: chat}}
  Open: {{Type: String}}
  List: {{Type: CommaDelimitedList, Default: 'a, b'}}
  Secret: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /path}}
Mappings:
  Sizes: {{us-east-1: {{small: 128, chat: [a, b]}}}}
Conditions:
  Same: !Equals [!Ref Name, chat]
  Different: !Not [!Condition Same]
  Both: !And [!Condition Same, !Condition Different]
  Any: !Or [!Condition Same, !Condition Different]
  Round: !Not [!Condition Round]
Resources:
  F: {{Type: AWS::Lambda::Function, Properties: {{Handler: {expression}, FunctionName: f}}}}
  Table: {{Type: AWS::Serverless::SimpleTable, Properties: {{TableName: !Sub '${{Name}}-table'}}}}
  T: {{Type: AWS::Serverless::SimpleTable}}
  Topic: {{Type: AWS::SNS::Topic}}
"
    );
    Ok(read_with(&text, &[])?.functions["F"].handler_name.clone())
}

#[test]
fn functions_are_resolved() {
    for (expression, expected) in [
        ("!Ref Name", "chat"),
        ("!Ref AWS::AccountId", "000000000000"),
        ("!Ref Table", "chat-table"),
        ("!Ref T", "local-T"),
        ("!GetAtt Table.Arn", "arn:aws:dynamodb:us-east-1:000000000000:table/chat-table"),
        ("!Sub '${T.Arn}/index/*'", "arn:aws:dynamodb:us-east-1:000000000000:table/local-T/index/*"),
        ("!Ref Topic", "Topic"),
        ("!GetAtt F.Arn", "arn:aws:lambda:us-east-1:000000000000:function:f"),
        ("!Sub '${Name}.${F.Arn}.${!Literal}'", "chat.arn:aws:lambda:us-east-1:000000000000:function:f.${Literal}"),
        ("!Sub ['${A}-${Name}', {A: !Ref AWS::Region}]", "us-east-1-chat"),
        ("!Join ['.', [a, !Ref Name, 3]]", "a.chat.3"),
        ("!Join ['.', !Ref List]", "a.b"),
        ("!Select [1, !Split ['-', 'x-y-z']]", "y"),
        ("!FindInMap [Sizes, !Ref AWS::Region, small]", "128"),
        ("!If [Same, !Ref Name, b]", "chat"),
        ("!If [Different, !Ref Name, b]", "b"),
        ("!If [Both, a, b]", "b"),
        ("!If [Any, a, b]", "a"),
        ("!Base64 abc", "YWJj"),
        ("!FindInMap [Sizes, eu-west-1, small, DefaultValue: 64]", "64"),
        ("!FindInMap [Sizes, !Ref AWS::Region, small, DefaultValue: 64]", "128"),
        ("!FindInMap [None, a, b, DefaultValue: !Ref Name]", "chat"),
        ("!Select [1, !FindInMap [!Select [0, [Sizes]], !Join ['-', [us, east, 1]], !Ref Name]]", "b"),
        ("!Length [a, b, !Ref Name]", "3"),
        ("{'Fn::Length': !Ref List}", "2"),
        ("{'Fn::ToJsonString': {b: [1, true, !Ref Name], a: !Ref AWS::NoValue}}", r#"{"b":[1,true,"chat"]}"#),
        ("!Ref AWS::StackName", "local"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref AWS::StackId", "arn:aws:cloudformation:us-east-1:000000000000:stack/local/local"),
        ("{'Fn::Length': !Ref AWS::NotificationARNs}", "0"),
        ("!If [Different, a, !Ref AWS::NoValue]", ""),
        ("{'Fn::Join': ['', [a, {Ref: Name}]]}", "achat"),
    ] {
        assert_eq!(handler(expression).unwrap(), expected, "{expression}");
    }
}

#[test]
fn what_cannot_be_resolved_is_named() {
    for (expression, says) in [
        ("!Ref Nothing", "the template has neither a parameter nor a resource Nothing"),
        ("!Ref Open", "the parameter Open has no value: give it with --parameter-overrides Open=VALUE"),
        (
            "!Ref Secret",
            "the parameter Secret has its value in AWS alone: give it with --parameter-overrides Secret=VALUE",
        ),
        ("!GetAtt Table.StreamArn", "Table.StreamArn exists only in a deployed stack"),
        ("!GetAtt Topic.TopicArn", "Topic.TopicArn exists only in a deployed stack"),
        ("!GetAtt Nothing.Arn", "the template has no resource Nothing"),
        ("!ImportValue x", "Fn::ImportValue exists only in a deployed stack"),
        ("!FindInMap [Sizes, eu-west-1, small]", "Mappings has no Sizes.eu-west-1.small"),
        ("!Select [9, !Ref List]", "there is no item 9"),
        ("!If [Nothing, a, b]", "the template has no condition Nothing"),
        ("!If [Round, a, b]", "it refers to itself"),
        ("!Sub '${Name'", "a ${ without its }"),
        ("!Join [a]", "Fn::Join takes a list of 2"),
        ("'{{resolve:ssm:/chat/key:1}}'", "{{resolve:ssm:/chat/key:1}} has its value in AWS alone"),
        ("!Sub '{{resolve:secretsmanager:${Name}}}'", "{{resolve:secretsmanager:chat}} has its value in AWS alone"),
        ("!Length a", "Fn::Length takes a list"),
        ("{'Fn::ToJsonString': a}", "Fn::ToJsonString takes a list or a mapping"),
        ("!FindInMap [Sizes, a]", "Fn::FindInMap takes a list of 3"),
        ("[a]", "is no text"),
    ] {
        let error = handler(expression).unwrap_err().to_string();
        assert!(error.starts_with("Resources.F.Properties.Handler: "), "{error}");
        assert!(error.contains(says), "{expression}: {error}");
    }
}

/// As on AWS: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-languageextensions.html>.
#[test]
fn language_extensions_are_asked_for() {
    for expression in ["!Length [a]", "{'Fn::ToJsonString': [a]}", "!FindInMap [A, b, c, DefaultValue: d]"] {
        let text = |transform: &str| {
            format!(
                "{transform}Resources: {{F: {{Type: AWS::Lambda::Function, Properties: {{Handler: {expression}}}}}}}"
            )
        };
        let says = error(&text(""));
        assert!(says.contains("needs `Transform: AWS::LanguageExtensions`"), "{says}");
        assert_eq!(read(&text("Transform: AWS::LanguageExtensions\n")).functions.len(), 1);
    }
}

#[test]
fn a_variable_whose_value_is_in_aws_is_not_set() {
    let template = read(
        "
Parameters: {Key: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /key}, Name: {Type: 'AWS::SSM::Parameter::Name', Default: /name}}
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Environment:
        Variables: {A: '{{resolve:ssm:/a}}', B: !Ref Key, C: !ImportValue c, D: !Ref Name, E: yes, F: 0755}
",
    );
    let set: Vec<_> =
        template.functions["F"].environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(set, ["D=/name", "E=true", "F=493"]);
    let place = "Resources.F.Properties.Environment.Variables";
    let expected = [
        format!("{place}.A: {{{{resolve:ssm:/a}}}} has its value in AWS alone; the variable is not set"),
        format!(
            "{place}.B: the parameter Key has its value in AWS alone: give it with --parameter-overrides Key=VALUE; the variable is not set"
        ),
        format!("{place}.C: Fn::ImportValue exists only in a deployed stack; the variable is not set"),
    ];
    assert_eq!(template.notes, expected);
}

#[test]
fn what_is_not_there_because_of_a_condition_is_not_there() {
    let text = "
Conditions: {Different: !Equals [a, b]}
Resources:
  F: {Type: AWS::Lambda::Function, Condition: Different, Properties: {Handler: a}}
";
    assert!(read(text).functions.is_empty());
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let missing = read_file(Path::new("no/template.yaml"), BTreeMap::new()).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read the template no/template.yaml"), "{missing}");
    assert!(error("a: [1").contains("is no YAML"));
    let stranger = "
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes: {$default: {FunctionArn: 'arn:aws:lambda:us-east-1:1:function:other'}}
";
    let target = &read(stranger).apis[0].stages[0].routes["$default"].target;
    let Target::Foreign { name, reason } = target else { panic!("{target:?}") };
    assert_eq!(name, "other");
    assert!(reason.starts_with("Resources.Api.Properties.Routes.$default.FunctionArn: arn:aws:lambda"), "{reason}");
    let overridden = read_with("Resources: {}", &[("Stge", "prod")]).unwrap_err().to_string();
    assert!(overridden.contains("has no parameter Stge"), "{overridden}");
}
