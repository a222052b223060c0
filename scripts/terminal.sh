# What the scripts say, and how long a step took.
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }
die() { printf 'dev: %s\n' "$*" >&2; exit 1; }

# usage: begin TEXT; tick, while it goes on; finish. One line a step, with seconds.
begin() {
  step_text=$1 step_since=$SECONDS
  printf '  %-44s' "$step_text"
}
tick() {
  if [ -t 1 ]; then printf '\r  %-44s%4s s' "$step_text" $((SECONDS - step_since)); fi
}
finish() {
  if [ -t 1 ]; then printf '\r  %-44s' "$step_text"; fi
  printf '%4s s\n' $((SECONDS - step_since))
}

# usage: fail_with_log MESSAGE LOG. Ends the script; what runs is stopped by its exit trap.
fail_with_log() {
  printf '\n' >&2
  show_log "$2"
  die "$1"
}

show_log() {
  [ -s "$1" ] || { printf '%s is empty.\n' "${1#"$root/"}" >&2; return; }
  printf 'The last lines of %s:\n' "${1#"$root/"}" >&2
  tail -n 15 "$1" 2>/dev/null | sed 's/^/  | /' >&2 || true
}
