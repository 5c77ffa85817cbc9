//! Which properties of an API's resources and of functions are honoured, and which have no effect here. Each other one
//! gets a note, so that nothing that a template says is skipped in silence.

use crate::{error::TemplateError, properties::Properties};

/// A kind of resource, or of a part of one.
pub struct Known {
    /// These do here what they do on AWS.
    honoured: &'static [&'static str],
    /// These have no effect that anyone could see here: names, descriptions, permissions.
    harmless: &'static [&'static str],
    /// These have an effect on AWS, and what they have here.
    noted: &'static [(&'static str, &'static str)],
}

const THROTTLING: &str = "requests are not throttled here";
const ACCESS_LOG: &str = "there is no access log here: the terminal shows each event";
const ENDPOINT: &str = "the local address answers all the same";
const DOMAIN: &str = "there is no custom domain here: connect to the address that is printed";
const MODELS: &str = "messages are not validated here";
const PARAMETERS: &str = "parameters are not mapped here";
const CONTENT_HANDLING: &str = "payloads are not converted here";

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-api.html>.
pub const API: Known = Known {
    honoured: &["ProtocolType", "RouteSelectionExpression", "ApiKeySelectionExpression"],
    harmless: &["Name", "Description", "Tags", "Version", "FailOnWarnings", "DisableSchemaValidation", "IpAddressType"],
    noted: &[("DisableExecuteApiEndpoint", ENDPOINT)],
};

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-stage.html>.
pub const STAGE: Known = Known {
    honoured: &["ApiId", "StageName", "StageVariables"],
    // The template is what is deployed, whichever deployment the stage names.
    harmless: &["AutoDeploy", "DeploymentId", "Description", "Tags"],
    noted: &[
        ("AccessLogSettings", ACCESS_LOG),
        ("AccessPolicyId", "it is not applied here"),
        ("ClientCertificateId", "there is no client certificate here"),
        ("DefaultRouteSettings", THROTTLING),
        ("RouteSettings", THROTTLING),
    ],
};

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-route.html>.
pub const ROUTE: Known = Known {
    honoured: &[
        "ApiId",
        "ApiKeyRequired",
        "AuthorizationType",
        "AuthorizerId",
        "RequestParameters",
        "RouteKey",
        "RouteResponseSelectionExpression",
        "Target",
    ],
    // AWS has scopes for JWT authorizers only, which a WebSocket API cannot have.
    harmless: &["AuthorizationScopes", "OperationName"],
    noted: &[("ModelSelectionExpression", MODELS), ("RequestModels", MODELS)],
};

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-routeresponse.html>.
pub const ROUTE_RESPONSE: Known = Known {
    honoured: &["ApiId", "RouteId", "RouteResponseKey"],
    // Models of responses are for generated clients.
    harmless: &["ModelSelectionExpression", "ResponseModels"],
    noted: &[("ResponseParameters", PARAMETERS)],
};

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-integration.html>.
pub const INTEGRATION: Known = Known {
    honoured: &[
        "ApiId",
        "IntegrationType",
        "IntegrationUri",
        "RequestTemplates",
        "TemplateSelectionExpression",
        "TimeoutInMillis",
    ],
    // Lambda is always called with POST.
    harmless: &["CredentialsArn", "Description", "IntegrationMethod", "PayloadFormatVersion", "ConnectionType"],
    noted: &[
        ("ConnectionId", "there is no VPC link here"),
        ("ContentHandlingStrategy", CONTENT_HANDLING),
        ("PassthroughBehavior", "a message that no template fits is passed through here"),
        ("RequestParameters", PARAMETERS),
        ("ResponseParameters", PARAMETERS),
        ("TlsConfig", "functions are called without TLS here"),
    ],
};

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-integrationresponse.html>.
pub const INTEGRATION_RESPONSE: Known = Known {
    honoured: &["ApiId", "IntegrationId", "IntegrationResponseKey", "ResponseTemplates", "TemplateSelectionExpression"],
    harmless: &[],
    noted: &[("ContentHandlingStrategy", CONTENT_HANDLING), ("ResponseParameters", PARAMETERS)],
};

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-authorizer.html>.
pub const AUTHORIZER: Known = Known {
    honoured: &["ApiId", "AuthorizerType", "AuthorizerUri", "IdentitySource"],
    // A WebSocket API does not cache what its authorizer answers.
    harmless: &["AuthorizerCredentialsArn", "AuthorizerResultTtlInSeconds", "Name"],
    noted: &[("IdentityValidationExpression", "it is not checked here")],
};

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-websocketapi.html>.
pub const SERVERLESS_API: Known = Known {
    honoured: &[
        "ApiKeySelectionExpression",
        "Auth",
        "Routes",
        "RouteSelectionExpression",
        "StageName",
        "StageVariables",
    ],
    harmless: &["Description", "DisableSchemaValidation", "IpAddressType", "Name", "PropagateTags", "Tags"],
    noted: &[
        ("AccessLogSettings", ACCESS_LOG),
        ("DefaultRouteSettings", THROTTLING),
        ("DisableExecuteApiEndpoint", ENDPOINT),
        ("Domain", DOMAIN),
        ("RouteSettings", THROTTLING),
    ],
};

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-websocketapi-routeconfiguration.html>.
pub const SERVERLESS_ROUTE: Known = Known {
    honoured: &[
        "ApiKeyRequired",
        "FunctionArn",
        "IntegrationTimeout",
        "RequestParameters",
        "RouteResponseSelectionExpression",
    ],
    harmless: &["OperationName"],
    noted: &[("ModelSelectionExpression", MODELS), ("RequestModels", MODELS)],
};

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-websocketapi-websocketapiauth.html>.
pub const SERVERLESS_AUTH: Known =
    Known { honoured: &["AuthArn", "AuthType", "IdentitySource"], harmless: &["InvokeRole", "Name"], noted: &[] };

