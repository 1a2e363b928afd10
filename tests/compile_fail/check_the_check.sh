#!/bin/sh
# check_the_check.sh COMPILER FLAGS_FILE: check.sh passes only what is refused with the expected words.
set -u
here=$(dirname "$0")
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

# outcome EXPECTED_STATUS WHAT: the source is on the standard input.
outcome() {
    cat >"$folder/source.cpp"
    sh "$here/check.sh" "$compiler" "$flags" "$folder/source.cpp" >"$folder/output" 2>&1
    status=$?
    [ $status -eq "$1" ] && return
    echo "$2: ended with $status instead of $1:"
    cat "$folder/output"
    failed=1
}
compiler=$1 flags=$2
case $("$compiler" --version) in *clang*) other=g++ this=clang++ ;; *) other=clang++ this=g++ ;; esac

outcome 0 "a source refused with the expected words" <<END
// expect: the reason is [a-z]+
static_assert(sizeof(int) == 1, "the reason is known");
END
outcome 1 "a source refused with other words" <<END
// expect: the reason is [a-z]+
static_assert(sizeof(int) == 1, "something else");
END
outcome 1 "a source that compiles" <<END
// expect: anything
int main() {}
END
outcome 1 "a source without an expectation" <<END
static_assert(sizeof(int) == 1);
END
outcome 77 "a source for another compiler" <<END
// expect: reason
// compiler: $other
static_assert(sizeof(int) == 1, "reason");
END
outcome 0 "a source for this compiler" <<END
// expect: reason
// compiler: $this
static_assert(sizeof(int) == 1, "reason");
END
exit $failed
