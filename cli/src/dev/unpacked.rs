//! The code of a function as files: what is in a zip is unpacked, and what is in the template is written.

use std::{
    collections::BTreeMap,
    fs::{self, File, Permissions},
    io::{self, Read},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, bail};
use goblet_template::{Code, Function};
use tempfile::TempDir;
use zip::{CompressionMethod, ZipArchive, read::ZipFile, result::ZipError};

use crate::terminal::Progress;

/// The most that a package and its layers may have when they are unpacked, in bytes, as on AWS:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const MAX_SIZE: u64 = 250 * 1024 * 1024;

/// What each entry of a zip counts for, in bytes: there may be very many that are empty.
const ENTRY_SIZE: u64 = 1024;

/// How a zip begins, with entries and without:
/// <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, 4.3.7 and 4.3.16.
const SIGNATURES: [&[u8; 4]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The file that AWS writes inline code to, by the beginning of the runtime's name:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html> (`ZipFile`).
const INLINE: [(&str, &str); 2] = [("python", "index.py"), ("nodejs", "index.js")];

/// What was unpacked and written for the functions of a template.
#[derive(Default)]
pub struct Packages {
    /// As long as they are needed.
    pub folders: Vec<TempDir>,
    /// By the zip's path: functions may share one, as those of a Chalice app do.
    unpacked: BTreeMap<PathBuf, Package>,
}

/// A zip that is unpacked.
struct Package {
    folder: PathBuf,
    /// What it counts for, in bytes.
    size: u64,
}

impl Packages {
    /// A function whose code and layers are folders, or files that are no zip: unpacks what is in zips, and writes what is
    /// in the template.
    pub fn unpack(&mut self, function: &Function) -> anyhow::Result<Function> {
        let mut unpacked = function.clone();
        let mut left = MAX_SIZE;
        let place = || format!("Resources.{}", function.id);
        if let Code::Inline(code) = &function.code {
            unpacked.code = Code::Local(self.write(code, &function.runtime).with_context(place)?);
        }
        if let Code::Local(path) = &function.code {
            unpacked.code = Code::Local(self.folder_of(path, &mut left).with_context(place)?);
        }
        for (layer, path) in unpacked.layers.iter_mut().zip(&function.layers) {
            *layer = self.folder_of(path, &mut left).with_context(place)?;
        }
        Ok(unpacked)
    }

    /// The folder that a zip was unpacked to, or the path itself if it is none. As many bytes may still come as are left.
    fn folder_of(&mut self, path: &Path, left: &mut u64) -> anyhow::Result<PathBuf> {
        if !is_zip(path)? {
            return Ok(path.to_owned());
        }
        if let Some(Package { folder, size }) = self.unpacked.get(path) {
            *left = left.checked_sub(*size).context(TOO_LARGE)?;
            return Ok(folder.clone());
        }
        let (folder, before) = (self.folder()?, *left);
        let _progress = Progress::of(&format!("unpacking {}", path.display()));
        unpack(path, &folder, left).with_context(|| format!("cannot unpack {}", path.display()))?;
        self.unpacked.insert(path.to_owned(), Package { folder: folder.clone(), size: before - *left });
        Ok(folder)
    }

    /// The folder with the code in the file that AWS would write it to.
    fn write(&mut self, code: &str, runtime: &str) -> anyhow::Result<PathBuf> {
        let file = INLINE.into_iter().find(|(name, _)| runtime.starts_with(name)).map(|(_, file)| file);
        let file = file.with_context(|| {
            format!("code in the template is for Python and Node.js alone, as on AWS, and not for {runtime:?}")
        })?;
        let folder = self.folder()?;
        fs::write(folder.join(file), code).with_context(|| format!("cannot write {file}"))?;
        Ok(folder)
    }

    fn folder(&mut self) -> anyhow::Result<PathBuf> {
        let folder = TempDir::with_prefix("goblet-").context("cannot make a temporary folder")?;
        let path = folder.path().canonicalize()?;
        self.folders.push(folder);
        Ok(path)
    }
}

/// Whether a file is a zip, by how it begins. One that is called a zip has to be one.
fn is_zip(path: &Path) -> anyhow::Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    let is_zip = read.is_ok() && SIGNATURES.contains(&&start);
    let is_called_zip = path.extension().is_some_and(|extension| extension == "zip" || extension == "jar");
    if is_called_zip && !is_zip {
        bail!("{} is no zip: make it again, or name a folder", path.display());
    }
    Ok(is_zip)
}

