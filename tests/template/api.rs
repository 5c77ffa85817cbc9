//! What an API's resources say, but for the routes' functions: who may connect, two-way routes, stages, and notes for what has
//! no effect.

use goblet_template::{Admission, ApiKeys, Authorizer, Target};

use super::{error, read};

/// An API of CloudFormation's own resources, with these beside it.
fn plain(connect: &str, resources: &str) -> String {
    format!(
        "
Resources:
  Api: {{Type: AWS::ApiGatewayV2::Api, Properties: {{ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.a}}}}
  Stage: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Api, StageName: dev, StageVariables: {{fn: F}}}}}}
  Connect:
    Type: AWS::ApiGatewayV2::Route
    Properties: {{ApiId: !Ref Api, RouteKey: $connect, Target: !Sub 'integrations/${{Integration}}', {connect}}}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {{ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn}}
  F: {{Type: AWS::Lambda::Function, Properties: {{Handler: a.b}}}}
{resources}"
    )
}

fn admission(text: &str) -> Admission {
    read(text).apis[0].stages[0].admission.clone()
}

const AUTHORIZER: &str = "
  Auth:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      ApiId: !Ref Api
      AuthorizerType: REQUEST
      Name: auth
      AuthorizerUri: !Sub 'arn:aws:apigateway:x:lambda:path/2015-03-31/functions/${F.Arn}/invocations'
      IdentitySource: [route.request.header.Auth]
";

fn authorizer() -> Authorizer {
    let identity_sources = vec!["route.request.header.Auth".to_owned()];
    Authorizer { target: Target::Function("F".to_owned()), identity_sources }
}

#[test]
fn an_authorizer_of_either_kind() {
    let template = plain("AuthorizationType: CUSTOM, AuthorizerId: !Ref Auth", AUTHORIZER);
    assert_eq!(admission(&template).authorizer, Some(authorizer()));
    assert_eq!(read(&template).notes, [""; 0]);
    let serverless = |auth: &str| {
        format!(
            "
Globals: {{WebSocketApi: {{Auth: {{{auth}}}}}}}
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes: {{$connect: {{FunctionArn: !GetAtt F.Arn}}}}
  F: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b}}}}
"
        )
    };
    let custom = "AuthType: CUSTOM, AuthArn: !GetAtt F.Arn, IdentitySource: [route.request.header.Auth]";
    assert_eq!(admission(&serverless(custom)).authorizer, Some(authorizer()));
    assert_eq!(admission(&serverless("AuthType: NONE")), Admission::default());
    let iam = serverless("AuthType: AWS_IAM");
    assert_eq!(admission(&iam), Admission::default());
    let note = "Resources.Api.Properties.Auth.AuthType: AWS_IAM is not checked here, every client is let in";
    assert_eq!(read(&iam).notes, [note]);
}

#[test]
fn an_authorizer_that_is_not_there() {
    let says = error(&plain("AuthorizationType: CUSTOM, AuthorizerId: other", ""));
    assert_eq!(says, "Resources.Connect.Properties.AuthorizerId: other is no authorizer of the API");
    let iam = plain("AuthorizationType: AWS_IAM", "");
    let note = "Resources.Connect.Properties.AuthorizationType: AWS_IAM is not checked here, every client is let in";
    assert_eq!(read(&iam).notes, [note]);
}

#[test]
fn api_keys_are_those_of_the_template() {
    let key = |name: &str, properties: &str| {
        format!("  {name}: {{Type: AWS::ApiGateway::ApiKey, Properties: {{{properties}}}}}\n")
    };
    let required = "ApiKeyRequired: true";
    let keys = |resources: &str| admission(&plain(required, resources)).api_keys.unwrap();
    let selection_expression = "$request.header.x-api-key".to_owned();
    let resources = key("A", "Value: one") + &key("B", "Value: two, Enabled: false");
    assert_eq!(keys(&resources), ApiKeys { selection_expression, values: vec!["one".to_owned()] });
    // AWS makes up the second.
    assert!(keys(&(resources + &key("C", "Enabled: true"))).values.is_empty());
    let note = "Resources.Connect.Properties.ApiKeyRequired: the template has no value of an API key, so any key is taken here";
    assert_eq!(read(&plain(required, "")).notes, [note]);
    assert_eq!(admission(&plain("ApiKeyRequired: false", "")).api_keys, None);
}

