# The console in web-client: building it, its tests, and working on it (`./dev console`).
# shellcheck shell=bash

console=$root/web-client

# Node from 20.19 with npm. What a distribution ships may be older: then a newer one goes into .deskwire/node, through
# the distribution's own npm, and is used here alone.
need_node() {
  local own=$state/node/node_modules apt='' missing='' arch
  if [ -x "$own/.bin/npm" ]; then PATH=$own/.bin:$own/node-bin:$PATH; fi
  find_program node >/dev/null || { apt="$apt nodejs" missing="$missing, Node"; }
  find_program npm >/dev/null || { apt="$apt npm" missing="$missing, npm"; }
  [ -z "$missing" ] || install_packages "${missing#, }" "${apt# }" node
  ! node_is_recent || return 0
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) arch=linux-x64 ;;
    Linux-aarch64 | Linux-arm64) arch=linux-arm64 ;;
    *) die "The console needs Node 20.19 or newer, and here is $(node --version); see https://nodejs.org/en/download" ;;
  esac
  say "Node $(node --version) is too old for the console; fetching Node 22 into .deskwire/node"
  mkdir -p "$state/node"
  npm install --prefix "$state/node" --no-save --no-audit --no-fund --loglevel=error "node-$arch@22" npm@11 ||
    die 'Node 22 could not be fetched. Install Node 20.19 or newer: https://nodejs.org/en/download'
  ln -sfn "node-$arch/bin" "$own/node-bin"
  PATH=$own/.bin:$own/node-bin:$PATH
  hash -r
  node_is_recent || die "The console needs Node 20.19 or newer, and here is $(node --version)."
}

node_is_recent() {
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

# What the console needs from others, if it is not there as the lock file says.
install_console() {
  local lock=$console/package-lock.json done=$console/node_modules/.package-lock.json
  [ ! -f "$done" ] || [ "$lock" -nt "$done" ] || return 0
  (cd "$console" && npm ci --no-audit --no-fund --loglevel=error)
}

# Builds the console when something that goes into it is newer than what was built.
build_console() {
  local built=$console/dist/console/index.html
  [ ! -f "$built" ] || [ -n "$(console_inputs -newer "$built")" ] || return 0
  install_console && (cd "$console" && npm run --silent build)
}

# usage: console_inputs FIND-TEST… prints the first file the console is built from for which the test holds.
console_inputs() {
  find "$console/src" "$console/public" "$console/scripts" "$console/vite" "$console"/*.json "$console"/*.ts \
    "$console/index.html" "$root/schema.graphql" -type f -not -path '*/generated/*' "$@" -print | head -n 1
}

need_browser() {
  ! find_browser >/dev/null || return 0
  if command -v apt-get >/dev/null; then
    install_packages 'Chromium' chromium '' || true
  fi
  find_browser >/dev/null ||
    die 'The end-to-end tests need Chromium or Chrome. macOS: brew install --cask chromium; or set DESKWIRE_BROWSER to its program.'
}

find_browser() {
  if [ -n "${DESKWIRE_BROWSER:-}" ]; then echo "$DESKWIRE_BROWSER"; return; fi
  if [ -d '/Applications/Google Chrome.app' ] || [ -d /Applications/Chromium.app ]; then echo app; return; fi
  find_program chromium chromium-browser google-chrome google-chrome-stable
}

# usage: test_console [VITEST ARGS…] needs the servers of `./dev test`. With arguments: end-to-end tests alone.
test_console() {
  need_node
  need_browser
  install_console || die 'npm ci failed.'
  if [ $# -eq 0 ]; then
    say 'Running the tests of the console'
    (cd "$console" && npm run --silent test) || return 1
  fi
  say 'Running the console end to end'
  build_console || die 'The console could not be built.'
  cargo build --workspace --bins --locked --quiet
  (cd "$console" && npm run --silent test:e2e -- "$@")
}

# `./dev console`: a desk that is thrown away afterwards, and Vite in front of it, or pictures of it.
verb_console() {
  local what=desk
  case ${1:-} in
    '') ;;
    screenshots) what=screenshots ;;
    *) say "dev: console does not know '$1'; see ./dev console --help" >&2; exit 2 ;;
  esac
  remove_abandoned
  trap 'clean_up $?' EXIT
  trap 'exit 130' INT TERM HUP
  start_test_servers
  need_node
  install_console || die 'npm ci failed.'
  if [ "$what" = screenshots ]; then
    need_browser
    build_console || die 'The console could not be built.'
  fi
  say '  Building the programs for tests (the first time takes minutes)'
  cargo build --workspace --bins --locked --quiet
  (cd "$console" && npm run --silent "$what")
}
