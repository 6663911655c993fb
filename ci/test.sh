#!/usr/bin/env bash
# Stages of `npm test`, with their log kept: ci/test.sh <stage>...
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir -p "$logs"
node test/run.mjs "$@" 2>&1 | tee "$logs/test.log"
