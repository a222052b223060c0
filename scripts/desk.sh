# A running desk: `./dev up`, `stop`, `run`, `ml`, `reset`.
# shellcheck shell=bash

pids=$state/run
logs=$state/log
children='deskwire-ml worker deskwire redis database' # in the order they are stopped

verb_up() {
  local build=yes
  while [ $# -gt 0 ]; do
    case $1 in
      --no-build) build= ;;
      *) say "dev: up does not know '$1'; see ./dev up --help" >&2; exit 2 ;;
    esac
    shift
  done
  listen=${DESKWIRE_LISTEN:-127.0.0.1:8080}
  host=${listen%:*} port=${listen##*:}
  case $port in '' | *[!0-9]*) die "DESKWIRE_LISTEN must be ADDRESS:PORT, got '$listen'" ;; esac
  # An address to listen on is not always one to call.
  case $host in 0.0.0.0) host=127.0.0.1 ;; '[::]') host='[::1]' ;; esac
  call_host=${host#[} call_host=${call_host%]}

  umask 077
  mkdir -p "$pids" "$logs" "$state/data" "$state/models"
  claim_checkout
  started_at=$SECONDS ready=
  trap 'stop_desk $?' EXIT
  trap 'exit 130' INT TERM HUP
  if tcp_open "$call_host" "$port"; then
    die "Something already listens on $listen. Choose another address: DESKWIRE_LISTEN=127.0.0.1:$((port + 1)) ./dev up"
  fi
  need_packages_for_desk
  [ -z "$build" ] || build_desk
  for program in deskwire deskwire-ml; do
    [ -x "$target/release/$program" ] || die "$program is not built yet; run ./dev up without --no-build."
  done
  start_servers
  write_environment
  step 'Bringing the schema up to date' migrate "$target/release/deskwire" migrate
  fill_demo
  start_programs
  ready=yes
  show_desk
  watch_children
}

# One `up` a checkout. What a killed one left running holds the data, so it is stopped first.
claim_checkout() {
  local pid
  if ! (set -C && echo $$ >"$pids/up.pid") 2>/dev/null; then
    if pid=$(running_up); then
      say "A desk of this checkout is already running (process $pid). Stop it with Ctrl-C there, or with: ./dev stop"
      exit 1
    fi
    say 'The last desk here did not stop cleanly; tidying up.'
    echo $$ >"$pids/up.pid"
  fi
  stop_children
}

running_up() {
  local pid
  read -r pid 2>/dev/null <"$pids/up.pid" || return 1
  [ "$pid" != $$ ] || return 1
  case $(command_of "$pid") in *dev*' up'*) echo "$pid" ;; *) return 1 ;; esac
}

need_packages_for_desk() {
  local needed=''
  [ -n "${DESKWIRE_DATABASE_URL:-}" ] || needed=database
  [ -n "${DESKWIRE_REDIS_URL:-}" ] || needed="$needed redis"
  # shellcheck disable=SC2086 # words
  need_packages $needed
}

build_desk() {
  local since=$SECONDS
  need_node
  step 'Building the console' console build_console
  say '  Building the programs (the first time takes minutes)'
  launch_step cargo build --release --locked -p deskwire-api -p deskwire-ml
  wait_step || die 'The build failed; its messages are above.'
  step_text='Built' step_since=$since
  finish
}

# usage: step TEXT LOG COMMAND… with its output in the log; shows the log's end when it fails.
step() {
  local log=$logs/$2.log
  begin "$1"
  shift 2
  launch_step "$@" >"$log" 2>&1
  wait_step || fail_with_log "${step_text} failed." "$log"
  finish
}

# In the background, because bash runs no trap while it waits for a program in the foreground.
launch_step() {
  set -m
  "$@" </dev/null &
  step_pid=$!
  set +m
}
wait_step() {
  local status=0
  while kill -0 "$step_pid" 2>/dev/null; do
    [ -z "${step_text:-}" ] || tick
    sleep 0.1
  done
  wait "$step_pid" 2>/dev/null || status=$?
  step_pid=
  return $status
}

