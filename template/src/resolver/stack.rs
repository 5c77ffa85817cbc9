//! The stack that a template is resolved for: what AWS knows by its account, its region and its name.

/// AWS has no such account.
const ACCOUNT: &str = "000000000000";
const NAME: &str = "local";

/// A stack in a region.
pub struct Stack {
    region: String,
}

impl Stack {
    pub fn new(region: &str) -> Self {
        Self { region: region.to_owned() }
    }

    /// The value of a pseudo parameter, such as `AWS::Region`.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>.
    pub fn pseudo_parameter(&self, name: &str) -> Option<String> {
        let value = match name {
            "AWS::AccountId" => ACCOUNT,
            "AWS::Partition" => self.partition(),
            "AWS::Region" => &self.region,
            "AWS::StackId" => return Some(self.arn("cloudformation", &format!("stack/{NAME}/{NAME}"))),
            "AWS::StackName" => NAME,
            "AWS::URLSuffix" => self.url_suffix(),
            _ => return None,
        };
        Some(value.to_owned())
    }

    /// The ARN of a function with a name. A name that is an ARN already stays as it is.
    pub fn function_arn(&self, name: &str) -> String {
        if name.starts_with("arn:") {
            return name.to_owned();
        }
        self.arn("lambda", &format!("function:{name}"))
    }

    /// The ARN of a table with a name.
    pub fn table_arn(&self, name: &str) -> String {
        self.arn("dynamodb", &format!("table/{name}"))
    }

    /// The ARN of the first version of a layer with a name.
    pub fn layer_arn(&self, name: &str) -> String {
        self.arn("lambda", &format!("layer:{name}:1"))
    }

    /// The endpoint of a WebSocket API, without a stage.
    pub fn api_endpoint(&self, id: &str) -> String {
        format!("wss://{id}.execute-api.{}.{}", self.region, self.url_suffix())
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{ACCOUNT}:{resource}", self.partition(), self.region)
    }

    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
    fn partition(&self) -> &'static str {
        match self.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    fn url_suffix(&self) -> &'static str {
        if self.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
    }
}

/// The name of a table that the template gives none. AWS begins the name that it makes up in the same way:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-physical-resource-id.html>. A table's name has at
/// least 3 characters, which a logical id need not have.
pub fn table_name(id: &str) -> String {
    format!("{NAME}-{id}")
}
