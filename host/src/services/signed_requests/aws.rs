//! [`Sender`] over AWS: signs with the function's credentials, by Signature Version 4:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

mod answer_headers;

use std::{borrow::Cow, time::SystemTime};

use async_trait::async_trait;
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials as _, SharedCredentialsProvider},
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::{
    client::http::{HttpConnector as _, SharedHttpConnector},
    http::{Request, Response as HttpResponse},
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream, error::display::DisplayErrorContext};
use tokio::time::timeout;

use super::{
    catalog::Service,
    message::{MAX_RESPONSE, Response, SignedRequestError},
    sender::{Sender, Unsigned},
};
use crate::aws::{TIMEOUT, configured_endpoint};

/// What AWS calls a signature that it does not accept. Its text may repeat what was signed, which has the session token
/// in it.
const SIGNATURE_ERRORS: [&str; 3] = ["InvalidSignature", "SignatureDoesNotMatch", "IncompleteSignature"];

/// Sends requests to AWS, or to the endpoints that the environment names.
pub struct AwsSender {
    connector: SharedHttpConnector,
    credentials: SharedCredentialsProvider,
    region: String,
}

impl AwsSender {
    /// With the connector, the credentials and the region of the AWS clients.
    #[must_use]
    pub fn new(connector: SharedHttpConnector, credentials: SharedCredentialsProvider, region: String) -> Self {
        Self { connector, credentials, region }
    }

    /// The request to send, and its signature.
    fn signed(&self, request: Unsigned, credentials: Credentials) -> Result<(Request, String), SignedRequestError> {
        let url = endpoint(request.service, &self.region, configured_endpoint(request.service.variable));
        let failed = |error: &dyn std::fmt::Display| {
            SignedRequestError::Failed(format!("the request to {} cannot be signed: {error}", request.service.name))
        };
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(request.service.name)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| failed(&error))?
            .into();
        let headers = request.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signable = SignableRequest::new("POST", &url, headers, SignableBody::Bytes(&request.body));
        let signed = sign(signable.map_err(|error| failed(&error))?, &parameters).map_err(|error| failed(&error))?;
        let (instructions, signature) = signed.into_parts();
        let mut http = http::Request::builder().method("POST").uri(&url);
        for (name, value) in &request.headers {
            http = http.header(*name, value);
        }
        let mut http = http.body(SdkBody::from(request.body)).map_err(|error| failed(&error))?;
        instructions.apply_to_request_http1x(&mut http);
        Ok((Request::try_from(http).map_err(|error| failed(&error))?, signature))
    }
}

#[async_trait]
impl Sender for AwsSender {
    async fn send(&self, request: Unsigned) -> Result<Response, SignedRequestError> {
        let service = request.service.name;
        let credentials = self.credentials.provide_credentials().await.map_err(|error| {
            SignedRequestError::Failed(format!("the host has no credentials: {}", DisplayErrorContext(error)))
        })?;
        let (signed, signature) = self.signed(request, credentials.clone())?;
        let answer = timeout(TIMEOUT, async { read(service, self.connector.call(signed).await).await }).await;
        let silent = || SignedRequestError::Unreachable(format!("{service} has not answered within {TIMEOUT:?}"));
        let answer = answer.map_err(|_| silent())??;
        check(service, &answer, &credentials, &signature)?;
        Ok(answer)
    }
}

/// The endpoint on AWS, unless the environment names another one:
/// <https://docs.aws.amazon.com/general/latest/gr/rande.html#regional-endpoints>.
fn endpoint(service: &Service, region: &str, configured: Option<String>) -> String {
    let dns_suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let endpoint = configured.unwrap_or_else(|| format!("https://{}.{region}.{dns_suffix}", service.name));
    format!("{}/", endpoint.trim_end_matches('/'))
}

/// Reads an answer. The connector follows no redirect: it is an answer, too.
async fn read<E>(service: &str, answer: Result<HttpResponse, E>) -> Result<Response, SignedRequestError>
where
    E: std::error::Error + 'static,
{
    let unreachable = |error: &dyn std::fmt::Display| {
        SignedRequestError::Unreachable(format!("{service} cannot be reached: {error}"))
    };
    let mut answer = answer.map_err(|error| unreachable(&DisplayErrorContext(error)))?;
    let mut chunks = ByteStream::new(answer.take_body());
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| unreachable(&DisplayErrorContext(error)))?;
        if body.len() + chunk.len() > MAX_RESPONSE {
            let text = format!("the answer of {service} is larger than 4 MB: ask for less at a time");
            return Err(SignedRequestError::TooLarge(text));
        }
        body.extend_from_slice(&chunk);
    }
    let headers = answer_headers::passed_back(answer.headers().iter());
    Ok(Response { status: answer.status().as_u16(), headers, body })
}

