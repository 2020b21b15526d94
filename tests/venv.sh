#!/bin/sh
# Make a virtual environment: venv.sh PYTHON FOLDER. Debian keeps the module for it in a package of its own.
set -eu
if ! "$1" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
  else
    echo "Python's venv module is missing: install it (on Debian: apt-get install python3-venv), then run make again." >&2
    exit 1
  fi
fi
rm -rf "$2"
"$1" -m venv "$2"
