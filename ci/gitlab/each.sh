#!/usr/bin/env bash
# Runs a script with the names of a matrix's stacks added, or nothing where there are none.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[[ $# -gt 1 ]] || usage 'ci/gitlab/each.sh <matrix.json> <script> [<argument>...]'
stacks=$(node ci/stacks.mjs names <"$1")
shift
if [[ -z "$stacks" ]]; then
  say "No stack is affected."
  exit 0
fi
exec "$@" "$stacks"
