//! How long it takes to build an echo in each language, and how large it becomes.

use std::{fs, path::Path, time::Instant};

use tokio::process::Command;

use crate::{
    build::ROOT,
    process::run,
    scale::Scale,
    table::{Measure, Table},
};

const MEASURES: [Measure; 6] = [
    ("the component is built", "s"),
    ("it is compiled for x86_64", "s"),
    ("it is compiled for arm64", "s"),
    (".wasm", "KB"),
    (".cwasm for x86_64", "KB"),
    (".cwasm for arm64", "KB"),
];

/// Measures these projects. What is measured is a build after a change: the tools are installed, and what does not change
/// is built.
pub async fn measure(sources: &[&'static str], folder: &Path, goblet: &Path, scale: &Scale) -> anyhow::Result<Table> {
    for source in sources {
        goblet_build::build(&Path::new(ROOT).join(source))?;
    }
    let mut table = Table::new("Building the echo", &MEASURES, sources.iter().copied());
    table.measure(scale.repeats, async |place| measure_once(sources[place], folder, goblet).await).await?;
    Ok(table)
}

async fn measure_once(source: &str, folder: &Path, goblet: &Path) -> anyhow::Result<Vec<Option<f64>>> {
    let source = Path::new(ROOT).join(source);
    touch(&source)?;
    let start = Instant::now();
    let component = goblet_build::build(&source)?;
    let built = start.elapsed().as_secs_f64();
    let mut values = vec![Some(built)];
    let (x86_64, arm64) = (folder.join("built-x86_64.cwasm"), folder.join("built-arm64.cwasm"));
    for (target, output) in [("x86_64", &x86_64), ("arm64", &arm64)] {
        let start = Instant::now();
        let mut compile = Command::new(goblet);
        run(compile.arg("compile").arg(&component).args(["--target", target]).arg("--output").arg(output)).await?;
        values.push(Some(start.elapsed().as_secs_f64()));
    }
    for file in [&component, &x86_64, &arm64] {
        #[allow(clippy::cast_precision_loss)]
        values.push(Some(fs::metadata(file)?.len() as f64 / 1000.0));
    }
    Ok(values)
}

/// Makes all source files newer than what was built of them.
fn touch(source: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(source)? {
        let path = entry?.path();
        if path.is_file() {
            fs::File::options().append(true).open(&path)?.set_modified(std::time::SystemTime::now())?;
        } else if path.ends_with("src") {
            touch(&path)?;
        }
    }
    Ok(())
}
