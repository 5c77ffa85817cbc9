//! Templates that are made of several files, or of loops.

use std::{collections::BTreeMap, fs, path::Path};

use goblet_template::{Code, Route, Template, TemplateError};
use tempfile::TempDir;

use super::{error, one_way, read, read_file};

/// Reads the first of these files, each with its name and its text.
fn try_read_files(files: &[(&str, &str)]) -> Result<(TempDir, Template), TemplateError> {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let template = read_file(&folder.path().join(files[0].0), BTreeMap::new())?;
    Ok((folder, template))
}

pub fn read_files(files: &[(&str, &str)]) -> (TempDir, Template) {
    try_read_files(files).unwrap()
}

fn error_of_files(files: &[(&str, &str)]) -> String {
    try_read_files(files).unwrap_err().to_string()
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach-example-resource.html>
#[test]
fn a_loop_makes_resources() {
    let template = read(
        "
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'doors,messages'}
Resources:
  Fn::ForEach::Functions:
    - Name
    - !Ref Names
    - F${Name}:
        Type: AWS::Lambda::Function
        Properties:
          FunctionName: !Ref Name
          Handler: app.${Name}
          Environment:
            Variables:
              Fn::ForEach::Levels:
                - Level
                - [debug.1, info]
                - V&{Level}: !Sub '${Name}-${Level}-${AWS::Region}'
          Role: !GetAtt 'Role${Name}.Arn'
",
    );
    let ids: Vec<_> = template.functions.keys().collect();
    assert_eq!(ids, ["Fdoors", "Fmessages"]);
    let doors = &template.functions["Fdoors"];
    assert_eq!((doors.name.as_str(), doors.handler_name.as_str()), ("doors", "app.doors"));
    let variables: Vec<_> = doors.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(variables, ["Vdebug1=doors-debug.1-us-east-1", "Vinfo=doors-info-us-east-1"]);
}

#[test]
fn what_is_wrong_with_a_loop_is_told() {
    let body = "{'F${X}': {Type: AWS::Lambda::Function}}";
    for (transform, arguments, says) in [
        ("", format!("[X, [a], {body}]"), "Fn::ForEach needs `Transform: AWS::LanguageExtensions`"),
        ("Transform: AWS::LanguageExtensions", "[X, [a]]".to_owned(), "it takes an identifier, a list, and a mapping"),
        (
            "Transform: AWS::LanguageExtensions",
            format!("[X, !Ref None, {body}]"),
            "neither a parameter nor a resource None",
        ),
        ("Transform: AWS::LanguageExtensions", format!("[X, [a, a], {body}]"), "Fn::ForEach makes this key twice"),
    ] {
        let says_it = error(&format!("{transform}\nResources: {{'Fn::ForEach::Fs': {arguments}}}"));
        assert!(says_it.contains(says), "{says_it}");
    }
}

