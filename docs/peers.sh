#!/bin/sh
# Runs the mails of a corpus folder through rspamd and through Sekisho, in turn, on this machine, and prints mails a
# second and processor time of each. rspamd is Debian's package with its own defaults, no network: its resolver
# denies every name. Usage: docs/peers.sh CORPUS
set -eu
corpus=${1:?usage: docs/peers.sh CORPUS}
command -v rspamd >/dev/null && command -v rspamc >/dev/null || { echo "rspamd is not installed: apt-get install rspamd"; exit 2; }

work=$(mktemp -d)
pid= dns=
trap 'kill $pid $dns 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT INT TERM
go build -o "$work/nxdomain" ./docs/nxdomain
"$work/nxdomain" 127.0.0.1:11453 & dns=$!
mkdir -p "$work/db" "$work/run"
cat > "$work/rspamd.conf" <<CONF
.include "/etc/rspamd/common.conf"
options { pidfile = "$work/run/rspamd.pid"; .include "/etc/rspamd/options.inc"; dns { nameserver = ["127.0.0.1:11453"]; } }
logging { type = "console"; level = "error"; }
worker "normal" { bind_socket = "127.0.0.1:11433"; count = 2; }
worker "controller" { bind_socket = "127.0.0.1:11434"; count = 1; }
CONF
chown -R _rspamd "$work" 2>/dev/null || true
chmod 755 "$work"
rspamd -f -u _rspamd -g _rspamd -c "$work/rspamd.conf" --var=DBDIR="$work/db" --var=RUNDIR="$work/run" >"$work/out" 2>&1 &
pid=$!
list="$work/list"
find "$corpus" -type f > "$list"
for i in $(seq 1 150); do
	rspamc -h 127.0.0.1:11433 "$(head -n 1 "$list")" 2>/dev/null | grep -q Metric && break
	sleep 0.2
done
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
