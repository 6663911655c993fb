#!/usr/bin/env bash
# What a runner needs: the npm dependencies, and with --pulumi the Pulumi CLI.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case "${1:-}" in '' | --pulumi) ;; *) usage 'ci/setup.sh [--pulumi]' ;; esac

# Scripts of dependencies do not run: they would run with whatever the job has.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

[[ "${1:-}" == --pulumi ]] || exit 0

oldest=$(sed -n 's/^requiredPulumiVersion: *">=\(.*\)"$/\1/p' Pulumi.yaml)
new_enough() { [[ "$(printf '%s\n%s\n' "$oldest" "$1" | sort -V | head -n 1)" == "$oldest" ]]; }

if command -v pulumi >/dev/null; then
  found=$(pulumi version | sed 's/^v//')
  if new_enough "$found"; then
    say "Pulumi $found: $(command -v pulumi)"
    exit 0
  fi
  say "Pulumi $found is older than $oldest; getting $PULUMI_VERSION."
fi

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=linux-x64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  Darwin-arm64) platform=darwin-arm64 ;;
  Darwin-x86_64) platform=darwin-x64 ;;
  *) fail "there is no Pulumi for $(uname -s) $(uname -m)." ;;
esac

# OPENCENTER_RELEASES names a mirror of the same shape, as for the sandbox.
release="${OPENCENTER_RELEASES:-https://github.com/pulumi}/pulumi/releases/download/v$PULUMI_VERSION"
archive="pulumi-v$PULUMI_VERSION-$platform.tar.gz"
draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT
get() { curl --fail --silent --show-error --location --retry 3 --max-time 300 --output "$draft/$1" "$release/$1"; }
get "$archive"
get "pulumi-$PULUMI_VERSION-checksums.txt"
expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$draft/pulumi-$PULUMI_VERSION-checksums.txt")
actual=$( (sha256sum "$draft/$archive" 2>/dev/null || shasum -a 256 "$draft/$archive") | cut -d' ' -f1)
[[ -n "$expected" && "$actual" == "$expected" ]] ||
  fail "$archive has the checksum $actual, and not ${expected:-one of the release}; it was thrown away."
rm -rf "$tools"
mkdir -p "$tools"
tar -xzf "$draft/$archive" -C "$tools"
say "Pulumi $PULUMI_VERSION: $tools/pulumi"