#[test]
fn required_parameters() {
    let parameters =
        "RequestParameters: {route.request.querystring.a: {Required: true}, route.request.header.b: {Required: false}}";
    assert_eq!(admission(&plain(parameters, "")).required_parameters, ["route.request.querystring.a"]);
    let chosen = format!("{} , {{}}]", parameters.replacen("{route", "!If [IsOn, {route", 1));
    let chosen = plain(&chosen, "") + "\nConditions: {IsOn: !Equals [a, a]}\n";
    assert_eq!(admission(&chosen).required_parameters, ["route.request.querystring.a"]);
}

/// A client must not be let in because its parameters are written in another shape.
#[test]
fn parameters_and_routes_are_mappings() {
    let place = "Resources.Connect.Properties.RequestParameters";
    for (parameters, place) in [
        ("[{route.request.querystring.a: {Required: true}}]", place.to_owned()),
        ("{route.request.querystring.a: true}", format!("{place}.route.request.querystring.a")),
    ] {
        let says = error(&plain(&format!("RequestParameters: {parameters}"), ""));
        assert_eq!(says, format!("{place}: this property must be a mapping"));
    }
    let api = "
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties: {RouteSelectionExpression: $request.body.action, Routes: [{$default: {FunctionArn: a}}]}
";
    assert_eq!(error(api), "Resources.Api.Properties.Routes: this property must be a mapping");
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html>.
#[test]
fn a_two_way_route_has_a_response_and_what_selects_it() {
    let response = "
  Response:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref Connect, RouteResponseKey: $default}
";
    let expression = "RouteResponseSelectionExpression: $default";
    for (route, resources, expected, note) in [
        (expression, response, true, None),
        (
            expression,
            "",
            false,
            Some("also needs a resource of type AWS::ApiGatewayV2::RouteResponse, with RouteId: !Ref Connect"),
        ),
        ("", response, false, Some("this property is missing, so that the route response has no effect")),
        ("", "", false, None),
    ] {
        let template = read(&plain(route, resources));
        assert_eq!(template.apis[0].stages[0].routes["$connect"].is_two_way, expected, "{route}{resources}");
        match note {
            None => assert_eq!(template.notes, [""; 0]),
            Some(note) => {
                assert_eq!(template.notes.len(), 1);
                let place = "Resources.Connect.Properties.RouteResponseSelectionExpression: ";
                assert!(
                    template.notes[0].starts_with(place) && template.notes[0].contains(note),
                    "{:?}",
                    template.notes
                );
            }
        }
    }
}

#[test]
fn a_function_by_its_alias_its_version_or_a_stage_variable() {
    let resources = "
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, FunctionVersion: !GetAtt V.Version, Name: live}}
  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}
  S: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live}}
  MyAliased: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live}}
