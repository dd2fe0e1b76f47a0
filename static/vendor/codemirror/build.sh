#!/bin/sh
# Builds codemirror.js from entry.js and the locked packages; `build.sh check` compares with the committed file.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command -v npm >/dev/null || { echo "npm is missing: install the package npm (Debian: apt-get install npm)" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/package.json" "$here/package-lock.json" "$here/entry.js" "$work"
cd "$work"
npm ci --omit-lockfile-registry-resolved --no-fund --no-audit --loglevel=error
npm run --silent build >codemirror.js
if [ "${1:-}" = check ]; then
    cmp codemirror.js "$here/codemirror.js" && echo "codemirror.js is what the recipe builds"
else
    cp codemirror.js "$here/codemirror.js"
fi
