#!/bin/sh
# Runs the mails of a corpus folder through rspamd and through Sekisho, in turn, on this machine, and prints mails a
# second and processor time a mail of each, one at a time and eight at once.
#
# rspamd is the system's package as it is configured there, on loopback ports of its own, except that
#   - its resolver is docs/nxdomain, which denies every name at once: with the system's, it waits seconds for answers;
#   - the fuzzy storage, which is asked by UDP and by an address that the system may know, is off;
#   - it has one scanning worker a processor, as Sekisho does, and logs errors only.
# What it does before it scans (compiling its patterns) is waited for, and not counted; nor is the client's time.
#
# Usage: docs/peers.sh CORPUS
set -eu
corpus=${1:?usage: docs/peers.sh CORPUS}
command -v rspamd >/dev/null && command -v rspamc >/dev/null || {
	echo "rspamd is not installed: apt-get install rspamd" >&2
	exit 2
}

work=$(mktemp -d)
rspamd= dns=
family() { echo "$rspamd" $(pgrep -P "$rspamd"); }
stop() {
	trap - EXIT INT TERM
	if [ -n "$rspamd" ]; then
		all=$(family)
		kill $all 2>/dev/null || true
		for _ in $(seq 50); do
			kill -0 $all 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL $all 2>/dev/null || true
	fi
	[ -z "$dns" ] || kill "$dns" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap stop EXIT
trap 'stop; exit 130' INT TERM

go build -o "$work/nxdomain" ./docs/nxdomain
"$work/nxdomain" 127.0.0.1:11453 &
dns=$!
sleep 0.5
kill -0 "$dns" 2>/dev/null || exit 1 # it has said why: another run has the port

mkdir -p "$work/etc/local.d" "$work/etc/override.d" "$work/db" "$work/run" "$work/log"
echo 'dns { nameserver = ["127.0.0.1:11453"]; }' > "$work/etc/local.d/options.inc"
echo 'enabled = false;' > "$work/etc/local.d/fuzzy_check.conf"
echo "bind_socket = \"127.0.0.1:11433\"; count = $(nproc);" > "$work/etc/override.d/worker-normal.inc"
echo 'bind_socket = "127.0.0.1:11434";' > "$work/etc/override.d/worker-controller.inc"
echo 'enabled = false;' > "$work/etc/override.d/worker-proxy.inc"
echo 'type = "console"; level = "error";' > "$work/etc/override.d/logging.inc"
user=$(id -un)
if [ "$user" = root ]; then
	user=_rspamd
	chown -R "$user" "$work"
	chmod 755 "$work"
fi
rspamd -f -u "$user" -g "$(id -gn "$user")" -c /etc/rspamd/rspamd.conf --var=LOCAL_CONFDIR="$work/etc" \
	--var=DBDIR="$work/db" --var=RUNDIR="$work/run" --var=LOGDIR="$work/log" > "$work/log/out" 2>&1 &
rspamd=$!

list="$work/list"
find "$corpus" -type f | sort > "$list"
count=$(wc -l < "$list")
scan() { xargs -d '\n' -n 500 timeout 600 rspamc -h 127.0.0.1:11433 -n "$1"; }
ticks() { # of processor time that rspamd's processes have used
	for p in $(family); do cut -d ' ' -f 14-17 "/proc/$p/stat" 2>/dev/null; done | awk '{s += $1 + $2 + $3 + $4} END {print s + 0}'
}
await() { # at most 60 s for an answer, and then 30 s for rspamd to come to rest
	for _ in $(seq 120); do
		kill -0 "$rspamd" 2>/dev/null || break
		if head -n 1 "$list" | scan 1 2>/dev/null | grep -q '^Action'; then
			for _ in $(seq 30); do
				last=$(ticks)
				sleep 1
				[ "$(ticks)" -gt $((last + 5)) ] || return 0
			done
			return 0
		fi
		sleep 0.5
	done
	echo "rspamd does not answer:" >&2
	tail -n 20 "$work/log/out" >&2
	exit 1
}
await
head -n 200 "$list" | scan 8 > /dev/null || true # what is compiled on first use

hertz=$(getconf CLK_TCK)
for jobs in 1 8; do
	before=$(ticks) start=$(date +%s.%N)
	scan "$jobs" < "$list" > "$work/result" 2>&1 || true
	end=$(date +%s.%N) after=$(ticks)
	answered=$(grep -c '^Action' "$work/result" || true)
	[ "$answered" -eq "$count" ] || echo "rspamd answered for $answered of $count mails" >&2
	peer=$(echo "$answered $start $end" | awk '{printf "%.0f", $1 / ($3 - $2)}')
	echo "$jobs at once"
	echo "$peer $before $after $hertz $answered" |
		awk '{printf "  rspamd   %5d mails a second, %.2f ms of processor time a mail\n", $1, 1000 * ($3 - $2) / $4 / $5}'
	bin/sekisho eval --jobs "$jobs" --misses 0 "$corpus" | sed -n 's/^[0-9]* mails in [0-9.]* s: \([0-9]*\) a second, \([0-9.]*\) ms.*/\1 \2/p' |
		awk -v peer="$peer" '{printf "  sekisho  %5d mails a second, %.2f ms of processor time a mail: %.1f times the rate\n", $1, $2, $1 / peer}'
done