";
    for (named, expected) in [
        ("!Ref Live", "F"),
        ("!GetAtt Live.AliasArn", "F"),
        ("!Ref V", "F"),
        ("!GetAtt V.FunctionArn", "F"),
        ("!Ref S.Alias", "S"),
        ("!Ref S.Version", "S"),
        ("!Ref SAliaslive", "S"),
        ("!GetAtt SAliaslive.AliasArn", "S"),
        ("!Ref MyAliasedAliaslive", "MyAliased"),
        ("!GetAtt S.Alias.AliasArn", "S"),
        ("!GetAtt [S.Version, FunctionArn]", "S"),
        ("!Sub '${S.Version.FunctionArn}'", "S"),
        ("!Sub '${S.Arn}:${S.Version.Version}'", "S"),
        ("!Sub 'arn:aws:apigateway:x:lambda:path/2015-03-31/functions/${S.Alias}/invocations'", "S"),
        ("!Sub ['arn:aws:apigateway:x:lambda:path/2015-03-31/functions/${S.Version}/${end}', {end: invocations}]", "S"),
        ("!Sub '${S.Arn}:live'", "S"),
        ("!Sub 'arn:aws:lambda:x:1:function:${!stageVariables.fn}:live'", "F"),
    ] {
        let template = plain("OperationName: a", resources)
            .replace("IntegrationUri: !GetAtt F.Arn", &format!("IntegrationUri: {named}"));
        let template = read(&template);
        let target = &template.apis[0].stages[0].routes["$connect"].target;
        assert_eq!(*target, Target::Function(expected.to_owned()), "{named}");
    }
}

/// Nothing is skipped in silence.
#[test]
fn what_has_no_effect_is_noted() {
    let template = plain(
        "RequestModels: {$default: M}, Future: 1, OperationName: a",
        "
  Domain: {Type: AWS::ApiGatewayV2::DomainName}
  Http: {Type: AWS::Serverless::HttpApi}
  Rest: {Type: AWS::Serverless::Api}
",
    )
    .replace("StageName: dev", "StageName: dev, DefaultRouteSettings: {ThrottlingBurstLimit: 1}, AutoDeploy: true")
    .replace(
        "AWS_PROXY,",
        "AWS_PROXY, ContentHandlingStrategy: CONVERT_TO_TEXT, TlsConfig: {}, IntegrationMethod: POST,",
    );
    let mut notes = read(&template).notes;
    notes.sort();
    assert_eq!(
        notes,
        [
            "Resources.Connect.Properties.Future: this property is not known here, and has no effect",
            "Resources.Connect.Properties.RequestModels: messages are not validated here",
            "Resources.Domain: there is no custom domain here: connect to the address that is printed",
            "Resources.Http: an HTTP API is not served here",
            "Resources.Integration.Properties.ContentHandlingStrategy: payloads are not converted here",
            "Resources.Integration.Properties.TlsConfig: functions are called without TLS here",
            "Resources.Rest: a REST API is not served here",
            "Resources.Stage.Properties.DefaultRouteSettings: requests are not throttled here",
        ]
    );
}

#[test]
fn a_response_of_nothing_is_noted() {
    let responses = "
  Stray: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Api, RouteId: R99, RouteResponseKey: $default}}
  Lost:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties: {ApiId: !Ref Api, IntegrationId: !Ref Connect, IntegrationResponseKey: $default}
  Found:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties: {ApiId: !Ref Api, IntegrationId: !Ref Integration, IntegrationResponseKey: $default}
";
    let notes = read(&plain("", responses)).notes;
    let expected = [
        "Resources.Stray.Properties.RouteId: \"R99\" is no route of the API, so this response has no effect",
        "Resources.Lost.Properties.IntegrationId: \"Connect\" is no integration of the API, so this response has no effect",
    ];
    assert_eq!(notes, expected);
    let generated = "
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes: {$default: {FunctionArn: a, RouteResponseSelectionExpression: $default}}
  Response: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Api, RouteId: !Ref ApiDefaultRoute}}
  Stray: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Api, RouteId: !Ref ApiOtherRoute}}
";
    let note =
        "Resources.Stray.Properties.RouteId: \"ApiOtherRoute\" is no route of the API, so this response has no effect";
    assert_eq!(read(generated).notes, [note]);
}

#[test]
fn only_connect_is_checked() {
    let route = "
  Say:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: say, ApiKeyRequired: true, AuthorizationType: AWS_IAM, Target: !Ref Integration}
";
    let notes = read(&plain("", route)).notes;
    let expected = ["AuthorizationType", "ApiKeyRequired"]
        .map(|name| format!("Resources.Say.Properties.{name}: only the route $connect is checked here, not say"));
    assert_eq!(notes, expected);
}
