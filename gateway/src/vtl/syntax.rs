//! What a template consists of.

use serde_json::Value;

#[derive(Clone, Debug)]
pub enum Node {
    Text(String),
    Reference(Reference),
    Set(String, Expression),
    /// Conditions with what follows each, and what follows if none is true.
    If(Vec<(Expression, Vec<Node>)>, Vec<Node>),
    /// The variable, the list, and what is repeated.
    Foreach(String, Expression, Vec<Node>),
}

/// `$name.member[0].method("x")`.
#[derive(Clone, Debug)]
pub struct Reference {
    pub name: String,
    pub steps: Vec<Step>,
    /// Nothing stands for no value (`$!name`), instead of the reference itself.
    pub is_quiet: bool,
    /// As it is written.
    pub source: String,
}

#[derive(Clone, Debug)]
pub enum Step {
    Member(String),
    Index(Expression),
    Method(String, Vec<Expression>),
}

#[derive(Clone, Debug)]
pub enum Expression {
    Value(Value),
    /// A text in double quotes.
    Interpolated(Vec<Node>),
    Reference(Reference),
    List(Vec<Expression>),
    Range(Box<Expression>, Box<Expression>),
    Map(Vec<(Expression, Expression)>),
    Not(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}
