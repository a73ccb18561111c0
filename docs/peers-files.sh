#!/bin/sh
# Reads a mixed folder with Sekisho and with each of clamscan and yara that is installed, in turn, one file at a time and on
# one processor, and prints files and megabytes for a second of processor time, the largest process and, for Sekisho, the
# 95th percentile of the time of one file. Every tool runs twice and the second run counts, so that the cache is warm;
# starting is counted, and so are the processes that Sekisho opens archives in.
#
# clamscan has one signature and yara one rule that nothing holds: what is measured is taking apart and reading, not a set
# of signatures. Neither judges a source tree, a mail or a document as Sekisho does.
#
# Without FOLDER one is made of what this machine has: Go sources, manuals, pages, pictures, programs, and archives and
# images of disks made of those.
# Usage: docs/peers-files.sh [FOLDER]
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
timer=$(command -v time || true)
[ -x "$timer" ] || {
	echo "GNU time is not installed: apt-get install time" >&2
	exit 2
}

# some GROUP COUNT: copies of the files named on standard input so many, spread evenly, flat, under numbered names.
some() {
	mkdir -p "$work/files/$1"
	awk -v n="$2" '{l[NR] = $0} END {step = NR > n ? NR / n : 1; for (i = 1; int(i) <= NR; i += step) print l[int(i)]}' > "$work/list"
	number=0
	while IFS= read -r file; do
		number=$((number + 1))
		cp "$file" "$work/files/$1/$number-$(basename "$file")"
	done < "$work/list"
}

make_folder() {
	go=$(go env GOROOT)
	find "$go/src" -name '*.go' -size +1k | sort | some source 1500
	find "$go/src" "$go/doc" "$go/api" /usr/share/doc /usr/share/perl* -type f \( -name '*.txt' -o -name '*.pod' -o -name '*.md' \) -size +1k 2>/dev/null | sort | some text 500
	find "$go" /usr/share -type f -name '*.html' -size +1k 2>/dev/null | sort | some page 300
	find "$go" /usr/share -type f \( -name '*.png' -o -name '*.gif' -o -name '*.jpg' \) 2>/dev/null | sort | some picture 300
	find /usr/bin /usr/lib -type f -size +200k -size -20000k 2>/dev/null | xargs file | sed -n 's/: *ELF.*//p' | sort | some program 60
	find / -xdev -type f \( -name '*.pdf' -o -name '*.docx' -o -name '*.xlsx' -o -name '*.odt' \) -size -8000k ! -path '/proc/*' ! -path '/tmp/*' 2>/dev/null | sort | some document 60
	mkdir "$work/files/archive" "$work/files/disk" "$work/files/large"
	for part in net go cmd/link crypto; do
		name=$(echo "$part" | tr / -)
		tar -C "$go/src" -cf "$work/files/large/$name.tar" "$part"
		gzip -c "$work/files/large/$name.tar" > "$work/files/archive/$name.tar.gz"
		command -v zip >/dev/null && (cd "$go/src" && zip -qr "$work/files/archive/$name.zip" "$part")
	done
	cat "$work"/files/source/*.go > "$work/files/large/sources.txt"
	if command -v mke2fs >/dev/null; then
		mkdir "$work/image"
		cp "$work"/files/source/* "$work/image"
		mke2fs -q -t ext2 -d "$work/image" "$work/files/disk/ext2.img" 32m
		rm -r "$work/image"
	fi
	find "$go/pkg/tool" -type f -size +2000k | sort | some large-program 6
}

folder=${1:-}
if [ -z "$folder" ]; then
	make_folder
	folder=$work/files
fi
mkdir "$work/rules"
echo 'sekisho-peers:0:*:73656b6973686f2d6e6f7468696e672d686f6c64732d74686973' > "$work/rules/one.ndb"
echo 'rule nothing { strings: $a = "sekisho-nothing-holds-this" condition: $a }' > "$work/rules/one.yar"

one() { if command -v taskset >/dev/null; then taskset -c 0 "$@"; else "$@"; fi; }
run() { # LABEL FOLDER COMMAND...
	label=$1 in=$2
	shift 2
	one "$@" >/dev/null 2>&1 || true
	one "$timer" -o "$work/took" -f '%U %S %M' "$@" > "$work/out" 2>/dev/null || true
	find "$in" -type f -printf '%s\n' | awk -v label="$label" -v took="$(tail -n 1 "$work/took")" '
		{n++; b += $1}
		END {split(took, t); s = t[1] + t[2]; if (s == 0) s = 0.01; printf "  %-10s %7.0f files/s %7.1f MB/s %6.0f MB of memory", label, n / s, b / 1e6 / s, t[3] / 1e3}'
}
peers() { # FOLDER
	find "$1" -type f -printf '%s\n' | awk -v f="$(basename "$1")" '{n++; b += $1} END {printf "%s: %d files, %.0f MB\n", f, n, b / 1e6}'
	run sekisho "$1" bin/sekisho inspect --jobs 1 --format jsonl "$1"
	grep -o '"took_ms":[0-9.]*}$' "$work/out" | tr -dc '0-9.\n' | sort -n |
		awk '{t[NR] = $1} END {if (NR) printf ", a file: median %.1f ms, p95 %.1f ms, longest %.0f ms", t[int((NR + 1) / 2)], t[int(NR * 0.95 + 0.5)], t[NR]}'
	echo
	command -v clamscan >/dev/null && { run clamscan "$1" clamscan --no-summary --infected --recursive --database="$work/rules/one.ndb" "$1"; echo; }
	command -v yara >/dev/null && { run yara "$1" yara --recursive --threads=1 "$work/rules/one.yar" "$1"; echo; }
	return 0
}
for part in "$folder"/*/; do
	[ -d "$part" ] && peers "${part%/}"
done
peers "$folder"
