# What the scripts of this folder share. Read by them with `.`; it runs nothing by itself. Where a script takes several
# stacks, they may also come as one word with blanks in it, as the output `stacks` of matrix.sh has them.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# The version that is tested, see sandbox/toolchain/parts.ts; Pulumi.yaml has the oldest that works.
PULUMI_VERSION=3.259.0

# Outside of the checkout, so that a cleaned one does not download again.
tools="${XDG_CACHE_HOME:-$HOME/.cache}/opencenter/ci/pulumi-$PULUMI_VERSION"
PATH="$tools/pulumi:$PATH"
export PATH

# Becomes an artifact of the run: nothing may be written there that not every reader of the repository may see.
logs="${OPENCENTER_CI_LOGS:-$root/ci-logs}"

export PULUMI_SKIP_UPDATE_CHECK=true
# A flag that a stack's protection can be gone round with has no business in CI.
unset PULUMI_OPTION_IGNORE_PROTECT

# OPENCENTER names another program, for tests.
opencenter() {
  if [[ -n "${OPENCENTER:-}" ]]; then "$OPENCENTER" "$@"; else node "$root/cli/opencenter.mjs" "$@"; fi
}

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

usage() {
  say "Usage: $*"
  exit 2
}

# For the next steps of a GitHub job; elsewhere nobody reads it.
output() {
  if [[ -n "${GITHUB_OUTPUT:-}" ]]; then printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; fi
}

# Markdown on the page of a GitHub run.
summary() {
  if [[ -n "${GITHUB_STEP_SUMMARY:-}" && -s "$1" ]]; then cat "$1" >>"$GITHUB_STEP_SUMMARY"; fi
}

# Credentials come as variables, and every program that is started would inherit them: Ansible, its modules, npm.
# Files that only we may read take their place, until the script ends.
credentials() {
  private=$(mktemp -d)
  trap 'rm -rf "$private"' EXIT
  [[ -z "${CLOUDS_YAML:-}" || -z "${CLOUDS_YAML_BASE64:-}" ]] ||
    fail "CLOUDS_YAML and CLOUDS_YAML_BASE64 are both set, and may differ: remove one."
  if [[ -n "${CLOUDS_YAML:-}" ]]; then
    (umask 077 && printf '%s\n' "$CLOUDS_YAML" >"$private/clouds.yaml")
    export OS_CLIENT_CONFIG_FILE="$private/clouds.yaml"
  fi
  # GitLab masks no value that has blanks or several lines.
  if [[ -n "${CLOUDS_YAML_BASE64:-}" ]]; then
    (umask 077 && printf '%s' "$CLOUDS_YAML_BASE64" | base64 --decode >"$private/clouds.yaml" 2>/dev/null) ||
      fail "CLOUDS_YAML_BASE64 is not base64. It is what base64 --wrap=0 clouds.yaml prints."
    export OS_CLIENT_CONFIG_FILE="$private/clouds.yaml"
  fi
  if [[ -n "${PULUMI_CONFIG_PASSPHRASE:-}" ]]; then
    (umask 077 && printf '%s' "$PULUMI_CONFIG_PASSPHRASE" >"$private/passphrase")
    export PULUMI_CONFIG_PASSPHRASE_FILE="$private/passphrase"
  fi
  if [[ -n "${AWS_SECRET_ACCESS_KEY:-}" ]]; then
    (
      umask 077
      {
        printf '[default]\naws_access_key_id = %s\n' "${AWS_ACCESS_KEY_ID:-}"
        printf 'aws_secret_access_key = %s\n' "$AWS_SECRET_ACCESS_KEY"
        if [[ -n "${AWS_SESSION_TOKEN:-}" ]]; then printf 'aws_session_token = %s\n' "$AWS_SESSION_TOKEN"; fi
      } >"$private/aws"
    )
    export AWS_SHARED_CREDENTIALS_FILE="$private/aws"
  fi
  unset CLOUDS_YAML CLOUDS_YAML_BASE64 PULUMI_CONFIG_PASSPHRASE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  [[ -n "${PULUMI_BACKEND_URL:-}" ]] || fail "PULUMI_BACKEND_URL is not set: where is the state? See docs/operations/pull-requests.md, In CI."
}
