//! The forms that a function's code has in a template: each is served as it is, and served again when it changes.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs,
    io::{Cursor, Write as _},
};

use serde_json::{Value, json};
use support::{Dev, output};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

/// A function in Python that speaks Lambda's Runtime API, and answers each message with a text.
fn source(answer: &str) -> String {
    let source = r#"
import json, os, urllib.request
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{api}/next") as event:
        request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
    response = json.dumps({"statusCode": 200, "body": "ANSWER"}).encode()
    urllib.request.urlopen(f"{api}/{request_id}/response", response).close()
"#;
    source.replace("ANSWER", answer)
}

/// A template in JSON, with one function of these properties that answers all messages.
fn template(function: &Value) -> Value {
    json!({"Resources": {
        "Api": {"Type": "AWS::Serverless::WebSocketApi", "Properties": {
            "StageName": "dev",
            "RouteSelectionExpression": "$request.body.action",
            "Routes": {"$default": {"FunctionArn": {"Fn::GetAtt": ["F", "Arn"]}, "RouteResponseSelectionExpression": "$default"}},
        }},
        "Response": {"Type": "AWS::ApiGatewayV2::RouteResponse", "Properties": {
            "ApiId": {"Ref": "Api"}, "RouteId": {"Ref": "ApiDefaultRoute"}, "RouteResponseKey": "$default",
        }},
        "F": function,
    }})
}

fn write(folder: &TempDir, file: &str, content: impl AsRef<[u8]>) {
    // At once: a reload must not see a part of it.
    let file = folder.path().join(file);
    let next = file.with_extension("next~");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&next, content).unwrap();
    fs::rename(&next, &file).unwrap();
}

fn zip(file: &str, content: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(file, SimpleFileOptions::default()).unwrap();
    zip.write_all(content.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// Serves a template from another folder: paths in it start where it is.
async fn serve(folder: &TempDir, template: &str, program: &str) -> Dev {
    let template = folder.path().join(template);
    Dev::start(["--template", template.to_str().unwrap(), "--command", program]).await
}

/// As `chalice package` writes it.
#[tokio::test]
async fn a_zip() {
    let folder = TempDir::new().unwrap();
    let function = json!({"Type": "AWS::Serverless::Function", "Properties": {
        "Runtime": "python3.13", "Handler": "app.message", "CodeUri": "./deployment.zip",
    }});
    write(&folder, "sam.json", template(&function).to_string());
    write(&folder, "deployment.zip", zip("app.py", &source("one")));
    let mut dev = serve(&folder, "sam.json", "python3 app.py").await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "one");

    write(&folder, "deployment.zip", zip("app.py", &source("two")));
    dev.line("deployment.zip changed); connections stay").await;
    assert_eq!(client.ask("foo").await, "two");

    write(&folder, "deployment.zip", "no zip");
    dev.line("deployment.zip is no zip").await;
    assert_eq!(client.ask("foo").await, "two");
}

#[tokio::test]
async fn in_the_template() {
    for (kind, properties) in [
        ("AWS::Serverless::Function", json!({"Runtime": "python3.13", "InlineCode": source("one")})),
        ("AWS::Lambda::Function", json!({"Runtime": "python3.13", "Code": {"ZipFile": source("one")}})),
        (
            "AWS::Lambda::Function",
            json!({"Runtime": "python3.13", "Code": {"ZipFile": {"Fn::Sub": [source("${Answer}"), {"Answer": "one"}]}}}),
        ),
    ] {
        let folder = TempDir::new().unwrap();
        let template = template(&json!({"Type": kind, "Properties": properties})).to_string();
        write(&folder, "template.json", &template);
        // It is found by its name.
        let mut dev = Dev::start_in(folder.path(), ["--command", "python3 index.py"]).await;
        let mut client = dev.connect().await;
        assert_eq!(client.ask("foo").await, "one");

        write(&folder, "template.json", template.replace("one", "two"));
        dev.line("reloaded in").await;
        assert_eq!(client.ask("foo").await, "two");
    }
}

/// As `cdk synth` writes it: <https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/cx-api/lib/assets.ts>.
#[tokio::test]
async fn an_asset_of_cdk() {
    let folder = TempDir::new().unwrap();
    let function = json!({
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {
                "S3Bucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"},
                "S3Key": "0123.zip",
            },
            "Handler": "app.handler",
            "Runtime": "python3.13",
        },
        "Metadata": {
            "aws:cdk:path": "Stack/F/Resource",
            "aws:asset:path": "asset.0123",
            "aws:asset:is-bundled": false,
            "aws:asset:property": "Code",
        },
    });
    write(&folder, "cdk.out/Stack.template.json", template(&function).to_string());
    write(&folder, "cdk.out/asset.0123/app.py", source("one"));
    // CDK leaves it out of git.
    write(&folder, ".gitignore", "cdk.out\n");
    let mut dev = serve(&folder, "cdk.out/Stack.template.json", "python3 app.py").await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "one");

    write(&folder, "cdk.out/asset.0123/app.py", source("two"));
    dev.line("reloaded in").await;
    assert_eq!(client.ask("foo").await, "two");
}

#[tokio::test]
async fn the_folder_of_the_template_if_it_names_none() {
    let folder = TempDir::new().unwrap();
    let function =
        json!({"Type": "AWS::Serverless::Function", "Properties": {"Runtime": "python3.13", "Handler": "app.handler"}});
    write(&folder, "template.json", template(&function).to_string());
    write(&folder, "app.py", source("one"));
    let mut dev = serve(&folder, "template.json", "python3 app.py").await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "one");

    write(&folder, "app.py", source("two"));
    dev.line("app.py changed); connections stay").await;
    assert_eq!(client.ask("foo").await, "two");
}

/// It is said where the code is, and what to do.
#[test]
fn nowhere_on_this_machine() {
    for (properties, says) in [
        (
            json!({"CodeUri": "s3://bucket/key.zip"}),
            "Resources.F.Properties.CodeUri: it is in a bucket, and not on this machine: s3://bucket/key.zip",
        ),
        (
            json!({"CodeUri": {"Bucket": "bucket", "Key": "key.zip"}}),
            "Resources.F.Properties.CodeUri: it is in a bucket, and not on this machine: s3://bucket/key.zip",
        ),
        (
            json!({"Code": {"S3Bucket": {"Ref": "Bucket"}, "S3Key": "key.zip"}}),
            "Resources.F.Properties.Code: it is in a bucket, and not on this machine: s3://…/key.zip",
        ),
        (json!({"Code": {"ImageUri": "image"}}), "Resources.F.Properties.Code.ImageUri: it is a container image"),
        (json!({"PackageType": "Image"}), "Resources.F.Properties.PackageType: it is a container image"),
    ] {
        let folder = TempDir::new().unwrap();
        let function = json!({"Type": "AWS::Serverless::Function", "Properties": properties});
        write(&folder, "template.json", template(&function).to_string());
        let mut goblet = std::process::Command::new(support::GOBLET);
        goblet.args(["dev", "--port", "0"]).current_dir(folder.path());
        let told = String::from_utf8(output(&mut goblet).stderr).unwrap();
        assert!(told.contains(says) && told.contains("--command 'F=COMMAND'"), "{told}");
    }
}
