# The everyday commands: `just` lists them. Install just with `cargo install just` or `pip install rust-just`.

# As they were typed, so that an argument may have spaces in it.
set positional-arguments

# List the commands
[private]
default:
    @{{ just_executable() }} --list --unsorted

# Serve a handler, template or command on this machine, e.g. `just dev guest/echo`; by default template.yaml
[group('use')]
dev *arguments:
    cargo run --locked -- dev "$@"

# Show which routes a handler serves and what it imports: HANDLER is a project, a source file, a .wasm or a .cwasm
[group('use')]
inspect handler:
    cargo run --locked -- inspect "$1"

# Put `goblet` on your path, optimized
[group('use')]
install:
    cargo install --locked --path cli --profile fast

# Format all code
[group('change')]
fmt:
    cargo fmt

# Check format, lints and imports, in half a minute when little has changed
[group('change')]
lint:
    cargo fmt --check
    .ci/import-circles
    cargo clippy --locked --workspace --all-targets -- -D warnings

# Run the tests; with a filter, those whose name contains it: `just test limits`
[group('change')]
test *arguments:
    cargo test --locked --workspace "$@"

# Test one handler without a server, e.g. `just test-handler echo`
[group('change')]
test-handler name:
    cargo test --locked --package "$1"

# Everything that must pass before a change lands: over an hour on two cores
[group('change')]
ci:
    .ci/run

# Run the commands of README.md as written; it takes what is committed
[group('change')]
readme *files:
    .ci/readme "$@"

# Build the documentation of the crates, and open it
[group('change')]
docs:
    cargo doc --locked --workspace --no-deps --open

# Check licenses, bans and sources of dependencies, and show duplicates
[group('dependencies')]
deny:
    PATH="$(.ci/tools):$PATH" cargo deny --locked check licenses bans sources

# Look for known vulnerabilities in dependencies; takes the network
[group('dependencies')]
advisories:
    PATH="$(.ci/tools):$PATH" cargo deny --locked check advisories

# Fuzz the host's event parser for a while, by default a minute
[group('measure')]
fuzz seconds="60":
    .ci/fuzz {{ seconds }}

# Measure Goblet beside the alternatives: bench/README.md. `just bench --short` only sees that it works
[group('measure')]
bench *arguments:
    cargo run --locked --profile fast --package goblet-bench -- "$@"

# Measure the host's code alone, with criterion
[group('measure')]
bench-handler:
    cargo bench --locked --package goblet-host --bench handler

# Compile a handler for Lambda and pack it into a zip, e.g. `just package guest/echo x86_64`
[group('deploy')]
package handler architecture="arm64":
    cargo run --locked -- package "$1" --target "$2"

# Build the host and the handlers for Lambda as zip files, without SAM
[group('deploy')]
packages architecture="arm64":
    make -f deploy/{{ architecture }}/Makefile packages

# Build for Lambda with SAM, and serve that on this machine
[group('deploy')]
built architecture=replace(arch(), "aarch64", "arm64"):
    sam build --parameter-overrides Architecture={{ architecture }}
    cargo run --locked -- dev --built

# Build and deploy with SAM; the first time `just deploy --guided`. Needs AWS credentials
[group('deploy')]
deploy *arguments:
    sam build
    sam deploy "$@"
