#!/bin/sh
# Builds a contender with a tool chain of its own. If that fails the others can run nevertheless: the contender is left out,
# and its reason goes where the runner looks for it.
# usage: build_foreign.sh NAME FOLDER_OF_CONTENDERS COMMAND...
set -eu
name=$1 folder=$2
shift 2
log=$folder/$name.log
if ! "$@" >"$log" 2>&1; then
    rm -f "$folder/$name"
    cat "$log" >&2
    echo "$name: it could not be built; $log says why" >>"$folder/left_out"
    echo "$name could not be built, for the reason above; it is left out." >&2
fi
