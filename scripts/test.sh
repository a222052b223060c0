# `./dev test`: servers of its own, thrown away afterwards.
# shellcheck shell=bash

mysql_dir=$state/mysql
mysql_script=${DESKWIRE_MYSQL_SCRIPT:-$root/../shared/mysql9}

verb_test() {
  local mysql=yes
  if [ "${1:-}" = console ]; then
    shift
    verb_test_console "$@"
    return
  fi
  if [ "${1:-}" = --mariadb-only ]; then mysql='' && shift; fi
  remove_abandoned
  trap 'clean_up $?' EXIT
  trap 'exit 130' INT TERM HUP
  start_test_servers
  [ $# -gt 0 ] || want_packages
  need_nextest

  if [ $# -gt 0 ]; then
    run_tests "$@"
    return
  fi
  run_tests
  test_networks
  say "Running the examples in the docs"
  cargo test --doc --workspace --locked --quiet
  [ -z "$mysql" ] || test_on_mysql
  test_console
}

verb_test_console() {
  remove_abandoned
  trap 'clean_up $?' EXIT
  trap 'exit 130' INT TERM HUP
  start_test_servers
  test_console "$@"
}

run_tests() {
  if [ -n "$nextest" ]; then
    cargo nextest run --workspace --locked "$@"
  else
    # One target that is named is meant alone.
    case " $* " in *' --test '*) ;; *) set -- --all-targets "$@" ;; esac
    cargo test --workspace --locked "$@"
  fi
}

# What is behind the feature `onnx`. The whole workspace is named so that its dependencies are those of the other tests.
test_networks() {
  say 'Running the tests of ONNX networks'
  run_tests --features deskwire-ml/onnx --test onnx
}

need_nextest() {
  nextest=yes
  cargo nextest --version >/dev/null 2>&1 && return
  say 'Installing cargo-nextest (cargo install cargo-nextest --locked), once'
  cargo install cargo-nextest --locked && return
  say 'cargo-nextest could not be installed; running cargo test instead.'
  nextest=
}

start_test_servers() {
  local needed=''
  [ -n "${DESKWIRE_TEST_DATABASE_URL:-}" ] || needed=database
  [ -n "${DESKWIRE_TEST_REDIS_URL:-}" ] || needed="$needed redis"
  # shellcheck disable=SC2086 # words
  need_packages $needed
  # Tests that take Redis away start one of their own; what was linked there is found last.
  export PATH="$PATH:$state/bin"
  [ -n "$needed" ] || return 0
  scratch=$(mktemp -d "$(scratch_parent)/deskwire-test.XXXXXX")
  printf '%s\ndev\n' $$ >"$scratch/owner.pid"
  if [ -z "${DESKWIRE_TEST_DATABASE_URL:-}" ]; then
    begin 'Starting a database for the tests'
    init_database "$scratch/data" >"$scratch/init.log" 2>&1 ||
      fail_with_log 'Creating the database failed.' "$scratch/init.log"
    # Nothing here has to survive a crash. Each test has a database of its own, hence many open tables.
    start_database "$scratch" "$scratch/data" "$scratch/db.sock" "$scratch/database.log" \
      --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --sync-binlog=0 --innodb-buffer-pool-size=256M \
      --innodb-flush-method=nosync --max-connections=1000 --table-open-cache=4000 --performance-schema=OFF ||
      fail_with_log 'The database did not start.' "$scratch/database.log"
    DESKWIRE_TEST_DATABASE_URL=$(database_url "$scratch/db.sock")
    finish
  fi
  if [ -z "${DESKWIRE_TEST_REDIS_URL:-}" ]; then
    start_redis "$scratch" "$scratch" "$scratch/redis.sock" "$scratch/redis.log" ||
      fail_with_log 'Redis did not start.' "$scratch/redis.log"
    DESKWIRE_TEST_REDIS_URL=$(redis_url "$scratch/redis.sock")
  fi
  export DESKWIRE_TEST_DATABASE_URL DESKWIRE_TEST_REDIS_URL
}

