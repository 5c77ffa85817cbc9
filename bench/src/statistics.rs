//! Medians and percentiles.

/// The value that such a part of the values is below: 0.5 for the median.
pub fn percentile(values: &[f64], part: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let index = (part * (values.len() - 1) as f64).round() as usize;
    values[index]
}

pub fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}
