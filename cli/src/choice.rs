//! Values of options that are one of several.

use clap::ValueEnum;

/// The name by which a choice is given, e.g. `python`.
pub fn name_of(choice: &impl ValueEnum) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
