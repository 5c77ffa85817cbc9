//! What is read of a template, one file for each kind of resource.
//!
//! A new kind of resource goes here: a file with a type for what it describes and a function `read`, which asks the
//! [`Resolver`](crate::resolver::Resolver) for the resources of that type; and a field of
//! [`Template`](crate::Template). If other resources name it, `Resolver::attribute_of` tells what `!GetAtt` is for it.

mod admission;
pub mod api;
pub mod api_gateway;
pub mod code;
pub mod function;
mod known;
mod route;
pub mod serverless;
pub mod table;
mod target;
