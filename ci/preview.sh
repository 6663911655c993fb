#!/usr/bin/env bash
# Previews stacks and puts what they would do into the pull request's one comment. Exit code 1: not to be merged.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[[ $# -gt 0 && -n "$1" ]] || usage 'ci/preview.sh <base> [<stack>...]'
base=$1
shift
read -ra stacks <<<"$*"
# Without any, too: a deleted file has to be said, and what the comment said of an earlier push put right.
if [[ ${#stacks[@]} -eq 0 ]]; then stacks=(--none); fi

credentials
mkdir -p "$logs"
code=0
opencenter report pr "${stacks[@]}" --base "$base" --post --out "$logs/comment.md" 2> >(tee "$logs/preview.log" >&2) || code=$?
summary "$logs/comment.md"
exit "$code"
