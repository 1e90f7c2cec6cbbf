# shellcheck shell=bash
# State of the local installation in .local/; sourced by up, down, status, logs, reset and triagectl.
# shellcheck source=deploy/local/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

LOG_FOLDER=$LOCAL/log
RUN_FOLDER=$LOCAL/run
SECRETS=$LOCAL/secrets/passwords
MQ_BASE=$LOCAL/rabbitmq
MQ_VHOST=triageloop

# Name and preferred value of each port; below the ephemeral range, away from the servers' usual ones.
PORT_NAMES=(HTTP TASK_API_ADMIN AI_ANALYZER_ADMIN RETRAINING_TRIGGER_ADMIN PG MQ MQ_MANAGEMENT MQ_DIST MQ_EPMD)
PORT_DEFAULTS=("${TRIAGELOOP_HTTP_PORT:-8080}" 8091 8092 8093 15432 15472 15473 15474 15475)

# Reads what an earlier `up` settled, if there was one.
load_local() {
    if [ -f "$LOCAL/postgres-folder" ]; then PG_BASE=$(<"$LOCAL/postgres-folder"); else PG_BASE=$LOCAL/postgres; fi
    # shellcheck source=/dev/null
    [ ! -f "$LOCAL/ports" ] || . "$LOCAL/ports"
    # shellcheck source=/dev/null
    [ ! -f "$SECRETS" ] || . "$SECRETS"
}

need_local() {
    [ -f "$LOCAL/ports" ] || die "nothing is set up in $LOCAL: run deploy/local/up first"
    load_local
}

# One `up`, `down` or `reset` at a time; daemons are started with this descriptor closed.
lock_local() {
    mkdir -p "$LOCAL"
    exec 9>"$LOCAL/lock"
    flock -w 600 9 || die "another deploy/local command has held $LOCAL/lock for 10 minutes"
}

service_variable() {
    local name=${1//-/_}
    printf '%s_ADMIN_PORT\n' "${name^^}"
}

admin_port() {
    local variable
    variable=$(service_variable "$1")
    printf '%s\n' "${!variable}"
}

service_pid() { pid_of "$RUN_FOLDER/$1.pid"; }

# ready PORT: prints the body of /readyz; 0 when the service says it is ready.
ready() { curl -fsS --noproxy '*' --max-time 3 "http://127.0.0.1:$1/readyz" >/dev/null 2>&1; }
why_not_ready() { curl -sS --noproxy '*' --max-time 3 "http://127.0.0.1:$1/readyz?verbose" 2>&1; }