/// In the template there is only the loop.
#[test]
fn what_is_wrong_with_a_resource_names_its_loop() {
    let template = |properties: &str| {
        format!(
            "
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Functions:
    - Name
    - [doors, halls]
    - Fn::ForEach::Sizes:
        - Size
        - [big]
        - F${{Name}}${{Size}}:
            Type: AWS::Lambda::Function
            Properties: {properties}
  Own: {{Type: AWS::Lambda::Function, Properties: {{Environment: {{Variables: {{X: !ImportValue x}}}}}}}}
"
        )
    };
    let says = error(&template("{Timeout: soon}"));
    assert!(says.starts_with("Resources.Fn::ForEach::Functions.Fdoorsbig.Properties.Timeout: "), "{says}");
    let notes = read(&template("{Layers: [!ImportValue y]}")).notes;
    let places: Vec<_> = notes.iter().map(|note| note.split(": ").next().unwrap()).collect();
    let expected = [
        "Resources.Fn::ForEach::Functions.Fdoorsbig.Properties.Layers",
        "Resources.Fn::ForEach::Functions.Fhallsbig.Properties.Layers",
        "Resources.Own.Properties.Environment.Variables.X",
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_loop_of_loops_is_bounded() {
    let items = "a1, a2, a3, a4, a5, a6, a7, a8, a9, a10";
    let mut body = "{'F${X0}${X1}${X2}${X3}${X4}${X5}${X6}${X7}': {Type: AWS::Lambda::Function}}".to_owned();
    for depth in 0..8 {
        body = format!("{{'Fn::ForEach::L{depth}': [X{depth}, [{items}], {body}]}}");
    }
    let says = error(&format!("Transform: AWS::LanguageExtensions\nResources: {body}"));
    assert!(says.contains("template.yaml is too large") && says.contains("more than 16 MB"), "{says}");
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-include.html>
#[test]
fn files_are_included() {
    let (folder, template) = read_files(&[
        (
            "template.yaml",
            "
Parameters: {File: {Type: String, Default: variables}}
Transform: [{Name: AWS::Include, Parameters: {Location: ./more.yaml}}, AWS::Serverless-2016-10-31]
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Handler: a
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: parts/properties.json}}
      Environment:
        Variables: !Transform {Name: AWS::Include, Parameters: {Location: !Sub 'parts/${File}.yaml'}}
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://bucket/resources.yaml'}}
",
        ),
        ("parts/properties.json", r#"{"Handler": "b", "Runtime": {"Fn::Sub": "python${AWS::NoValue}3.13"}}"#),
        ("parts/variables.yaml", "REGION: !Ref AWS::Region\nFile: !Ref File\n"),
        ("more.yaml", "Resources: {G: {Type: AWS::Lambda::Function}}\nConditions: {C: !Equals [a, a]}\n"),
    ]);
    let function = &template.functions["F"];
    assert_eq!((function.handler_name.as_str(), function.runtime.as_str()), ("a", "python3.13"));
    assert_eq!(function.environment["REGION"], "us-east-1");
    assert_eq!(function.environment["File"], "variables");
    assert!(template.functions.contains_key("G"));
    let note =
        "Fn::Transform: AWS::Include: s3://bucket/resources.yaml is not on this machine; what it has is left out";
    assert_eq!(template.notes, [note]);
    let files = template.files.iter().map(|file| file.strip_prefix(folder.path()).unwrap().to_owned());
    let files: Vec<_> = files.map(|file| file.display().to_string()).collect();
    assert_eq!(
        files,
        ["template.yaml", "parts/variables.yaml", "parts/properties.json", "more.yaml"].map(ToOwned::to_owned)
    );
}

#[test]
fn what_includes_itself_is_refused() {
    let include = |file: &str| {
        format!("Resources: {{'Fn::Transform': {{Name: AWS::Include, Parameters: {{Location: {file}}}}}}}")
    };
    let says = error_of_files(&[("template.yaml", &include("template.yaml"))]);
    assert!(says.ends_with("is too large: it includes itself"), "{says}");
    let says = error_of_files(&[("template.yaml", &include("none.yaml"))]);
    assert!(says.starts_with("cannot read the template") && says.contains("none.yaml"), "{says}");
    let chain: Vec<_> = (0..12).map(|file| (format!("{file}.yaml"), include(&format!("{}.yaml", file + 1)))).collect();
    let chain: Vec<_> = chain.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let says = error_of_files(&chain);
    assert!(says.contains("more than 10 templates and included files are in each other"), "{says}");
}

/// Each file includes the next one many times.
#[test]
fn what_is_included_many_times_is_bounded() {
    let file = |next: &str| {
        let part = format!("{{'Fn::Transform': {{Name: AWS::Include, Parameters: {{Location: {next}}}}}}}, ");
        format!("Metadata: [{}]", part.repeat(50))
    };
    let files: Vec<_> =
        (0..9).map(|number| (format!("{number}.yaml"), file(&format!("{}.yaml", number + 1)))).collect();
    let mut files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.push(("9.yaml", "a: b"));
    let says = error_of_files(&files);
    assert!(says.contains("more than 500 templates and included files"), "{says}");
    let large = format!("Metadata: [{}]", "abcdefgh, ".repeat(90_000));
    let says = error_of_files(&[("0.yaml", &file("1.yaml")), ("1.yaml", &large)]);
    assert!(says.contains("more than 32 MB") || says.contains("more than 16 MB"), "{says}");
}

const OUTER: &str = "
Transform: AWS::Serverless-2016-10-31
Parameters: {Level: {Type: String, Default: debug}}
Globals: {Function: {Timeout: 9, Environment: {Variables: {LEVEL: !Ref Level}}}}
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes:
        $default: {FunctionArn: !GetAtt Fn.Arn}
        join: {FunctionArn: !GetAtt Rooms.Outputs.Join}
        leave: {FunctionArn: !Sub '${Rooms.Outputs.Leave}'}
  Fn:
    Type: AWS::Serverless::Function
    Properties: {Environment: {Variables: {TABLE: !GetAtt Rooms.Outputs.Table}}}
  Rooms:
    Type: AWS::Serverless::Application
    Properties:
      Location: rooms/template.yaml
      Parameters: {Level: !Ref Level, Peer: !GetAtt Fn.Arn, Tags: 'a,b', Region: !GetAtt Store.Outputs.Region}
  Store: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./store.json}}
  Elsewhere: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: 'arn:aws:serverlessrepo:x', SemanticVersion: 1.0.0}}}
  Bucket: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://s3.amazonaws.com/bucket/x.yaml'}}
