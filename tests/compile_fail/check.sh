#!/bin/sh
# check.sh COMPILER FLAGS_FILE SOURCE: succeeds if the source is refused with the message that it expects.
#
#     // expect: extended regular expression, found in one line of the compiler's output
#     // compiler: g++          optional second line: only this compiler (g++ or clang++); with another: skipped, 77
#     // compiler: g++ before 13   or only its versions before this one
set -u
compiler=$1 flags=$2 source=$3

expected=$(sed -n '1s|^// expect: *||p' "$source")
if [ -z "$expected" ]; then
    echo "$source: the first line has to be // expect: REGEX"
    exit 1
fi

only=$(sed -n '2s|^// compiler: *||p' "$source")
case $("$compiler" --version) in *clang*) this=clang++ ;; *) this=g++ ;; esac
version=$("$compiler" -dumpversion | cut -d. -f1)
case $only in
"" | "$this") applies=yes ;;
"$this before "*) if [ "$version" -lt "${only#"$this before "}" ]; then applies=yes; else applies=no; fi ;;
*) applies=no ;;
esac
if [ $applies = no ]; then
    echo "skipped: only for $only, and this is $this $version"
    exit 77
fi

# Compiled, not merely checked for syntax: some messages come with instantiation at the end of the file.
compile() {
    output=$("$compiler" "@$flags" "$@" -S -o /dev/null "$source" 2>&1)
}
as_expected() {
    printf '%s\n' "$output" | grep -Eq -e "$expected"
}
# Most are refused for what the first error says; to find all errors takes several times as long.
if compile -Wfatal-errors || { ! as_expected && compile; }; then
    echo "$source: compiles, but should be refused with: $expected"
    exit 1
fi
if ! as_expected; then
    echo "$source: refused, but no line of the compiler's output matches: $expected"
    printf '%s\n' "$output"
    exit 1
fi
echo "refused as expected: $(printf '%s\n' "$output" | grep -E -m 1 -e "$expected")"
