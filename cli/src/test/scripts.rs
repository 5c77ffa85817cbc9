//! Finds the transcripts that are to be played, and reads them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use goblet_build::Project;
use goblet_transcript::Transcript;

/// The extension of transcripts.
const EXTENSION: &str = "ws";

/// Where transcripts are that nobody names, beside the handler or the template.
const FOLDER: &str = "tests";

/// The paths of the command line.
pub struct Paths {
    /// Transcripts, and folders with transcripts.
    pub transcripts: Vec<PathBuf>,
    pub handler: Option<PathBuf>,
}

/// A transcript and its file.
pub struct Script {
    pub path: PathBuf,
    pub transcript: Transcript,
}

impl Paths {
    /// Tells transcripts from the handler.
    pub fn sort(paths: &[PathBuf]) -> anyhow::Result<Self> {
        if let Some(missing) = paths.iter().find(|path| !path.exists()) {
            bail!(
                "there is no {}: name transcripts (.ws), folders with them, and the handler, as they are from this folder",
                missing.display()
            );
        }
        let (transcripts, handlers): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| has_transcripts(path));
        match handlers.as_slice() {
            [] => Ok(Self { transcripts, handler: None }),
            [handler] => Ok(Self { transcripts, handler: Some(handler.clone()) }),
            [one, other, ..] => bail!(
                "{} and {} are not transcripts, and only one of them can be the handler: transcripts end in .ws, or are in \
                 a folder whose files do",
                one.display(),
                other.display()
            ),
        }
    }

    /// The handler in a folder that has transcripts beside it, if only one of the folders has one.
    pub fn handler_beside(&self) -> Option<&Path> {
        let has_handler = |path: &&PathBuf| path.is_dir() && Project::detect(path).is_ok();
        let mut folders = self.transcripts.iter().filter(has_handler);
        folders.next().filter(|_| folders.next().is_none()).map(PathBuf::as_path)
    }

    /// Reads the transcripts. Without any, those of the project in a folder are read.
    pub fn read(&self, project: &Path) -> anyhow::Result<Vec<Script>> {
        let files = match self.transcripts.as_slice() {
            [] => files_of_project(project)?,
            transcripts => {
                let files = transcripts.iter().map(|path| if path.is_dir() { files(path) } else { vec![path.clone()] });
                files.flatten().collect()
            }
        };
        files.into_iter().map(Script::read).collect()
    }
}

impl Script {
    fn read(path: PathBuf) -> anyhow::Result<Self> {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let transcript: Transcript = text.parse().map_err(|goblet_transcript::SyntaxError { line, problem }| {
            anyhow::anyhow!("{}:{line}: {problem}", path.display())
        })?;
        if transcript.steps().is_empty() {
            bail!("{} has no step: write what a client sends (`> foo`) and gets (`< foo`)", path.display());
        }
        Ok(Self { path, transcript })
    }
}

fn has_transcripts(path: &Path) -> bool {
    if path.is_dir() { !files(path).is_empty() } else { is_transcript(path) }
}

fn is_transcript(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
}

/// The transcripts in a folder, in the order of their names. Hidden files are those of editors and file managers, such as
/// Emacs' lock `.#echo.ws` and macOS' `._echo.ws`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let shown = entries.filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
    let mut files: Vec<_> =
        shown.map(|entry| entry.path()).filter(|path| is_transcript(path) && !path.is_dir()).collect();
    files.sort();
    files
}

fn files_of_project(project: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = project.join(FOLDER);
    let files = files(&folder);
    if files.is_empty() {
        bail!(
            "there is no transcript in {}: name some, or write {}, e.g. with the lines `> foo` and `< foo`, or record it \
             with --record",
            folder.display(),
            folder.join("first.ws").display()
        );
    }
    Ok(files)
}