";

const ROOMS: &str = "
Transform: AWS::Serverless-2016-10-31
Parameters:
  Level: {Type: String}
  Peer: {Type: String}
  Tags: {Type: CommaDelimitedList}
  Region: {Type: String}
  Size: {Type: Number, Default: 256}
Conditions: {Large: !Equals [!Ref Size, 256], Small: !Not [!Condition Large]}
Mappings: {Sizes: {us-east-1: {size: small}}}
Globals: {Function: {MemorySize: !Ref Size}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Environment:
        Variables:
          LEVEL_OF_ROOMS: !Sub 'level-${Level}'
          PEER: !Ref Peer
          TAG: !Select [1, !Ref Tags]
          SIZE: !If [Large, !FindInMap [Sizes, !Ref AWS::Region, size], none]
          NAME: !Sub '${AWS::StackName}-${!Literal}-${x}'
          STACK: !Ref AWS::StackName
          REGION: !Ref Region
          OTHER: !GetAtt Deep.Outputs.Other
  Left: {Type: AWS::Lambda::Function, Condition: Large, Properties: {FunctionName: leave, Code: ../shared}}
  Gone: {Type: AWS::Lambda::Function, Condition: Small}
  Table: {Type: AWS::Serverless::SimpleTable}
  Deep: {Type: AWS::Serverless::Application, Properties: {Location: ../deep.yaml, Parameters: {Fn: !Ref Fn}}}
Outputs:
  Join: {Value: !GetAtt Fn.Arn}
  Leave: {Value: !GetAtt Left.Arn}
  Table: {Value: !Ref Table}
";

const DEEP: &str = "
Parameters: {Fn: {Type: String}}
Resources: {Table: {Type: AWS::Serverless::SimpleTable, Properties: {TableName: !Sub '${AWS::StackName}-t'}}}
Outputs: {Other: {Value: !Join ['/', [!Ref Fn, !Ref Table]]}}
";

const STORE: &str = r#"{"Resources": {}, "Outputs": {"Region": {"Value": {"Ref": "AWS::Region"}}}}"#;

fn nested() -> (TempDir, Template) {
    let rooms = ROOMS.replace("${x}", "x");
    read_files(&[("template.yaml", OUTER), ("rooms/template.yaml", &rooms), ("deep.yaml", DEEP), ("store.json", STORE)])
}

#[test]
fn nested_applications_are_part_of_the_whole() {
    let (folder, template) = nested();
    let ids: Vec<_> = template.functions.keys().collect();
    assert_eq!(ids, ["Fn", "Rooms-Fn", "Rooms-Left"]);
    let routes = &template.apis[0].stages[0].routes;
    assert_eq!(routes["$default"], one_way("Fn"));
    assert_eq!(routes["join"], one_way("Rooms-Fn"));
    assert_eq!(routes["leave"], one_way("Rooms-Left"));
    // Paths start at the inner template.
    let (inner, left) = (&template.functions["Rooms-Fn"], &template.functions["Rooms-Left"]);
    assert_eq!(inner.code, Code::Local(folder.path().join("rooms/src/")));
    assert_eq!(left.code, Code::Local(folder.path().join("rooms/../shared")));
    let tables: Vec<_> = template.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(tables, ["local-Rooms-Deep-t", "local-Rooms-Table"]);
    assert_eq!((inner.name.as_str(), left.name.as_str()), ("Rooms-Fn", "leave"));
}

#[test]
fn parameters_go_in_and_outputs_come_out() {
    let (_folder, template) = nested();
    let variables = |function: &str| {
        let variables = template.functions[function].environment.iter();
        variables.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
    };
    assert_eq!(variables("Fn"), ["LEVEL=debug", "TABLE=local-Rooms-Table"]);
    let expected = [
        "LEVEL_OF_ROOMS=level-debug",
        "NAME=local-Rooms-${Literal}-x",
        "OTHER=Rooms-Fn/local-Rooms-Deep-t",
        "PEER=arn:aws:lambda:us-east-1:000000000000:function:Fn",
        "REGION=us-east-1",
        "SIZE=small",
        "STACK=local-Rooms",
        "TAG=b",
    ];
    assert_eq!(variables("Rooms-Fn"), expected);
}

/// What SAM generates has its names in an inner template, too.
#[test]
fn an_inner_api_with_generated_names() {
    let outer = "
Resources:
  Chat: {Type: AWS::Serverless::Application, Properties: {Location: chat.yaml}}
";
    let inner = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes:
        $default: {FunctionArn: !Ref FnAliaslive, RouteResponseSelectionExpression: $default}
        a: {FunctionArn: !Ref Fn.Alias}
        b: {FunctionArn: !Sub '${Fn.Version}'}
        c: {FunctionArn: !GetAtt FnAliaslive.AliasArn}
        d: {FunctionArn: !Sub '${FnAliaslive}'}
        e: {FunctionArn: !Sub '${Fn.Version.FunctionArn}'}
  Response:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref ApiDefaultRoute, RouteResponseKey: $default}
  Fn: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live}}
