#!/bin/bash
# Verifies this package: bash verify.sh.txt
# It needs bash, coreutils and OpenSSL 3. It reads the package and changes nothing.
set -u
cd "$(dirname "$0")" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
bad=0
fail() { echo "NG: $1"; bad=1; }
bytes() { printf "$(printf '%s' "$1" | sed 's/../\\x&/g')"; }
hash() { sha256sum | cut -c1-64; }

# 1. Every file is the one that was packed.
sha256sum --quiet -c manifest.sha256 || fail "manifest.sha256"

# 2. The head of the log is signed with the key.
sed '/^$/,$d' head.txt > "$work/body"
sed -n 's/^— [^ ]* //p' head.txt | head -n 1 | base64 -d | tail -c 64 > "$work/signature"
{ bytes 302a300506032b6570032100; cut -d+ -f3- key.txt | base64 -d | tail -c 32; } > "$work/key.der"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/body" -sigfile "$work/signature" > "$work/said" 2>&1 || fail "head.txt: signature"

# 3. Every entry is in the log of that head, and every body is the one its entry was made of.
root=$(sed -n 3p head.txt | base64 -d | od -An -v -tx1 | tr -d ' \n')
count=0
for line in entries/*.line; do
  name=${line%.line}
  h=$({ printf '\0'; cat "$line"; } | hash)
  while read -r side sibling; do
    if [ "$side" = left ]; then pair=$sibling$h; else pair=$h$sibling; fi
    h=$(bytes "01$pair" | hash)
  done < "$name.proof"
  [ "$h" = "$root" ] || fail "$line: not in the log"
  if [ -f "$name.body.json" ]; then
    d=$({ bytes "$(cat "$name.salt")"; cat "$name.body.json"; } | hash)
    grep -q "\"digest\":\"$d\"" "$line" || fail "$name.body.json: not what was recorded"
  fi
  count=$((count + 1))
done
[ "$count" -gt 0 ] || fail "no entries"

# 4. Every original is one that an entry names.
for original in originals-do-not-open/*.eml.b64; do
  [ -f "$original" ] || continue
  passage=${original##*/}
  d=$(base64 -d "$original" | hash)
  grep -q "\"${passage%.eml.b64}\":\"$d\"" entries/*.body.json || fail "$original: not the original that an entry names"
done

if [ "$bad" = 0 ]; then echo "OK: $count entries"; fi
exit "$bad"
