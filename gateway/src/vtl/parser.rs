//! From a template's text to what it consists of.

use serde_json::Value;

use super::{
    error::VtlError,
    syntax::{Expression, Node, Operator, Reference, Step},
};

/// How deep parts may be in each other.
const MAX_DEPTH: usize = 64;

/// How many operators an expression may have, those of the expressions in it included.
const MAX_OPERATORS: usize = 200;

/// The operators with their words, those that bind least first.
const OPERATORS: [&[(&str, Operator)]; 5] = [
    &[("||", Operator::Or), ("or ", Operator::Or)],
    &[("&&", Operator::And), ("and ", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::Unequal),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("eq ", Operator::Equal),
        ("ne ", Operator::Unequal),
        ("le ", Operator::LessOrEqual),
        ("ge ", Operator::GreaterOrEqual),
        ("lt ", Operator::Less),
        ("gt ", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)],
];

pub fn parse(text: &str) -> Result<Vec<Node>, VtlError> {
    let mut parser = Parser { text, position: 0, depth: 0, operators: 0 };
    let (nodes, end) = parser.nodes()?;
    match end {
        None => Ok(nodes),
        Some(directive) => Err(parser.error(&format!("#{directive} without an #if or #foreach before it"))),
    }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
    /// Of the expression that is read.
    operators: usize,
}