";
    let (_folder, template) = read_files(&[("template.yaml", outer), ("chat.yaml", inner)]);
    let routes = &template.apis[0].stages[0].routes;
    assert_eq!(routes["$default"], Route { is_two_way: true, ..one_way("Chat-Fn") });
    for key in ["a", "b", "c", "d", "e"] {
        assert_eq!(routes[key], one_way("Chat-Fn"), "{key}");
    }
    assert_eq!(template.notes, [""; 0]);
}

/// Those of the outer template are not for the inner one.
#[test]
fn each_template_has_its_own_globals() {
    let (_folder, template) = nested();
    let of = |function: &str| {
        let function = &template.functions[function];
        (function.timeout.as_secs(), function.memory_size)
    };
    assert_eq!((of("Fn"), of("Rooms-Fn"), of("Rooms-Left")), ((9, 128), (3, 256), (3, 128)));
}

#[test]
fn an_application_elsewhere_is_noted() {
    let (folder, template) = nested();
    let expected = [
        "Resources.Elsewhere.Properties.Location: the application is not on this machine; Elsewhere is left out",
        "Resources.Bucket.Properties.TemplateURL: the application is not on this machine; Bucket is left out",
    ];
    assert_eq!(template.notes, expected);
    let files: Vec<_> = template.files.iter().map(|file| file.strip_prefix(folder.path()).unwrap()).collect();
    assert_eq!(files, ["template.yaml", "rooms/template.yaml", "rooms/../deep.yaml", "store.json"].map(Path::new));
}

/// As `cdk synth` writes a nested stack.
#[test]
fn an_asset_of_cdk_is_a_nested_stack() {
    let outer = r#"{"Resources": {"Inner": {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, ".amazonaws.com/x"]]}},
        "Metadata": {"aws:asset:path": "Inner.nested.template.json", "aws:asset:property": "TemplateURL"}
    }}}"#;
    let inner = r#"{"Resources": {"F": {"Type": "AWS::Lambda::Function"}}}"#;
    let (_folder, template) = read_files(&[("Stack.template.json", outer), ("Inner.nested.template.json", inner)]);
    assert!(template.functions.contains_key("Inner-F"), "{template:?}");
}

