//! Templates that ask for more than they may: each is an error at once, however much it asks for.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use tempfile::TempDir;

use super::{error, read, read_file, read_with};

/// An error that names the file and the bound.
fn assert_too_large(text: &str, says: &[&str]) {
    let error = error(text);
    for says in [&["template.yaml is too large: "], says].concat() {
        assert!(error.contains(says), "not {says:?} in: {error}");
    }
}

#[test]
fn nesting() {
    for depth in [101, 20_000, 100_000] {
        for text in [
            "- ".repeat(depth),
            "[".repeat(depth),
            format!("{}{}", "[".repeat(depth), "]".repeat(depth)),
            "{a: ".repeat(depth),
            "!Join [".repeat(depth),
            "? ".repeat(depth),
            "[\n".repeat(depth),
        ] {
            assert_too_large(&text, &["nested more than 100 deep (line "]);
        }
    }
    // As many as fit into what CloudFormation takes.
    for text in ["- ".repeat(500_000), "[".repeat(1_000_000)] {
        assert_too_large(&text, &["nested more than 100 deep (line 1)"]);
    }
    let mut block = String::new();
    for depth in 0..1000 {
        writeln!(block, "{:depth$}a:", "").unwrap();
    }
    assert_too_large(&block, &["nested more than 100 deep (line 101)"]);
    let flow = format!("Metadata: {}{}", "[".repeat(99), "]".repeat(99));
    assert!(read(&flow).functions.is_empty());
}

/// As text, each such key would be twice as long as the one in it.
#[test]
fn keys_in_keys() {
    let says = "a key must be a text, not a list or a mapping";
    for depth in 30..=99 {
        for text in [
            format!("a: 1\n{}a: 1{}", "{".repeat(depth), "}: 1".repeat(depth)),
            format!("a: 1\nb: {}a: 1{}", "{".repeat(depth - 1), "}: 1".repeat(depth - 1)),
            format!("a:\n  {}a: 1", "? ".repeat(depth - 1)),
            format!("a:\n  {}[]", "? ".repeat(depth - 1)),
        ] {
            let error = error(&text);
            assert!(error.contains(says) && error.contains("line 2"), "{depth}: {error}");
        }
    }
    for text in ["? [a]\n: 1", "? !Ref A\n: 1", "{[a]: 1}", "? a:\n    - b\n: 1"] {
        let error = error(text);
        assert!(error.contains(says) && error.contains("line 1"), "{text}: {error}");
    }
    let alias = error("a: &a [b]\n? *a\n: 1");
    assert!(alias.contains(says) && alias.contains("line 2"), "{alias}");
    assert!(read("1: a\ntrue: b\nnull: c\n").functions.is_empty());
}

#[test]
fn size() {
    assert_too_large(&"# more\n".repeat(200_000), &["more than 1 MB", "CloudFormation's limit"]);
    let almost = format!("Description: {}", "x".repeat(1_000_000));
    assert!(read(&almost).functions.is_empty());
}

#[test]
fn a_file_that_never_ends() {
    let read = |path: &Path| read_file(path, BTreeMap::new()).unwrap_err().to_string();
    let folder = TempDir::new().unwrap();
    let says = "not a regular file";
    for path in [Path::new("/dev/zero"), folder.path()] {
        assert!(read(path).contains(says), "{}", read(path));
    }
    fs::write(folder.path().join("latin1.yaml"), b"a: \xe9").unwrap();
    assert!(read(&folder.path().join("latin1.yaml")).starts_with("cannot read the template"));
}

