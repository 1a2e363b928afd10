#!/bin/sh
# Builds and tests in a chroot of another Debian suite, so that newer compilers, Boost, libpq and PostgreSQL have their
# turn. The chroot is kept for the next time.
set -eu

usage() {
    cat <<'END'
usage: tools/matrix.sh SUITE [--root FOLDER] [--mirror URL] [--fresh] [--dependencies-only] [-- OPTION OF tests/run.sh...]

  SUITE                trixie, sid, ...
  --root FOLDER        where the chroot is kept; else pgcoro/SUITE in XDG_CACHE_HOME or ~/.cache
  --mirror URL         the archive to install from; else that of this machine's own apt sources
  --fresh              make the chroot anew
  --dependencies-only  stop before building
END
}
say() { echo "matrix: $*"; }
die() {
    echo "matrix: $*" >&2
    exit 2
}

suite= root= mirror= fresh=no stop_early=no
while [ $# -gt 0 ]; do
    case $1 in
    --root | --mirror)
        [ $# -ge 2 ] || die "$1 needs a value; see --help."
        case $1 in
        --root) root=$2 ;;
        --mirror) mirror=$2 ;;
        esac
        shift ;;
    --fresh) fresh=yes ;;
    --dependencies-only) stop_early=yes ;;
    --)
        shift
        break ;;
    -h | --help)
        usage
        exit ;;
    -*) die "\"$1\" is not an option; see --help." ;;
    *)
        [ -z "$suite" ] || die "one suite at a time, not \"$suite\" and \"$1\"."
        suite=$1 ;;
    esac
    shift
done
[ -n "$suite" ] || die "which suite? For example: tools/matrix.sh trixie"
[ "$(id -u)" -eq 0 ] || die "a chroot needs root: sudo $0 $suite"
cd "$(dirname "$0")/.."
root=${root:-${XDG_CACHE_HOME:-$HOME/.cache}/pgcoro/$suite}

# The archive of Debian itself in the machine's apt sources, in both of their forms; not security, not third parties'.
mirror_of_this_machine() {
    for file in /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -e "$file" ] || continue
        case $file in
        *.sources) sed -n 's/^URIs: *//p' "$file" | tr ' ' '\n' ;;
        *) sed -n 's/^deb  *\(\[[^]]*\]  *\)\{0,1\}\([^ ]*\).*/\2/p' "$file" ;;
        esac
    done | sed -n 's|^\(https\{0,1\}://.*/debian\)/\{0,1\}$|\1|p' | head -n 1
}
mirror=${mirror:-$(mirror_of_this_machine)}
[ -n "$mirror" ] || die "this machine's apt sources name no Debian archive; say --mirror URL."

tools/install_dependencies.sh --with matrix

# Everything in the chroot happens in namespaces of its own: its mounts and processes end with it, however it ends.
inside() {
    unshare --mount --pid --fork --kill-child sh -c '
        root=$1
        shift
        mount --make-rprivate / &&
            mount -t proc proc "$root/proc" &&
            mount --bind /dev "$root/dev" &&
            mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" &&
            mount -t tmpfs -o mode=1777 tmpfs "$root/tmp" || {
            echo "matrix: this machine does not let root mount what a chroot needs." >&2
            exit 2
        }
        exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
            ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"' sh "$root" "$@"
}

if [ $fresh = yes ]; then
    say "removing $root"
    rm -rf --one-file-system "$root"
fi
if [ ! -e "$root/.pgcoro-complete" ]; then
    say "making a chroot of $suite from $mirror in $root (about a minute) ..."
    rm -rf --one-file-system "$root"
    mkdir -p "$root"
    if ! debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" >"$root.log" 2>&1; then
        tail -n 5 "$root.log" >&2
        die "debootstrap could not make it; all that it said is in $root.log."
    fi
    touch "$root/.pgcoro-complete"
fi
if [ -e /etc/resolv.conf ]; then cp -L /etc/resolv.conf "$root/etc/resolv.conf"; fi

# Its folder's name must not be part of any other path.
tree=checked-out-tree

# The work tree as it is, without what is ignored. Times are kept, so that only what changed is built again.
say "copying the work tree"
mkdir -p "$root/$tree"
find "$root/$tree" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
git ls-files --cached --others --exclude-standard | while read -r file; do
    if [ -e "$file" ]; then echo "$file"; fi
done | tar -c -T - | tar -x --no-same-owner -C "$root/$tree"

say "installing in the chroot"
inside "/$tree/tools/install_dependencies.sh"
inside dpkg-query -W -f='${db:Status-Status}   ${Package} ${Version}\n' g++ cmake 'libboost1*-dev' libpq-dev libfmt-dev \
    'postgresql-[0-9]*' 2>/dev/null | sed -n 's/^installed//p'
[ $stop_early = no ] || exit 0

say "building and testing on $suite"
inside "/$tree/tests/run.sh" "$@"
