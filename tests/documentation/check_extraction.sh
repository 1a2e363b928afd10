#!/bin/sh
# check_extraction.sh EXTRACT: blocks of each kind become what CONTRIBUTING.md says.
set -u
extract=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0
complain() {
    echo "$*"
    failed=1
}

cat >"$folder/page.md" <<'END'
# Page
```cpp
#include <vector>
co_await something();
```
```sh
not code of ours
```
```cpp
// file scope
struct user {};
```
```cpp
int main() {}
```
END
sources=$(sh "$extract" "$folder/page.md" "$folder/out") || complain "extraction failed"
[ "$(echo "$sources" | wc -l)" -eq 3 ] || complain "three blocks expected, got: $sources"

first=$folder/out/block_001.cpp
[ "$(head -n 2 "$first" | tail -n 1)" = "#include <vector>" ] || complain "an include has to come before the coroutine"
grep -q "awaitable<void> documented_1() {" "$first" || complain "a plain block has to become a coroutine"
grep -q "^#line 3 \"$folder/page.md\"" "$first" || complain "errors have to point to the page's line"
grep -q documented "$folder/out/block_002.cpp" && complain "a block of file scope must not be wrapped"
grep -q prelude "$folder/out/block_002.cpp" || complain "a block of file scope needs the prelude"
[ "$(grep -vc '^#line' "$folder/out/block_003.cpp")" -eq 1 ] || complain "a program must stay as it is"

touch -d '2001-01-01' "$first"
sh "$extract" "$folder/page.md" "$folder/out" >/dev/null
[ "$(date -r "$first" +%Y)" = 2001 ] || complain "an unchanged block must not be written again"

printf '```cpp\nint x;\n' >"$folder/page.md"
sh "$extract" "$folder/page.md" "$folder/out" >/dev/null 2>&1 && complain "a block without an end must be refused"
exit $failed
