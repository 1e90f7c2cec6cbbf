# shellcheck shell=bash
# What the scripts beside this file share; sourced, never run.
# Callers set: PG_BASE, PG_PORT, MQ_BASE, MQ_PORT, MQ_MANAGEMENT_PORT, MQ_DIST_PORT, MQ_EPMD_PORT (servers),
# LOCAL (state folder of up/down/status/logs/reset).

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LOCAL=${TRIAGELOOP_LOCAL:-$ROOT/.local}
SERVICES=(task-api ai-analyzer retraining-trigger)
MQ_BIN=${MQ_BIN:-/usr/lib/rabbitmq/bin}

say() { printf '%s\n' "$*"; }
step() { printf '==> %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# wait_until SECONDS COMMAND...: polls five times a second; 1 when the time is up.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
}

# random_hex BYTES
random_hex() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

# --- processes -------------------------------------------------------------------------------------------------

# Start time in clock ticks since boot: with the pid it names a process for good, even when pids are reused.
start_time() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    # The command in parentheses may hold spaces: cut up to the last ')'.
    # shellcheck disable=SC2086 # words wanted
    set -- ${stat##*) }
    [ "$1" != Z ] || return 1
    printf '%s\n' "${20}"
}

# process_matches PID WORD: the process lives and WORD is in its command line.
process_matches() {
    [ -n "${1:-}" ] && start_time "$1" >/dev/null && tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -F -- "$2" >/dev/null
}

remember_pid() { printf '%s %s\n' "$2" "$(start_time "$2" || echo 0)" >"$1"; }

# pid_of FILE: the pid that FILE remembers, if that very process still lives.
pid_of() {
    local pid started
    [ -f "$1" ] || return 1
    read -r pid started <"$1" || return 1
    [ "$(start_time "$pid")" = "$started" ] || return 1
    printf '%s\n' "$pid"
}

gone() { ! start_time "$1" >/dev/null; }

# stop_process PID SECONDS NAME: SIGTERM, and SIGKILL when it doesn't leave.
stop_process() {
    kill -TERM "$1" 2>/dev/null || return 0
    wait_until "$2" gone "$1" && return 0
    warn "$3 (pid $1) did not leave within $2 s: killed"
    kill -KILL "$1" 2>/dev/null || true
    wait_until 5 gone "$1" || true
}

# marked_pids NAME=VALUE: all processes that were started with this in their environment, in whatever session.
marked_pids() {
    local file pid
    for file in /proc/[0-9]*/environ; do
        pid=${file//[!0-9]/}
        [ "$pid" != "$BASHPID" ] || continue
        tr '\0' '\n' 2>/dev/null <"$file" | grep -xF -- "$1" >/dev/null && printf '%s\n' "$pid"
    done 2>/dev/null
    return 0
}

none_marked() { [ -z "$(marked_pids "$1")" ]; }

# kill_marked SIGNAL NAME=VALUE
kill_marked() {
    local pid
    for pid in $(marked_pids "$2"); do kill -"$1" "$pid" 2>/dev/null || true; done
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# listens PID PORT: that very process has the port, not somebody else.
listens() {
    local inode hex
    printf -v hex '%04X' "$2"
    for inode in $(awk -v port=":$hex\$" '$4 == "0A" && $2 ~ port { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null); do
        [ -z "$(find "/proc/$1/fd" -lname "socket:\\[$inode\\]" -print -quit 2>/dev/null)" ] || return 0
    done
    return 1
}

# free_port FIRST [SKIP...]: the first port from FIRST upward that nobody listens on and that isn't in SKIP.
free_port() {
    local port=$1
    shift
    while port_open "$port" || [[ " $* " == *" $port "* ]]; do port=$((port + 1)); done
    printf '%s\n' "$port"
}

# --- packages --------------------------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# install_missing PACKAGE...: with apt, without letting Debian start the servers it installs.
install_missing() {
    local package missing=()
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        warn "no apt on this system: these Debian packages (or their like) must be there already: $*"
        return 0
    fi
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep '^.i' >/dev/null || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        die "these packages are missing, and there is no sudo to install them: apt-get install ${missing[*]}"
    fi
    step "installing ${missing[*]}"
    (
        # A policy of our own keeps the new servers from starting; one that is there already is left as it is.
        if [ ! -e /usr/sbin/policy-rc.d ]; then
            trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
            printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
            as_root chmod 755 /usr/sbin/policy-rc.d
        fi
        log=$(mktemp)
        if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
            tail -n 30 "$log" >&2
            rm -f "$log"
            die "apt-get could not install ${missing[*]}"
        fi
        rm -f "$log"
    ) || exit 1
    # What we brought in must not start at the next boot either: ours are private and run from here.
    if [ -d /run/systemd/system ]; then
        for package in "${missing[@]}"; do
            case $package in
            rabbitmq-server) as_root systemctl disable -q rabbitmq-server epmd.socket epmd.service || true ;;
            postgresql*) as_root systemctl disable -q postgresql || true ;;
            esac
        done
    fi
}

BUILD_PACKAGES=(librabbitmq-dev libpq-dev libcurl4-openssl-dev zlib1g-dev pkg-config ca-certificates git)
SERVER_PACKAGES=(rabbitmq-server postgresql-15 curl)
BROWSER_PACKAGES=(chromium chromium-driver)

# --- building --------------------------------------------------------------------------------------------------

# One set of flags for products and tests: swiftc's command line decides what SwiftPM compiles again, and -j is in it.
# `swift test` adds -enable-testing unless told not to, which would recompile the whole graph.
BUILD_FLAGS=(-c release -j "${TRIAGELOOP_JOBS:-$(nproc)}")
TEST_FLAGS=("${BUILD_FLAGS[@]}" --disable-testable-imports)

need_swift() {
    command -v swift >/dev/null || die "no Swift toolchain in PATH: install Swift 6.3 or later (https://swift.org/install)"
}

bin_folder() { (cd "$ROOT" && swift build "${BUILD_FLAGS[@]}" --show-bin-path); }

# swift_build LOG ARGUMENTS...: shows the compiler's progress on a terminal, else only what went wrong.
swift_build() {
    local log=$1 started=$SECONDS
    shift
    step "swift build ${BUILD_FLAGS[*]} $*"
    if [ -t 1 ]; then
        (cd "$ROOT" && swift build "${BUILD_FLAGS[@]}" "$@") || die "the build failed"
    elif ! (cd "$ROOT" && swift build "${BUILD_FLAGS[@]}" "$@") >"$log" 2>&1; then
        grep -E '(error|warning): ' "$log" | sort -u | head -n 40 >&2 || true
        tail -n 20 "$log" >&2
        die "the build failed; its output is in $log"
    fi
    say "    built in $((SECONDS - started)) s"
}

# --- PostgreSQL ------------------------------------------------------------------------------------------------

# PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/ "$@")
    else
        "$@"
    fi
}

