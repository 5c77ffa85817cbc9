//! IAM policies, as authorizers return them:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>.

use serde_json::{Map, Value};

/// The action that a client needs.
const ACTION: &str = "execute-api:Invoke";

/// Whether a policy lets someone in.
#[derive(Debug, PartialEq)]
pub enum Decision {
    Allowed,
    /// A statement denies it.
    Denied,
    /// No statement allows it.
    NotAllowed,
}

/// Decides whether a policy allows to invoke a resource. The error says what is wrong with the policy.
pub fn decide(policy: &Value, arn: &str) -> Result<Decision, String> {
    let mut decision = Decision::NotAllowed;
    for statement in list(&policy["Statement"]) {
        let Value::Object(statement) = statement else {
            return Err("has a policyDocument without a Statement".to_owned());
        };
        if statement.contains_key("Condition") {
            return Err("has a policyDocument with a Condition, which is not evaluated here".to_owned());
        }
        let applies = is_among(statement, "Action", ACTION)? && is_among(statement, "Resource", arn)?;
        match statement.get("Effect").and_then(Value::as_str) {
            Some("Deny") if applies => return Ok(Decision::Denied),
            Some("Allow") if applies => decision = Decision::Allowed,
            Some("Allow" | "Deny") => {}
            _ => return Err("has a policyDocument whose Effect is neither Allow nor Deny".to_owned()),
        }
    }
    Ok(decision)
}

/// Whether a text matches one of the patterns of a statement's element, such as `Resource`, or none of `NotResource`.
fn is_among(statement: &Map<String, Value>, element: &str, text: &str) -> Result<bool, String> {
    let not = format!("Not{element}");
    let (patterns, is_inverted) = match (statement.get(element), statement.get(&not)) {
        (Some(patterns), None) => (patterns, false),
        (None, Some(patterns)) => (patterns, true),
        _ => return Err(format!("has a policyDocument with a Statement that has no {element}")),
    };
    let mut is_any = false;
    for pattern in list(patterns) {
        let pattern = pattern.as_str().ok_or_else(|| format!("has a policyDocument whose {element} is no text"))?;
        // Actions have no case: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>.
        is_any |= if element == "Action" {
            matches(pattern.to_lowercase().as_bytes(), text.to_lowercase().as_bytes())
        } else {
            matches(pattern.as_bytes(), text.as_bytes())
        };
    }
    Ok(is_any != is_inverted)
}

/// One, or a list.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// Whether a text matches a pattern, in which `*` stands for any characters and `?` for one.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Behind the last `*`, and where in the text what follows it is tried.
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                star = Some((p, t));
            }
            Some(character) if *character == b'?' || *character == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((behind, from)) = star else { return false };
                star = Some((behind, from + 1));
                p = behind;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|character| *character == b'*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:abc/v1/$connect";

    fn statement(effect: &str, resource: &Value) -> Value {
        json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource})
    }

    #[test]
    fn resources_may_have_wildcards() {
        for (resource, expected) in [
            (json!(ARN), true),
            (json!("*"), true),
            (json!("arn:aws:execute-api:*:*:abc/*/$connect"), true),
            (json!("arn:aws:execute-api:us-east-1:000000000000:abc/v?/*"), true),
            (json!(["other", ARN]), true),
            (json!("arn:aws:execute-api:us-east-1:000000000000:abc/v2/$connect"), false),
            (json!("arn:aws:execute-api:us-east-1:000000000000:abc/*/$default"), false),
            (json!("arn:aws:execute-api:us-east-1:000000000000:abc/v1"), false),
            (json!([]), false),
        ] {
            let decision = decide(&json!({"Statement": [statement("Allow", &resource)]}), ARN);
            assert_eq!(decision, Ok(if expected { Decision::Allowed } else { Decision::NotAllowed }), "{resource}");
        }
    }

    #[test]
    fn a_deny_outweighs_an_allow() {
        let (allow, deny) = (statement("Allow", &json!("*")), statement("Deny", &json!("*")));
        for policy in [json!({"Statement": [allow, deny]}), json!({"Statement": [deny, allow]})] {
            assert_eq!(decide(&policy, ARN), Ok(Decision::Denied));
        }
        let other = json!({"Statement": [allow, statement("Deny", &json!("other"))]});
        assert_eq!(decide(&other, ARN), Ok(Decision::Allowed));
        // One statement without a list.
        assert_eq!(decide(&json!({"Statement": deny}), ARN), Ok(Decision::Denied));
    }

    #[test]
    fn actions_and_what_is_excepted() {
        let decide = |statement: Value| decide(&json!({"Statement": [statement]}), ARN);
        let allowed = |element: &str, value: &str| decide(json!({"Effect": "Allow", "Resource": "*", element: value}));
        assert_eq!(allowed("Action", "*"), Ok(Decision::Allowed));
        assert_eq!(allowed("Action", "Execute-API:invoke"), Ok(Decision::Allowed));
        assert_eq!(allowed("Action", "execute-api:ManageConnections"), Ok(Decision::NotAllowed));
        assert_eq!(allowed("NotAction", "execute-api:Invoke"), Ok(Decision::NotAllowed));
        let except = json!({"Effect": "Allow", "Action": "*", "NotResource": "*/$default"});
        assert_eq!(decide(except), Ok(Decision::Allowed));
    }

    #[test]
    fn what_is_no_policy() {
        let mut conditional = statement("Allow", &json!("*"));
        conditional["Condition"] = json!({});
        for policy in [
            json!({}),
            json!("Allow"),
            json!({"Statement": [1]}),
            json!({"Statement": [{"Effect": "Allow", "Action": "*"}]}),
            json!({"Statement": [statement("Maybe", &json!("*"))]}),
            json!({"Statement": [statement("Allow", &json!([1]))]}),
            json!({"Statement": [conditional]}),
        ] {
            assert!(decide(&policy, ARN).is_err(), "{policy}");
        }
    }
}
