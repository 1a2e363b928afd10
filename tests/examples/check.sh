#!/bin/sh
# check.sh PROGRAM SOURCE: runs an example and looks for what its source says that it prints, in lines such as
#
#     // prints: 3 planets, .* in all
#
# with an extended regular expression each. The program has to end with 0, too.
set -eu
if [ $# -ne 2 ]; then
    echo "usage: check.sh PROGRAM SOURCE" >&2
    exit 2
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

status=0
"$1" >"$folder/output" 2>&1 || status=$?
cat "$folder/output"
sed -n 's|^ *// prints: ||p' "$2" >"$folder/expected"

failed=0
[ -s "$folder/expected" ] || { echo "FAILED: $2 does not say what it prints"; failed=1; }
while IFS= read -r line; do
    grep -Eq -e "$line" "$folder/output" || { echo "FAILED: nothing printed matches $line"; failed=1; }
done <"$folder/expected"
[ $status -eq 0 ] || { echo "FAILED: it ended with status $status"; failed=1; }
exit $failed
