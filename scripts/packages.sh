# Finds the programs a desk needs, and installs the missing ones with apt or brew.
# Only packages without system services are used, so that nothing starts on the machine's own ports.
# shellcheck shell=bash

# usage: find_program NAME… prints the path of the first that exists.
find_program() {
  local name place
  for name in "$@"; do
    if command -v "$name" 2>/dev/null; then return; fi
    for place in /usr/sbin /usr/local/sbin /usr/local/bin /opt/homebrew/bin /opt/homebrew/opt/{mariadb,mysql}/bin \
      /usr/local/opt/{mariadb,mysql}/bin; do
      if [ -x "$place/$name" ]; then echo "$place/$name"; return; fi
    done
  done
  return 1
}

# MariaDB from 10.11 or MySQL from 8.4; an older server that happens to be installed is left alone.
find_database_server() {
  local server version name
  for name in mariadbd mysqld; do
    server=$(find_program "$name") || continue
    version=$("$server" --no-defaults --version 2>/dev/null) || continue
    if version_at_least "$version" 10 11 && is_mariadb "$version"; then echo "$server"; return; fi
    if version_at_least "$version" 8 4 && ! is_mariadb "$version"; then echo "$server"; return; fi
  done
  return 1
}

is_mariadb() { case $1 in *MariaDB*) ;; *) return 1 ;; esac; }

# usage: version_at_least "… Ver 10.11.19-MariaDB …" MAJOR MINOR
version_at_least() {
  local number major minor
  number=${1#*Ver }
  major=${number%%.*} minor=${number#*.} minor=${minor%%.*}
  case $major$minor in '' | *[!0-9]*) return 1 ;; esac
  [ "$major" -gt "$2" ] || { [ "$major" -eq "$2" ] && [ "$minor" -ge "$3" ]; }
}

find_database_client() { find_program mariadb mysql; }

# Debian's redis-server package starts a service. Its redis-tools package has the same binary, under the name of
# redis-check-rdb, and none: the name it is called by decides what it does.
find_redis_server() {
  local checker link=$state/bin/redis-server
  find_program redis-server valkey-server && return
  checker=$(find_program redis-check-rdb valkey-check-rdb) || return 1
  case $checker in *valkey*) link=$state/bin/valkey-server ;; esac
  mkdir -p "$state/bin"
  ln -sf "$checker" "$link"
  "$link" --version 2>/dev/null | grep -q server || return 1
  echo "$link"
}

# usage: need_packages [database] [redis]. A C compiler and Rust are always needed.
need_packages() {
  local apt='' brew='' missing='' what
  if ! find_program cc gcc >/dev/null; then
    [ "$(uname)" != Darwin ] || die "A C compiler is missing. Install Apple's with: xcode-select --install"
    apt="$apt gcc libc6-dev" missing="$missing, a C compiler"
  fi
  for what in "$@"; do
    case $what in
      database)
        if ! find_database_server >/dev/null; then
          apt="$apt mariadb-server-core" brew="$brew mariadb" missing="$missing, MariaDB"
        fi
        if ! find_database_client >/dev/null; then
          apt="$apt mariadb-client-core" brew="${brew% mariadb} mariadb" missing="$missing, the MariaDB client"
        fi ;;
      redis)
        if ! find_redis_server >/dev/null; then
          apt="$apt redis-tools" brew="$brew redis" missing="$missing, Redis"
        fi ;;
    esac
  done
  [ -z "$missing" ] || install_packages "${missing#, }" "${apt# }" "${brew# }"
  for what in "$@"; do
    case $what in
      database) find_database_server >/dev/null || die "No MariaDB 10.11+ or MySQL 8.4+ was found. Install one, or set DESKWIRE_DATABASE_URL." ;;
      redis) find_redis_server >/dev/null || die "No redis-server or valkey-server was found. Install one, or set DESKWIRE_REDIS_URL." ;;
    esac
  done
  need_rust
}

# What only some tests need, which say so and pass without it: other makers' clients in Node and Python.
want_packages() {
  local apt='' brew='' missing=''
  if ! find_program node >/dev/null || ! find_program npm >/dev/null; then
    apt="$apt nodejs npm" brew="$brew node" missing="$missing, Node with npm"
  fi
  if ! find_program python3 >/dev/null; then
    apt="$apt python3 python3-venv" brew="$brew python" missing="$missing, Python"
  elif ! python3 -c 'import ensurepip' 2>/dev/null; then
    apt="$apt python3-venv" missing="$missing, Python's venv"
  fi
  [ -n "$missing" ] || return 0
  (install_packages "${missing#, }" "${apt# }" "${brew# }") ||
    say 'The tests of clients in Node and Python will be skipped where these are missing.'
}

install_packages() {
  local missing=$1 apt=$2 brew=$3
  # shellcheck disable=SC2086 # the lists are words
  if command -v apt-get >/dev/null; then
    say "Installing $missing: apt-get install $apt"
    as_root apt-get update -qq || say "apt-get update failed; trying with the package lists as they are."
    # Nothing may be removed for it: a machine's own MySQL server conflicts with MariaDB's packages.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove $apt </dev/null ||
      die "apt could not install: $apt"
  elif command -v brew >/dev/null; then
    say "Installing $missing: brew install $brew"
    brew install --quiet $brew </dev/null || die "brew could not install: $brew"
  else
    die "Missing: $missing. Install it with your package manager, or use real servers (./dev up --help)."
  fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "Packages are missing, and neither root nor sudo is here to install them."
  sudo "$@"
}

# The Rust toolchain is the developer's own choice, so it is named and not installed.
need_rust() {
  if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH=$HOME/.cargo/bin:$PATH; fi
  command -v cargo >/dev/null || die "Rust is missing. Install it with: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
}
