# For scripts that talk to http_api or a server like it; to be read into them by ".".
#
#     start_server PROGRAM    runs it on a throwaway database until the script ends, and waits until it listens: $server is
#                             its process, $address its URL; returns 1 if it did not start, after its words
#
# $folder is for the script's own files, too; the server's are output and errors. The script may stop the server by itself,
# and has to empty $server then.
folder=$(mktemp -d)
server=
clean_up() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || :
        wait "$server" || :
    fi
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

start_server() {
    : >"$folder/output"
    env -u DATABASE_URL "$1" >"$folder/output" 2>"$folder/errors" &
    server=$!
    address=
    for _ in $(seq 1200); do
        address=$(sed -n 's/^listening on //p' "$folder/output")
        [ -z "$address" ] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$folder/errors" >&2
    return 1
}