fn unpack(path: &Path, folder: &Path, left: &mut u64) -> anyhow::Result<()> {
    let file = File::open(path).context("cannot open it")?;
    let mut archive = ZipArchive::new(file).context("it is damaged")?;
    // Links come last: nothing is written through them.
    let mut links = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(unreadable)?;
        let name = entry.name().map_err(unreadable)?.into_owned();
        let to =
            inside(folder, Path::new(&name)).with_context(|| format!("{name:?} would be outside of the package"))?;
        *left = left.checked_sub(ENTRY_SIZE).context(TOO_LARGE)?;
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            bail!("{name:?} is compressed by {}: make the zip with `zip`, which deflates", entry.compression());
        }
        if entry.is_dir() {
            fs::create_dir_all(&to).with_context(|| format!("cannot make {name:?}"))?;
        } else if entry.is_symlink() {
            let mut target = String::new();
            (&mut entry)
                .take(ENTRY_SIZE)
                .read_to_string(&mut target)
                .with_context(|| format!("cannot read {name:?}"))?;
            links.push((name, target));
        } else {
            *left = write(&mut entry, &to, *left).with_context(|| format!("{name:?}"))?;
        }
    }
    for (name, target) in links {
        link(folder, &name, &target).with_context(|| format!("{name:?} is a link"))?;
    }
    Ok(())
}

const TOO_LARGE: &str =
    "the package and its layers have more than 250 MB, AWS's limit: take out what the function does not need";

/// What is wrong with an entry, in words.
fn unreadable(error: ZipError) -> anyhow::Error {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            anyhow::anyhow!("it is encrypted, which Lambda does not take: make it without a password")
        }
        error => error.into(),
    }
}

/// Writes an entry, and returns how many bytes may still come.
fn write<R: Read>(entry: &mut ZipFile<R>, to: &Path, left: u64) -> anyhow::Result<u64> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let mode = entry.unix_mode();
    // A name may be there twice: the last one counts, as for `unzip -o`.
    let mut file = File::create(to)?;
    // What an entry says of its size is not what counts.
    let written = io::copy(&mut entry.take(left.saturating_add(1)), &mut file)?;
    // Some zips have no modes: then a file is as the system makes it.
    if let Some(mode) = mode.filter(|mode| mode & 0o400 != 0) {
        fs::set_permissions(to, Permissions::from_mode(mode & 0o777 | 0o200))?;
    }
    left.checked_sub(written).context(TOO_LARGE)
}

/// Makes a link. What it leads to must be in the package, too. Its own folder must be none that is reached by a link, and
/// a target leads up at its beginning only: so what the names say is where files are.
fn link(folder: &Path, name: &str, target: &str) -> anyhow::Result<()> {
    let parent = Path::new(name).parent().unwrap_or(Path::new(""));
    let leads_up = Path::new(target).components().skip_while(|part| *part == Component::ParentDir);
    let is_plain = leads_up.into_iter().all(|part| part != Component::ParentDir);
    if !is_plain || inside(folder, &parent.join(target)).is_none() {
        bail!("it leads to {target:?}, outside of the package: take it out of the zip");
    }
    let to = inside(folder, Path::new(name)).context("it would be outside of the package")?;
    let parent = to.parent().unwrap_or(folder);
    fs::create_dir_all(parent)?;
    if parent.canonicalize()? != parent {
        bail!("it is in a folder that is a link, too: take it out of the zip");
    }
    Ok(symlink(target, to)?)
}

