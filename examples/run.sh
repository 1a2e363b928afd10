#!/bin/sh
# Installs what is missing, builds the examples and runs the main one: an HTTP server on a throwaway database.
#
#     examples/run.sh            starts it, sends it requests, shows requests and responses, and ends
#     examples/run.sh --serve    leaves it running and prints its address
set -eu
cd "$(dirname "$0")/.."

say() { echo "== $*"; }
case ${1:-} in
"" | --serve) ;;
-h | --help)
    sed -n '2,5s/^# \{0,1\}//p' "$0"
    exit ;;
*)
    echo "examples/run.sh: \"$1\" is not an option; see --help." >&2
    exit 2 ;;
esac

tools/install_dependencies.sh

build=build/release
say "configuring in $build"
output=$(mktemp)
trap 'rm -f "$output"' EXIT
if ! cmake --preset release >"$output" 2>&1; then
    cat "$output"
    echo "examples/run.sh: could not configure, for the reason above." >&2
    exit 2
fi

say "building (the first time takes minutes)"
NINJA_STATUS="[%f/%t, %es] " cmake --build "$build" --parallel "$(nproc)" --target examples

program=$build/examples/http_api/http_api
if [ ! -x "$program" ]; then
    echo "examples/run.sh: there is no example http_api to run." >&2
    exit 2
fi
"$program" "$@"
