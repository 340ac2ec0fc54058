#!/usr/bin/env bash
# Proves the two commands of the README on a bare Debian 12: bash, git, certificates, and nothing else.
# Makes it with debootstrap in a temporary folder, clones this repository (its HEAD) into it, runs
# `./dev demo --once` and `./dev test` there, each twice, with wall times, and removes it all.
#
#   sudo tests/fresh-machine.sh [--mirror URL] [--keep]
#
# Needs root, debootstrap, and some 8 GB in TMPDIR. The host's apt sources, npm settings, certificates and
# proxies are copied, so that it works behind a mirror. Not part of .ci/run: it takes an hour.
set -euo pipefail

mirror=http://deb.debian.org/debian
keep=no
while (($#)); do
  case $1 in
    --mirror) mirror=$2 && shift 2 ;;
    --keep) keep=yes && shift ;;
    *) echo "usage: $0 [--mirror URL] [--keep]" >&2 && exit 2 ;;
  esac
done
((EUID == 0)) || { echo "$0: debootstrap and chroot need root; run it with sudo" >&2 && exit 2; }
command -v debootstrap >/dev/null || { echo "$0: apt-get install debootstrap, then again" >&2 && exit 2; }

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
machine=$(mktemp -d "${TMPDIR:-/tmp}/mergeq-fresh-XXXXXX")
mounts=()

clean_up() {
  local i
  for ((i = ${#mounts[@]} - 1; i >= 0; i--)); do
    # What is bound recursively goes recursively; --make-rslave keeps the host's own mounts out of it.
    umount --recursive "$machine/${mounts[i]}" || umount --recursive --lazy "$machine/${mounts[i]}" || true
  done
  if [[ $keep == yes ]]; then
    echo "kept: $machine"
  elif grep -q " $machine/" /proc/mounts; then
    echo "$0: something is still mounted below $machine; it stays" >&2
  else
    rm -rf --one-file-system "$machine"
  fi
}
trap clean_up EXIT

bind() {
  mkdir -p "$machine/$1"
  mount "${@:2}" "$machine/$1"
  mounts+=("$1")
}

# copy PATH: from the host, if it has it. What is there goes first: a link in the machine may point out of it.
copy() {
  [[ -e $1 ]] || return 0
  rm -rf --one-file-system "${machine:?}$1"
  mkdir -p "$machine$(dirname "$1")"
  cp -aL "$1" "$machine$(dirname "$1")/"
}

echo "== debootstrap in $machine"
debootstrap --variant=minbase --include=bash,git,ca-certificates bookworm "$machine" "$mirror" >"$machine.log" 2>&1 || {
  tail -20 "$machine.log" >&2
  exit 1
}
rm -f "$machine.log"

bind proc -t proc proc
bind sys --rbind --make-rslave /sys
bind dev --rbind --make-rslave /dev
bind dev/shm -t tmpfs tmpfs

copy /etc/apt
copy /etc/resolv.conf
copy /etc/hosts
copy "${HOME:-/root}/.npmrc"
copy /usr/share/keyrings
# Certificates that this host trusts beyond Debian's, of a proxy for instance.
copy /etc/ssl/certs/ca-certificates.crt
copy /usr/local/share/ca-certificates

echo "== cloning $(git -C "$repository" rev-parse --short HEAD)"
git clone -q --no-hardlinks "$repository" "$machine/srv/mergeq"

variables=(HOME="${HOME:-/root}" PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM="${TERM:-dumb}")
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY NODE_EXTRA_CA_CERTS \
  NPM_CONFIG_REGISTRY SSL_CERT_FILE; do
  [[ -n ${!name:-} ]] && variables+=("$name=${!name}")
done

summary=()
# timed TITLE COMMAND: in the machine, in the clone.
timed() {
  local began=$SECONDS
  printf '\n== %s\n' "$1"
  chroot "$machine" /usr/bin/env -i "${variables[@]}" bash -c "mkdir -p \"\$HOME\" && cd /srv/mergeq && $2"
  summary+=("$(printf '%5d s  %s' $((SECONDS - began)) "$1")")
}

timed "./dev demo --once, cold" "./dev demo --once"
timed "./dev test, after the demo" "./dev test"
timed "./dev demo --once, again" "./dev demo --once"
timed "./dev test, again" "./dev test"

printf '\n== passed on a bare Debian %s\n' "$(cat "$machine/etc/debian_version")"
printf '%s\n' "${summary[@]}"
