//! The files that hold what this program prints: its own, as in `goblet dev > dev.txt`, and those of programs that read
//! its output, as in `goblet dev | tee dev.txt`.

use std::{
    collections::BTreeSet,
    fs::{self, Metadata},
    io,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::{FileTypeExt as _, MetadataExt as _},
    },
    path::Path,
    process,
};

/// Which file or pipe something is, whatever its name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    pub fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// The files that this program itself prints into.
pub fn own_files() -> BTreeSet<FileId> {
    own().filter(Metadata::is_file).map(|file| FileId::of(&file)).collect()
}

/// The files that are written by programs that read, straight or by way of others, what this program prints. Linux alone
/// tells of them.
pub fn files_of_readers() -> BTreeSet<FileId> {
    let mut pipes: BTreeSet<_> = own().filter(is_pipe).map(|pipe| FileId::of(&pipe)).collect();
    let mut files = BTreeSet::new();
    if pipes.is_empty() {
        return files;
    }
    let mut programs: Vec<_> = programs().collect();
    loop {
        let reads = |program: &mut Program| program.read.iter().any(|pipe| pipes.contains(pipe));
        let readers: Vec<_> = programs.extract_if(.., reads).collect();
        if readers.is_empty() {
            return files;
        }
        for reader in readers {
            pipes.extend(reader.written_pipes);
            files.extend(reader.written_files);
        }
    }
}

fn own() -> impl Iterator<Item = Metadata> {
    let of = |output: BorrowedFd| fs::File::from(output.try_clone_to_owned().ok()?).metadata().ok();
    [of(io::stdout().as_fd()), of(io::stderr().as_fd())].into_iter().flatten()
}

fn is_pipe(metadata: &Metadata) -> bool {
    metadata.file_type().is_fifo()
}

/// What another program has open.
#[derive(Default)]
struct Program {
    read: Vec<FileId>,
    written_pipes: Vec<FileId>,
    written_files: Vec<FileId>,
}

/// The programs of this user: <https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html>.
fn programs() -> impl Iterator<Item = Program> {
    let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let is_other = |id: &u32| *id != process::id();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_other);
    ids.map(|id| program(&Path::new("/proc").join(id.to_string())))
}

fn program(folder: &Path) -> Program {
    let mut program = Program::default();
    for entry in fs::read_dir(folder.join("fd")).into_iter().flatten().filter_map(Result::ok) {
        let Ok(metadata) = fs::metadata(entry.path()) else { continue };
        let Some(access) = access(&folder.join("fdinfo").join(entry.file_name())) else { continue };
        let id = FileId::of(&metadata);
        match (access, is_pipe(&metadata)) {
            (READ, true) => program.read.push(id),
            (_, true) => program.written_pipes.push(id),
            (READ, false) => {}
            (_, false) if metadata.is_file() => program.written_files.push(id),
            (_, false) => {}
        }
    }
    program
}

/// `O_RDONLY`, of the bits that say how a file is open: <https://man7.org/linux/man-pages/man2/open.2.html>.
const READ: u32 = 0;
const ACCESS: u32 = 0b11;

/// How a file is open: <https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html>.
fn access(information: &Path) -> Option<u32> {
    let information = fs::read_to_string(information).ok()?;
    let flags = information.lines().find_map(|line| line.strip_prefix("flags:"))?;
    Some(u32::from_str_radix(flags.trim(), 8).ok()? & ACCESS)
}
