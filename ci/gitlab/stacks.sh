#!/usr/bin/env bash
# Writes the child pipeline of GitLab: one job for each stack of a matrix, one at a time per stack, production by hand.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[[ $# -eq 1 ]] || usage 'ci/gitlab/stacks.sh <matrix.json>'
node ci/gitlab/stacks.mjs <"$1"
