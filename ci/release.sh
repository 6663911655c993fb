#!/usr/bin/env bash
# Makes the release of a tag on GitHub: notes of the changelog, and the dependencies as a CycloneDX document.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[[ $# -eq 1 ]] || usage 'ci/release.sh v<version>'

draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT
ci/notes.sh "$1" >"$draft/notes.md"
npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx >"$draft/opencenter-$1.cdx.json"
gh release create "$1" --verify-tag --title "$1" --notes-file "$draft/notes.md" "$draft/opencenter-$1.cdx.json"
