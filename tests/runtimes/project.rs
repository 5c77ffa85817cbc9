//! A project with a template and one function, in a folder of its own.

use std::{
    fs,
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    process::Output,
};

use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{Dev, output, root};

pub struct Project {
    folder: TempDir,
}

impl Project {
    /// A function `Fn` of a runtime, whose code is the folder `code`. It gets all messages.
    pub fn new(runtime: &str, handler_name: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: api
      RouteSelectionExpression: $request.body.action
      Routes:
        $default:
          FunctionArn: !GetAtt Fn.Arn
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code
      Handler: {handler_name}
      Runtime: {runtime}
      Timeout: 60
"
        );
        fs::write(folder.path().join("template.yaml"), template).unwrap();
        fs::create_dir(folder.path().join("code")).unwrap();
        Self { folder }
    }

    /// Copies a file of `tests/functions` into the function's folder.
    pub fn with(self, file: &str, place: &str) -> Self {
        let content = fs::read_to_string(root().join("tests/functions").join(file)).unwrap();
        self.write(place, &content)
    }

    /// Writes a file into the function's folder.
    pub fn write(self, place: &str, content: impl AsRef<[u8]>) -> Self {
        let file = self.code().join(place);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
        self
    }

    /// Adds lines to the template, after the function's properties.
    pub fn template(self, lines: &str) -> Self {
        let file = self.folder().join("template.yaml");
        let template = fs::read_to_string(&file).unwrap();
        fs::write(file, template + lines).unwrap();
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn code(&self) -> PathBuf {
        self.folder().join("code")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Dev::command(self.folder(), arguments);
        command.env_remove("VIRTUAL_ENV");
        command
    }

    pub async fn start(self) -> Running {
        self.start_with(&[]).await
    }

    pub async fn start_with(self, arguments: &[&str]) -> Running {
        let dev = Dev::spawn(&mut self.command(arguments)).listening().await;
        Running { dev, project: self }
    }

    /// Expects that `goblet dev` does not start, and says all of these.
    pub fn is_refused(&self, says: &[&str]) {
        let Output { status, stderr, .. } = output(self.command(&[]).as_std_mut());
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(1), "{stderr}");
        for text in says {
            assert!(stderr.contains(text), "not {text:?} in: {stderr}");
        }
    }
}

/// A `goblet dev` of a project, whose folder lasts as long.
pub struct Running {
    dev: Dev,
    project: Project,
}

impl Running {
    /// The folder of the function's code.
    pub fn code(&self) -> PathBuf {
        self.project.code()
    }

    /// How an event ends that a message of a new client causes.
    pub async fn outcome(&mut self, message: &str) -> String {
        self.connect().await.send(message).await;
        self.line(&format!("$default     {message}")).await
    }

    /// What a function says about its process, once it has answered: only then does the next event go there, too.
    pub async fn process(&mut self) -> String {
        let answer = self.connect().await.ask("process").await;
        self.line("$default     process").await;
        answer
    }
}

impl Deref for Running {
    type Target = Dev;

    fn deref(&self) -> &Dev {
        &self.dev
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Dev {
        &mut self.dev
    }
}
