#!/usr/bin/env bash
# Applies to one stack what its reviewers saw, or stops: where the preview is another one by now, nothing is done.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[[ $# -eq 1 && -n "$1" ]] || usage 'ci/up.sh <stack>'

credentials
mkdir -p "$logs"
opencenter apply "$1" --from-review --yes 2>&1 | tee "$logs/up-$1.log"
