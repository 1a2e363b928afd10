#!/bin/sh
# run.sh find_package|add_subdirectory SOURCE BUILD CMAKE COMPILER GENERATOR: builds a project that uses the library in
# this way, and runs its program.
set -eu
way=$1 source=$2 build=$3 cmake=$4 compiler=$5 generator=$6
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

configure() {
    "$cmake" -G "$generator" -S "$source/tests/consume/$way" -B "$folder/build" \
        -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Debug "$@"
}

if [ "$way" = find_package ]; then
    "$cmake" --install "$build" --prefix "$folder/installed"
    # The source tree must not be needed: what is installed says nothing of it.
    if grep -rlF -e "$source" "$folder/installed"; then
        echo "the files above, as installed, refer to the source tree"
        exit 1
    fi
    configure -DCMAKE_PREFIX_PATH="$folder/installed"
else
    configure -DPGCORO_SOURCE="$source"
fi
"$cmake" --build "$folder/build"
"$folder/build/consumer"
