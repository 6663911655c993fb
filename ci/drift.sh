#!/usr/bin/env bash
# Looks at every stack, or at one part of them, and keeps one ticket per stack that drifts. Nothing is repaired.
# Drift is no failure of the run, its tickets tell it; a stack that could not be looked at is one.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# 2/5: the second fifth.
part=${1:-1/1}
[[ $# -le 1 && "$part" =~ ^[1-9][0-9]*/[1-9][0-9]*$ && ${part%/*} -le ${part#*/} ]] || usage 'ci/drift.sh [<part>/<parts>]'

names=$(ci/matrix.sh all | node ci/stacks.mjs names)
read -ra stacks <<<"$names"
mine=()
for index in "${!stacks[@]}"; do
  if ((index % ${part#*/} == ${part%/*} - 1)); then mine+=("${stacks[index]}"); fi
done
if [[ ${#mine[@]} -eq 0 ]]; then
  say "No stack to look at."
  exit 0
fi

credentials
mkdir -p "$logs"
code=0
# One that cannot be looked at, or does not answer in time, keeps nobody from the others.
opencenter fleet drift "${mine[@]}" --json --parallel "${OPENCENTER_PARALLEL:-2}" \
  >"$logs/drift.json" 2> >(tee "$logs/drift.log" >&2) || code=$?
[[ -s "$logs/drift.json" ]] || fail "opencenter fleet drift gave no answer (exit code $code)."
unseen=$(node ci/stacks.mjs blind <"$logs/drift.json") || fail "drift.json cannot be read."
if [[ -n "$unseen" ]]; then say "$unseen"; fi
posted=0
opencenter report drift --from "$logs/drift.json" --post || posted=$?
case $code in 0 | 2) exit "$posted" ;; *) fail "not every stack could be looked at: see drift.log" ;; esac
