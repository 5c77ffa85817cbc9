//! What AWS would do with a request.

use super::{
    access::{Access, Unreadable},
    catalog::{self, Action, NEVER, Service},
    members::Members,
    message::{Request, SignedRequestError},
};

/// A request that the host has read.
#[derive(Debug)]
pub struct Operation {
    /// The service.
    pub service: &'static Service,
    /// The action that AWS carries out.
    pub action: &'static Action,
    /// What has to be allowed for it: everything of this.
    pub needed: Vec<Access>,
    /// The body, as it is sent.
    pub body: Vec<u8>,
}

impl Operation {
    /// Reads a request. What it does is in the header `X-Amz-Target` and in the body.
    pub fn read(request: &Request) -> Result<Self, SignedRequestError> {
        let service = service(&request.service)?;
        if request.method != "POST" || request.path != "/" {
            let (method, path) = (&request.method, &request.path);
            let text = format!("requests of {} are POST / and not {method:?} {path:?}", service.name);
            return Err(SignedRequestError::Invalid(text));
        }
        let action = action(service, &request.headers)?;
        let unreadable = |Unreadable(text)| SignedRequestError::Invalid(format!("{}: {text}", action.name));
        let body =
            std::str::from_utf8(&request.body).map_err(|_| unreadable(Unreadable::because("the body is no UTF-8")))?;
        let members = Members::read(body, "the body").map_err(unreadable)?;
        let needed = match action.read {
            Some(read) => read(action.name, &members).map_err(unreadable)?,
            None => vec![Access { action: action.name, resource: None }],
        };
        Ok(Self { service, action, needed, body: members.written() })
    }

    /// The header that names the action.
    pub fn target(&self) -> String {
        format!("{}.{}", self.service.target, self.action.name)
    }
}

fn service(name: &str) -> Result<&'static Service, SignedRequestError> {
    catalog::service(name).ok_or_else(|| {
        SignedRequestError::NotAllowed(if NEVER.contains(&name) {
            format!("{name} gives out credentials or changes permissions: no handler may call it")
        } else {
            format!(
                "the host cannot read requests of {name:?}, so it sends none, and no entry allows it. It knows {}",
                catalog::names()
            )
        })
    })
}

fn action(service: &'static Service, headers: &[(String, String)]) -> Result<&'static Action, SignedRequestError> {
    let mut targets = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("x-amz-target"));
    let (Some((_, target)), None) = (targets.next(), targets.next()) else {
        return Err(SignedRequestError::Invalid("the header X-Amz-Target has to be there once".to_owned()));
    };
    let name = target.strip_prefix(service.target).and_then(|rest| rest.strip_prefix('.'));
    let name = name.ok_or_else(|| {
        let expected = format!("{}.ACTION", service.target);
        SignedRequestError::Invalid(format!("X-Amz-Target is {target:?}: for {} it is {expected}", service.name))
    })?;
    service.action(name).ok_or_else(|| {
        SignedRequestError::NotAllowed(format!(
            "the host cannot read requests of {}:{name}, so it sends none, and no entry allows it. It knows {}. Other work \
             belongs elsewhere: the template makes tables and queues, and another function may do the rest",
            service.name,
            service.actions.iter().map(|action| action.name).collect::<Vec<_>>().join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str, body: &str) -> Request {
        Request {
            service: "dynamodb".to_owned(),
            headers: vec![("X-Amz-Target".to_owned(), target.to_owned())],
            body: body.as_bytes().to_vec(),
            ..Request::default()
        }
    }

    fn refusal(request: &Request) -> String {
        Operation::read(request).unwrap_err().to_string()
    }

    #[test]
    fn the_action_is_the_target() {
        let operation = Operation::read(&request("DynamoDB_20120810.GetItem", r#"{"TableName": "chat"}"#)).unwrap();
        assert_eq!(operation.needed, [Access::on("GetItem", "table/chat".to_owned())]);
        assert_eq!(operation.target(), "DynamoDB_20120810.GetItem");
        assert_eq!(operation.body, br#"{"TableName":"chat"}"#);
    }

    #[test]
    fn the_target_is_exact() {
        let body = r#"{"TableName": "chat"}"#;
        for target in ["GetItem", "AmazonSQS.GetItem", "dynamodb_20120810.GetItem", "DynamoDB_20120810GetItem", ""] {
            assert!(refusal(&request(target, body)).starts_with("X-Amz-Target is"), "{target}");
        }
        for action in ["getitem", "GetItem ", "GetItem\r\nX-Amz-Target: a", "ExecuteStatement", ""] {
            let text = refusal(&request(&format!("DynamoDB_20120810.{action}"), body));
            assert!(text.starts_with("the host cannot read requests of dynamodb:"), "{action}");
            assert!(text.contains("no entry allows it") && text.contains("the template makes tables"), "{text}");
        }
        let mut twice = request("DynamoDB_20120810.GetItem", body);
        assert!(Operation::read(&twice).is_ok());
        twice.headers.push(("x-amz-target".to_owned(), "DynamoDB_20120810.DeleteItem".to_owned()));
        assert!(refusal(&twice).contains("has to be there once"));
        twice.headers.clear();
        assert!(refusal(&twice).contains("has to be there once"));
    }

    #[test]
    fn the_path_is_the_root() {
        let known = request("DynamoDB_20120810.GetItem", r#"{"TableName": "chat"}"#);
        for (method, path) in [("GET", "/"), ("POST", "/?Action=DeleteTable"), ("POST", "//example.com/"), ("POST", "")]
        {
            let other = Request { method: method.to_owned(), path: path.to_owned(), ..known.clone() };
            assert!(refusal(&other).contains("are POST /"), "{method} {path}");
        }
    }

    #[test]
    fn services_that_give_out_credentials_are_refused_always() {
        for name in NEVER {
            assert!(catalog::service(name).is_none());
            let text = refusal(&Request { service: name.to_owned(), ..Request::default() });
            assert!(text.contains("no handler may call it"), "{text}");
        }
        for name in ["", "s3", "dynamodb.example.com", "DynamoDB", "dynamodb/", "a@b"] {
            let text = refusal(&Request { service: name.to_owned(), ..Request::default() });
            assert!(text.contains("It knows dynamodb, events, sqs"), "{text}");
        }
    }

    #[test]
    fn a_body_is_json() {
        let target = "DynamoDB_20120810.GetItem";
        assert!(refusal(&request(target, "<xml>")).starts_with("GetItem: the body cannot be read"));
        let binary = Request { body: vec![0xff], ..request(target, "") };
        assert_eq!(refusal(&binary), "GetItem: the body is no UTF-8");
    }
}
