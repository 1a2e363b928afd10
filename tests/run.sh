#!/bin/sh
# Installs what is missing, builds and runs the tests. What was built before is not built again.
# The last line is "N passed, N failed"; the exit status is 0 if nothing failed.
set -eu
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: tests/run.sh [--preset NAME]... [--jobs N] [--only REGEX] [--no-install]

  --preset NAME   one of CMakePresets.json: debug (the default), release, asan, tsan, clang, clang-asan, ...
  --jobs N        how much to do at once; the number of processors if not given
  --only REGEX    only the tests whose names match, as ctest -R
  --no-install    do not look for missing packages

PGCORO_TEST_DSN, a connection string, points the tests to a server that runs already; else they start their own.
END
}
say() { echo "== $*"; }
die() {
    echo "tests/run.sh: $*" >&2
    exit 2
}

presets= jobs=$(nproc) only=. install=yes
while [ $# -gt 0 ]; do
    case $1 in
    --preset | --jobs | --only)
        [ $# -ge 2 ] || die "$1 needs a value; see --help."
        case $1 in
        --preset) presets="$presets $2" ;;
        --jobs) jobs=$2 ;;
        --only) only=$2 ;;
        esac
        shift 2 ;;
    --no-install)
        install=no
        shift ;;
    -h | --help)
        usage
        exit ;;
    *) die "\"$1\" is not an option; see --help." ;;
    esac
done
presets=${presets:-debug}
for preset in $presets; do
    grep -q "{ *\"name\": \"$preset\"\|^ *\"name\": \"$preset\"" CMakePresets.json || die "there is no preset \"$preset\"."
done

if [ $install = yes ]; then
    case $presets in
    *clang* | *ci*) tools/install_dependencies.sh --with clang ;;
    *) tools/install_dependencies.sh ;;
    esac
fi

passed=0 failed=0 incomplete=
output=$(mktemp)
clusters=$(mktemp -d /tmp/pgcoro-clusters-XXXXXX)
trap 'rm -rf "$output" "$clusters"' EXIT
trap 'exit 1' HUP INT TERM
# One cluster that all tests' servers copy, made by the user that they run as.
chmod 1777 "$clusters"
export INITDB_TEMPLATE="${INITDB_TEMPLATE:-$clusters/template}"
export NINJA_STATUS="[%f/%t, %es] "

# Clang needs a seventh less time with large pages (glibc's manual, "Memory Allocation Tunables").
build_in() {
    folder=$1
    shift
    GLIBC_TUNABLES=glibc.malloc.hugetlb=1 cmake --build "$folder" --parallel "$jobs" "$@"
}

for preset in $presets; do
    build=build/$preset
    say "$preset: configuring in $build"
    if ! cmake --preset "$preset" >"$output" 2>&1; then
        cat "$output"
        die "could not configure the preset $preset, for the reason above."
    fi

    say "$preset: building (a first build takes minutes)"
    if ! build_in "$build" -- -k 0; then
        incomplete="$incomplete $preset"
        say "$preset: the build failed; what could be built is tested all the same"
    fi
    if [ -d "$build/tests/headers" ] || [ -d "$build/tests/documentation" ]; then
        say "$preset: compiling what is tested by compiling it: headers, one by one, or the documentation's code"
        build_in "$build" --target compile_tests -- -k 0 || :
    fi

    say "$preset: testing"
    { ctest --test-dir "$build" -R "$only" --parallel "$jobs" --output-on-failure --no-label-summary 2>&1 || :; } |
        tee "$output"
    # "100% tests passed, 0 tests failed out of 12"
    set -- $(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$output")
    failed=$((failed + ${1:-1}))
    passed=$((passed + ${2:-0} - ${1:-0}))
done

for preset in $incomplete; do
    say "$preset: did not build completely; the compiler's messages are above"
    failed=$((failed + 1))
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
