# The console under web-client/: its packages, its build, its checks and tests.
# shellcheck shell=bash

# What the build reads. A change of any of it makes the build old.
console_inputs() {
  find web-client schema.graphql -type f \
    ! -path 'web-client/node_modules/*' ! -path 'web-client/dist/*' ! -path 'web-client/src/graphql/generated/*' \
    -exec cksum {} + | LC_ALL=C sort -k 3 | cksum
}

# Installs the packages of the lock file, where that has changed since.
install_console() {
  local stamp=web-client/node_modules/.deskwire-lock lock
  lock=$(cksum <web-client/package-lock.json)
  [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ] || return 0
  (cd web-client && npm ci --no-audit --no-fund) && echo "$lock" >"$stamp"
}

console_is_built() {
  [ -f web-client/dist/index.html ] && [ "$(cat "$state/console-inputs" 2>/dev/null)" = "$(console_inputs)" ]
}

build_console() {
  install_console && (cd web-client && npm run build) && console_inputs >"$state/console-inputs"
}

check_console() { install_console && (cd web-client && npm run check); }

test_console() { install_console && (cd web-client && npm test); }
