#!/bin/sh
# Installs what is missing to build pgcoro, its tests and examples, on Debian 12, Debian 13 or later.
# Run it as root or as a user with sudo. Where nothing is missing it changes nothing and needs neither.
set -eu

usage() {
    cat <<'END'
usage: tools/install_dependencies.sh [--with GROUP]... [--list]

Installs a compiler, CMake, Ninja, Boost 1.81 or newer, libpq, fmt, doctest, Google Benchmark, OpenSSL, the PostgreSQL server's
programs, PgBouncer, pgvector where there is a package of it, and what the examples use. No database cluster is made or
started, and no PgBouncer.

  --with clang      clang 19, with the libraries of its sanitizers and its linker
  --with format     clang-format 19 and clang-tidy 19
  --with matrix     debootstrap, for tools/matrix.sh
  --with peers      other clients of PostgreSQL, for benchmarks/run.sh; those that this suite of Debian lacks are left out
  --with http       wrk, for benchmarks/techempower.sh
  --with profile    valgrind, for benchmarks/run.sh --instructions
  --list            only names what is missing
END
}
say() { echo "install_dependencies: $*"; }
die() {
    echo "install_dependencies: $*" >&2
    exit 1
}

packages="g++ cmake ninja-build ccache git ca-certificates libpq-dev libssl-dev openssl libfmt-dev doctest-dev libbenchmark-dev postgresql pgbouncer curl iso-codes"
optional=
list_only=no
while [ $# -gt 0 ]; do
    case $1 in
    --with)
        [ $# -ge 2 ] || die "--with needs the name of a group: clang, format, http, matrix, peers or profile."
        shift
        case $1 in
        clang) packages="$packages clang-19 libclang-rt-19-dev lld-19" ;;
        format) packages="$packages clang-format-19 clang-tidy-19" ;;
        matrix) packages="$packages debootstrap" ;;
        peers)
            optional="$optional libpqxx-dev python3-asyncpg python3-psycopg python3-psycopg-c python3-psycopg-pool python3-uvloop"
            optional="$optional golang-go golang-github-jackc-pgx-v5-dev golang-github-jackc-pgx-v4-dev"
            optional="$optional cargo librust-tokio-postgres-dev librust-futures-util-dev librust-libc-dev libdrogon-dev" ;;
        http) packages="$packages wrk" ;;
        profile) packages="$packages valgrind" ;;
        *) die "there is no group \"$1\"; the groups are clang, format, http, matrix, peers and profile." ;;
        esac ;;
    --list) list_only=yes ;;
    -h | --help)
        usage
        exit ;;
    *) die "\"$1\" is not an option; see --help." ;;
    esac
    shift
done

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    die "this is not a Debian system (there is no apt-get); README.md lists what to install by hand."

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
available() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [^(]'; }

# The newest version in names such as libboost1.81-dev, read from the standard input; nothing below 1.81.
newest_boost() {
    sed -n 's/^libboost1\.\([0-9][0-9]*\)-dev.*/\1/p' | sort -n | awk '$1 >= 81 { newest = "1." $1 } END { print newest }'
}

# Debian has several versions of Boost side by side; any from 1.81 on will do. What is installed is kept, else the
# default is taken, else (on Debian 12, whose default is 1.74) the newest that there is.
add_boost() {
    boost=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 'libboost1.*-dev' 2>/dev/null |
        sed -n 's/^installed //p' | newest_boost)
    [ -n "$boost" ] || boost=$(LC_ALL=C apt-cache depends libboost-dev 2>/dev/null |
        sed -n 's/^ *Depends: //p' | newest_boost)
    [ -n "$boost" ] || boost=$(apt-cache pkgnames libboost1. 2>/dev/null | newest_boost)
    packages="$packages libboost${boost:-1.81}-dev libboost-json${boost:-1.81}-dev"
}

# Of the optional packages those that the lists offer, or all before there are lists; of two versions of pgx the newer.
offered() {
    [ -n "$optional" ] || return 0
    if ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
        LC_ALL=C apt-cache policy $optional |
            awk '/^[^ ]/ { name = $1; sub(/:$/, "", name) } /^  Candidate: [^(]/ { print name }'
    else
        echo $optional | tr ' ' '\n'
    fi | awk '/-pgx-v5-dev$/ { newer = 1 } /-pgx-v4-dev$/ { older = $0; next } { print } END { if (!newer && older) print older }' |
        with_drogons_own
}

