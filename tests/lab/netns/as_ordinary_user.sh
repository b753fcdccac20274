#!/bin/sh
# as_ordinary_user.sh TEST SUPERVISOR [ARGUMENT...]: run as root, runs the test program as a user without any right or
# subordinate id, from a folder that user can read. As an ordinary user there is nothing to add to the plain test.
set -eu
if [ "$(id -u)" -ne 0 ]; then
    echo "skipped: not root, so the plain test has run as an ordinary user already"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cp "$1" "$folder/test"
cp "$2" "$folder/fulcrum-lab"
shift 2
cd "$folder"
FULCRUM_TEST_SUPERVISOR="$folder/fulcrum-lab" \
    setpriv --reuid 12345 --regid 12345 --clear-groups --inh-caps=-all "$folder/test" "$@"
