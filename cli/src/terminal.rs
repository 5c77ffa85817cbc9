//! Everything that `goblet` shows. What others wrote (clients, functions, templates, file names) is escaped here.

mod activity;
mod escape;
mod failures;
mod message;
mod printer;
mod progress;
mod record;
mod style;

pub use self::{
    escape::escaped,
    message::{note, print, tell, tell_error},
    printer::Printer,
    progress::show,
};
