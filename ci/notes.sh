#!/usr/bin/env bash
# Prints what CHANGELOG.md says of a release. Stops where it says nothing, or package.json has another version.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[[ $# -eq 1 && "$1" =~ ^v[0-9] ]] || usage 'ci/notes.sh v<version>'
version=${1#v}

written=$(node -p 'require("./package.json").version')
[[ "$version" == "$written" ]] || fail "the tag says $version, and package.json $written."

# From the heading of this version to the next; a date may follow it: ## 1.2.3 (2026-11-24).
notes=$(awk -v version="$version" '
  /^## / { inside = ($2 == version); next }
  inside' CHANGELOG.md)
[[ "$notes" =~ [^[:space:]] ]] || fail "CHANGELOG.md has nothing below \"## $version\"."
printf '%s\n' "$notes" | sed -e '/./,$!d'
