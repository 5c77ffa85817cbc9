//! The stack that a template is resolved for: what AWS knows by its account, its region and its name.

/// AWS has no such account.
const ACCOUNT: &str = "000000000000";
const REGION: &str = "us-east-1";
const NAME: &str = "local";

/// The value of a pseudo parameter, such as `AWS::Region`.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>.
pub fn pseudo_parameter(name: &str) -> Option<String> {
    let value = match name {
        "AWS::AccountId" => ACCOUNT,
        "AWS::Partition" => "aws",
        "AWS::Region" => REGION,
        "AWS::StackId" => return Some(format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{NAME}/{NAME}")),
        "AWS::StackName" => NAME,
        "AWS::URLSuffix" => "amazonaws.com",
        _ => return None,
    };
    Some(value.to_owned())
}

/// The ARN of a function with a name. A name that is an ARN already stays as it is.
pub fn function_arn(name: &str) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// The name of a table that the template gives none. AWS begins the name that it makes up in the same way:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-physical-resource-id.html>. A table's name has at
/// least 3 characters, which a logical id need not have.
pub fn table_name(id: &str) -> String {
    format!("{NAME}-{id}")
}

/// The ARN of a table with a name.
pub fn table_arn(name: &str) -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}")
}

/// The ARN of the first version of a layer with a name.
pub fn layer_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{name}:1")
}

/// The endpoint of a WebSocket API, without a stage.
pub fn api_endpoint(id: &str) -> String {
    format!("wss://{id}.execute-api.{REGION}.amazonaws.com")
}
