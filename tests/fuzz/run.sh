#!/bin/sh
# Runs a fuzz target: its seeds, which it has to read, and then what libFuzzer makes of them.
set -eu

usage() {
    cat <<'END'
usage: tests/fuzz/run.sh --target PROGRAM --seeds FILE [--seconds N] [--keep FOLDER]

  --target PROGRAM  built by the preset clang-asan: build/clang-asan/tests/fuzz/fuzz_times
  --seeds FILE      its seeds: tests/fuzz/seeds/times.txt
  --seconds N       how long; 600 if not given
  --keep FOLDER     where inputs are kept from one run to the next; in none if not given
END
}

target= seeds= seconds=600 keep=
while [ $# -gt 0 ]; do
    case $1 in
    --target) target=$2 ;;
    --seeds) seeds=$2 ;;
    --seconds) seconds=$2 ;;
    --keep) keep=$2 ;;
    -h | --help)
        usage
        exit ;;
    *)
        usage >&2
        exit 2 ;;
    esac
    shift 2
done
[ -n "$target" ] && [ -n "$seeds" ] || { usage >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/seeds" "$work/found"
# A line is the bytes of a seed in hexadecimal digits and, behind #, what it is.
perl -ne 'chomp; s/#.*//; s/\s//g; next if $_ eq ""; open my $out, ">", "'"$work"'/seeds/$." or die; print $out pack("H*", $_)' "$seeds"
[ -n "$(ls "$work/seeds")" ] || { echo "$seeds has no seeds" >&2; exit 1; }

# What a crash leaves behind is printed, since the folder goes.
fuzz() {
    "$target" -artifact_prefix="$work/crash-" -print_final_stats=1 -verbosity=0 "$@" && return
    for input in "$work"/crash-*; do
        [ -f "$input" ] && echo "the input that it failed on: $(perl -0777 -ne 'print unpack("H*", $_)' "$input")"
    done
    exit 1
}
PGCORO_FUZZ_SEEDS=1 fuzz -runs=0 "$work/seeds"
fuzz -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 "${keep:-$work/found}" "$work/seeds"