#[test]
fn aliases() {
    // Each line is ten times the one before: a "billion laughs".
    let mut laughs = "a0: &a0 ha\n".to_owned();
    for line in 1..10 {
        let before = format!("*a{}, ", line - 1).repeat(10);
        writeln!(laughs, "a{line}: &a{line} [{before}]").unwrap();
    }
    assert_too_large(&laughs, &["anchors and aliases repeat more than 10 MB (line "]);
    let long = format!("a: &a {}\nb: [{}]", "x".repeat(100_000), "*a, ".repeat(10_000));
    assert_too_large(&long, &["anchors and aliases repeat more than 10 MB (line 2)"]);
    // Each is within the bound, but not one in the other.
    let mut deep = format!("- &a0 {}{}\n", "[".repeat(60), "]".repeat(60));
    for line in 1..100 {
        writeln!(deep, "- &a{line} {}*a{}{}", "[".repeat(60), line - 1, "]".repeat(60)).unwrap();
    }
    assert_too_large(&deep, &["nested more than 100 deep (line 2)"]);
    assert!(read("a: &a [*a]").functions.is_empty());
}

/// A function whose handler is an expression, in a template with more sections and resources.
fn with_handler(expression: &str, sections: &str, resources: &str) -> String {
    format!(
        "{sections}\nResources:\n  F: {{Type: AWS::Lambda::Function, Properties: {{Handler: {expression}}}}}\n{resources}"
    )
}

#[test]
fn conditions_that_name_the_one_before_twice() {
    let conditions = |count: usize| {
        let mut conditions = "Conditions:\n  C0: !Equals [a, a]\n".to_owned();
        for number in 1..count {
            let before = number - 1;
            writeln!(conditions, "  C{number}: !And [!Condition C{before}, !Condition C{before}]").unwrap();
        }
        with_handler(&format!("!If [C{}, a, b]", count - 1), &conditions, "")
    };
    assert_eq!(read(&conditions(30)).functions["F"].handler_name, "a");
    let error = error(&conditions(500));
    assert!(error.starts_with("Resources.F.Properties.Handler: it is nested more than 100 deep"), "{error}");
}

#[test]
fn names_that_repeat_the_one_before_twice() {
    let tables = |count: usize| {
        let mut tables = "  T0: {Type: AWS::Serverless::SimpleTable, Properties: {TableName: x}}\n".to_owned();
        for number in 1..count {
            let name = format!("!Sub '${{T{before}}}${{T{before}}}'", before = number - 1);
            writeln!(tables, "  T{number}: {{Type: AWS::Serverless::SimpleTable, Properties: {{TableName: {name}}}}}")
                .unwrap();
        }
        with_handler(&format!("!Ref T{}", count - 1), "", &tables)
    };
    assert_eq!(read(&tables(11)).functions["F"].handler_name, "x".repeat(1024));
    assert_too_large(&tables(40), &["Resources.F.Properties.Handler", "more than 16 MB"]);
}

#[test]
fn values_that_grow() {
    let long = "x".repeat(100_000);
    let parameters = format!("Parameters: {{Long: {{Type: String, Default: {long}}}}}");
    let many = "!Ref Long, ".repeat(1000);
    for expression in [
        format!("!Join ['', [{many}]]"),
        format!("!Join [!Ref Long, [{}]]", "a, ".repeat(1000)),
        format!("!Sub '{}'", "${Long}".repeat(1000)),
        format!("!Join ['', !Split ['', !Join ['', [{}]]]]", "!Ref Long, ".repeat(10)),
        format!("!Select [0, [{many}]]"),
        format!("{}!Ref Long{}", "{'Fn::Base64': ".repeat(40), "}".repeat(40)),
    ] {
        assert_too_large(&with_handler(&expression, &parameters, ""), &["Handler", "more than 16 MB"]);
    }
    // Published aliases are looked up anew each time.
    let mut functions = String::new();
    for number in 0..25 {
        let next = format!("!Ref F{}.Alias", number + 1);
        writeln!(
            functions,
            "  F{number}: {{Type: AWS::Lambda::Function, Properties: {{AutoPublishAlias: !Join ['', [{next}, {next}]]}}}}"
        )
        .unwrap();
    }
    functions.push_str("  F25: {Type: AWS::Lambda::Function, Properties: {AutoPublishAlias: live}}\n");
    assert_too_large(&with_handler("!Ref F0.Alias", "", &functions), &["Handler", "more than 16 MB"]);
}

