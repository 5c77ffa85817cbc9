//! What was measured, as a table of medians.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde::Serialize;

use crate::statistics::{median, percentile};

/// What is measured: its name and its unit.
pub type Measure = (&'static str, &'static str);

/// Some contenders beside each other. The first is ours.
#[derive(Serialize)]
pub struct Table {
    title: &'static str,
    measures: Vec<Measure>,
    contenders: Vec<Contender>,
}

#[derive(Serialize)]
struct Contender {
    name: &'static str,
    /// Of each repeat, a value for each measure; nothing where the contender failed, or has no such thing.
    repeats: Vec<Vec<Option<f64>>>,
}

impl Table {
    pub fn new(title: &'static str, measures: &[Measure], contenders: impl IntoIterator<Item = &'static str>) -> Self {
        let contenders = contenders.into_iter().map(|name| Contender { name, repeats: Vec::new() });
        Self { title, measures: measures.to_vec(), contenders: contenders.collect() }
    }

    /// Measures each contender, by its place, so many times: in turn, so that a noisy machine moves all of them.
    pub async fn measure(
        &mut self,
        repeats: usize,
        measure_once: impl AsyncFn(usize) -> anyhow::Result<Vec<Option<f64>>>,
    ) -> anyhow::Result<()> {
        for repeat in 1..=repeats {
            for (place, contender) in self.contenders.iter_mut().enumerate() {
                eprintln!("{}, {repeat} of {repeats}: {}", self.title, contender.name);
                contender.repeats.push(measure_once(place).await.with_context(|| contender.name)?);
            }
        }
        Ok(())
    }

    /// In Markdown: medians, from the least to the most, and how ours compares with the others.
    pub fn markdown(&self) -> String {
        let (ours, others) = self.contenders.split_first().expect("contenders");
        let names = self.contenders.iter().map(|contender| contender.name.to_owned());
        let ratios = others.iter().map(|other| format!("{} ÷ {}", ours.name, other.name));
        let columns: Vec<String> = names.chain(ratios).collect();
        let mut table = format!("## {}\n\n| | unit | {} |\n| --- | --- |", self.title, columns.join(" | "));
        table.push_str(&" ---: |".repeat(columns.len()));
        for (index, (name, unit)) in self.measures.iter().enumerate() {
            let values = self.contenders.iter().map(|contender| contender.cell(index));
            let ratios = others.iter().map(|other| match (ours.median(index), other.median(index)) {
                (Some(ours), Some(other)) => readable(ours / other),
                _ => String::new(),
            });
            let _ = write!(table, "\n| {name} | {unit} | {} |", values.chain(ratios).collect::<Vec<_>>().join(" | "));
        }
        table
    }
}

impl Contender {
    fn values(&self, measure: usize) -> Vec<f64> {
        self.repeats.iter().filter_map(|values| values[measure]).collect()
    }

    fn median(&self, measure: usize) -> Option<f64> {
        let values = self.values(measure);
        (!values.is_empty()).then(|| median(&values))
    }

    fn cell(&self, measure: usize) -> String {
        let values = self.values(measure);
        if values.is_empty() {
            return "–".to_owned();
        }
        let [least, middle, most] = [0.0, 0.5, 1.0].map(|part| readable(percentile(&values, part)));
        if least == most { middle } else { format!("{middle} ({least}–{most})") }
    }
}

/// Three digits that mean something.
fn readable(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 0.1 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    }
}
