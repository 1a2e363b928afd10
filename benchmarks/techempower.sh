#!/bin/sh
# The four database tests of the TechEmpower benchmark over HTTP: benchmarks/techempower/ loaded by wrk.
set -eu
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: benchmarks/techempower.sh [OPTION]...

  --connections N   how many wrk keeps open; 64 if not given
  --seconds S       how long a run takes; 5 if not given
  --rounds N        how often each test is run, in turn; 3 if not given
  --check PROGRAM   no load: only checks the answers of this program
  --no-install      do not look for missing packages

Prints requests per second (median of the rounds, least and most) and the latencies of the median round. The rules are
TechEmpower's: db is one statement for each request, queries 20 of them, updates 20 and one UPDATE, fortunes a page of HTML.
END
}
say() { echo "== $*"; }
die() {
    echo "benchmarks/techempower.sh: $*" >&2
    exit 2
}

connections=64 seconds=5 rounds=3 program= install=yes
while [ $# -gt 0 ]; do
    case $1 in
    --connections | --seconds | --rounds | --check)
        [ $# -ge 2 ] || die "$1 needs a value; see --help."
        case $1 in
        --connections) connections=$2 ;;
        --seconds) seconds=$2 ;;
        --rounds) rounds=$2 ;;
        --check) program=$2 ;;
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
for number in "$connections" "$seconds" "$rounds"; do
    case $number in
    "" | *[!0-9]* | 0*) die "\"$number\" is not a number of connections, seconds or rounds; see --help." ;;
    esac
done

. examples/http_api/start.sh

load=no
if [ -z "$program" ]; then
    load=yes
    if [ $install = yes ]; then tools/install_dependencies.sh --with http; fi
    command -v wrk >/dev/null || die "wrk is not installed: run tools/install_dependencies.sh --with http."
    say "building (the first time takes a minute or two)"
    if ! { cmake --preset release -DPGCORO_BUILD_BENCHMARKS=ON &&
        cmake --build build/release --target benchmark_techempower; } >"$folder/build" 2>&1; then
        cat "$folder/build" >&2
        die "the build failed, for the reason above."
    fi
    program=build/release/benchmarks/techempower
fi

say "starting the server on a throwaway database"
start_server "$program" || die "the server did not start, for the reason above."

wrong=0
# The answer's parts that match a regular expression have to be so many.
expect() {
    curl -s "$address$1" >"$folder/body" || :
    found=$(grep -oE "$2" "$folder/body" | wc -l)
    if [ "$found" -ne "$3" ]; then
        echo "$1 has $found times \"$2\" where $3 were expected: $(head -c 300 "$folder/body")" >&2
        wrong=$((wrong + 1))
    fi
}
row='\{"id":[0-9]+,"randomNumber":[0-9]+\}'
expect /db "^$row\$" 1
for test in queries updates; do
    expect "/$test" "$row" 1
    expect "/$test?queries=20" "$row" 20
    expect "/$test?queries=0" "$row" 1
    expect "/$test?queries=many" "$row" 1
    expect "/$test?queries=501" "$row" 500
    expect "/$test?queries=99999999999999999999" "$row" 500
done
expect /fortunes '<tr><td>[0-9]+</td><td>' 13
expect /fortunes '<td>11</td><td>&lt;script&gt;alert\(&quot;This' 1
expect /fortunes '<td>12</td><td>フレームワークのベンチマーク</td></tr></table>' 1
expect /fortunes '<td>0</td><td>Additional fortune added at request time.</td>' 1
# What /updates said it stored is what is read afterwards, as far as the same rows are drawn: of 2000 of 10,000 and 1000.
rows_of() { grep -oE "$row" "$folder/body" | tr -c '0-9\n' ' '; }
for _ in 1 2 3 4; do
    curl -s "$address/updates?queries=500" >"$folder/body"
    rows_of >>"$folder/stored"
done
for _ in 1 2; do
    curl -s "$address/queries?queries=500" >"$folder/body"
    rows_of >>"$folder/read"
done
if ! awk 'NR == FNR { stored[$1] = $2; next } $1 in stored { met++; if (stored[$1] != $2) others++ }
    END { print met + 0 " rows were met again, " others + 0 " of them with another number"; exit !(met > 0 && others == 0) }' \
    "$folder/stored" "$folder/read" >"$folder/body"; then
    echo "/updates: $(cat "$folder/body")" >&2
    wrong=$((wrong + 1))
fi
[ $wrong -eq 0 ] || die "$wrong answers are wrong."
say "all answers are as the rules want them"
[ $load = yes ] || exit 0

say "loading with $connections connections; leave the machine alone meanwhile"
tests="db queries?queries=20 fortunes updates?queries=20"
for round in $(seq "$rounds"); do
    for test in $tests; do
        wrk -t 1 -c "$connections" -d "${seconds}s" --latency "$address/$test" >"$folder/wrk"
        if grep -q 'Non-2xx\|Socket errors' "$folder/wrk"; then
            cat "$folder/wrk" >&2
            die "/$test failed under load."
        fi
        # requests per second, the latencies of half and of 99 % of the requests
        awk '$1 == "50%" { half = $2 } $1 == "99%" { most = $2 } $1 == "Requests/sec:" { rate = $2 }
            END { print rate, half, most }' "$folder/wrk" >>"$folder/${test%%\?*}"
        echo "round $round of $rounds: /$test $(tail -n 1 "$folder/${test%%\?*}" | cut -d ' ' -f 1) requests per second"
    done
done
printf '\n%-10s %12s %25s %10s %10s\n' "" "requests/s" "least to most" "p50" "p99"
for test in $tests; do
    sort -n "$folder/${test%%\?*}" | awk -v name="${test%%\?*}" '{ rate[NR] = $1; half[NR] = $2; most[NR] = $3 }
        END { m = int((NR + 1) / 2); printf "%-10s %12.0f %12.0f to %9.0f %10s %10s\n", name, rate[m], rate[1], rate[NR], half[m], most[m] }'
done
