#!/bin/sh
# check_floors.sh [ROOT]: fails if an include in ROOT/include/pgcoro goes up a floor, or if something of libpq is used
# outside libpq/. The floors are described in CONTRIBUTING.md.
set -eu
root=${1:-$(cd "$(dirname "$0")/.." && pwd)}
cd "$root/include/pgcoro"

find . -name '*.hpp' | sed 's|^\./||' | LC_ALL=C sort | xargs awk '
BEGIN {
    # What the headers of each folder may include; "root" are the headers in no folder.
    allowed["core"] = "core"
    allowed["types"] = "types core"
    allowed["libpq"] = "libpq core"
    allowed["mapping"] = "mapping types core"
    allowed["session"] = "session libpq mapping types core"
    allowed["pool"] = "pool session libpq mapping types core"
    allowed["listener"] = "listener pool session libpq mapping types core"
    # impl: definitions of what the root declares.
    allowed["root"] = allowed["impl"] = "impl root listener pool session libpq mapping types core"
    allowed["ops"] = "ops root"
    # Beside the floors: public names, which are in these.
    allowed["integration"] = "integration ops root types core"
    allowed["testing"] = "testing root types core"
    # The umbrella has everything but what is beside.
    umbrella = allowed["root"] " ops"
}
function folder_of(path) { return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : "root" }
function complain(what) {
    print "include/pgcoro/" FILENAME ":" FNR ": " what
    ++complaints
}
FNR == 1 {
    ++headers
    here = folder_of(FILENAME)
    if (!(here in allowed)) complain("the folder " here " is on no floor")
    may = FILENAME == "pgcoro.hpp" ? umbrella : allowed[here]
    comment = 0
}
{
    # Comments may name what code must not.
    code = $0
    if (comment) {
        if (!match(code, /\*\//)) next
        code = substr(code, RSTART + 2)
        comment = 0
    }
    while (match(code, /\/\*/)) {
        rest = substr(code, RSTART + 2)
        before = substr(code, 1, RSTART - 1)
        if (match(rest, /\*\//)) code = before substr(rest, RSTART + 2)
        else { code = before; comment = 1 }
    }
    sub(/\/\/.*/, "", code)
}
code ~ /^[ \t]*#[ \t]*include/ {
    target = code
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", target)
    if (target ~ /^"/) complain("includes " target " by a relative path instead of <pgcoro/...>")
    else if (match(target, /^<pgcoro\/[^>]*>/)) {
        target = substr(target, 9, RLENGTH - 9)
        if (index(" " may " ", " " folder_of(target) " ") == 0)
            complain("includes <pgcoro/" target ">, but " here " may only include: " may)
    } else if (target ~ /^<(libpq-fe|libpq-events|postgres_ext|libpq\/[^>]*)\.h>/ && here != "libpq")
        complain("includes " target ", which only libpq/ may")
    next
}
here != "libpq" && match(code, /(^|[^A-Za-z0-9_])PQ[a-z][A-Za-z0-9]*[ \t]*\(/) {
    name = substr(code, RSTART, RLENGTH)
    gsub(/[^A-Za-z0-9]/, "", name)
    complain("calls " name ", which only libpq/ may")
}
END {
    if (!headers) { print "no headers found"; exit 1 }
    if (complaints) { print complaints " violations in " headers " headers"; exit 1 }
    print headers " headers, no include goes up a floor"
}'
