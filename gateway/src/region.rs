//! A region of AWS, and what is named after it.

use std::{fmt, str::FromStr};

use crate::credentials::ACCOUNT_ID;

/// The endings of the host names of AWS's services: in China, and elsewhere.
/// <https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html>,
/// <https://docs.aws.amazon.com/general/latest/gr/rande.html>.
const ENDINGS: [&str; 2] = [".amazonaws.com.cn", ".amazonaws.com"];

/// The region that functions, tables and the API are in.
///
/// ```
/// use goblet_gateway::Region;
///
/// let region: Region = "eu-west-1".parse()?;
/// assert_eq!(region.domain_name("abc"), "abc.execute-api.eu-west-1.amazonaws.com");
/// assert_eq!(Region::default().to_string(), "us-east-1");
/// assert!("Europe".parse::<Region>().is_err());
/// # Ok::<(), goblet_gateway::RegionError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Region(String);

/// Why a text is no region.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0:?} is not the name of a region of AWS, such as eu-west-1")]
pub struct RegionError(String);

impl Default for Region {
    /// us-east-1.
    fn default() -> Self {
        Self("us-east-1".to_owned())
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if is_region(name) { Ok(Self(name.to_owned())) } else { Err(RegionError(name.to_owned())) }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Region {
    /// The domain name that AWS gives to the API with an id.
    #[must_use]
    pub fn domain_name(&self, api_id: &str) -> String {
        let ending = if self.partition() == "aws-cn" { ENDINGS[0] } else { ENDINGS[1] };
        format!("{}.{self}{ending}", execute_api(api_id))
    }

    /// The ARN of what a service has in this region:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{self}:{ACCOUNT_ID}:{resource}", self.partition())
    }

    fn partition(&self) -> &'static str {
        match self.0.as_str() {
            name if name.starts_with("cn-") => "aws-cn",
            name if name.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}

/// What the host names of the API with an id begin with, in all regions. AWS's ids are lowercase, and so are host names in
/// URLs.
#[must_use]
pub fn execute_api(api_id: &str) -> String {
    format!("{}.execute-api", api_id.to_ascii_lowercase())
}

/// The two parts of a host name of a service of AWS, in lowercase: what it begins with, and the region.
pub(crate) fn split_host(host: &str) -> Option<(&str, &str)> {
    let name = ENDINGS.iter().find_map(|ending| host.strip_suffix(ending))?;
    name.rsplit_once('.').filter(|(_, region)| is_region(region))
}

/// Whether a text has the form of all regions' names: words, and a number.
fn is_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.contains('-')
        && words.split('-').all(is_word)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_have_their_own_names() {
        let named = |name: &str| {
            let region: Region = name.parse().unwrap();
            (region.domain_name("Chat"), region.arn("lambda", "function:f"))
        };
        let pair = |host: &str, arn: &str| (host.to_owned(), arn.to_owned());
        assert_eq!(
            named("cn-north-1"),
            pair(
                "chat.execute-api.cn-north-1.amazonaws.com.cn",
                "arn:aws-cn:lambda:cn-north-1:000000000000:function:f"
            )
        );
        assert_eq!(
            named("us-gov-west-1"),
            pair(
                "chat.execute-api.us-gov-west-1.amazonaws.com",
                "arn:aws-us-gov:lambda:us-gov-west-1:000000000000:function:f"
            )
        );
    }

    #[test]
    fn the_hosts_of_services() {
        assert_eq!(split_host("dynamodb.eu-west-1.amazonaws.com"), Some(("dynamodb", "eu-west-1")));
        assert_eq!(
            split_host("abc.execute-api.cn-northwest-1.amazonaws.com.cn"),
            Some(("abc.execute-api", "cn-northwest-1"))
        );
        for other in [
            "lambda.s3.amazonaws.com",
            "dynamodb.amazonaws.com",
            "abc.execute-api.amazonaws.com",
            "lambda.us-east-1.example.com",
            "eu-west-1.amazonaws.com",
            "lambda.eu-west-.amazonaws.com",
            "lambda.eu--1.amazonaws.com",
            "lambda.west-1.amazonaws.com",
        ] {
            assert_eq!(split_host(other), None, "{other}");
        }
    }
}