# In memory where at least 1 GB is free, and with a short path, because sockets need one.
scratch_parent() {
  local free_kb
  if [ -d /dev/shm ] && [ -w /dev/shm ]; then
    free_kb=$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')
    if [ "${free_kb:-0}" -ge 1048576 ]; then echo /dev/shm; return; fi
  fi
  local folder=${TMPDIR:-/tmp}
  echo "${folder%/}"
}

# What a killed run left: its servers and its files.
remove_abandoned() {
  local folder
  for folder in /dev/shm/deskwire-test.* "${TMPDIR:-/tmp}"/deskwire-test.*; do
    [ -f "$folder/owner.pid" ] && [ -O "$folder" ] || continue
    pid_of "$folder" owner >/dev/null || remove_scratch "$folder"
  done
  stop_mysql
}

remove_scratch() {
  stop_process "$1" redis 0
  stop_process "$1" database 0
  rm -rf "$1"
}

clean_up() {
  local status=$1
  set +e
  trap '' INT TERM HUP PIPE
  [ -z "${scratch:-}" ] || remove_scratch "$scratch"
  stop_mysql
  exit "$status"
}

# The second dialect. Of `ml` only the integration tests: its unit tests are numbers and see no database. Not the
# consistency checker, which has servers of its own.
test_on_mysql() {
  local url
  if [ -n "${DESKWIRE_TEST_MYSQL_URL:-}" ]; then
    url=$DESKWIRE_TEST_MYSQL_URL
  elif [ -x "$mysql_script" ] && [ "$(uname)" = Linux ] && [ "$(id -u)" -eq 0 ]; then
    start_mysql
    url=$mysql_url
  else
    say 'MySQL 9: skipped. Set DESKWIRE_TEST_MYSQL_URL to a server to run it (./dev test --help).'
    return
  fi
  say "Running the tests that touch the database on MySQL"
  export DESKWIRE_TEST_DATABASE_URL=$url
  if [ -n "$nextest" ]; then
    run_tests -E '(package(deskwire-domain) | package(deskwire-api) | (package(deskwire-ml) & kind(test)))
      - binary(consistency)'
  else
    run_tests
  fi
  test_networks
}

start_mysql() {
  local port=33971
  while tcp_open 127.0.0.1 $port; do port=$((port + 1)); done
  mkdir -p "$mysql_dir"
  begin 'Starting MySQL'
  echo $port >"$mysql_dir/port"
  "$mysql_script" start "$mysql_dir" $port </dev/null >"$mysql_dir/start.log" 2>&1 ||
    fail_with_log "MySQL did not start; ./dev test --mariadb-only leaves it out." "$mysql_dir/start.log"
  mysql_url=$(tail -n 1 "$mysql_dir/start.log")
  # Tests commit often, and nothing here has to survive a crash.
  "$(find_database_client)" --no-defaults --user=root --host=127.0.0.1 --port=$port --protocol=tcp --execute='
    SET GLOBAL innodb_flush_log_at_trx_commit = 0; SET GLOBAL sync_binlog = 0; SET GLOBAL max_connections = 1000'
  finish
}

# Only a server that answers on the port it was given is ours to stop: process ids are reused, after a reboot too.
stop_mysql() {
  local port tenths=300
  [ -f "$mysql_dir/port" ] || return 0
  read -r port <"$mysql_dir/port"
  if tcp_open 127.0.0.1 "$port"; then
    "$mysql_script" stop "$mysql_dir" </dev/null >/dev/null 2>&1 || true
    while tcp_open 127.0.0.1 "$port" && [ $tenths -gt 0 ]; do sleep 0.1; tenths=$((tenths - 1)); done
  fi
  unmount_below "$mysql_dir"
  rm -f "$mysql_dir/port"
}

# A mount that was still busy when the helper left would be in the way of deleting the folder.
unmount_below() {
  local folder tries=20
  while [ $tries -gt 0 ]; do
    folder=$(awk -v below="$1/" 'index($2, below) == 1 { print $2; exit }' /proc/mounts)
    [ -n "$folder" ] || return 0
    umount "$folder" 2>/dev/null || sleep 0.2
    tries=$((tries - 1))
  done
}
