# `./dev bench`: what is measured runs on servers of its own, as durable as a real desk's.
# shellcheck shell=bash

bench_state=$state/bench

verb_bench() {
  local what=${1:-} tickets='' argument
  [ $# -eq 0 ] || shift
  case $what in
    triage) bench_triage "$@" ;;
    console) bench_console "$@"; return ;;
    fill | graph | live | lists) ;;
    '') help bench; exit 2 ;;
    *) die "bench does not know '$what'; see ./dev bench --help" ;;
  esac
  if [ "${1:-}" = --tickets ]; then
    tickets=${2:-}
    case $tickets in '' | 0* | *[!0-9]*) die "--tickets needs a number, got '$tickets'" ;; esac
    shift 2
  fi
  # Processor time and memory of the servers are read from /proc.
  [ -r /proc/self/stat ] || die 'The benchmarks need Linux.'
  need_packages database redis
  umask 077
  mkdir -p "$bench_state" "$logs"
  trap 'clean_up_bench $?' EXIT
  trap 'exit 130' INT TERM HUP
  build_bench
  for argument in "$@"; do
    case $argument in --help | -h) "$target/dist/bench-$what" --help; exit ;; esac
  done
  remove_abandoned_bench
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/deskwire-bench.XXXXXX")
  printf '%s\ndev\n' $$ >"$scratch/owner.pid"
  # A socket for each subscriber, at both ends.
  ulimit -n "$(ulimit -Hn)"

  case $what in
    fill) fill_bench "${tickets:-200000}" ;;
    lists) bench_lists "${tickets:-2000000}" "$@" ;;
    *) bench_copy "${tickets:-200000}" "$what" "$@" ;;
  esac
}

# usage: bench_triage ARGS… needs no servers: texts in, labels out.
bench_triage() {
  need_packages
  find_program python3 >/dev/null || die 'Python 3 is missing; bench/triage is written in it.'
  mkdir -p "$logs"
  say '  Building (the first time takes minutes)'
  launch_step cargo build --profile dist --locked --package deskwire-ml
  wait_step || die 'The build failed; its messages are above.'
  exec python3 bench/triage/triage.py "$@" --program "$target/dist/deskwire-ml"
}

# usage: bench_console [--program FILE] ARGS… needs a browser, and measures the console in it.
bench_console() {
  local program=$target/dist/deskwire argument
  for argument in "$@"; do [ "$argument" != --program ] || program=; done
  . "$root/scripts/test.sh"
  need_node
  need_browser
  install_console || die 'npm ci failed.'
  build_console || die 'The console could not be built.'
  mkdir -p "$logs"
  if [ -n "$program" ]; then
    say '  Building (the first time takes minutes)'
    launch_step cargo build --profile dist --locked --package deskwire-api --bin deskwire
    wait_step || die 'The build failed; its messages are above.'
    set -- --program "$program" "$@"
  fi
  remove_abandoned
  trap 'clean_up $?' EXIT
  trap 'exit 130' INT TERM HUP
  start_test_servers
  (cd "$console" && npm run --silent bench -- "$@")
}

build_bench() {
  say '  Building (the first time takes minutes)'
  launch_step cargo build --profile dist --locked --package deskwire-api --bin deskwire
  wait_step || die 'The build failed; its messages are above.'
  launch_step env CARGO_TARGET_DIR="$target" cargo build --profile dist --locked --manifest-path bench/Cargo.toml --bins
  wait_step || die 'The build failed; its messages are above.'
}

# usage: bench_copy TICKETS PROGRAM ARGS… runs it on a copy, so that each run finds the same rows.
bench_copy() {
  local tickets=$1 program=$2
  shift 2
  fill_bench "$tickets"
  copy=$bench_state/run.$$
  step 'Copying the desk' bench-copy cp -a --reflink=auto "$bench_state/$tickets/data" "$copy"
  start_bench_database one "$copy"
  start_bench_redis
  measure "$program" --tickets "$tickets" --database-url "$(database_url "$scratch/one/db.sock" deskwire)" \
    --database-pid "$(pid_of "$scratch/one" database)" "$@"
}