# The binaries of the cluster's version, else of the newest that is installed.
pg_bin() {
    local version folder
    if [ -f "$PG_BASE/data/PG_VERSION" ]; then
        version=$(<"$PG_BASE/data/PG_VERSION")
        folder=/usr/lib/postgresql/$version/bin
        [ -x "$folder/postgres" ] || die "$PG_BASE/data was made by PostgreSQL $version, which is not installed"
        printf '%s\n' "$folder"
        return
    fi
    for folder in /usr/lib/postgresql/15/bin $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "${PG_BIN:-}"; do
        [ ! -x "$folder/initdb" ] || {
            printf '%s\n' "$folder"
            return
        }
    done
    die "no PostgreSQL binaries in /usr/lib/postgresql; set PG_BIN to their folder"
}

# pg_prepare_folder FOLDER: makes it; 1 when the user that runs PostgreSQL cannot reach it.
pg_prepare_folder() {
    mkdir -p "$1" || return 1
    [ "$(id -u)" != 0 ] || chown postgres "$1" || return 1
    chmod 700 "$1" || return 1
    as_postgres test -w "$1"
}

# pg_create PASSWORD [LINE...]: a new cluster; an empty password means that everybody on this machine may connect.
pg_create() {
    local password=$1 auth=trust bin
    bin=$(pg_bin)
    shift
    [ -z "$password" ] || auth=scram-sha-256
    printf '%s\n' "${password:-none}" | as_postgres tee "$PG_BASE/password" >/dev/null
    as_postgres chmod 600 "$PG_BASE/password"
    rm -rf "$PG_BASE/data.new"
    as_postgres "$bin/initdb" -D "$PG_BASE/data.new" -U postgres -A "$auth" --pwfile="$PG_BASE/password" \
        -E UTF8 --locale=C.UTF-8 --data-checksums --no-sync >"$LOG_FOLDER/initdb.log" 2>&1 ||
        die "initdb failed: $(tail -n 3 "$LOG_FOLDER/initdb.log")"
    rm -f "$PG_BASE/password"
    {
        cat <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
wal_compression = on
jit = off
log_min_messages = warning
log_line_prefix = '%m [%p] %u@%d '
CONF
        [ $# = 0 ] || printf '%s\n' "$@"
    } | as_postgres tee -a "$PG_BASE/data.new/postgresql.conf" >/dev/null
    mv "$PG_BASE/data.new" "$PG_BASE/data"
}

pg_pid() {
    local pid
    { read -r pid <"$PG_BASE/data/postmaster.pid"; } 2>/dev/null || return 1
    process_matches "$pid" "$PG_BASE/data" && printf '%s\n' "$pid"
}

pg_start() {
    local bin
    bin=$(pg_bin)
    if ! as_postgres setsid "$bin/pg_ctl" -D "$PG_BASE/data" -l "$PG_BASE/log" -w -t 60 \
        -o "-p $PG_PORT" start </dev/null >/dev/null 2>&1 8<&- 9>&-; then
        as_postgres tail -n 15 "$PG_BASE/log" >&2 || true
        die "PostgreSQL did not start on port $PG_PORT; its log is $PG_BASE/log"
    fi
}

# pg_stop MODE: fast or immediate.
pg_stop() {
    pg_pid >/dev/null || return 0
    as_postgres "$(pg_bin)/pg_ctl" -D "$PG_BASE/data" -m "$1" -w -t 60 stop >/dev/null ||
        warn "PostgreSQL did not stop; its log is $PG_BASE/log"
}

# --- RabbitMQ --------------------------------------------------------------------------------------------------

# The node's environment; nothing of the system's own RabbitMQ configuration leaks in. Call it in a subshell.
mq_environment() {
    unset "${!RABBITMQ_@}" "${!ERL_@}"
    export HOME=$MQ_BASE/home RABBITMQ_NODENAME=triageloop@localhost RABBITMQ_NODE_PORT=$MQ_PORT \
        RABBITMQ_DIST_PORT=$MQ_DIST_PORT ERL_EPMD_PORT=$MQ_EPMD_PORT ERL_EPMD_ADDRESS=127.0.0.1 \
        RABBITMQ_MNESIA_BASE=$MQ_BASE/mnesia RABBITMQ_LOG_BASE=$MQ_BASE/log RABBITMQ_PID_FILE=$MQ_BASE/pid \
        RABBITMQ_CONFIG_FILE=$MQ_BASE/rabbitmq.conf RABBITMQ_CONF_ENV_FILE=$MQ_BASE/env.conf \
        RABBITMQ_ADVANCED_CONFIG_FILE=$MQ_BASE/advanced.config \
        RABBITMQ_ENABLED_PLUGINS_FILE=$MQ_BASE/enabled_plugins \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
    cd "$MQ_BASE"
}

mq_ctl() { (mq_environment && exec "$MQ_BIN/rabbitmqctl" "$@"); }

# mq_configure USER PASSWORD VHOST [LINE...]; the first three count when the node starts for the first time.
mq_configure() {
    local user=$1 password=$2 vhost=$3
    shift 3
    mkdir -p "$MQ_BASE"/{home,mnesia,log}
    : >"$MQ_BASE/env.conf"
    printf '[].\n' >"$MQ_BASE/advanced.config"
    printf '[rabbitmq_management].\n' >"$MQ_BASE/enabled_plugins"
    (
        umask 077
        cat >"$MQ_BASE/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$MQ_PORT
management.tcp.ip = 127.0.0.1
management.tcp.port = $MQ_MANAGEMENT_PORT
default_user = $user
default_pass = $password
default_vhost = $vhost
disk_free_limit.absolute = 200MB
net_ticktime = 20
cluster_partition_handling = autoheal
log.file.level = warning
CONF
        [ $# = 0 ] || printf '%s\n' "$@" >>"$MQ_BASE/rabbitmq.conf"
    )
}

mq_pid() {
    local pid
    # The node writes the file without a newline, which read calls a failure.
    { read -r pid <"$MQ_BASE/pid"; } 2>/dev/null || [ -n "${pid:-}" ] || return 1
    tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -xF "RABBITMQ_PID_FILE=$MQ_BASE/pid" >/dev/null ||
        return 1
    printf '%s\n' "$pid"
}

mq_listens_or_died() { gone "$1" || { port_open "$MQ_PORT" && port_open "$MQ_MANAGEMENT_PORT"; }; }

mq_start() {
    local epmd launcher
    mq_stop
    setsid epmd -address 127.0.0.1 -port "$MQ_EPMD_PORT" </dev/null >/dev/null 2>&1 8<&- 9>&- &
    epmd=$!
    disown "$epmd" # or bash would report its end
    wait_until 5 port_open "$MQ_EPMD_PORT" || die "epmd did not start on port $MQ_EPMD_PORT"
    remember_pid "$MQ_BASE/epmd.pid" "$epmd"
    (mq_environment && exec setsid "$MQ_BIN/rabbitmq-server") </dev/null >"$MQ_BASE/log/start.log" 2>&1 8<&- 9>&- &
    launcher=$!
    disown "$launcher"
    if ! wait_until 90 mq_listens_or_died "$launcher" || gone "$launcher"; then
        tail -n 20 "$MQ_BASE/log/start.log" >&2
        die "RabbitMQ did not start on port $MQ_PORT; its logs are in $MQ_BASE/log"
    fi
}

mq_stop() {
    local pid
    if pid=$(mq_pid); then stop_process "$pid" 40 RabbitMQ; fi
    rm -f "$MQ_BASE/pid"
    if pid=$(pid_of "$MQ_BASE/epmd.pid"); then stop_process "$pid" 5 epmd; fi
    rm -f "$MQ_BASE/epmd.pid"
}
