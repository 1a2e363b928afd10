#!/bin/sh
# Runs the tests with gcov's counters and prints which share of the lines of include/ they reach.
set -eu
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: tools/coverage.sh [--check PERCENT] [--missed] [--no-run]

  --check PERCENT   fail if fewer lines are reached
  --missed          list the lines that are not reached
  --no-run          report what the last run counted

A line of a template counts as reached if any instantiation reaches it; what no test instantiates is not counted.
END
}
check= missed=0 run=yes
while [ $# -gt 0 ]; do
    case $1 in
    --check)
        [ $# -ge 2 ] || { echo "coverage.sh: --check needs a percentage." >&2; exit 2; }
        check=$2
        shift ;;
    --missed) missed=1 ;;
    --no-run) run=no ;;
    -h | --help)
        usage
        exit ;;
    *)
        echo "coverage.sh: \"$1\" is not an option; see --help." >&2
        exit 2 ;;
    esac
    shift
done

if [ $run = yes ]; then
    [ ! -d build/coverage ] || find build/coverage -name '*.gcda' -delete
    tests/run.sh --preset coverage || { echo "coverage.sh: the tests fail; first mend them." >&2; exit 1; }
fi

root=$(pwd)
counters=$(find build/coverage -name '*.gcda' 2>/dev/null | LC_ALL=C sort)
[ -n "$counters" ] || { echo "coverage.sh: nothing was counted yet; run it without --no-run." >&2; exit 1; }

echo "reading the counters of $(echo "$counters" | wc -l) object files ..."
# Per line of gcov's output: "count:number:text"; "-" for lines without code, "#####" and "=====" for those not reached.
echo "$counters" | xargs -P "$(nproc)" -n 1 sh -c 'gcov -t -r -s "$0" "$1" 2>/dev/null |
    awk -F: "{ gsub(/ /, \"\", \$1); gsub(/ /, \"\", \$2) }
        \$1 == \"-\" && \$2 == 0 && \$3 == \"Source\" { file = \$4; wanted = file ~ /^include\// }
        wanted && \$2 > 0 && \$1 != \"-\" { print file, \$2, (\$1 ~ /^[0-9]/) }" | LC_ALL=C sort -u' "$root" |
    LC_ALL=C sort -u | awk -v check="$check" -v missed=$missed '
    { line = $1 ":" $2; if (!(line in reached)) { reached[line] = 0; ++lines[$1]; order[++n] = line }
      if ($3 && !reached[line]) { reached[line] = 1; ++hit[$1] } }
    END {
        for (file in lines) {
            all += lines[file]
            hits += hit[file]
            printf "%6.1f %%  %5d of %5d  %s\n", 100 * hit[file] / lines[file], hit[file], lines[file], file | "sort -k 6"
        }
        close("sort -k 6")
        if (missed) {
            for (i = 1; i <= n; ++i) if (!reached[order[i]]) print "not reached: " order[i] | "sort -t: -k2,2 -k3,3n"
            close("sort -t: -k2,2 -k3,3n")
        }
        if (!all) { print "no line of include/ was counted"; exit 1 }
        percent = 100 * hits / all
        printf "%.1f %% of the lines of include/ are reached (%d of %d)\n", percent, hits, all
        if (check != "" && percent < check) { printf "that is less than the %s %% asked for\n", check; exit 1 }
    }'
