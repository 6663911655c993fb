#!/usr/bin/env bash
# Which stacks a run is about, as the matrix of a job: {"include": [{"stack": "prod", "environment": "production"}]}.
# For GitHub also as the outputs `matrix`, `stacks` (names, separated by blanks) and `any` (true or false).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

how='ci/matrix.sh affected <base> [<head>] | all | only <stack>'

# A branch's first push has no commit before it (zeros), and a forced one has one that is gone: then all may differ.
known() { [[ "$1" =~ [^0] ]] && git rev-parse --quiet --verify "$1^{commit}" >/dev/null; }

case "${1:-}" in
  affected)
    [[ $# -eq 2 || $# -eq 3 ]] || usage "$how"
    if known "$2"; then
      matrix=$(opencenter affected "$2" "${3:-HEAD}" --json | node ci/stacks.mjs affected)
    else
      say "There is no commit $2 here: every stack counts as affected."
      matrix=$(node ci/stacks.mjs all)
    fi
    ;;
  all) matrix=$(node ci/stacks.mjs all) ;;
  only)
    [[ $# -eq 2 && -n "$2" ]] || usage "$how"
    matrix=$(node ci/stacks.mjs only "$2")
    ;;
  *) usage "$how" ;;
esac

stacks=$(printf '%s' "$matrix" | node ci/stacks.mjs names)
output matrix "$matrix"
output stacks "$stacks"
output any "$([[ -n "$stacks" ]] && echo true || echo false)"
say "Stacks: ${stacks:-none}"
printf '%s\n' "$matrix"
