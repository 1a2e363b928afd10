#!/bin/sh
# http_api_faults.sh PROGRAM: what the server of examples/http_api does with clients that go away or talk nonsense, and
# without its database: it goes on, tells clients nothing of the inside, and still ends in order.
set -eu
if [ $# -ne 1 ]; then
    echo "usage: http_api_faults.sh PROGRAM" >&2
    exit 2
fi
. "$(dirname "$0")/../../examples/http_api/start.sh"
fail() {
    echo "FAILED: $*"
    cat "$folder/errors"
    exit 1
}

start_server "$1" || fail "the server did not start"
port=${address##*:}

status_of() { curl -s -o "$folder/body" -w '%{http_code}' --max-time 30 "$address$1" || :; }
expect() {
    status=$(status_of "$1")
    [ "$status" = "$2" ] || fail "$1 was answered with $status instead of $2: $(cat "$folder/body")"
}

# Clients that reset the connection: before they said anything, in the middle of a request, while it is being answered,
# and with several requests at once in the line.
perl -MIO::Socket::INET -e '
    my ($port) = @ARGV;
    my $get = "GET /countries/FR/overview HTTP/1.1\r\nHost: x\r\n\r\n";
    my @said = ("", "GET /coun", "POST /countries HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{", $get, $get x 20);
    for my $round (1 .. 20) {
        for my $text (@said) {
            my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die "cannot connect";
            setsockopt($socket, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0)) if $round % 2;
            syswrite($socket, $text) if length $text;
            close $socket;
        }
    }' "$port"
expect /health 200
expect /countries/FR/overview 200
echo "100 connections were cut off; the server goes on"

# Requests that follow each other without waiting for the responses are answered in order.
answers=$(perl -MIO::Socket::INET -e '
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "cannot connect";
    print $socket map { "GET /countries/$_ HTTP/1.1\r\nHost: x\r\n\r\n" } qw(AT BE CH);
    print $socket "GET /countries/DE HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    print join " ", map { /"alpha_2":"(..)"/ } <$socket>;' "$port")
[ "$answers" = "AT BE CH DE" ] || fail "four requests in one go were answered with: $answers"
echo "one connection carried several requests"

answer=$(printf 'hello\r\n\r\n' | perl -MIO::Socket::INET -e '
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "cannot connect";
    print $socket <STDIN>;
    print scalar <$socket>;' "$port")
case $answer in *" 400 "*) ;; *) fail "what is not HTTP was answered with: $answer" ;; esac
head -c 100000 /dev/zero | tr '\0' 'x' >"$folder/large"
status=$(curl -s -o "$folder/body" -w '%{http_code}' -H 'Expect:' --data-binary "@$folder/large" "$address/countries") || :
[ "$status" = 413 ] || fail "a large body was answered with $status"
echo "nonsense was refused"

# The database goes away: among the descendants of the server, the process postgres whose parent is none.
postmaster=$(perl -e '
    my (%parent, %name);
    for my $file (glob "/proc/[0-9]*/stat") {
        open my $in, "<", $file or next;
        my ($pid, $name, $parent) = (<$in> // "") =~ /^(\d+) \((.*)\) \S (\d+)/ or next;
        ($parent{$pid}, $name{$pid}) = ($parent, $name);
    }
    for my $pid (keys %name) {
        next if $name{$pid} ne "postgres" || ($name{$parent{$pid}} // "") eq "postgres";
        for (my $above = $pid; $above; $above = $parent{$above} // 0) { print $pid if $above == $ARGV[0]; }
    }' "$server")
[ -n "$postmaster" ] || fail "the throwaway server was not found among the processes"
kill -QUIT "$postmaster"
while kill -0 "$postmaster" 2>/dev/null; do sleep 0.05; done
expect /health 503
grep -q '"status":"unhealthy"' "$folder/body" || fail "the health page says $(cat "$folder/body")"
expect /countries/FR 503
! grep -Eiq 'postgres|socket|select|/tmp' "$folder/body" || fail "a client was told $(cat "$folder/body")"
grep -q 'GET /countries/FR: ' "$folder/errors" || fail "the reason was not logged"
cat "$folder/errors"
echo "without a database: $(cat "$folder/body")"

kill -TERM "$server"
wait "$server" || fail "the server ended with status $?"
server=
tail -n 1 "$folder/output"
