//! Where the code of functions and the content of layers is. What goblet makes of it is tested by `tests/code.rs`.

use std::path::Path;

use goblet_template::Code;

use super::read;

/// A function with these properties and this metadata, in YAML.
fn code(properties: &str, metadata: &str) -> Code {
    let function = format!("{{Type: AWS::Lambda::Function, Properties: {{{properties}}}, Metadata: {{{metadata}}}}}");
    read(&format!("Resources: {{F: {function}}}")).functions["F"].code.clone()
}

/// The path from the template's folder.
fn local(properties: &str, metadata: &str) -> String {
    let code = code(properties, metadata);
    let path = code.local().unwrap_or_else(|| panic!("it is local: {code:?}"));
    // The template is in a temporary folder.
    path.components().skip(3).collect::<std::path::PathBuf>().display().to_string()
}

#[test]
fn paths_start_at_the_template() {
    assert_eq!(local("CodeUri: ./deployment.zip", ""), "deployment.zip");
    assert_eq!(local("Code: src/", ""), "src");
    assert_eq!(local("CodeUri: !Join ['/', [a, b]]", ""), "a/b");
    // SAM's own default is the folder of the template.
    assert_eq!(local("Handler: app.handler", ""), "");
    assert_eq!(code("CodeUri: /absolute", "").local(), Some(Path::new("/absolute")));
}

#[test]
fn an_asset_of_cdk_is_local() {
    let bucket = "Code: {S3Bucket: cdk-assets, S3Key: a.zip}";
    assert_eq!(local(bucket, "'aws:asset:path': asset.1, 'aws:asset:property': Code"), "asset.1");
    let other = code(bucket, "'aws:asset:path': image, 'aws:asset:property': Other");
    assert!(matches!(other, Code::Elsewhere(_)), "{other:?}");
}

#[test]
fn code_may_be_in_the_template() {
    let inline = Code::Inline("a = 1".to_owned());
    assert_eq!(code("InlineCode: a = 1", ""), inline);
    assert_eq!(code("Code: {ZipFile: a = 1}", ""), inline);
    assert_eq!(code("Code: {ZipFile: !Sub 'a = ${AWS::AccountId}'}", ""), Code::Inline("a = 000000000000".to_owned()));
}

#[test]
fn code_may_be_elsewhere() {
    for (properties, says) in [
        ("CodeUri: 's3://b/k'", "Resources.F.Properties.CodeUri: it is in a bucket, and not on this machine: s3://b/k"),
        (
            "Code: {S3Bucket: b, S3Key: k}",
            "Resources.F.Properties.Code: it is in a bucket, and not on this machine: s3://b/k",
        ),
        ("PackageType: Image", "Resources.F.Properties.PackageType: it is a container image, which is not run here"),
        ("CodeUri: !ImportValue x", "Resources.F.Properties.CodeUri: Fn::ImportValue exists only in a deployed stack"),
    ] {
        assert_eq!(code(properties, ""), Code::Elsewhere(says.to_owned()));
    }
}

#[test]
fn layers_are_found_however_they_are_named() {
    let layers = |layers: &str| {
        let template = read(&format!(
            "
Conditions: {{Same: !Equals [a, a]}}
Resources:
  F: {{Type: AWS::Lambda::Function, Properties: {{Layers: {layers}}}}}
  L: {{Type: AWS::Serverless::LayerVersion, Properties: {{ContentUri: layer.zip, LayerName: tools}}}}
"
        ));
        let names = template.functions["F"].layers.iter().map(|layer| layer.file_name().unwrap().to_owned());
        (names.collect::<Vec<_>>(), template.notes)
    };
    for list in [
        "[!Ref L]",
        "[!Sub '${L}']",
        "[!If [Same, !Ref L, !Ref AWS::NoValue]]",
        "!If [Same, [!Ref L], []]",
        "!Split [';', !Ref L]",
    ] {
        assert_eq!(layers(list), (vec!["layer.zip".into()], vec![]), "{list}");
    }
    let (none, notes) = layers("[!ImportValue x]");
    assert!(none.is_empty());
    let expected =
        "Resources.F.Properties.Layers: Fn::ImportValue exists only in a deployed stack; F runs without its layers";
    assert_eq!(notes, [expected]);
}
