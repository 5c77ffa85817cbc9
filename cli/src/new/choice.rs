//! What can be chosen of a new project, and what its files say of it.

use clap::ValueEnum;

/// The language of a handler.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Language {
    Rust,
    Python,
    #[value(name = "javascript", alias = "js")]
    JavaScript,
    #[value(name = "typescript", alias = "ts")]
    TypeScript,
}

/// What a handler does at first.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Example {
    /// It answers each message with the same message
    Echo,
    /// People with nicknames talk in rooms, kept in a table
    Chat,
}

/// What the files of a project in a language are called, and how they are used.
pub struct LanguageFacts {
    pub name: &'static str,
    /// What has to be installed.
    pub needs: &'static str,
    pub handler: &'static str,
    /// Where the unit test is, for an example.
    pub unit_test: fn(&str) -> String,
    pub run_unit_test: &'static str,
    pub client: &'static Client,
    /// What the copy of the package that handlers import is for.
    pub vendor: &'static str,
}

/// A WebSocket client that can be installed with what the language has.
pub struct Client {
    /// What it is, or how one gets it.
    pub what: &'static str,
    /// The command, to which the URL is added.
    pub connect: &'static str,
    /// What it prints first.
    pub connected: &'static str,
}

const WSDUMP: Client =
    Client { what: "that of `pip install websocket-client`", connect: "wsdump", connected: "Press Ctrl+C to quit" };

const WSCAT: Client = Client {
    what: "`wscat`, which npx gets",
    connect: "npx wscat --connect",
    connected: "Connected (press CTRL+C to quit)",
};

impl Language {
    pub fn facts(self) -> LanguageFacts {
        match self {
            Self::Rust => LanguageFacts {
                name: "Rust",
                needs: "[rustup](https://rustup.rs) with Rust 1.95 or later, and a C compiler, by which Rust links",
                handler: "src/lib.rs",
                unit_test: |example| format!("tests/{example}.rs"),
                run_unit_test: "cargo test",
                client: &WSDUMP,
                vendor: "`Cargo.toml` names its crates by their paths",
            },
            Self::Python => LanguageFacts {
                name: "Python",
                needs: "Python 3.9 or later, with `venv`",
                handler: "app.py",
                unit_test: |_| "tests/test_app.py".to_owned(),
                run_unit_test: "python3 -m unittest",
                client: &WSDUMP,
                vendor: "It is for the unit test and for your editor. A release's wheel has it, too; `goblet` on PyPI is \
                         another project",
            },
            Self::JavaScript => LanguageFacts {
                name: "JavaScript",
                needs: "Node.js 20 or later, with npm",
                handler: "handler.js",
                unit_test: |_| "tests/handler.test.js".to_owned(),
                run_unit_test: "npm install && npm test",
                client: &WSCAT,
                vendor: NPM,
            },
            Self::TypeScript => LanguageFacts {
                name: "TypeScript",
                needs: "Node.js 20 or later, with npm",
                handler: "handler.ts",
                unit_test: |_| "tests/handler.test.ts".to_owned(),
                run_unit_test: "npm install && npm test && npm run check",
                client: &WSCAT,
                vendor: NPM,
            },
        }
    }
}

const NPM: &str = "It is for the unit test and for your editor, once you have run `npm install`";

impl Example {
    /// What a handler with this example does.
    pub fn does(self) -> &'static str {
        match self {
            Self::Echo => "answers each message with the same message",
            Self::Chat => "is a chat with nicknames and rooms, kept in a DynamoDB table",
        }
    }

    /// What one sees with a client.
    pub fn session(self) -> &'static str {
        match self {
            Self::Echo => "> foo\n< foo",
            Self::Chat => {
                "> John\n< Using nickname: John\nType /help for list of commands.\n> /join lobby\n\
                 < Joined chat room \"lobby\""
            }
        }
    }
}
