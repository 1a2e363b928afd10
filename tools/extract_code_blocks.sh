#!/bin/sh
# extract_code_blocks.sh PAGE.md FOLDER: writes each ```cpp block of the page as a source of its own into the folder
# and prints the sources' names. Errors of the compiler point to the page, by #line.
#
#   - a block with a main function is a program as it stands
#   - a block whose first line is "// file scope" stands at namespace scope, after the prelude
#   - every other block is the body of a coroutine; its #include lines come first
#
# A source that has not changed is not written again, so that it is not compiled again.
set -eu
if [ $# -ne 2 ]; then
    echo "usage: extract_code_blocks.sh PAGE.md FOLDER" >&2
    exit 2
fi
page=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
folder=$2
mkdir -p "$folder/new"
rm -f "$folder"/new/*.cpp

awk -v page="$page" -v folder="$folder/new" '
function finish(   out, i, program, file_scope) {
    program = 0
    for (i = 1; i <= count; ++i)
        if (line[i] ~ /(^|[^a-zA-Z0-9_])int[ \t]+main[ \t]*\(/) program = 1
    file_scope = count > 0 && line[1] ~ /^\/\/ file scope/
    out = sprintf("%s/block_%03d.cpp", folder, ++blocks)

    if (!program) print "#include \"prelude.hpp\"" > out
    if (!program && !file_scope) {
        for (i = 1; i <= count; ++i)
            if (line[i] ~ /^[ \t]*#[ \t]*include/) { print line[i] > out; line[i] = "" }
        printf "asio::awaitable<void> documented_%d();\n", blocks > out
        printf "asio::awaitable<void> documented_%d() {\n", blocks > out
    }
    printf "#line %d \"%s\"\n", start + 1, page > out
    for (i = 1; i <= count; ++i) print line[i] > out
    if (!program && !file_scope) {
        print "co_return;" > out
        print "}" > out
    }
    close(out)
}
!inside && /^ *```cpp *$/ { inside = 1; count = 0; start = NR; next }
inside && /^ *```/ { inside = 0; finish(); next }
inside { line[++count] = $0 }
END {
    if (inside) {
        print page ":" start ": the code block has no end" > "/dev/stderr"
        exit 1
    }
}' "$page"

for source in "$folder"/*.cpp; do
    [ -e "$folder/new/${source##*/}" ] || rm -f "$source"
done
for source in "$folder"/new/*.cpp; do
    [ -e "$source" ] || continue
    target=$folder/${source##*/}
    cmp -s "$source" "$target" || cp "$source" "$target"
    echo "$target"
done
rm -rf "$folder/new"
