#!/usr/bin/env bash
# Checks the files of stacks. Asks nobody outside: this is what a pull request from a fork gets.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[[ $# -gt 0 ]] || usage 'ci/validate.sh <stack>...'

# All of them, so that one run tells everything.
broken=0
read -ra stacks <<<"$*"
for stack in "${stacks[@]}"; do opencenter validate "$stack" || broken=$((broken + 1)); done
[[ $broken -eq 0 ]] || fail "$broken of ${#stacks[@]} stacks are not valid."