impl<'a> Parser<'a> {
    /// Text, references and directives, up to a directive that ends a block.
    fn nodes(&mut self) -> Result<(Vec<Node>, Option<&'a str>), VtlError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("it is nested too deeply"));
        }
        let mut nodes = Vec::new();
        let mut text = String::new();
        let flush = |text: &mut String, nodes: &mut Vec<Node>| {
            if !text.is_empty() {
                nodes.push(Node::Text(std::mem::take(text)));
            }
        };
        while let Some(character) = self.rest().chars().next() {
            self.operators = 0;
            if let Some(escaped) = ["\\$", "\\#"].into_iter().find(|escaped| self.rest().starts_with(escaped)) {
                self.position += escaped.len();
                text.push_str(&escaped[1..]);
                continue;
            }
            let node = match character {
                '$' => self.reference()?.map(Node::Reference),
                '#' if self.skip_comment()? => continue,
                '#' => match self.directive() {
                    Some(end @ ("end" | "else" | "elseif")) => {
                        flush(&mut text, &mut nodes);
                        self.depth -= 1;
                        return Ok((nodes, Some(end)));
                    }
                    Some(directive) => Some(self.block(directive)?),
                    None => None,
                },
                _ => None,
            };
            if let Some(node) = node {
                flush(&mut text, &mut nodes);
                nodes.push(node);
            } else {
                text.push(character);
                self.position += character.len_utf8();
            }
        }
        flush(&mut text, &mut nodes);
        self.depth -= 1;
        Ok((nodes, None))
    }

    fn skip_comment(&mut self) -> Result<bool, VtlError> {
        let (end, length) = if self.rest().starts_with("##") {
            (self.rest().find('\n').map_or(self.rest().len(), |end| end + 1), 0)
        } else if self.rest().starts_with("#*") {
            (self.rest().find("*#").ok_or_else(|| self.error("a #* without its *#"))?, 2)
        } else {
            return Ok(false);
        };
        self.position += end + length;
        Ok(true)
    }

    /// The name of a directive. `#` before anything else is text.
    fn directive(&mut self) -> Option<&'a str> {
        let after = &self.rest()[1..];
        let (name, length) = if let Some(braced) = after.strip_prefix('{') {
            let (name, _) = braced.split_once('}')?;
            (name, name.len() + 3)
        } else {
            let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            (&after[..end], end + 1)
        };
        // Any other name is text: `#endless`.
        let known = ["set", "if", "elseif", "else", "end", "foreach"];
        let other = ["macro", "define", "parse", "include", "evaluate", "stop", "break", "return"];
        if !known.contains(&name) && !other.contains(&name) {
            return None;
        }
        self.position += length;
        Some(name)
    }

    fn block(&mut self, directive: &str) -> Result<Node, VtlError> {
        match directive {
            "set" => {
                self.expect("(")?;
                let name = self.variable()?;
                self.expect("=")?;
                let value = self.expression(0)?;
                self.expect(")")?;
                // The end of its line belongs to it.
                self.skip_line_end();
                Ok(Node::Set(name, value))
            }
            "if" => {
                let mut branches = Vec::new();
                let mut otherwise = Vec::new();
                let mut directive = "if";
                loop {
                    let condition = if directive == "else" { None } else { Some(self.condition()?) };
                    self.skip_line_end();
                    let (nodes, end) = self.nodes()?;
                    match condition {
                        Some(condition) => branches.push((condition, nodes)),
                        None => otherwise = nodes,
                    }
                    match end {
                        Some("end") => break,
                        Some(next) if directive != "else" => directive = next,
                        _ => return Err(self.error("an #if without its #end")),
                    }
                }
                self.skip_line_end();
                Ok(Node::If(branches, otherwise))
            }
            "foreach" => {
                self.expect("(")?;
                let name = self.variable()?;
                self.expect("in ")?;
                let list = self.expression(0)?;
                self.expect(")")?;
                self.skip_line_end();
                let (nodes, end) = self.nodes()?;
                if end != Some("end") {
                    return Err(self.error("a #foreach without its #end"));
                }
                self.skip_line_end();
                Ok(Node::Foreach(name, list, nodes))
            }
            other => Err(self.error(&format!("#{other} is not known here"))),
        }
    }

    fn condition(&mut self) -> Result<Expression, VtlError> {
        self.expect("(")?;
        let condition = self.expression(0)?;
        self.expect(")")?;
        Ok(condition)
    }

    /// Velocity leaves out the white space up to the end of a line that a directive ends.
    fn skip_line_end(&mut self) {
        let trimmed = self.rest().trim_start_matches([' ', '\t', '\r']);
        if let Some(after) = trimmed.strip_prefix('\n') {
            self.position = self.text.len() - after.len();
        }
    }

    /// The variable that a directive sets.
    fn variable(&mut self) -> Result<String, VtlError> {
        self.skip_space();
        match self.reference()? {
            Some(Reference { name, steps, .. }) if steps.is_empty() => Ok(name),
            Some(Reference { source, .. }) => Err(self.error(&format!("{source} cannot be set here, only a variable"))),
            None => Err(self.error("a variable is missing")),
        }
    }

    /// A reference, if a `$` begins one.
    fn reference(&mut self) -> Result<Option<Reference>, VtlError> {
        let start = self.position;
        let mut rest = &self.rest()[1..];
        let is_quiet = rest.starts_with('!');
        rest = rest.strip_prefix('!').unwrap_or(rest);
        let is_braced = rest.starts_with('{');
        rest = rest.strip_prefix('{').unwrap_or(rest);
        let Some(name) = identifier(rest) else { return Ok(None) };
        self.position = self.text.len() - rest.len() + name.len();
        let mut steps = Vec::new();
        loop {
            if let Some(member) = self.rest().strip_prefix('.').and_then(identifier) {
                self.position += 1 + member.len();
                if self.rest().starts_with('(') {
                    self.position += 1;
                    steps.push(Step::Method(member.to_owned(), self.list(")")?));
                } else {
                    steps.push(Step::Member(member.to_owned()));
                }
            } else if self.rest().starts_with('[') {
                self.position += 1;
                steps.push(Step::Index(self.expression(0)?));
                self.expect("]")?;
            } else {
                break;
            }
        }
        if is_braced {
            self.expect("}")?;
        }
        let source = self.text[start..self.position].to_owned();
        Ok(Some(Reference { name: name.to_owned(), steps, is_quiet, source }))
    }

    /// Expressions with commas between, up to what closes them.
    fn list(&mut self, close: &str) -> Result<Vec<Expression>, VtlError> {
        let mut items = Vec::new();
        while !self.accept(close) {
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(self.expression(0)?);
        }
        Ok(items)
    }

    /// An expression with operators that bind at least as much as those of a level.
    fn expression(&mut self, level: usize) -> Result<Expression, VtlError> {
        let Some(operators) = OPERATORS.get(level) else { return self.nested(Self::operand) };
        let mut left = self.expression(level + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(word, _)| self.accept(word)) {
            self.operators += 1;
            if self.operators > MAX_OPERATORS {
                return Err(self.error(&format!("an expression has more than {MAX_OPERATORS} operators")));
            }
            let right = self.expression(level + 1)?;
            left = Expression::Binary(*operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, VtlError>) -> Result<T, VtlError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("it is nested too deeply"));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn operand(&mut self) -> Result<Expression, VtlError> {
        self.skip_space();
        if self.accept("!") || self.accept("not ") {
            return Ok(Expression::Not(Box::new(self.nested(Self::operand)?)));
        }
        if self.accept("(") {
            let inner = self.expression(0)?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.accept("[") {
            return self.bracketed();
        }
        if self.accept("{") {
            return self.map();
        }
        match self.rest().chars().next() {
            Some('$') => match self.reference()? {
                Some(reference) => Ok(Expression::Reference(reference)),
                None => Err(self.error("a $ without a name")),
            },
            Some(quote @ ('"' | '\'')) => self.string(quote),
            Some(character) if character.is_ascii_digit() || character == '-' => self.number(),
            _ => self.word(),
        }
    }

    /// A list or a range.
    fn bracketed(&mut self) -> Result<Expression, VtlError> {
        if self.accept("]") {
            return Ok(Expression::List(Vec::new()));
        }
        let first = self.expression(0)?;
        if self.accept("..") {
            let last = self.expression(0)?;
            self.expect("]")?;
            return Ok(Expression::Range(Box::new(first), Box::new(last)));
        }
        let mut items = vec![first];
        if !self.accept("]") {
            self.expect(",")?;
            items.extend(self.list("]")?);
        }
        Ok(Expression::List(items))
    }

    fn map(&mut self) -> Result<Expression, VtlError> {
        let mut members = Vec::new();
        while !self.accept("}") {
            if !members.is_empty() {
                self.expect(",")?;
            }
            let name = self.expression(0)?;
            self.expect(":")?;
            members.push((name, self.expression(0)?));
        }
        Ok(Expression::Map(members))
    }

    fn string(&mut self, quote: char) -> Result<Expression, VtlError> {
        let after = &self.rest()[1..];
        // A quote that is doubled stands for itself.
        let doubled = [quote, quote].iter().collect::<String>();
        let mut end = 0;
        loop {
            end += after[end..].find(quote).ok_or_else(|| self.error("a text without its closing quote"))?;
            if !after[end..].starts_with(&doubled) || after[end..] == *doubled {
                break;
            }
            end += 2;
        }
        let text = after[..end].replace(&doubled, &quote.to_string());
        self.position += end + 2;
        if quote == '\'' { Ok(Expression::Value(text.into())) } else { Ok(Expression::Interpolated(parse(&text)?)) }
    }

    fn number(&mut self) -> Result<Expression, VtlError> {
        let rest = self.rest();
        let sign = usize::from(rest.starts_with('-'));
        let digits =
            |from: usize| rest[from..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| from + end);
        let mut end = digits(sign);
        // A fraction, but not a range.
        if rest[end..].starts_with('.') && rest[end + 1..].starts_with(|c: char| c.is_ascii_digit()) {
            end = digits(end + 1);
        }
        let number = serde_json::from_str(&rest[..end]).map_err(|_| self.error("a number is missing"))?;
        self.position += end;
        Ok(Expression::Value(number))
    }

    fn word(&mut self) -> Result<Expression, VtlError> {
        let word = identifier(self.rest()).unwrap_or_default();
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => return Err(self.error("a value is missing")),
        };
        self.position += word.len();
        Ok(Expression::Value(value))
    }

    fn skip_space(&mut self) {
        self.position = self.text.len() - self.rest().trim_start().len();
    }

    fn accept(&mut self, token: &str) -> bool {
        let rest = self.rest().trim_start();
        let Some(after) = rest.strip_prefix(token) else { return false };
        self.position = self.text.len() - after.len();
        true
    }

    fn expect(&mut self, token: &str) -> Result<(), VtlError> {
        if self.accept(token) { Ok(()) } else { Err(self.error(&format!("{:?} is missing", token.trim()))) }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn error(&self, reason: &str) -> VtlError {
        let line = self.text[..self.position].matches('\n').count() + 1;
        VtlError(format!("line {line} of the template: {reason}"))
    }
}

/// The name at the beginning of a text.
fn identifier(text: &str) -> Option<&str> {
    let is_first = |character: char| character.is_ascii_alphabetic() || character == '_';
    let end = text.find(|c: char| !(is_first(c) || c.is_ascii_digit() || c == '-')).unwrap_or(text.len());
    text.starts_with(is_first).then(|| &text[..end])
}
