//! Where the code of a function or the content of a layer is.

use std::path::{Path, PathBuf};

use crate::{error::TemplateError, properties::Properties};

/// The code of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Code {
    /// A folder, or a file: a zip, or a handler. It may be missing.
    Local(PathBuf),
    /// The code itself (`InlineCode`, `ZipFile`), which AWS puts into a file `index`.
    Inline(String),
    /// No place on this machine. The text names the place in the template, and says where the code is.
    Elsewhere(String),
}

impl Code {
    /// The folder or file, if the code is on this machine.
    #[must_use]
    pub fn local(&self) -> Option<&Path> {
        match self {
            Self::Local(path) => Some(path),
            Self::Inline(_) | Self::Elsewhere(_) => None,
        }
    }
}

/// The member of a resource that has the folder where its paths start, if that is not the template's. It is put there when
/// nested applications are expanded.
pub const FOLDER: &str = "goblet::Folder";

/// The properties that tell where code is, in the order in which they are looked for.
const PROPERTIES: [&str; 4] = ["CodeUri", "Code", "ContentUri", "Content"];

/// The names that a bucket and the key in it have, in plain and in SAM's resources.
const IN_BUCKET: [[&str; 2]; 2] = [["S3Bucket", "S3Key"], ["Bucket", "Key"]];

/// Reads where the code of a function or the content of a layer is. Paths start at the template's folder.
///
/// Without any of the properties it is that folder, as for SAM:
/// <https://github.com/aws/aws-sam-cli/blob/develop/samcli/lib/providers/sam_base_provider.py> (`DEFAULT_CODEURI`).
pub fn read(properties: &Properties, metadata: &Properties, folder: &Path) -> Result<Code, TemplateError> {
    if let Some(asset) = asset(metadata)? {
        return Ok(Code::Local(folder.join(asset)));
    }
    if let Some(code) = properties.text("InlineCode")? {
        return Ok(Code::Inline(code));
    }
    if properties.has("ImageUri") {
        return Ok(image_elsewhere(properties, "ImageUri"));
    }
    if properties.text("PackageType")?.is_some_and(|kind| kind == "Image") {
        return Ok(image_elsewhere(properties, "PackageType"));
    }
    match PROPERTIES.into_iter().find(|name| properties.has(name)) {
        Some(name) => of_property(properties, name, folder),
        None => Ok(Code::Local(folder.to_owned())),
    }
}

/// The path of the asset that CDK made of the code:
/// <https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/cx-api/lib/assets.ts>.
fn asset(metadata: &Properties) -> Result<Option<String>, TemplateError> {
    let property = metadata.text("aws:asset:property")?;
    if property.is_some_and(|property| !PROPERTIES.contains(&property.as_str())) {
        return Ok(None);
    }
    metadata.text("aws:asset:path")
}

fn of_property(properties: &Properties, name: &str, folder: &Path) -> Result<Code, TemplateError> {
    let parts = properties.part(name)?;
    if let Some(code) = parts.text("ZipFile")? {
        return Ok(Code::Inline(code));
    }
    if parts.has("ImageUri") {
        return Ok(image_elsewhere(&parts, "ImageUri"));
    }
    if let Some([bucket, key]) = IN_BUCKET.into_iter().find(|[bucket, _]| parts.has(bucket)) {
        let text = |name| parts.text(name).ok().flatten().unwrap_or_else(|| "…".to_owned());
        return Ok(in_bucket(properties, name, &format!("s3://{}/{}", text(bucket), text(key))));
    }
    match properties.text(name) {
        Ok(Some(uri)) if uri.starts_with("s3://") || uri.starts_with("https://") => {
            Ok(in_bucket(properties, name, &uri))
        }
        Ok(path) => Ok(Code::Local(folder.join(path.unwrap_or_default()))),
        Err(error @ TemplateError::Invalid { .. }) => Ok(Code::Elsewhere(error.to_string())),
        Err(error) => Err(error),
    }
}

fn in_bucket(properties: &Properties, name: &str, uri: &str) -> Code {
    Code::Elsewhere(format!("{}: it is in a bucket, and not on this machine: {uri}", properties.place(name)))
}

fn image_elsewhere(properties: &Properties, name: &str) -> Code {
    Code::Elsewhere(format!("{}: it is a container image, which is not run here", properties.place(name)))
}
