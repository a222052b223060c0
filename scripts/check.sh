# `./dev check` and `./dev schema`: everything that is true of the code without running a test.
# shellcheck shell=bash

verb_check() {
  need_packages
  checking 'formatting' cargo fmt --all --check
  checking 'formatting of bench' cargo fmt --manifest-path bench/Cargo.toml --check
  if command -v shellcheck >/dev/null; then
    # The files under scripts/ are parts of one program and share its variables (SC2154, SC2034).
    checking 'the scripts' shellcheck --external-sources --exclude=SC2154,SC2034 dev scripts/*.sh .ci/run
  fi
  checking 'lints' cargo clippy --workspace --all-targets --locked -- -D warnings
  checking 'lints of what is behind features' \
    cargo clippy --workspace --lib --bins --test onnx --features deskwire-ml/onnx --locked -- -D warnings
  # A workspace of its own, with a lock file of its own, so that the tests do not build it.
  CARGO_TARGET_DIR=$target checking 'lints of bench' \
    cargo clippy --manifest-path bench/Cargo.toml --all-targets --locked -- -D warnings
  RUSTDOCFLAGS=-Dwarnings checking 'the docs' cargo doc --no-deps --workspace --features deskwire-ml/onnx --locked
  # The same build that the tests use, so that a machine which runs both compiles once.
  checking 'that everything builds' cargo build --workspace --all-targets --locked
  if ! "$target/debug/deskwire" schema | diff -u schema.graphql - >&2; then
    die 'schema.graphql is not what the code says (above: - the file, + the code). Refresh it with: ./dev schema'
  fi
  check_console
  say 'All checks passed.'
}

check_console() {
  need_node
  checking 'what the console needs' install_console
  checking 'the console: types, lints, formatting, operations' npm --prefix "$console" run --silent check
  checking 'that the console can be built' npm --prefix "$console" run --silent build
  checking 'the size of the console' npm --prefix "$console" run --silent size
}

# usage: checking WHAT COMMAND…
checking() {
  say "Checking $1"
  shift
  "$@" </dev/null || die "Failed: $*"
}

verb_schema() {
  need_packages
  cargo build --workspace --bins --locked --quiet
  "$target/debug/deskwire" schema >schema.graphql.new
  mv schema.graphql.new schema.graphql
  say 'schema.graphql is written.'
}
