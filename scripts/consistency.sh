# `./dev consistency`: the consistency checker, on servers of its own.
# shellcheck shell=bash

consistency_help() {
  cat <<'HELP'
usage: ./dev consistency [ARGS…]

Lets random writers and watchers loose on a desk of its own while its processes, Redis and the database are killed
and paused, and checks that nothing was missed, repeated or invented. Prints its seed, which repeats the plan. Ends
with 1 and a report of every violation if there was one. A short run of it is part of ./dev test.

  --seconds N            how long writers write (30)
  --writers N            writers at once (8)
  --subscribers N        subscribers at once (32)
  --api-processes 1..3   API processes (2)
  --faults KIND          none; soft: pauses and orderly restarts; all: these and kill -9 (all)
  --seed N               repeat a plan; a new one if not given
  --keep                 keep trace, logs and data, also when nothing was found

Examples:
  ./dev consistency
  ./dev consistency --seconds 1800 --api-processes 3 --subscribers 60
  ./dev consistency --seed 4711 --seconds 60 --keep
HELP
}

verb_consistency() {
  need_packages database redis
  cargo build --release --locked -p deskwire-api -p deskwire-ml -p deskwire-consistency
  exec "$target/release/deskwire-consistency" "$@"
}
