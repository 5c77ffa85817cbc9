//! From a template and a message to a text.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Number, Value, json};

use super::{
    error::VtlError,
    functions::{at, find, method, text, util},
    syntax::{Expression, Node, Operator, Reference, Step},
};

/// How often one `#foreach` repeats:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>.
const MAX_REPEATS: usize = 1000;

/// How many parts of a template are rendered, repeats included.
const MAX_STEPS: usize = 100_000;

/// How long the result may be, in bytes.
const MAX_RESULT: usize = 1024 * 1024;

/// What API Gateway's variables stand for.
// The names are API Gateway's.
#[allow(clippy::struct_field_names)]
pub struct Variables<'a> {
    /// `$input.body`.
    pub payload: &'a str,
    /// `$input.params()`: headers and parameters of the request, if it has some.
    pub headers: &'a Value,
    pub query: &'a Value,
    /// `$context`.
    pub context: &'a Value,
    /// `$stageVariables`.
    pub stage_variables: &'a BTreeMap<String, String>,
}

pub fn render(nodes: &[Node], variables: &Variables) -> Result<String, VtlError> {
    let mut renderer = Renderer { variables, own: HashMap::new(), result: String::new(), steps: 0 };
    renderer.nodes(nodes)?;
    Ok(renderer.result)
}

struct Renderer<'a> {
    variables: &'a Variables<'a>,
    /// Those that the template sets.
    own: HashMap<String, Value>,
    result: String,
    steps: usize,
}

impl Renderer<'_> {
    fn nodes(&mut self, nodes: &[Node]) -> Result<(), VtlError> {
        for node in nodes {
            self.steps += 1;
            if self.steps > MAX_STEPS || self.result.len() > MAX_RESULT {
                return Err(VtlError("the template's result is too long".to_owned()));
            }
            match node {
                Node::Text(text) => self.result.push_str(text),
                Node::Reference(reference) => {
                    let text = self.shown(reference)?;
                    self.result.push_str(&text);
                }
                Node::Set(name, value) => {
                    let value = self.value(value)?;
                    self.own.insert(name.clone(), value);
                }
                Node::If(branches, otherwise) => self.branch(branches, otherwise)?,
                Node::Foreach(name, list, nodes) => self.repeat(name, list, nodes)?,
            }
        }
        Ok(())
    }

    fn branch(&mut self, branches: &[(Expression, Vec<Node>)], otherwise: &[Node]) -> Result<(), VtlError> {
        for (condition, nodes) in branches {
            if is_true(&self.value(condition)?) {
                return self.nodes(nodes);
            }
        }
        self.nodes(otherwise)
    }

    fn repeat(&mut self, name: &str, list: &Expression, nodes: &[Node]) -> Result<(), VtlError> {
        let items: Vec<Value> = match self.value(list)? {
            Value::Array(items) => items,
            Value::Object(members) => members.into_iter().map(|(_, value)| value).collect(),
            _ => Vec::new(),
        };
        if items.len() > MAX_REPEATS {
            return Err(VtlError(format!("a #foreach has {} items; {MAX_REPEATS} are allowed", items.len())));
        }
        let before = [name, "foreach", "velocityCount"].map(|name| (name, self.own.get(name).cloned()));
        let count = items.len();
        for (index, item) in items.into_iter().enumerate() {
            let foreach = json!({
                "index": index, "count": index + 1, "hasNext": index + 1 < count, "first": index == 0, "last": index + 1 == count,
            });
            self.own.insert("foreach".to_owned(), foreach);
            self.own.insert("velocityCount".to_owned(), (index + 1).into());
            self.own.insert(name.to_owned(), item);
            self.nodes(nodes)?;
        }
        for (name, value) in before {
            match value {
                Some(value) => self.own.insert(name.to_owned(), value),
                None => self.own.remove(name),
            };
        }
        Ok(())
    }

    /// What is shown of a reference.
    fn shown(&mut self, reference: &Reference) -> Result<String, VtlError> {
        match self.reference(reference)? {
            Some(value) => Ok(text(&value)),
            // Velocity shows a reference to nothing as it is written. API Gateway's own variables are never nothing.
            None if reference.is_quiet || is_api_gateways(&reference.name) => Ok(String::new()),
            None => Ok(reference.source.clone()),
        }
    }

    fn reference(&mut self, reference: &Reference) -> Result<Option<Value>, VtlError> {
        let Reference { name, steps, .. } = reference;
        if name == "input" || name == "util" {
            return self.call(name, steps);
        }
        let value = match name.as_str() {
            "context" => Some(self.variables.context.clone()),
            "stageVariables" => Some(json!(self.variables.stage_variables)),
            own => self.own.get(own).cloned(),
        };
        self.walk(value, steps)
    }

    /// `$input` and `$util`, which are nothing but their methods.
    fn call(&mut self, name: &str, steps: &[Step]) -> Result<Option<Value>, VtlError> {
        let Some((first, rest)) = steps.split_first() else {
            return Err(VtlError(format!("${name} alone is no value")));
        };
        let value = match (name, first) {
            ("input", Step::Member(member)) if member == "body" => Some(self.variables.payload.into()),
            ("input", Step::Method(method, arguments)) => {
                let arguments = self.values(arguments)?;
                self.input(method, &arguments)?
            }
            ("util", Step::Method(method, arguments)) => Some(util(method, &self.values(arguments)?)?),
            (_, Step::Member(member)) => return Err(VtlError(format!("${name}.{member} is not known here"))),
            _ => return Err(VtlError(format!("${name} has no items"))),
        };
        self.walk(value, rest)
    }

    fn input(&self, method: &str, arguments: &[Value]) -> Result<Option<Value>, VtlError> {
        let Variables { payload, headers, query, .. } = self.variables;
        match (method, arguments) {
            ("path", [path]) => find(payload, path),
            ("json", [path]) => Ok(find(payload, path)?.map(|value| value.to_string().into())),
            ("params", []) => Ok(Some(json!({"path": {}, "querystring": query, "header": headers}))),
            ("params", [name]) => Ok(at(query, name).or_else(|| at(headers, name))),
            _ => Err(VtlError(format!("$input.{method} with {} values is not known here", arguments.len()))),
        }
    }

    fn walk(&mut self, mut value: Option<Value>, steps: &[Step]) -> Result<Option<Value>, VtlError> {
        for step in steps {
            let Some(from) = value else { return Ok(None) };
            value = match step {
                Step::Member(name) => from.get(name).cloned(),
                Step::Index(index) => at(&from, &self.value(index)?),
                Step::Method(..) if from.is_null() => None,
                Step::Method(name, arguments) => Some(method(&from, name, &self.values(arguments)?)?),
            };
        }
        Ok(value.filter(|value| !value.is_null()))
    }

    fn values(&mut self, expressions: &[Expression]) -> Result<Vec<Value>, VtlError> {
        expressions.iter().map(|expression| self.value(expression)).collect()
    }

    fn value(&mut self, expression: &Expression) -> Result<Value, VtlError> {
        Ok(match expression {
            Expression::Value(value) => value.clone(),
            Expression::Reference(reference) => self.reference(reference)?.unwrap_or_default(),
            Expression::Interpolated(nodes) => {
                let before = std::mem::take(&mut self.result);
                self.nodes(nodes)?;
                std::mem::replace(&mut self.result, before).into()
            }
            Expression::List(items) => self.values(items)?.into(),
            Expression::Range(first, last) => {
                let (first, last) = (self.integer(first)?, self.integer(last)?);
                if first.abs_diff(last) >= MAX_REPEATS as u64 {
                    return Err(VtlError(format!("the range [{first}..{last}] has more than {MAX_REPEATS} items")));
                }
                if first <= last { (first..=last).collect() } else { (last..=first).rev().collect() }
            }
            Expression::Map(members) => {
                let members = members.iter().map(|(name, value)| Ok((text(&self.value(name)?), self.value(value)?)));
                members.collect::<Result<Map<_, _>, VtlError>>()?.into()
            }
            Expression::Not(inner) => (!is_true(&self.value(inner)?)).into(),
            Expression::Binary(Operator::Or, left, right) => {
                (is_true(&self.value(left)?) || is_true(&self.value(right)?)).into()
            }
            Expression::Binary(Operator::And, left, right) => {
                (is_true(&self.value(left)?) && is_true(&self.value(right)?)).into()
            }
            Expression::Binary(operator, left, right) => binary(*operator, &self.value(left)?, &self.value(right)?)?,
        })
    }

    fn integer(&mut self, expression: &Expression) -> Result<i64, VtlError> {
        self.value(expression)?
            .as_i64()
            .ok_or_else(|| VtlError("a range goes from one whole number to another".to_owned()))
    }
}

