//! Who may call the management API: whoever signs with the local credentials (Signature Version 4).
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
//!
//! The texts are those of <https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden>.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{self, SignableBody, SignableRequest, SigningSettings},
    sign::v4,
};
use axum::http::{HeaderMap, Method, Uri, header::HOST};
use jiff::{civil::DateTime, tz::TimeZone};

use crate::{
    credentials::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN},
    region::split_host,
};

/// The service that a call of the management API must be signed for.
const SERVICE: &str = "execute-api";

/// How far the client's clock may be from this machine's.
const MAX_SKEW: Duration = Duration::from_mins(5);

/// Why a call is refused. The HTTP status is always 403.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SignatureError {
    #[error("Missing Authentication Token")]
    Missing,
    #[error("Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters, and X-Amz-Date")]
    Incomplete,
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    #[error("Credential should be scoped to the region of the host and to the service execute-api.")]
    Scope,
    #[error("Signature expired")]
    Expired,
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
}

impl SignatureError {
    /// The name in `x-amzn-errortype`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete => "IncompleteSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::Scope | Self::Expired | Self::Mismatch => "InvalidSignatureException",
        }
    }
}

/// Checks a call's signature: signs the call as its caller should have done, and compares.
pub fn verify(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<(), SignatureError> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let authorization = header("authorization").ok_or(SignatureError::Missing)?;
    let authorization = Authorization::parse(authorization).ok_or(SignatureError::Incomplete)?;
    let time = header("x-amz-date").and_then(parse_time).ok_or(SignatureError::Incomplete)?;
    if authorization.access_key_id != ACCESS_KEY_ID || header("x-amz-security-token") != Some(SESSION_TOKEN) {
        return Err(SignatureError::UnknownKey);
    }
    let host = header(HOST.as_str()).unwrap_or_default();
    let (region, service) = authorization.scope;
    // A client is configured for any region. If the host names one, it is the same one.
    let is_other_region = split_host(&host.to_ascii_lowercase()).is_some_and(|(_, named)| named != region);
    if service != SERVICE || is_other_region {
        return Err(SignatureError::Scope);
    }
    let now = SystemTime::now();
    if now.duration_since(time).unwrap_or_else(|ahead| ahead.duration()) > MAX_SKEW {
        return Err(SignatureError::Expired);
    }
    // botocore signs the host in lowercase, and sends it as it is in the URL.
    let mut hosts = [host.to_owned(), host.to_ascii_lowercase()].into_iter();
    let is_signed = hosts.any(|host| {
        let uri = format!("http://{host}{}", uri.path_and_query().map_or("/", |path| path.as_str()));
        let value = |name: &'_ str| if name == HOST.as_str() { Some(host.as_str()) } else { header(name) };
        let signed = authorization.signed_headers.split(';').filter_map(|name| Some((name, value(name)?)));
        signature(method, &uri, signed, body, time, region)
            .is_some_and(|signature| signature == authorization.signature)
    });
    if is_signed { Ok(()) } else { Err(SignatureError::Mismatch) }
}

fn signature<'a>(
    method: &'a Method,
    uri: &'a str,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    body: &'a [u8],
    time: SystemTime,
    region: &str,
) -> Option<String> {
    let token = Some(SESSION_TOKEN.to_owned());
    let identity = Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, token, None, "local").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let request = SignableRequest::new(method.as_str(), uri, headers, SignableBody::Bytes(body)).ok()?;
    Some(http_request::sign(request, &parameters).ok()?.signature().to_owned())
}

/// `20261123T201205Z`.
fn parse_time(text: &str) -> Option<SystemTime> {
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    let seconds = TimeZone::UTC.to_timestamp(time).ok()?.as_second();
    Some(UNIX_EPOCH + Duration::from_secs(seconds.try_into().ok()?))
}

/// The header of that name: `AWS4-HMAC-SHA256 Credential=…/date/region/service/aws4_request, SignedHeaders=…,
/// Signature=…`.
struct Authorization<'a> {
    access_key_id: &'a str,
    /// Region and service.
    scope: (&'a str, &'a str),
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let parameters = header.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let parameter = |name: &str| {
            let mut parameters = parameters.split(',').filter_map(|parameter| parameter.trim().split_once('='));
            parameters.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let mut credential = parameter("Credential")?.split('/');
        let (access_key_id, _date) = (credential.next()?, credential.next()?);
        Some(Self {
            access_key_id,
            scope: (credential.next()?, credential.next()?),
            signed_headers: parameter("SignedHeaders")?,
            signature: parameter("Signature")?,
        })
    }
}
