#!/bin/sh
# requests.sh PROGRAM: starts http_api, sends it requests, shows each with its response, checks them, and stops it again.
# Ends with 0 if every response was as it should be and the server ended in order.
set -eu
if [ $# -ne 1 ]; then
    echo "usage: requests.sh PROGRAM" >&2
    exit 2
fi
. "$(dirname "$0")/start.sh"

echo "== starting the server on a throwaway database"
if ! start_server "$1"; then
    echo "requests.sh: the server did not start." >&2
    exit 1
fi
cat "$folder/output"

sent=0 wrong=0
# ask METHOD TARGET STATUS CONTENT [BODY]: the response's body must match the regular expression CONTENT.
ask() {
    sent=$((sent + 1))
    printf '\n%s %s\n' "$1" "$2"
    if [ $# -eq 5 ]; then
        printf '    %s\n' "$5" | cut -c 1-160
        status=$(curl -s -o "$folder/body" -w '%{http_code}' -X "$1" -H 'Content-Type: application/json' -d "$5" "$address$2") || :
    elif [ "$1" = HEAD ]; then
        status=$(curl -s -o "$folder/body" -w '%{http_code}' -I "$address$2") || :
    else
        status=$(curl -s -o "$folder/body" -w '%{http_code}' -X "$1" "$address$2") || :
    fi
    text=$(tr -d '\r' <"$folder/body" | tr '\n' ' ')
    if [ "${#text}" -gt 320 ]; then
        printf '  %s  %s …\n' "$status" "$(printf %s "$text" | cut -c 1-320)"
    else
        printf '  %s  %s\n' "$status" "$text"
    fi
    if [ "$status" != "$3" ]; then
        echo "  WRONG: status $3 was expected"
        wrong=$((wrong + 1))
    elif ! printf %s "$text" | grep -Eq "$4"; then
        echo "  WRONG: the response does not match $4"
        wrong=$((wrong + 1))
    fi
}

ask GET "/countries?limit=2" 200 '"total":2[0-9]{2},"limit":2,"offset":0,"items":\[\{"alpha_2":"AF"'
ask GET "/countries?limit=2&offset=100" 200 '"offset":100,"items":\[\{'
ask GET "/countries?search=united%20k" 200 '"total":1,.*"name":"United Kingdom"'
ask GET "/countries?search=%25" 200 '"total":0,'
ask GET /countries/NZ 200 '"numeric":"554","name":"New Zealand"'
ask GET /countries/QQ 404 'there is no country QQ'
ask GET "/countries?limit=many" 422 '"limit":"must be a number from 1 to 100"'

atlantis='{"alpha_2": "XA", "alpha_3": "XAT", "numeric": "901", "name": "Atlantis", "flag": "🌊"}'
ask POST /countries 201 '"official_name":null' "$atlantis"
ask POST /countries 409 '"constraint":"countries_pkey"' "$atlantis"
ask POST /countries 409 '"constraint":"countries_alpha_3_key"' \
    '{"alpha_2": "XB", "alpha_3": "XAT", "numeric": "902", "name": "Second Atlantis"}'
ask POST /countries 422 '"numeric":"must be three digits".*"alpha_2":"must be two capital letters"' \
    '{"alpha_2": "x", "alpha_3": "XCC", "numeric": "9", "name": ""}'
ask POST /countries 422 'not JSON' '{"alpha_2": '
ask PUT /countries/XA 200 '"official_name":"Kingdom of Atlantis"' \
    '{"alpha_3": "XAT", "numeric": "901", "name": "Atlantis", "official_name": "Kingdom of Atlantis"}'
ask PUT /countries/XA 409 '"constraint":"countries_alpha_3_key"' '{"alpha_3": "NZL", "numeric": "901", "name": "Atlantis"}'
ask PUT /countries/QQ 404 'there is no country QQ' '{"alpha_3": "QQQ", "numeric": "999", "name": "Nowhere"}'
ask GET /countries/xa 200 'Kingdom of Atlantis'

ask GET /countries/FR/overview 200 '"name":"France".*"number":1[0-9]{2},.*"by_type":\[\{"type":'
ask GET /countries/XA/overview 200 '"number":0'
ask GET "/subdivisions?country=AT&limit=3" 200 '"total":9,.*"name":"Burgenland"'
ask GET /subdivisions 422 '"country":"is required"'
ask GET "/languages?type=constructed&search=esper" 200 '"name":"Esperanto"'
ask GET "/languages?type=dead" 422 'must be ancient'
ask GET /languages/is 200 '"alpha_3":"isl".*"type":"living"'
ask GET /health 200 '"status":"healthy"'
ask HEAD /countries/NZ 200 'Content-Type: application/json'
ask GET /nothing 404 'nothing at this address'
ask DELETE /countries 405 'takes GET, POST'
ask GET /languages/%ff 400 'UTF-8'

echo
echo "== 200 requests at once"
seq 200 | sed "s|.*|url = \"$address/countries/DE/overview\"\noutput = \"/dev/null\"|" >"$folder/many"
answered=$(curl -s --parallel --parallel-max 50 -K "$folder/many" -w '%{http_code}\n' 2>/dev/null | grep -c '^200$') || :
echo "$answered of 200 were answered with 200"
[ "$answered" -eq 200 ] || wrong=$((wrong + 1))
ask GET /health 200 '"waiting":0'

echo
echo "== stopping the server"
kill -TERM "$server"
if wait "$server"; then
    tail -n 1 "$folder/output"
else
    echo "WRONG: the server ended with status $?"
    wrong=$((wrong + 1))
fi
server=
if [ -s "$folder/errors" ]; then
    echo "WRONG: the server reported errors:"
    cat "$folder/errors"
    wrong=$((wrong + 1))
fi

echo "$sent requests, $wrong wrong"
[ $wrong -eq 0 ]
