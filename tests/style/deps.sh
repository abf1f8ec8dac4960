#!/bin/sh
# Are the Debian packages that Rung is built with installed? Prints those that are not, and fails.
# With --install as the first argument installs them, as root or through sudo. On a machine without
# Debian's packages nothing is checked: the compiler will tell what it misses.
set -u
command -v dpkg-query >/dev/null || exit 0
install=no
if [ "${1:-}" = --install ]; then
    install=yes
    shift
fi

missing=
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$install" = no ]; then
    echo "missing:$missing"
    exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "needs root to install:$missing" >&2
        exit 1
    }
    as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q
# shellcheck disable=SC2086
$as_root apt-get install -y -q --no-install-recommends $missing
