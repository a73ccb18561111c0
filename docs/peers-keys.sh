#!/bin/sh
# Reads a tree for keys with Sekisho and with each of gitleaks, betterleaks and trufflehog that is installed, in turn, on
# this machine, and prints megabytes a second. Every tool runs twice and the second run counts, so that the cache is warm.
# Usage: docs/peers-keys.sh TREE
set -eu
tree=${1:?usage: docs/peers-keys.sh TREE}
bytes=$(find "$tree" -type f -printf '%s\n' | awk '{s += $1} END {print s}')
now() { date +%s.%N; }
run() {
	name=$1
	shift
	"$@" >/dev/null 2>&1 || true
	start=$(now)
	"$@" >/dev/null 2>&1 || true
	awk -v n="$name" -v b="$bytes" -v s="$start" -v e="$(now)" 'BEGIN {printf "%-12s %6.1f MB/s\n", n, b / 1e6 / (e - s)}'
}
printf '%s: %d MB\n' "$tree" $((bytes / 1000000))
run sekisho bin/sekisho keys "$tree"
command -v gitleaks >/dev/null && run gitleaks gitleaks dir --no-banner "$tree"
command -v betterleaks >/dev/null && run betterleaks betterleaks dir --no-banner "$tree"
command -v trufflehog >/dev/null && run trufflehog trufflehog filesystem --no-verification --no-update "$tree"