start_servers() {
  local data
  sockets=$(socket_folder)
  # Values for a desk on a laptop next to a browser and a compiler; the data survives a crash (flush at commit stays).
  if [ -z "${DESKWIRE_DATABASE_URL:-}" ]; then
    data=$state/data/$(data_folder)
    if [ ! -d "$data" ]; then
      step 'Creating the database' database-init init_database "$data"
    fi
    begin 'Starting the database'
    start_database "$pids" "$data" "$sockets/db.sock" "$logs/database.log" \
      --innodb-buffer-pool-size=128M --max-connections=100 --performance-schema=OFF ||
      fail_with_log 'The database did not start.' "$logs/database.log"
    database_sql "$sockets/db.sock" 'CREATE DATABASE IF NOT EXISTS deskwire CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'
    finish
    own_database=yes database=$(database_url "$sockets/db.sock" deskwire)
  else
    own_database='' database=$DESKWIRE_DATABASE_URL
  fi
  if [ -z "${DESKWIRE_REDIS_URL:-}" ]; then
    begin 'Starting Redis'
    start_redis "$pids" "$pids" "$sockets/redis.sock" "$logs/redis.log" ||
      fail_with_log 'Redis did not start.' "$logs/redis.log"
    finish
    redis=$(redis_url "$sockets/redis.sock")
  else
    redis=$DESKWIRE_REDIS_URL
  fi
}

# A socket's path may have 104 bytes on macOS (108 on Linux), its end included.
socket_folder() {
  local folder=$pids id
  if [ "$(printf %s "$folder/redis.sock" | wc -c)" -gt 103 ]; then
    id=$(printf %s "$root" | cksum)
    folder=${TMPDIR:-/tmp}
    folder=${folder%/}/deskwire-$(id -u)-${id%% *}
    [ -d "$folder" ] || mkdir -m 700 "$folder"
    # In a shared folder somebody else could have made it first, and listen in.
    [ -O "$folder" ] && [ ! -L "$folder" ] || die "$folder belongs to somebody else."
    say "  This checkout's path is too long for a socket; sockets are in $folder" >&2
  fi
  echo "$folder"
}

write_environment() {
  export DESKWIRE_DATABASE_URL=$database DESKWIRE_REDIS_URL=$redis DESKWIRE_LISTEN=$listen
  export DESKWIRE_MODELS=${DESKWIRE_MODELS:-$state/models}
  export DESKWIRE_URL=http://$host:$port
  export RUST_LOG=${RUST_LOG:-info}
  local name
  for name in DESKWIRE_DATABASE_URL DESKWIRE_REDIS_URL DESKWIRE_LISTEN DESKWIRE_URL DESKWIRE_MODELS; do
    printf 'export %s=%q\n' "$name" "${!name}"
  done >"$state/env"
}

# A real server may hold a real desk, and the demo's passwords are public: it is filled only when asked.
fill_demo() {
  local done=$state/data/demo-filled
  [ -n "$own_database" ] && [ ! -e "$done" ] || return 0
  step 'Filling the desk with demo data' demo "$target/release/deskwire" demo
  step 'Learning from the demo tickets' train "$target/release/deskwire-ml" train
  touch "$done"
}

start_programs() {
  begin 'Starting the desk'
  launch "$pids" deskwire "$target/release/deskwire" "$logs/deskwire.log" "$target/release/deskwire" serve
  launch "$pids" worker "$target/release/deskwire" "$logs/worker.log" "$target/release/deskwire" worker
  launch "$pids" deskwire-ml "$target/release/deskwire-ml" "$logs/deskwire-ml.log" "$target/release/deskwire-ml" worker
  wait_until 60 "$pids" deskwire http_ok "$call_host" "$port" /readyz ||
    fail_with_log "The desk did not become ready (http://$host:$port/readyz)." "$logs/deskwire.log"
  finish
}

