#!/bin/sh
# Runs the mails of a corpus folder through rspamd and through Sekisho, in turn, on this machine, and prints mails a
# second and processor time of each. rspamd is Debian's package with its own defaults, no network: its resolver is a
# closed port. Usage: docs/peers.sh CORPUS
set -eu
corpus=${1:?usage: docs/peers.sh CORPUS}
command -v rspamd >/dev/null && command -v rspamc >/dev/null || { echo "rspamd is not installed: apt-get install rspamd"; exit 2; }

work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; rm -rf "$work"' EXIT INT TERM
pid=
mkdir -p "$work/db" "$work/run"
cat > "$work/rspamd.conf" <<CONF
.include "/etc/rspamd/common.conf"
options { pidfile = "$work/run/rspamd.pid"; .include "/etc/rspamd/options.inc"; dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; } filters = "chartable,dkim,regexp,fuzzy_check"; history_file = "$work/db/history"; hs_cache_dir = "$work/db"; }
logging { type = "file"; filename = "$work/rspamd.log"; level = "error"; }
worker "normal" { bind_socket = "127.0.0.1:11433"; count = 2; }
worker "controller" { bind_socket = "127.0.0.1:11434"; count = 1; enabled = true; }
CONF
chown -R _rspamd "$work" 2>/dev/null || true
chmod 755 "$work"
rspamd -f -u _rspamd -g _rspamd -c "$work/rspamd.conf" --var=DBDIR="$work/db" --var=RUNDIR="$work/run" >"$work/out" 2>&1 &
pid=$!
for i in $(seq 1 100); do
	rspamc -h 127.0.0.1:11433 </dev/null >/dev/null 2>&1 && break
	sleep 0.2
done

list="$work/list"
find "$corpus" -type f > "$list"
count=$(wc -l < "$list")
cpu() { # processor time of rspamd's processes so far, in clock ticks
	for p in $pid $(pgrep -P "$pid"); do awk '{print $14 + $15 + $16 + $17}' "/proc/$p/stat"; done | awk '{s += $1} END {print s}'
}
now() { date +%s.%N; }
ticks=$(getconf CLK_TCK)

for jobs in 1 8; do
	before=$(cpu); start=$(now)
	xargs -d '\n' -n 200 rspamc -h 127.0.0.1:11433 -n "$jobs" < "$list" > "$work/result.$jobs" 2>&1 || true
	awk -v n="$count" -v jobs="$jobs" -v s="$start" -v e="$(now)" -v b="$before" -v a="$(cpu)" -v t="$ticks" \
		'BEGIN {printf "rspamd   %d at once: %.0f mails a second, %.2f ms of processor time a mail\n", jobs, n/(e-s), 1000*(a-b)/t/n}'
done
for jobs in 1 8; do
	printf 'sekisho  %d at once: ' "$jobs"
	bin/sekisho eval --jobs "$jobs" --misses 0 "$corpus" | sed -n 's/^[0-9]* mails in [0-9.]* s: //p'
done
