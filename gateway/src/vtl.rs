//! Mapping templates: the part of Velocity's template language that API Gateway's users write.
//!
//! It has text, comments, `#set`, `#if`, `#elseif`, `#else`, `#foreach` and `#end`; references such as `$name`, `${name}` and
//! `$!name`, with members, indexes and methods; texts, numbers, lists, maps and ranges; and the operators of arithmetic,
//! comparison and logic. Of API Gateway's variables it has `$input`, `$context`, `$stageVariables` and `$util`. Whatever
//! else a template says is an error that names it: macros, `#define`, methods that change a value.
//!
//! The language: <https://velocity.apache.org/engine/2.3/vtl-reference.html>. The variables:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>. No crate has
//! them: those that are like Velocity are another language.

mod error;
mod functions;
mod parser;
mod render;
mod syntax;

use self::syntax::Node;
pub use self::{error::VtlError, render::Variables};

/// A template that is read.
#[derive(Clone, Debug)]
pub struct Template(Vec<Node>);

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, VtlError> {
        parser::parse(text).map(Self)
    }

    /// Fills a template in.
    pub fn render(&self, variables: &Variables) -> Result<String, VtlError> {
        render::render(&self.0, variables)
    }
}

#[cfg(test)]
mod tests;
