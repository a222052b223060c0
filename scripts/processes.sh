# Child processes: each in a process group of its own, so that Ctrl-C reaches only the script, which then stops them
# in order. A pid file holds the id and a piece of the command line, so that a reused id is never taken for ours.
# shellcheck shell=bash

# usage: launch DIR NAME MARK LOG COMMAND… with MARK a part of the command line; leaves DIR/NAME.pid.
launch() {
  local dir=$1 name=$2 mark=$3 log=$4
  shift 4
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  set +m
  printf '%s\n%s\n' $! "$mark" >"$dir/$name.pid"
  # Until it has become the program, the child still carries this script's command line.
  until pid_of "$dir" "$name" >/dev/null || ! kill -0 $! 2>/dev/null; do sleep 0.02; done
  # Not the shell's business any more: it would print a note when the child is killed.
  disown $! 2>/dev/null || true
}

# usage: pid_of DIR NAME prints the id if that process is there and is ours.
pid_of() {
  local pid mark
  { read -r pid && read -r mark; } 2>/dev/null <"$1/$2.pid" || return 1
  case $(command_of "$pid") in *"$mark"*) echo "$pid" ;; *) return 1 ;; esac
}

command_of() {
  if [ -r "/proc/$1/cmdline" ]; then
    tr '\0' ' ' <"/proc/$1/cmdline"
  elif [ ! -d /proc/self ]; then
    ps -p "$1" -o command=
  fi 2>/dev/null || true
}

# usage: stop_process DIR NAME SECONDS asks it to end, and insists after SECONDS.
stop_process() {
  local pid tenths=$(($3 * 10))
  if pid=$(pid_of "$1" "$2"); then
    kill -TERM "$pid" 2>/dev/null || true
    while pid_of "$1" "$2" >/dev/null; do
      if [ "$tenths" -le 0 ]; then
        kill -KILL "$pid" 2>/dev/null || true
        break
      fi
      tenths=$((tenths - 1))
      sleep 0.1
    done
  fi
  rm -f "$1/$2.pid"
}

# usage: wait_until SECONDS DIR NAME COMMAND… repeats COMMAND until it succeeds; fails when process NAME ends first.
wait_until() {
  local until=$((SECONDS + $1)) dir=$2 name=$3
  shift 3
  until "$@" >/dev/null 2>&1; do
    pid_of "$dir" "$name" >/dev/null || return 1
    [ "$SECONDS" -lt "$until" ] || return 1
    tick
    sleep 0.1
  done
}
