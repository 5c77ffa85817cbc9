use std::{
    fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use goblet_host::handler::{Kind, kind};
use zip::{DateTime, ZipWriter, write::SimpleFileOptions};

use crate::{compile::Target, handler, output};

/// The name of the program that Lambda starts for a custom runtime:
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html>.
const BOOTSTRAP: &str = "bootstrap";

const EXAMPLES: &str = "\
Examples:
  goblet package guest/echo --target arm64              build and compile a crate into echo.zip
  goblet package app.py --target arm64                  the same in Python, into app.zip
  goblet package echo.cwasm --output out/echo.zip       pack a compiled handler
  goblet package target/release/bootstrap -o host.zip   pack the program that runs handlers

Then, to update a function:
  aws lambda update-function-code --function-name FUNCTION --zip-file fileb://echo.zip";

/// Packs a handler, or the program that runs it, into a zip file for AWS Lambda
///
/// The zip of a handler is the package of a function. It contains NAME.cwasm, and the function's Handler setting is
/// NAME. The zip of `bootstrap`, the program that runs handlers, is the content of a layer. The same content always
/// makes exactly the same zip.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// A handler (a project in Rust, Python, JavaScript or TypeScript, a .wasm or a .cwasm file), or the program that runs
    /// it (a file named bootstrap)
    file: PathBuf,
    /// Where to write the zip file [default: NAME.zip in this folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let entry = Entry::of(&arguments.file, &arguments.target)?;
    let name = Path::new(&entry.name).with_extension("zip");
    let output = arguments.output.clone().unwrap_or(name);
    output::write(&output, &entry.zip()?)
}

/// The one file in a zip.
struct Entry {
    name: String,
    content: Vec<u8>,
    permissions: u32,
}

impl Entry {
    fn of(file: &Path, target: &Target) -> anyhow::Result<Self> {
        if file.file_name().is_some_and(|name| name == BOOTSTRAP) && file.is_file() {
            return Ok(Self { name: BOOTSTRAP.to_owned(), content: read(file)?, permissions: 0o755 });
        }
        let file = goblet_build::build(file)?;
        let content = match kind(&file)? {
            Kind::Component => handler::compile(&file, target.triple())?.as_bytes().to_owned(),
            Kind::Compiled if target.triple().is_some() => {
                bail!("{} is compiled already, for one architecture: --target is for a component", file.display());
            }
            Kind::Compiled => read(&file)?,
        };
        Ok(Self { name: format!("{}.cwasm", handler::name(&file)?), content, permissions: 0o644 })
    }

    /// The time in it is a fixed one, so that the same content makes the same zip.
    fn zip(&self) -> anyhow::Result<Vec<u8>> {
        let options =
            SimpleFileOptions::default().last_modified_time(DateTime::default()).unix_permissions(self.permissions);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(self.name.as_str(), options)?;
        zip.write_all(&self.content)?;
        Ok(zip.finish()?.into_inner())
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn a_zip_has_the_file_as_lambda_wants_it() {
        let entry = |permissions| Entry { name: "bootstrap".to_owned(), content: b"foo".to_vec(), permissions };
        let zip = entry(0o755).zip().unwrap();
        assert_eq!(zip, entry(0o755).zip().unwrap());
        let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
        assert_eq!(archive.len(), 1);
        let mut file = archive.by_name("bootstrap").unwrap();
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        assert_eq!(content, "foo");
    }
}