/// Functions that take all they have from `Globals`.
fn functions_with(count: usize, globals: &str, resources: &str) -> String {
    let mut text = format!("Globals:\n  Function:\n{globals}\nResources:\n{resources}");
    for number in 0..count {
        writeln!(text, "  F{number}: {{Type: AWS::Serverless::Function}}").unwrap();
    }
    text
}

/// What only notes tell, too: they would be as many as there are variables.
#[test]
fn what_globals_give_to_many_functions() {
    let functions =
        |variables: &str| functions_with(5000, &format!("    Environment: {{Variables: {{{variables}}}}}"), "");
    let many: Vec<String> = (0..10_000).map(|number| format!("V{number}: !Ref Nothing")).collect();
    assert_too_large(&functions(&many.join(", ")), &["Environment.Variables.V", "more than 16 MB"]);
    assert_too_large(&functions(&format!("V: {}", "x".repeat(100_000))), &["Environment.Variables.V"]);
}

/// Names and literals are copied as often as values are.
#[test]
fn long_names_in_many_functions() {
    let long = "x".repeat(700_000);
    let variable = |value: &str| format!("    Environment:\n      Variables:\n        V: {value}");
    let layer = format!("  L: {{Type: AWS::Serverless::LayerVersion, Properties: {{ContentUri: {long}}}}}\n");
    for (globals, resources) in [
        (variable(&format!("!Sub '${{!{long}}}'")), ""),
        (variable(&format!("!Sub '${{{long}}}'")), ""),
        (variable(&format!("!Sub '${{{long}.Arn}}'")), ""),
        (variable(&format!("!Ref {long}")), ""),
        (variable(&format!("!GetAtt {long}.Arn")), ""),
        (variable(&format!("!If [{long}, a, b]")), ""),
        (variable(&format!("!{long} a")), ""),
        (format!("    Environment:\n      Variables:\n        ? {long}\n        : v"), ""),
        (format!("    Environment:\n      Variables:\n        ? {long}\n        : !Ref Nothing"), ""),
        ("    Layers: [!Ref L]".to_owned(), &layer),
    ] {
        assert_too_large(&functions_with(2000, &globals, resources), &["Resources.F", "more than 16 MB"]);
        // As few as are within the bound.
        assert_eq!(read(&functions_with(3, &globals, resources)).functions.len(), 3);
    }
}

#[test]
fn a_long_id_in_many_places() {
    let long = "x".repeat(500_000);
    let routes = |id: &str| {
        let mut text = format!(
            "Resources:\n  ? {id}\n  : {{Type: AWS::Serverless::Function, Properties: {{FunctionName: f}}}}\n  \
             Api:\n    Type: AWS::Serverless::WebSocketApi\n    \
             Properties:\n      RouteSelectionExpression: $request.body.action\n      Routes:\n"
        );
        for number in 0..5000 {
            writeln!(text, "        r{number}: {{FunctionArn: 'arn:aws:lambda:x:1:function:f'}}").unwrap();
        }
        text
    };
    assert_eq!(read(&routes("F")).apis[0].stages[0].routes.len(), 5000);
    assert_too_large(&routes(&long), &["Resources.Api.Properties.Routes.r", "more than 16 MB"]);
    let mut variables = format!("Resources:\n  ? {long}\n  : Type: AWS::Lambda::Function\n    Properties:\n");
    variables.push_str("      Environment:\n        Variables:\n");
    for number in 0..5000 {
        writeln!(variables, "          V{number}: !Ref Nothing").unwrap();
    }
    assert_too_large(&variables, &["Environment.Variables.V", "more than 16 MB"]);
}

/// Each API looks for its stage among all resources.
#[test]
fn many_apis_and_many_resources() {
    let apis = |count: usize, others: usize| {
        let mut text = "Resources:\n".to_owned();
        for number in 0..count {
            let api = "ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action";
            writeln!(text, "  A{number}: {{Type: AWS::ApiGatewayV2::Api, Properties: {{{api}}}}}").unwrap();
            let stage = format!("ApiId: A{number}, StageName: dev");
            writeln!(text, "  S{number}: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{{stage}}}}}").unwrap();
        }
        for number in 0..others {
            writeln!(text, "  R{number}:").unwrap();
        }
        text
    };
    // As many resources as a stack may have.
    assert_eq!(read(&apis(50, 400)).apis.len(), 50);
    assert_too_large(&apis(50, 90_000), &["up to Resources its values", "more than 16 MB"]);
}

