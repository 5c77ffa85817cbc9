//! `Globals`, merged as SAM merges them:
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
//! (overridable, additive, and mappings key by key).

use goblet_template::Target;

use super::{expansion::read_files, read};

/// The function of a template with these `Globals`, of functions, and these properties.
fn function(globals: &str, properties: &str) -> goblet_template::Function {
    let template = read(&format!(
        "
Conditions: {{Same: !Equals [a, a]}}
Globals: {{Function: {{{globals}}}}}
Resources:
  F: {{Type: AWS::Serverless::Function, Properties: {{{properties}}}}}
  A: {{Type: AWS::Serverless::LayerVersion, Properties: {{ContentUri: a}}}}
  B: {{Type: AWS::Serverless::LayerVersion, Properties: {{ContentUri: b}}}}
"
    ));
    assert!(template.notes.is_empty(), "{:?}", template.notes);
    template.functions["F"].clone()
}

fn variables(globals: &str, properties: &str) -> String {
    let variables = function(globals, properties).environment.into_iter();
    variables.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn texts_and_numbers_are_overridden() {
    let function = function("Handler: a, Timeout: 1, MemorySize: 256", "Handler: b, Timeout: 2");
    assert_eq!((function.handler_name.as_str(), function.timeout.as_secs(), function.memory_size), ("b", 2, 256));
}

#[test]
fn lists_are_put_one_after_the_other() {
    let layers = function("Layers: [!Ref A]", "Layers: [!Ref B]").layers;
    let names: Vec<_> = layers.iter().map(|layer| layer.file_name().unwrap()).collect();
    assert_eq!(names, ["a", "b"]);
    // An intrinsic function is no list: it overrides.
    assert_eq!(function("Layers: [!Ref A]", "Layers: !Split [',', !Ref B]").layers.len(), 1);
}

#[test]
fn mappings_are_merged_key_by_key() {
    let globals = "Environment: {Variables: {A: 1, B: 2}}";
    assert_eq!(variables(globals, "Environment: {Variables: {B: 3, C: 4}}"), "A=1 B=3 C=4");
    assert_eq!(variables(globals, "Environment: {}"), "A=1 B=2");
    assert_eq!(variables(globals, "Environment: {Variables: {B: !Ref AWS::NoValue}}"), "A=1");
    // What is overridden need not have a value.
    assert_eq!(variables("Environment: {Variables: {A: !ImportValue x}}", "Environment: {Variables: {A: 1}}"), "A=1");
}

#[test]
fn a_condition_chooses_a_part() {
    for properties in [
        "Environment: !If [Same, {Variables: {B: 3}}, !Ref AWS::NoValue]",
        "Environment: {Variables: !If [Same, {B: 3}, {B: 4}]}",
        "Environment: {Variables: {B: !If [Same, 3, 4]}}",
    ] {
        assert_eq!(variables("", properties), "B=3", "{properties}");
    }
}

/// `IgnoreGlobals` is an attribute of the resource:
/// <https://github.com/aws/serverless-application-model/blob/develop/samtranslator/plugins/globals/globals.py>.
#[test]
fn a_resource_ignores_globals() {
    let inner = |ignored: &str| {
        format!(
            "
Globals: {{Function: {{Timeout: 9, MemorySize: 256, AutoPublishAlias: live, Bogus: 1}}}}
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes: {{$default: {{FunctionArn: !Ref F.Alias}}}}
  F: {{Type: AWS::Serverless::Function, IgnoreGlobals: {ignored}, Properties: {{Handler: a}}}}
"
        )
    };
    let outer = "Resources: {A: {Type: AWS::Serverless::Application, Properties: {Location: inner.yaml}}}";
    for (ignored, settings, is_published, notes) in [
        ("[Timeout, Bogus]", (3, 256), true, 0),
        ("'*'", (3, 128), false, 0),
        ("[AutoPublishAlias]", (9, 256), false, 1),
    ] {
        let (_folder, nested) = read_files(&[("template.yaml", outer), ("inner.yaml", &inner(ignored))]);
        for (template, id) in [(read(&inner(ignored)), "F"), (nested, "A-F")] {
            let function = &template.functions[id];
            assert_eq!((function.timeout.as_secs(), function.memory_size), settings, "{ignored}");
            let route = &template.apis[0].stages[0].routes["$default"];
            assert_eq!(matches!(route.target, Target::Function(_)), is_published, "{ignored}");
            assert_eq!(template.notes.len(), notes, "{:?}", template.notes);
        }
    }
}
