#!/bin/sh
# Installs what is missing, builds the main example and runs it: an HTTP server on a throwaway database.
#
#     examples/run.sh               starts it, sends it requests, shows requests and responses, and ends
#     examples/run.sh --serve       leaves it running and prints its address; Ctrl-C ends it
#     examples/run.sh NAME          builds and runs one of the small examples, such as 01_first_query
#
# --serve and the small examples use the database that DATABASE_URL names, if it is set.
set -eu
cd "$(dirname "$0")/.."

say() { echo "== $*"; }
die() {
    echo "examples/run.sh: $*" >&2
    exit 2
}

name=http_api
case ${1:-} in
"" | --serve) ;;
-h | --help)
    sed -n '2,8s/^# \{0,1\}//p' "$0"
    exit ;;
*)
    name=${1#examples/} name=${name%.cpp}
    [ -f "examples/$name.cpp" ] || die "\"$1\" is neither an option nor an example; see --help." ;;
esac
[ $# -le 1 ] || die "there is one argument at most; see --help."

tools/install_dependencies.sh

# Unoptimised, since it is built in a third of the time; for figures there is benchmarks/run.sh.
build=build/debug
say "configuring in $build"
output=$(mktemp)
trap 'rm -f "$output"' EXIT
trap 'exit 1' HUP INT TERM
if ! cmake --preset debug >"$output" 2>&1; then
    cat "$output"
    die "could not configure, for the reason above."
fi

target=example_$name
[ "$name" != http_api ] || target=http_api
say "building $name (the first time takes a minute or two)"
NINJA_STATUS="[%f/%t, %es] " cmake --build "$build" --parallel "$(nproc)" --target "$target"

case ${1:-} in
"") examples/http_api/requests.sh "$build/examples/http_api/http_api" ;;
--serve)
    say "loading; Ctrl-C ends the server"
    "$build/examples/http_api/http_api" ;;
*) "$build/examples/$name" ;;
esac
