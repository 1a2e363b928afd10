#!/bin/sh
# Plants violations, one at a time, in a tree without any, and sees that tools/check_floors.sh finds each.
set -u
check=$(cd "$(dirname "$0")/../.." && pwd)/tools/check_floors.sh
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
headers=$folder/include/pgcoro
failed=0

clean_tree() {
    rm -rf "$headers"
    for floor in core types mapping libpq session pool ops integration testing; do mkdir -p "$headers/$floor"; done
    echo '#include <vector>' >"$headers/core/oid.hpp"
    echo '#include <pgcoro/core/oid.hpp>' >"$headers/types/codec.hpp"
    echo '#include <pgcoro/types/codec.hpp>' >"$headers/mapping/plan.hpp"
    printf '#include <libpq-fe.h>\ninline auto a() { return PQstatus(nullptr); }\n' >"$headers/libpq/handle.hpp"
    printf '#include <pgcoro/libpq/handle.hpp>\n#include <pgcoro/mapping/plan.hpp>\n// PQstatus() in words\n' \
        >"$headers/session/actor.hpp"
    echo '#include <pgcoro/session/actor.hpp>' >"$headers/pool/slot.hpp"
    echo '#include <pgcoro/pool/slot.hpp>' >"$headers/pool.hpp"
    echo '#include <pgcoro/pool.hpp>' >"$headers/ops/retry.hpp"
    echo '#include <pgcoro/types/codec.hpp>' >"$headers/integration/boost_json.hpp"
    echo '/* #include <pgcoro/pool/slot.hpp> */' >"$headers/testing/server.hpp"
    printf '#include <pgcoro/pool.hpp>\n#include <pgcoro/ops/retry.hpp>\n' >"$headers/pgcoro.hpp"
}

# refused FILE LINE...: the lines, added to the file, must be found.
refused() {
    clean_tree
    file=$1
    shift
    printf '%s\n' "$@" >>"$headers/$file"
    if output=$(sh "$check" "$folder"); then
        echo "not found in $file: $*"
        failed=1
    elif ! echo "$output" | grep -q "^include/pgcoro/$file:"; then
        echo "found, but not where it is, in $file: $*"
        echo "$output"
        failed=1
    fi
}

clean_tree
if ! output=$(sh "$check" "$folder"); then
    echo "a tree without violations is refused:"
    echo "$output"
    failed=1
fi

refused core/oid.hpp '#include <pgcoro/types/codec.hpp>'
refused types/codec.hpp '#include <pgcoro/mapping/plan.hpp>'
refused types/codec.hpp '#  include <pgcoro/error.hpp>'
refused mapping/plan.hpp '#include <pgcoro/libpq/handle.hpp>'
refused libpq/handle.hpp '#include <pgcoro/mapping/plan.hpp>'
refused session/actor.hpp '#include <pgcoro/pool/slot.hpp>'
refused pool/slot.hpp '#include <pgcoro/pool.hpp>'
refused pool.hpp '#include <pgcoro/ops/retry.hpp>'
refused pool.hpp '#include <pgcoro/integration/boost_json.hpp>'
refused ops/retry.hpp '#include <pgcoro/session/actor.hpp>'
refused integration/boost_json.hpp '#include <pgcoro/libpq/handle.hpp>'
refused testing/server.hpp '#include <pgcoro/pool/slot.hpp>'
refused pgcoro.hpp '#include <pgcoro/testing/server.hpp>'
refused session/actor.hpp '#include <libpq-fe.h>'
refused session/actor.hpp 'inline auto b() { return PQsocket(nullptr); }'
refused session/actor.hpp '/* a comment' 'ends */ #include <libpq-fe.h>'
refused core/oid.hpp '#include "../pool.hpp"'
mkdir_refused() {
    clean_tree
    mkdir "$headers/misc"
    echo '#include <vector>' >"$headers/misc/thing.hpp"
    sh "$check" "$folder" >/dev/null && { echo "a folder on no floor is not found"; failed=1; }
}
mkdir_refused
exit $failed
