use std::fmt::Display;

/// What a route returns: `?` works on every error that has a display text.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a handler fails an event: a text. It becomes the error of the invocation, in Lambda's log and metrics.
///
/// Everything with a display text turns into one: errors, strings, `anyhow::Error` with its causes.
///
/// ```
/// fn half(text: &str) -> goblet::Result<u32> {
///     let number: u32 = text.parse()?;
///     if number % 2 == 1 {
///         return Err("the number is odd".into());
///     }
///     Ok(number / 2)
/// }
///
/// assert_eq!(half("8").unwrap(), 4);
/// assert_eq!(half("7").unwrap_err().text(), "the number is odd");
/// assert_eq!(half("x").unwrap_err().text(), "invalid digit found in string");
/// ```
// It has no display text itself: otherwise `From` would be implemented twice, as every type is made from itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Self {
        // The alternate form of `anyhow::Error` and its like has the causes.
        Self(format!("{error:#}"))
    }
}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}