# What drogon's CMake files look for, which its package does not depend on.
with_drogons_own() {
    sed 's/^libdrogon-dev$/& libjsoncpp-dev uuid-dev zlib1g-dev libsqlite3-dev libmariadb-dev libbrotli-dev libhiredis-dev libyaml-cpp-dev/'
}

# pgvector for the newest server, where there is such a package; nothing fails for want of it.
pgvector() {
    major=$(ls /usr/lib/postgresql 2>/dev/null | sort -n | tail -n 1)
    [ -n "$major" ] || major=$(LC_ALL=C apt-cache depends postgresql 2>/dev/null | sed -n 's/^ *Depends: postgresql-\([0-9]*\)$/\1/p')
    if available "postgresql-$major-pgvector"; then echo "postgresql-$major-pgvector"; fi
}

find_missing() {
    missing=
    for package in $packages $(offered) $(pgvector); do
        installed "$package" || missing="$missing $package"
    done
    missing=${missing# }
}

# Any version of the server will do, too, such as postgresql-16 from another archive.
server_programs() {
    for program in /usr/lib/postgresql/*/bin/postgres; do [ -x "$program" ] && return; done
    return 1
}
if server_programs; then packages=$(echo " $packages " | sed 's/ postgresql / /'); fi

base_packages=$packages
add_boost
find_missing
case $missing in
*" "*) ;;
*-pgvector) [ "$(id -u)" -eq 0 ] || missing= ;; # not worth asking for rights
esac
if [ -z "$missing" ]; then
    say "nothing is missing."
    exit 0
fi
if [ $list_only = yes ]; then
    say "missing: $missing"
    exit 0
fi

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif ! command -v sudo >/dev/null; then
    die "installing $missing needs root: run this as root, or install sudo."
elif sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; then
    as_root=sudo
else
    die "installing $missing needs root, and sudo does not let $(id -un) become root."
fi

log=$(mktemp)
policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/no-main-cluster.conf
clean_up() {
    rm -f "$log"
    if [ -n "${suppressed:-}" ]; then
        $as_root rm -f $no_cluster
        $as_root rmdir --ignore-fail-on-non-empty /etc/postgresql-common/createcluster.d 2>/dev/null || :
    fi
    [ -z "${held_back:-}" ] || $as_root rm -f $policy
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

say "reading the package lists ..."
# A third party's archive may fail and ours succeed; whether it matters shows below.
$as_root apt-get -q update >"$log" 2>&1 || say "apt-get update reports: $(grep -E '^(E|W|Err)' "$log" | head -n 1)"
packages=$base_packages
add_boost # what is offered may only be known now
find_missing

for package in $missing; do
    available "$package" ||
        die "the package $package is not offered by this machine's apt sources (Debian 12, 13 or later is needed, with a working network)."
done

# The tests start servers of their own; the cluster that the package makes by default is not needed.
if [ ! -e $no_cluster ]; then
    suppressed=yes
    $as_root mkdir -p "${no_cluster%/*}"
    echo "create_main_cluster = false" | $as_root tee $no_cluster >/dev/null
fi

# Nor is the service of PgBouncer, which its package would start (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt).
case " $missing " in
*" pgbouncer "*)
    if [ ! -e $policy ]; then
        held_back=yes
        printf '#!/bin/sh\ncase $1 in pgbouncer*) exit 101 ;; esac\n' | $as_root tee $policy >/dev/null
        $as_root chmod 755 $policy
    fi ;;
esac

say "installing $missing (this can take minutes) ..."
if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends --no-remove \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 install $missing </dev/null 2>&1 | tee "$log" |
    grep --line-buffered -E '^(Need to get|Fetched|Setting up)' | cut -c 1-110; then :; fi

if [ -n "${held_back:-}" ] && [ -d /run/systemd/system ]; then
    $as_root systemctl --quiet disable pgbouncer || : # nor at the next start of the machine
fi

find_missing
if [ -n "$missing" ]; then
    reason=$(grep -E '^E: ' "$log" | head -n 1)
    die "apt-get could not install $missing: ${reason:-see /var/log/apt/term.log.}"
fi
say "done."
