use std::{
    env, fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args};
use goblet_build::Cancellation;
use goblet_host::handler::{Kind, kind};
use zip::{DateTime, ZipWriter, write::SimpleFileOptions};

use crate::{architecture::Architecture, carried, handler, output, stoppable, target::Target};

/// The name of the program that Lambda starts for a custom runtime:
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html>.
const BOOTSTRAP: &str = "bootstrap";

/// The variable that stands for `--bootstrap`, as in `goblet dev`.
const BOOTSTRAP_VARIABLE: &str = "GOBLET_BOOTSTRAP";

const EXAMPLES: &str = "\
Examples:
  goblet package guest/echo --target arm64              build and compile a crate into echo.zip
  goblet package app.py --target arm64                  the same in Python, into app.zip
  goblet package echo.cwasm --output out/echo.zip       pack a compiled handler
  goblet package --host --target arm64 -o host.zip      pack the program that runs handlers: a layer
  goblet package --host --target arm64 -o layer/        write it itself, for `sam build`

Then, to update a function:
  aws lambda update-function-code --function-name FUNCTION --zip-file fileb://echo.zip";

/// Packs a handler, or the program that runs it, into a zip file for AWS Lambda
///
/// The zip of a handler is the package of a function. It contains NAME.cwasm, and the function's Handler setting is
/// NAME. The zip of `bootstrap`, the program that runs handlers, is the content of a layer. The same content always
/// makes exactly the same zip.
#[derive(Args)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("content").required(true).args(["file", "host"]))]
pub struct Arguments {
    /// A handler (a project in Rust, Python, JavaScript or TypeScript, a .wasm or a .cwasm file), or the program that runs
    /// it (a file named bootstrap)
    file: Option<PathBuf>,
    /// Pack the program that runs handlers. A release of goblet carries it for both architectures, so this needs no
    /// compiler and no network
    #[arg(long)]
    host: bool,
    /// With --host: pack this program instead of the one that goblet carries. The variable `GOBLET_BOOTSTRAP`
    /// names it, too
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    bootstrap: Option<PathBuf>,
    /// Where to write the zip file. A folder (one that exists, or a name that ends in /) gets the file itself instead of a
    /// zip [default: NAME.zip in this folder]
    #[arg(short, long, value_name = "FILE|FOLDER")]
    output: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    stoppable::run(move |cancellation| package(&arguments, cancellation))
}

fn package(arguments: &Arguments, cancellation: &Cancellation) -> anyhow::Result<()> {
    arguments.output.as_deref().map_or(Ok(()), output::prepare_any).context("--output")?;
    let target = &arguments.target;
    let packed = match &arguments.file {
        Some(file) if is_bootstrap(file) => PackedFile::bootstrap(read_bootstrap(file, target)?),
        Some(file) => PackedFile::handler(file, target, cancellation)?,
        None => PackedFile::bootstrap(host(arguments.bootstrap.as_deref(), target)?),
    };
    match &arguments.output {
        Some(folder) if output::is_folder(folder) => packed.write_into(folder),
        Some(file) => output::write(file, &packed.zip()?),
        None => output::write(&Path::new(&packed.name).with_extension("zip"), &packed.zip()?),
    }
}

fn is_bootstrap(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == BOOTSTRAP) && file.is_file()
}

/// The program that runs handlers: one that is named, or else the one that this program carries.
fn host(file: Option<&Path>, target: &Target) -> anyhow::Result<Vec<u8>> {
    if let Some(file) = file {
        return read_bootstrap(file, target).context("--bootstrap");
    }
    if let Some(file) = env::var_os(BOOTSTRAP_VARIABLE).filter(|value| !value.is_empty()) {
        return read_bootstrap(Path::new(&file), target).with_context(|| {
            format!(
                "the variable {BOOTSTRAP_VARIABLE} names the program that runs handlers; unset it to take the one that \
                 goblet carries"
            )
        });
    }
    let architecture = target.architecture()?.or_else(Architecture::of_this_machine);
    carried::bootstrap(architecture.context(
        "AWS Lambda has no machines of this machine's architecture: add `--target arm64` or `--target x86_64`",
    )?)
}

/// Reads a `bootstrap`, and checks that it is a program for Lambda, and for the target if one is given.
fn read_bootstrap(file: &Path, target: &Target) -> anyhow::Result<Vec<u8>> {
    let bootstrap = read(file)?;
    let Some(own) = Architecture::of_program(&bootstrap) else {
        bail!("{} is no Linux program for arm64 or x86_64: name a bootstrap that is one", file.display());
    };
    match target.architecture()? {
        Some(wanted) if own != wanted => {
            bail!("{} is built for {own}, but --target is {wanted}: name a bootstrap for {wanted}", file.display());
        }
        _ => Ok(bootstrap),
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// The one file of a package.
struct PackedFile {
    name: String,
    content: Vec<u8>,
    is_program: bool,
}

impl PackedFile {
    fn bootstrap(content: Vec<u8>) -> Self {
        Self { name: BOOTSTRAP.to_owned(), content, is_program: true }
    }

    fn handler(file: &Path, target: &Target, cancellation: &Cancellation) -> anyhow::Result<Self> {
        let file = handler::build(file, cancellation)?;
        let content = match kind(&file)? {
            Kind::Component => handler::compile(&file, target.triple())?.as_bytes().to_owned(),
            Kind::Compiled if target.triple().is_some() => {
                bail!("{} is compiled already, for one architecture: --target is for a component", file.display());
            }
            Kind::Compiled => read(&file)?,
        };
        Ok(Self { name: format!("{}.cwasm", handler::name(&file)?), content, is_program: false })
    }

    /// Writes the file itself into a folder.
    fn write_into(&self, folder: &Path) -> anyhow::Result<()> {
        let write = if self.is_program { output::write_program } else { output::write };
        write(&folder.join(&self.name), &self.content)
    }

    /// The time in it is a fixed one, so that the same content makes the same zip.
    fn zip(&self) -> anyhow::Result<Vec<u8>> {
        let permissions = if self.is_program { 0o755 } else { 0o644 };
        let options =
            SimpleFileOptions::default().last_modified_time(DateTime::default()).unix_permissions(permissions);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(self.name.as_str(), options)?;
        zip.write_all(&self.content)?;
        Ok(zip.finish()?.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn a_zip_has_the_file_as_lambda_wants_it() {
        let zip = PackedFile::bootstrap(b"foo".to_vec()).zip().unwrap();
        assert_eq!(zip, PackedFile::bootstrap(b"foo".to_vec()).zip().unwrap());
        let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
        assert_eq!(archive.len(), 1);
        let mut file = archive.by_name("bootstrap").unwrap();
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        assert_eq!(content, "foo");
    }
}