#[test]
fn layers() {
    let layers = |count: usize| {
        let references = "!Ref L, ".repeat(count);
        let layer = "  L: {Type: AWS::Lambda::LayerVersion, Properties: {Content: host}}\n";
        let text = with_handler("a", "", layer);
        read_with(&text.replace("Handler: a", &format!("Handler: a, Layers: [{references}]")), &[])
    };
    assert_eq!(layers(5).unwrap().functions["F"].layers.len(), 5);
    let says = layers(6).unwrap_err().to_string();
    assert!(says.starts_with("Resources.F.Properties.Layers: a function may have 5 layers"), "{says}");
}

#[test]
fn what_refers_to_itself() {
    for (handler, sections, resources, says) in [
        (
            "!If [A, a, b]",
            "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}",
            "",
            "A has no value: it refers",
        ),
        (
            "!Ref T",
            "",
            "  T: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Ref T}}\n",
            "T has no value: it refers",
        ),
        (
            "!Sub '${G.Arn}'",
            "",
            "  G: {Type: AWS::Lambda::Function, Properties: {FunctionName: !GetAtt G.Arn}}\n",
            "G has no",
        ),
        (
            "!Ref G.Alias",
            "",
            "  G: {Type: AWS::Lambda::Function, Properties: {AutoPublishAlias: !Ref G.Alias}}\n",
            "nested",
        ),
    ] {
        let error = error(&with_handler(handler, sections, resources));
        assert!(error.starts_with("Resources.F.Properties.Handler: ") || error.starts_with("Resources.G."), "{error}");
        assert!(error.contains(says), "{error}");
    }
}

/// A reason quotes the beginning of a value alone.
#[test]
fn reasons_are_short() {
    let error = error(&with_handler(&format!("[{}]", "abcdefg, ".repeat(10_000)), "", ""));
    assert!(error.starts_with("Resources.F.Properties.Handler: [\"abcdefg\",") && error.len() < 600, "{error}");
}

#[test]
fn numbers_have_aws_ranges() {
    for (property, good, bad, says) in [
        ("Timeout", ["1", "900"], ["0", "901"], "must be a whole number from 1 to 900 (seconds)"),
        ("MemorySize", ["128", "10240"], ["127", "10241"], "must be a whole number from 128 to 10240 (MB)"),
    ] {
        let text = |value: &str| {
            let property = format!("Handler: a, {property}: {value}");
            with_handler("a", "", "").replace("Handler: a", &property)
        };
        for value in good {
            drop(read(&text(value)));
        }
        for value in bad.into_iter().chain(["-1", "999999999999", "99999999999999999999", "1.5", "1e2", "soon", "''"]) {
            let error = error(&text(value));
            assert!(error.starts_with(&format!("Resources.F.Properties.{property}: ")), "{error}");
            assert!(error.contains(says), "{value}: {error}");
        }
    }
}

#[test]
fn integration_timeouts_have_aws_range() {
    let serverless = super::SERVERLESS.replace("IntegrationTimeout: 5000", "IntegrationTimeout: VALUE");
    let plain = super::PLAIN.replace("TimeoutInMillis: 500", "TimeoutInMillis: VALUE");
    for (template, place) in [
        (serverless, "Resources.Chat.Properties.Routes.ask.IntegrationTimeout: "),
        (plain, "Resources.JoinIntegration.Properties.TimeoutInMillis: "),
    ] {
        for value in ["50", "29000"] {
            drop(read(&template.replace("VALUE", value)));
        }
        for value in ["0", "49", "29001", "-1", "999999999999", "soon"] {
            let error = error(&template.replace("VALUE", value));
            assert!(error.starts_with(place), "{error}");
            assert!(error.contains("must be a whole number from 50 to 29000 (milliseconds)"), "{error}");
        }
    }
}