# usage: bench_lists TICKETS ARGS… reads only, so it needs no copies.
bench_lists() {
  local tickets=$1 small=20000
  shift
  fill_bench "$small"
  fill_bench "$tickets"
  start_bench_database small "$bench_state/$small/data"
  start_bench_database large "$bench_state/$tickets/data"
  start_bench_redis
  measure lists --small "$small" --small-url "$(database_url "$scratch/small/db.sock" deskwire)" \
    --large "$tickets" --large-url "$(database_url "$scratch/large/db.sock" deskwire)" "$@"
}

# usage: measure PROGRAM ARGS…
measure() {
  local program=$1 status=0
  shift
  rm -rf "$logs/bench"
  mkdir -p "$logs/bench"
  launch_step "$target/dist/bench-$program" --redis-url "$(redis_url "$scratch/redis.sock")" \
    --deskwire "$target/dist/deskwire" --limit "$target/dist/bench-limit" --logs "$logs/bench" "$@"
  # Not `wait_step`, whose clock would cost the measured programs a part of the processor.
  wait "$step_pid" || status=$?
  step_pid=
  exit "$status"
}

# usage: fill_bench TICKETS makes .deskwire/bench/TICKETS unless today's rows are there.
fill_bench() {
  local tickets=$1 folder=$bench_state/$1 key
  key=$(cat migrations/*/up.sql bench/fill/*.rs bench/src/plan.rs bench/src/plan/*.rs | cksum)-$(data_folder)
  if [ "$(cat "$folder/key" 2>/dev/null)" = "$key" ]; then return; fi
  rm -rf "$folder"
  mkdir -p "$folder" "$scratch/fill"
  step 'Creating the database' bench-init init_database "$folder/data"
  begin 'Starting the database'
  # Nothing has to survive a crash here: without the key, the next run begins anew.
  start_database "$scratch/fill" "$folder/data" "$scratch/fill/db.sock" "$logs/bench-database.log" \
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-buffer-pool-size=1G \
    --innodb-sort-buffer-size=64M \
    --performance-schema=OFF ||
    fail_with_log 'The database did not start.' "$logs/bench-database.log"
  finish
  database_sql "$scratch/fill/db.sock" 'CREATE DATABASE deskwire CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'
  step "Filling it with $tickets tickets" bench-fill "$target/dist/bench-fill" --tickets "$tickets" \
    --database-url "$(database_url "$scratch/fill/db.sock" deskwire)"
  begin 'Stopping the database'
  stop_process "$scratch/fill" database 300
  finish
  printf '%s\n' "$key" >"$folder/key"
}

# usage: start_bench_database NAME DATA. Default settings but for memory: each commit is on disk before it is answered.
start_bench_database() {
  mkdir -p "$scratch/$1"
  begin "Starting the database"
  start_database "$scratch/$1" "$2" "$scratch/$1/db.sock" "$logs/bench-database.log" \
    --innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=1G --max-connections=300 --performance-schema=OFF ||
    fail_with_log 'The database did not start.' "$logs/bench-database.log"
  finish
}

start_bench_redis() {
  start_redis "$scratch" "$scratch" "$scratch/redis.sock" "$logs/bench-redis.log" ||
    fail_with_log 'Redis did not start.' "$logs/bench-redis.log"
}

clean_up_bench() {
  local status=$1
  set +e
  trap '' INT TERM HUP PIPE
  # The whole group: a load generator that is stopped leaves no server behind.
  [ -z "${step_pid:-}" ] || kill -TERM -- "-$step_pid" 2>/dev/null
  [ -z "${scratch:-}" ] || remove_bench_scratch "$scratch"
  [ -z "${copy:-}" ] || rm -rf "$copy"
  exit "$status"
}

# A copy is thrown away; the rows that later runs read are closed properly.
remove_bench_scratch() {
  local folder
  stop_process "$1" redis 5
  for folder in fill one small large; do
    [ ! -d "$1/$folder" ] || stop_process "$1/$folder" database 60
  done
  rm -rf "$1"
}

# What a killed run left: its servers and its copy.
remove_abandoned_bench() {
  local folder
  for folder in "${TMPDIR:-/tmp}"/deskwire-bench.*; do
    [ -f "$folder/owner.pid" ] && [ -O "$folder" ] || continue
    pid_of "$folder" owner >/dev/null || remove_bench_scratch "$folder"
  done
  for folder in "$bench_state"/run.*; do
    [ -d "$folder" ] || continue
    case $(command_of "${folder##*.}") in *dev*) ;; *) rm -rf "$folder" ;; esac
  done
}