#[test]
fn what_is_wrong_with_a_nested_application_is_told() {
    let outer = |properties: &str| {
        format!(
            "Resources: {{App: {{Type: AWS::Serverless::Application, Properties: {{Location: inner.yaml, {properties}}}}}}}"
        )
    };
    let inner = "
Parameters: {Known: {Type: String}}
Resources: {F: {Type: AWS::Lambda::Function, Properties: {Handler: !Ref Known}}}
";
    let unknown = error_of_files(&[("template.yaml", &outer("Parameters: {Other: 1}")), ("inner.yaml", inner)]);
    assert!(
        unknown.starts_with("Resources.App.Properties.Parameters: ")
            && unknown.contains("inner.yaml has no parameter Other"),
        "{unknown}"
    );
    let missing = error_of_files(&[("template.yaml", &outer("")), ("inner.yaml", inner)]);
    assert!(
        missing.starts_with("Resources.App-F.Properties.Handler: the parameter App-Known is given no value"),
        "{missing}"
    );
    let output = error_of_files(&[
        ("template.yaml", &(outer("Parameters: {Known: a}") + "\nConditions: {C: !Equals [a, a]}")),
        ("inner.yaml", &inner.replace("!Ref Known", "!GetAtt F.Outputs.X")),
    ]);
    assert!(output.contains("F.Outputs.X exists only in a deployed stack"), "{output}");
    let none = error_of_files(&[("template.yaml", &outer("Parameters: {Known: a}"))]);
    assert!(none.starts_with("cannot read the template") && none.contains("inner.yaml"), "{none}");
    let itself = error_of_files(&[("inner.yaml", &outer(""))]);
    assert!(itself.ends_with("it includes itself"), "{itself}");
}

/// Outputs that name each other, and an application that is there many times.
#[test]
fn nested_applications_are_bounded() {
    let outer = "
Resources:
  A: {Type: AWS::Serverless::Application, Properties: {Location: inner.yaml, Parameters: {P: !GetAtt B.Outputs.P}}}
  B: {Type: AWS::Serverless::Application, Properties: {Location: inner.yaml, Parameters: {P: !GetAtt A.Outputs.P}}}
  F: {Type: AWS::Lambda::Function, Properties: {Handler: !GetAtt A.Outputs.P}}
";
    let inner = "Parameters: {P: {Type: String}}\nOutputs: {P: {Value: !Ref P}}\n";
    let round = error_of_files(&[("template.yaml", outer), ("inner.yaml", inner)]);
    assert!(round.starts_with("Resources.F.Properties.Handler: ") && round.contains("it refers to itself"), "{round}");

    let nests = |next: usize| {
        let application = |number: usize| {
            format!("  A{number}: {{Type: AWS::Serverless::Application, Properties: {{Location: {next}.yaml}}}}\n")
        };
        format!("Resources:\n{}", (0..20).map(application).collect::<Vec<_>>().concat())
    };
    let files: Vec<_> = (0..10).map(|number| (format!("{number}.yaml"), nests(number + 1))).collect();
    let mut files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.truncate(9);
    files.push(("9.yaml", "Resources: {F: {Type: AWS::Lambda::Function}}"));
    let many = error_of_files(&files);
    assert!(many.contains("more than 500 templates and included files"), "{many}");

    let variables = "        V: 'x'\n".replace('x', &"x".repeat(100_000));
    let functions = (0..400)
        .map(|number| format!("  F{number}: {{Type: AWS::Serverless::Function}}\n"))
        .collect::<Vec<_>>()
        .concat();
    let globals =
        format!("Globals:\n  Function:\n    Environment:\n      Variables:\n{variables}{}{functions}", nests(1));
    let copied = error_of_files(&[("template.yaml", &globals), ("1.yaml", "Resources: {}")]);
    assert!(copied.contains("come to more than 32 MB"), "{copied}");
}