/// Where a relative path leads to in a folder, or nothing if it leads out of it.
fn inside(folder: &Path, path: &Path) -> Option<PathBuf> {
    let mut inside = folder.to_owned();
    let mut depth = 0_usize;
    for component in path.components() {
        match component {
            Component::Normal(name) if !name.as_encoded_bytes().contains(&0) => {
                inside.push(name);
                depth += 1;
            }
            Component::ParentDir => {
                depth = depth.checked_sub(1)?;
                inside.pop();
            }
            Component::CurDir => {}
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(inside)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, io::Write as _, time::Duration};

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    /// A zip of files and links. A link has an arrow in its content: `-> target`.
    fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in entries {
            let options = SimpleFileOptions::default().unix_permissions(0o755);
            if let Some(target) = content.strip_prefix("-> ") {
                zip.add_symlink(*name, target, options).unwrap();
            } else {
                zip.start_file(*name, options).unwrap();
                zip.write_all(content.as_bytes()).unwrap();
            }
        }
        zip.finish().unwrap().into_inner()
    }

    /// Unpacks a zip in a folder of its own, which holds nothing else then.
    fn unpacked(zip: &[u8]) -> anyhow::Result<(TempDir, PathBuf)> {
        let outer = TempDir::new().unwrap();
        let (file, folder) = (outer.path().join("code.zip"), outer.path().canonicalize().unwrap().join("a/b/package"));
        fs::write(&file, zip).unwrap();
        fs::create_dir_all(&folder).unwrap();
        let result = unpack(&file, &folder, &mut 1_000_000);
        let around = [outer.path().to_owned(), outer.path().join("a"), outer.path().join("a/b")];
        let names: Vec<_> =
            around.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 4, "only the zip and the folders: {names:?}");
        result.map(|()| (outer, folder))
    }

    fn error(zip: &[u8]) -> String {
        format!("{:#}", unpacked(zip).unwrap_err())
    }

    #[test]
    fn files_folders_modes_and_links() {
        let zip = zip(&[
            ("app.py", "code"),
            ("bin/tool", "tool"),
            ("lib/deep/up", "-> ../../app.py"),
            ("tool", "-> bin/tool"),
            ("./dot/../x/y", "plain"),
        ]);
        let (_outer, folder) = unpacked(&zip).unwrap();
        let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
        assert_eq!(["app.py", "bin/tool", "lib/deep/up", "tool"].map(read), ["code", "tool", "code", "tool"]);
        assert_eq!(read("x/y"), "plain");
        assert_eq!(fs::metadata(folder.join("bin/tool")).unwrap().permissions().mode() & 0o777, 0o755);
    }

    #[test]
    fn nothing_leads_out_of_the_package() {
        for name in ["../evil", "x/../../evil", "/evil", "x/../../../../../../../../../../../tmp/evil"] {
            let says = error(&zip(&[(name, "evil")]));
            assert!(says.contains("would be outside of the package"), "{name}: {says}");
        }
        for links in [
            &[("out", "-> ..")][..],
            &[("out", "-> /tmp")],
            &[("x/out", "-> ../../..")],
            &[("x/up", "-> .."), ("out", "-> x/up/../..")],
            &[("d/e/up", "-> ../.."), ("d/e/up/out", "-> ../../..")],
            &[("d/e/up", "-> ../.."), ("d/e/up/out", "-> ../../.."), ("out/evil", "-> x")],
        ] {
            let says = error(&zip(links));
            assert!(says.contains("outside of the package") || says.contains("a folder that is a link"), "{says}");
        }
        // A file is not written through a link of the same zip.
        let (_outer, folder) = unpacked(&zip(&[("x", "-> y"), ("y/z", "file")])).unwrap();
        assert!(folder.join("x").is_symlink());
        assert!(!error(&zip(&[("x", "-> y"), ("x/z", "file")])).is_empty());
    }

    #[test]
    fn functions_share_what_a_zip_has() {
        let outer = TempDir::new().unwrap();
        let file = outer.path().join("code.zip");
        fs::write(&file, zip(&[("app.py", "code")])).unwrap();
        let mut packages = Packages::default();
        let mut left = 10_000;
        let folders = [(); 2].map(|()| packages.folder_of(&file, &mut left).unwrap());
        assert_eq!(folders[0], folders[1]);
        assert_eq!(fs::read_to_string(folders[0].join("app.py")).unwrap(), "code");
        assert_eq!(left, 10_000 - 2 * (ENTRY_SIZE + 4), "it counts for each of them");
        left = ENTRY_SIZE;
        assert!(packages.folder_of(&file, &mut left).unwrap_err().to_string().contains("250 MB, AWS's limit"));
    }

    #[test]
    fn no_more_than_lambda_takes() {
        // Zeros are next to nothing in a zip.
        let mut large = ZipWriter::new(io::Cursor::new(Vec::new()));
        large.start_file("zeros", SimpleFileOptions::default()).unwrap();
        large.write_all(&vec![0; 1_000_000]).unwrap();
        let large = large.finish().unwrap().into_inner();
        assert!(error(&large).contains("250 MB, AWS's limit"), "{}", error(&large));
        let names: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
        let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        assert!(error(&zip(&many)).contains("250 MB, AWS's limit"), "{}", error(&zip(&many)));
        assert!(unpacked(&zip(&many[..900])).is_ok());
    }

    #[test]
    fn what_is_no_good_zip_is_told() {
        let mut encrypted = zip(&[("app.py", "code")]);
        // The flag in both of the entry's headers.
        for signature in [&b"PK\x03\x04"[..], b"PK\x01\x02"] {
            let header = encrypted.windows(4).position(|window| window == signature).unwrap();
            encrypted[header + if signature[2] == 3 { 6 } else { 8 }] |= 1;
        }
        assert!(error(&encrypted).contains("it is encrypted"), "{}", error(&encrypted));
        let mut packed = zip(&[("app.py", "code")]);
        for signature in [&b"PK\x03\x04"[..], b"PK\x01\x02"] {
            let header = packed.windows(4).position(|window| window == signature).unwrap();
            packed[header + if signature[2] == 3 { 8 } else { 10 }] = 12;
        }
        assert!(error(&packed).contains("is compressed by"), "{}", error(&packed));
        let whole = zip(&[("app.py", "code")]);
        assert!(error(&whole[..whole.len() / 2]).contains("it is damaged"), "{}", error(&whole[..whole.len() / 2]));
    }

    fn function(runtime: &str, code: Code) -> Function {
        Function {
            id: "F".to_owned(),
            name: "F".to_owned(),
            handler_name: "index.handler".to_owned(),
            runtime: runtime.to_owned(),
            build_method: None,
            code,
            layers: Vec::new(),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(3),
            memory_size: 128,
            concurrency: None,
        }
    }

    #[test]
    fn code_in_the_template_is_a_file() {
        for (runtime, file) in [("python3.13", "index.py"), ("nodejs22.x", "index.js")] {
            let mut packages = Packages::default();
            let unpacked = packages.unpack(&function(runtime, Code::Inline("code".to_owned()))).unwrap();
            let folder = unpacked.code.local().unwrap();
            assert_eq!(fs::read_to_string(folder.join(file)).unwrap(), "code");
        }
        let other = Packages::default().unpack(&function("java21", Code::Inline("code".to_owned())));
        let says = format!("{:#}", other.err().unwrap());
        assert!(says.starts_with("Resources.F: ") && says.contains("Python and Node.js alone"), "{says}");
    }

    #[test]
    fn layers_are_unpacked_too() {
        let folder = TempDir::new().unwrap();
        let layer = folder.path().join("layer.zip");
        fs::write(&layer, zip(&[("python/shared.py", "code")])).unwrap();
        let local = Code::Local(folder.path().to_owned());
        let with_layer = Function { layers: vec![layer.clone()], ..function("python3.13", local) };
        let mut packages = Packages::default();
        let unpacked = packages.unpack(&with_layer).unwrap();
        assert!(unpacked.layers[0].join("python/shared.py").is_file());
        fs::write(&layer, "no zip").unwrap();
        let says = format!("{:#}", packages.unpack(&with_layer).err().unwrap());
        assert!(says.starts_with("Resources.F: ") && says.contains("layer.zip is no zip"), "{says}");
    }
}
