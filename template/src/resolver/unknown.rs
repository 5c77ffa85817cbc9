//! Why a value is not known.

/// The longest reason, in characters. A reason may quote a value of any length.
const MAX_REASON: usize = 500;

#[derive(Clone, Debug)]
pub enum Unknown {
    /// A reason, without the place.
    Because(String),
    /// To find it out takes more work than a template may take.
    TooMuchWork,
}

impl From<String> for Unknown {
    fn from(mut reason: String) -> Self {
        if let Some((end, _)) = reason.char_indices().nth(MAX_REASON) {
            reason.truncate(end);
            reason.push('…');
        }
        Self::Because(reason)
    }
}

impl From<&str> for Unknown {
    fn from(reason: &str) -> Self {
        reason.to_owned().into()
    }
}