/// Keeps an answer back that may have the host's credentials in it, or the signature, which is good for some minutes.
fn check(
    service: &str,
    answer: &Response,
    credentials: &Credentials,
    signature: &str,
) -> Result<(), SignedRequestError> {
    let texts = answer.headers.iter().map(|(_, value)| value.as_bytes()).chain([&answer.body[..]]);
    let texts: Vec<Cow<'_, [u8]>> = texts.map(unescaped).collect();
    let has = |word: &str| texts.iter().any(|text| text.windows(word.len()).any(|window| window == word.as_bytes()));
    if answer.status >= 400 && SIGNATURE_ERRORS.into_iter().any(has) {
        return Err(SignedRequestError::Failed(format!(
            "{service} does not accept the host's signature: check the function's credentials, region and clock"
        )));
    }
    let secrets = [Some(credentials.secret_access_key()), credentials.session_token(), Some(signature)];
    if secrets.into_iter().flatten().any(|secret| secret.len() >= LEAST_SECRET && has(secret)) {
        let text =
            format!("the answer of {service} has the host's credentials or signature in it, and is not passed on");
        return Err(SignedRequestError::Failed(text));
    }
    Ok(())
}

/// A text with the ASCII characters that JSON may write in other ways, such as `\/` and `\u002b`:
/// <https://www.rfc-editor.org/rfc/rfc8259#section-7>. JSON within JSON has more backslashes.
fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'\\') {
        return Cow::Borrowed(text);
    }
    let mut found = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'\\' {
            found.push(*byte);
            continue;
        }
        // Without the backslash, the character itself follows, or its number.
        if let [b'u', b'0', b'0', high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            found.push(high << 4 | low);
            rest = after;
        }
    }
    Cow::Owned(found)
}

fn digit(hexadecimal: u8) -> Option<u8> {
    char::from(hexadecimal).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The length from which on a secret is one, in bytes. Local stand-ins use words, such as `test`.
const LEAST_SECRET: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::signed_requests::catalog;

    #[test]
    fn the_endpoint_is_the_hosts() {
        let dynamodb = catalog::service("dynamodb").unwrap();
        assert_eq!(endpoint(dynamodb, "eu-west-1", None), "https://dynamodb.eu-west-1.amazonaws.com/");
        assert_eq!(endpoint(dynamodb, "cn-north-1", None), "https://dynamodb.cn-north-1.amazonaws.com.cn/");
        let configured = Some("http://127.0.0.1:8000".to_owned());
        assert_eq!(endpoint(dynamodb, "eu-west-1", configured), "http://127.0.0.1:8000/");
    }

    #[test]
    fn no_answer_has_credentials() {
        let token = Some("a-long-session-token".to_owned());
        let credentials = Credentials::new("AKID", "a/long+secret=key", token, None, "test");
        let checked = |status, body: &str| {
            let answer = Response { status, body: body.as_bytes().to_vec(), ..Response::default() };
            check("dynamodb", &answer, &credentials, "a-long-signature").map_err(|error| error.to_string())
        };
        assert_eq!(checked(200, "{}"), Ok(()));
        assert_eq!(checked(200, "InvalidSignatureException"), Ok(()));
        let signature = checked(400, r#"{"__type": "com.amazon.coral.service#InvalidSignatureException"}"#);
        assert!(signature.unwrap_err().contains("does not accept the host's signature"));
        for body in [
            "x a/long+secret=key",
            "a-long-session-token",
            "Signature=a-long-signature",
            r#"{"a": "a\/long\u002Bsecret\u003dkey"}"#,
            r#"{"a": "{\"b\": \"a\\\/long\\u002bsecret=key\"}"}"#,
            r"\u0061\u002dlong-session-token",
        ] {
            assert!(
                checked(200, body).unwrap_err().contains("has the host's credentials or signature in it"),
                "{body}"
            );
        }
        for body in [r"a/long\u002", r"a-long\u00zz-session-token", r"a/long\u012bsecret=key", r"\"] {
            assert_eq!(checked(200, body), Ok(()), "{body}");
        }
    }
}
