#!/bin/sh
# Installs what is missing, builds the contenders optimised, and lets them compete on a throwaway server.
set -eu
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: benchmarks/run.sh [OPTION]...

Without an option: W1 to W8, what most programs ask of a database; M1 to M7, MagicStack's seven queries; mixed-N, short
statements beside slow ones; near-… and far-…, over TCP with 0.5 and 5 ms of added round trip. Half an hour.

  --quick             W, M and far-… only, with short runs: about two minutes
  --full              everything, curves too (tasks-N, connections-N, rows-N, parameters-N), with long runs: some two hours
  --only W1,M,rows-10 only these workloads, by their names or by their families' (W, M, mixed, near, far, tasks,
                      connections, rows, parameters)
  --contender A,B     only these contenders: libpq, libpq-pipelined, asio, pgcoro, pgcoro-defaults, libpqxx, drogon,
                      tokio-postgres, pgx, asyncpg, psycopg, node-pg, postgres.js, pgbench; who is not on this machine
                      is left out, with the reason; npm, if it is there, fetches node-pg and postgres.js
  --rounds N          how often each contender runs each workload (curves: three times at most)
  --seconds S         how long a run is measured;  --warm-up S: how long it runs before
  --core N            the core for client and server; the last one if not given
  --unpinned          on all cores: for operations per second rather than ratios
  --default-heap      leave M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of every contender at glibc's defaults; otherwise they
                      are 64 and 32 MiB
  --check             the exit status tells whether pgcoro's targets hold: 0 yes, 1 no, 3 undecided, because a target
                      is missed by less than the rounds differ, or because no target is about what ran
  --instructions      counts instructions per operation instead of time (installs valgrind)
  --compare A B       runs nothing; tells what changed from one file of results to another
  --no-install        do not look for missing packages

Prints tables. build/benchmarks/report.html has them with charts, which lie beside it as W1.svg and so on; every run's
figures are in build/benchmarks/results.json.
END
}
say() { echo "== $*"; }

install=yes with="--with peers" arguments=
for argument; do
    case $argument in
    -h | --help)
        usage
        exit ;;
    --no-install) install=no ;;
    --instructions)
        with="$with --with profile"
        arguments="$arguments $argument" ;;
    *[!A-Za-z0-9.,_/-]*)
        echo "benchmarks/run.sh: \"$argument\" is not an option; see --help." >&2
        exit 2 ;;
    *) arguments="$arguments $argument" ;;
    esac
done

if [ $install = yes ]; then tools/install_dependencies.sh $with; fi

output=$(mktemp)
trap 'rm -f "$output"' EXIT
trap 'exit 1' HUP INT TERM
node=build/benchmarks/node
if [ $install = yes ] && command -v npm >/dev/null && ! cmp -s benchmarks/contenders/node/package.json $node/package.json; then
    say "fetching the contenders for node"
    mkdir -p $node
    cp benchmarks/contenders/node/package.json $node/
    if ! npm install --silent --no-audit --no-fund --prefix $node >"$output" 2>&1; then
        rm $node/package.json
        say "npm could not fetch them; they are left out"
    fi
fi

say "building the contenders (a first build takes minutes)"
if ! { cmake --preset release -DPGCORO_BUILD_BENCHMARKS=ON && cmake --build build/release --target benchmarks; } >"$output" 2>&1; then
    cat "$output" >&2
    echo "benchmarks/run.sh: the build failed, for the reason above." >&2
    exit 2
fi

say "running; leave the machine alone meanwhile"
build/release/benchmarks/benchmark_runner --contenders-directory build/release/benchmarks/contenders \
    --output build/benchmarks $arguments