const EVENTS: &str = "only WebSocket APIs cause events here; others invoke the function by Lambda's Invoke API";
const BACKGROUND: &str = "an invocation in the background is not tried again here, and has no destination";
const FUNCTION_URL: &str = "there is no function URL here";
const LOG_LEVEL: &str = "--log-level sets which lines the terminal shows";
const VPC: &str = "functions reach here what this machine reaches";

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html>.
pub const FUNCTION: Known = Known {
    honoured: &[
        "Code",
        "Environment",
        "FunctionName",
        "Handler",
        "Layers",
        "LoggingConfig",
        "MemorySize",
        "PackageType",
        "ReservedConcurrentExecutions",
        "Runtime",
        "Timeout",
    ],
    harmless: &[
        "Architectures",
        "CodeSigningConfigArn",
        "Description",
        "EphemeralStorage",
        // Of a container image, which is not run at all.
        "ImageConfig",
        "KmsKeyArn",
        "RecursiveLoop",
        "Role",
        "RuntimeManagementConfig",
        "SnapStart",
        "Tags",
        "TracingConfig",
    ],
    noted: &[
        ("DeadLetterConfig", BACKGROUND),
        ("FileSystemConfigs", "no file system is mounted here"),
        ("VpcConfig", VPC),
    ],
};

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html>.
pub const SERVERLESS_FUNCTION: Known = Known {
    honoured: &[
        "AutoPublishAlias",
        "CodeUri",
        "Environment",
        "FunctionName",
        "Handler",
        "ImageUri",
        "InlineCode",
        "Layers",
        "LoggingConfig",
        "MemorySize",
        "PackageType",
        "ReservedConcurrentExecutions",
        "Runtime",
        "Timeout",
    ],
    harmless: &[
        "Architectures",
        "AssumeRolePolicyDocument",
        "AutoPublishAliasAllProperties",
        "AutoPublishCodeSha256",
        "CodeSigningConfigArn",
        "DeploymentPreference",
        "Description",
        "EphemeralStorage",
        "ImageConfig",
        "KmsKeyArn",
        "PermissionsBoundary",
        "Policies",
        "PropagateTags",
        "ProvisionedConcurrencyConfig",
        "RecursiveLoop",
        "Role",
        "RolePath",
        "RuntimeManagementConfig",
        "SnapStart",
        "SourceKMSKeyArn",
        "Tags",
        "Tracing",
        "VersionDeletionPolicy",
        "VersionDescription",
    ],
    noted: &[
        ("DeadLetterQueue", BACKGROUND),
        ("EventInvokeConfig", BACKGROUND),
        ("Events", EVENTS),
        ("FileSystemConfigs", "no file system is mounted here"),
        ("FunctionUrlConfig", FUNCTION_URL),
        ("VpcConfig", VPC),
    ],
};

/// Of a function: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-loggingconfig.html>.
pub const LOGGING: Known = Known {
    honoured: &[],
    // The terminal shows the log, in its own format.
    harmless: &["LogFormat", "LogGroup"],
    noted: &[("ApplicationLogLevel", LOG_LEVEL), ("SystemLogLevel", LOG_LEVEL)],
};

/// Resources beside an API that have an effect on AWS, and what they have here.
pub const RESOURCES: [(&str, &str); 13] = [
    ("AWS::ApiGateway::RestApi", "a REST API is not served here"),
    ("AWS::ApiGateway::UsagePlan", "quotas and throttling are not imitated here"),
    ("AWS::ApiGatewayV2::ApiMapping", DOMAIN),
    ("AWS::ApiGatewayV2::DomainName", DOMAIN),
    ("AWS::ApiGatewayV2::Model", MODELS),
    ("AWS::ApiGatewayV2::VpcLink", "there is no VPC link here"),
    ("AWS::Lambda::EventInvokeConfig", BACKGROUND),
    ("AWS::Lambda::EventSourceMapping", EVENTS),
    ("AWS::Lambda::Url", FUNCTION_URL),
    ("AWS::Serverless::Api", "a REST API is not served here"),
    ("AWS::Serverless::HttpApi", HTTP_API),
    ("AWS::WAFv2::WebACLAssociation", "there is no firewall here"),
    ("AWS::ApiGatewayV2::ApiGatewayManagedOverrides", "it is not applied here"),
];

/// What an HTTP API has beside a WebSocket API.
pub const HTTP_API: &str = "an HTTP API is not served here";

impl Known {
    /// Adds a note for each property that is not honoured.
    pub fn check(&self, properties: &Properties, notes: &mut Vec<String>) -> Result<(), TemplateError> {
        for name in properties.names().map(String::as_str) {
            if self.honoured.contains(&name) || self.harmless.contains(&name) {
                continue;
            }
            let found = self.noted.iter().find(|(noted, _)| *noted == name);
            let why = found.map_or("this property is not known here, and has no effect", |(_, why)| *why);
            let note = format!("{}: {why}", properties.place(name));
            properties.spend(name, note.len())?;
            notes.push(note);
        }
        Ok(())
    }
}