fn is_api_gateways(name: &str) -> bool {
    ["input", "context", "stageVariables", "util"].contains(&name)
}

/// What counts as true: <https://velocity.apache.org/engine/2.3/user-guide.html#conditionals>.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is_true) => *is_true,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

fn binary(operator: Operator, left: &Value, right: &Value) -> Result<Value, VtlError> {
    match operator {
        Operator::Equal => return Ok(are_equal(left, right).into()),
        Operator::Unequal => return Ok((!are_equal(left, right)).into()),
        Operator::Add if left.is_string() || right.is_string() => return Ok((text(left) + &text(right)).into()),
        _ => {}
    }
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        let number = match operator {
            Operator::Add => left.checked_add(right),
            Operator::Subtract => left.checked_sub(right),
            Operator::Multiply => left.checked_mul(right),
            Operator::Divide => left.checked_div(right),
            Operator::Remainder => left.checked_rem(right),
            other => return Ok(is_ordered(other, &left, &right).into()),
        };
        return number.map(Value::from).ok_or_else(|| VtlError("a number is too large, or divided by 0".to_owned()));
    }
    let (Some(left), Some(right)) = (left.as_f64(), right.as_f64()) else {
        return Err(VtlError(format!("{left} and {right} are not two numbers")));
    };
    let number = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::Remainder => left % right,
        other => return Ok(is_ordered(other, &left, &right).into()),
    };
    Number::from_f64(number).map(Value::from).ok_or_else(|| VtlError("a number is divided by 0".to_owned()))
}

fn is_ordered<T: PartialOrd>(operator: Operator, left: &T, right: &T) -> bool {
    match operator {
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        _ => left >= right,
    }
}

/// Numbers are compared as numbers, and what is of two kinds by its text.
fn are_equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left.total_cmp(&right).is_eq(),
        _ if left.is_null() || right.is_null() => left == right,
        _ => left == right || text(left) == text(right),
    }
}