show_desk() {
  cat <<DESK

Deskwire is running, started in $((SECONDS - started_at)) s.

  Console     http://$host:$port/
  GraphiQL    http://$host:$port/graphiql
  Logs        .deskwire/log/

DESK
  if [ -n "$own_database" ]; then
    "$target/release/deskwire" demo --sign-ins || true
  else
    say '  Database    the one in DESKWIRE_DATABASE_URL; ./dev run demo fills an empty one with demo data'
  fi
  cat <<'DESK'

In another terminal:
  ./dev run watch --queue Support           see tickets arrive
  ./dev run demo --live 1                   customers writing, one ticket a second
  ./dev run import tickets FILE             bring your own
  . .deskwire/env                           the same environment in your shell

Ctrl-C stops it; the data stays. ./dev reset deletes it.
DESK
}

watch_children() {
  local name
  while true; do
    for name in $children; do
      [ -e "$pids/$name.pid" ] || continue
      pid_of "$pids" "$name" >/dev/null && continue
      fail_with_log "$name ended by itself; stopping the rest." "$logs/$name.log"
    done
    sleep 1
  done
}

stop_desk() {
  local status=$1
  set +e
  # The terminal may be gone, and a second Ctrl-C must not leave half of it running.
  trap '' INT TERM HUP PIPE
  [ -z "${step_pid:-}" ] || kill -TERM -- "-$step_pid" 2>/dev/null
  if [ -n "${ready:-}" ]; then
    [ "$status" -ne 130 ] || status=0
    printf '\nStopping the desk …'
  elif [ "$status" -eq 130 ]; then
    printf '\nStopped before the desk was up.\n'
  fi
  stop_children
  [ "${sockets:-$pids}" = "$pids" ] || rm -rf "$sockets"
  rm -f "$pids/up.pid"
  [ -z "${ready:-}" ] || say ' stopped.'
  exit "$status"
}

# Programs first, so that nothing they still write is lost; the database has a minute to write its pages.
stop_children() {
  local name seconds
  for name in $children; do
    seconds=15
    [ "$name" != database ] || seconds=60
    stop_process "$pids" "$name" "$seconds"
  done
}

verb_stop() {
  local pid
  if pid=$(running_up); then
    kill -TERM "$pid"
    while running_up >/dev/null; do sleep 0.2; done
    say 'The desk is stopped; its data stays.'
  else
    stop_children
    rm -f "$pids/up.pid"
    say 'No desk of this checkout is running.'
  fi
}

run_program() {
  local program=$target/release/$1
  shift
  [ "${1:-}" != -- ] || shift
  [ -x "$program" ] || die "${program##*/} is not built yet; ./dev up builds it."
  running_up >/dev/null || say 'dev: the desk is not running; ./dev up starts it' >&2
  # shellcheck disable=SC1091 # written by ./dev up
  if [ -r "$state/env" ]; then . "$state/env"; fi
  exec "$program" "$@"
}

verb_reset() {
  local answer pid
  case ${1:-} in
    '' | --yes) ;;
    *) say "dev: reset does not know '$1'; see ./dev reset --help" >&2; exit 2 ;;
  esac
  [ -d "$state" ] || { say 'There is nothing to delete.'; return; }
  if pid=$(running_up); then die "The desk is running (process $pid). Stop it first: ./dev stop"; fi
  if [ "${1:-}" != --yes ]; then
    [ -t 0 ] || die 'reset asks before it deletes, and here is no terminal. Say ./dev reset --yes'
    printf 'Delete this desk: its tickets, users, models and logs in .deskwire/? [y/N] '
    read -r answer
    case $answer in y | Y | yes) ;; *) say 'Nothing was deleted.'; return ;; esac
  fi
  stop_children
  # The helper for MySQL may have mounted /dev inside; deleting through a mount would empty the machine's own.
  if [ -r /proc/mounts ] && grep -qF " ${state// /\\040}/" /proc/mounts; then
    die "Something is mounted below .deskwire; unmount it first (grep deskwire /proc/mounts)."
  fi
  rm -rf "$state"
  say 'Deleted .deskwire/.'
}
