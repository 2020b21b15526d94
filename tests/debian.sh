#!/bin/sh
# Install the Debian packages that the tests use: a browser, fonts for the scripts of the corpus, and tesseract with
# Russian for scans, LibreOffice for tables, and nginx for its configuration.
set -eu
packages="chromium fontconfig fonts-dejavu-core fonts-noto-core libreoffice-calc-nogui nginx-light tesseract-ocr tesseract-ocr-rus"
missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Some tests will be skipped: as root, install$missing to run them." >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # the list is meant to be split
apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
  echo "Debian's packages are out of reach: tests that need$missing will be skipped." >&2
