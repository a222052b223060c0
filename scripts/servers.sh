# A private database and Redis: child processes on Unix sockets, without a TCP port, a system user or a service.
# shellcheck shell=bash

# usage: init_database DATA makes a data directory, whole or not at all.
init_database() {
  local data=$1 server installer
  [ ! -d "$data" ] || return 0
  server=$(find_database_server)
  rm -rf "$data.new"
  if is_mariadb "$("$server" --no-defaults --version)"; then
    installer=$(find_program mariadb-install-db mysql_install_db) || die "mariadb-install-db is missing."
    # Without --user: the installer's chown does not quote a path with spaces, and here the owner is right already.
    "$installer" --no-defaults --datadir="$data.new" --auth-root-authentication-method=normal \
      --skip-test-db
  else
    "$server" --no-defaults --user="$(id -un)" --initialize-insecure --datadir="$data.new"
  fi && mv "$data.new" "$data"
}

# usage: data_folder prints "mariadb" or "mysql": neither can open the other's files.
data_folder() {
  if is_mariadb "$("$(find_database_server)" --no-defaults --version)"; then echo mariadb; else echo mysql; fi
}

# usage: start_database PIDS DATA SOCKET LOG OPTIONS…
start_database() {
  local pids=$1 data=$2 socket=$3 log=$4 server options
  shift 4
  server=$(find_database_server)
  if is_mariadb "$("$server" --no-defaults --version)"; then options=--skip-name-resolve; else options=--mysqlx=OFF; fi
  rm -f "$socket"
  # Both servers refuse to run as root unless told by name.
  launch "$pids" database "--datadir=$data" "$log" "$server" --no-defaults --user="$(id -un)" --datadir="$data" \
    --socket="$socket" --pid-file="$data/server.pid" --skip-networking --skip-log-bin $options \
    --character-set-server=utf8mb4 --collation-server=utf8mb4_unicode_ci "$@"
  wait_until 90 "$pids" database database_sql "$socket" 'SELECT 1'
}

# usage: database_sql SOCKET STATEMENT
database_sql() {
  "$(find_database_client)" --no-defaults --user=root --socket="$1" --batch --execute="$2"
}

# usage: start_redis PIDS FOLDER SOCKET LOG. It keeps nothing: Redis wakes and counts, the database remembers.
start_redis() {
  local pids=$1 folder=$2 socket=$3 log=$4
  rm -f "$socket"
  launch "$pids" redis "$socket" "$log" "$(find_redis_server)" --port 0 --unixsocket "$socket" \
    --unixsocketperm 700 --save '' --appendonly no --dir "$folder" --daemonize no
  wait_until 30 "$pids" redis test -S "$socket"
}

database_url() { echo "mysql://root@localhost/${2:-}?socket=$(url_path "$1")"; }
redis_url() { echo "redis+unix://$(url_path "$1")"; }

# Percent-encodes what may stand in a folder's name and means something in a URL.
url_path() {
  local path=$1
  path=${path//%/%25}
  path=${path// /%20}
  path=${path//#/%23}
  path=${path//\?/%3F}
  path=${path//&/%26}
  path=${path//+/%2B}
  echo "$path"
}

# usage: tcp_open HOST PORT
tcp_open() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# usage: http_ok HOST PORT PATH; with bash alone, because a bare machine has no curl.
http_ok() (
  exec 3<>"/dev/tcp/$1/$2" || exit 1
  printf 'GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n' "$3" "$1" "$2" >&3
  read -r -t 5 status <&3 || exit 1
  case $status in *' 200'*) ;; *) exit 1 ;; esac
) 2>/dev/null
