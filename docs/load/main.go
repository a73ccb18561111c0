// Command load measures what Sekisho adds to a mail on its way through a real Postfix: the same mails go to one Postfix that
// asks nobody, one that asks Sekisho over TCP and one over a UNIX socket, by turns, on 1 and on -c connections. Verdicts are real,
// and each is recorded on disk before it is answered.
//
// It takes root and an installed Postfix, which it starts privately. Run it from the top of the source tree.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/intel"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/milter"
	"github.com/sekisho/sekisho/milter/postfixtest"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/org"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/rules"
)

// rounds is in how many turns the mails of one measurement are sent, so that the machine's moods meet all alike.
const rounds = 5

func main() {
	mails := flag.Int("n", 1000, "mails of one measurement")
	connections := flag.Int("c", 8, "connections of the second measurement")
	flag.Parse()
	if err := run(context.Background(), *mails, *connections); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// A way is one of the Postfixes that are compared.
type way struct {
	name   string
	server *postfixtest.Server
	took   map[int][]time.Duration // of each mail, by connections
	wall   map[int]time.Duration
}

func run(ctx context.Context, mails, connections int) error {
	folder, err := os.MkdirTemp("", "load")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := os.Chmod(folder, 0o755); err != nil { // Postfix looks for the socket in it
		return err
	}
	var recording atomic.Int64 // nanoseconds
	door, shut, err := open(ctx, folder, &recording)
	if err != nil {
		return err
	}
	defer shut()
	addresses, wait, err := serve(ctx, door, folder)
	if err != nil {
		return err
	}
	defer wait()
	ways := []*way{{name: "Postfix alone"}, {name: "with Sekisho, TCP"}, {name: "with Sekisho, UNIX"}}
	for i, w := range ways {
		w.took, w.wall = map[int][]time.Duration{}, map[int]time.Duration{}
		if w.server, err = postfixtest.Start(ctx, postfixtest.Config{Milter: addresses[i]}); err != nil {
			return err
		}
		defer w.server.Close()
	}
	for _, n := range []int{1, connections} {
		if err := measure(ways, n, mails); err != nil {
			return err
		}
	}
	report(ways, []int{1, connections})
	stats := door.Stats()
	each := func(all time.Duration) time.Duration {
		return (all / time.Duration(max(stats.Mails, 1))).Round(time.Microsecond)
	}
	recorded := time.Duration(recording.Load())
	fmt.Printf("\n%d mails judged; of each, %s to judge it and %s to record it, with waiting for others\n", stats.Mails, each(stats.Busy-recorded), each(recorded))
	return nil
}

// open returns a door with everything behind it, and what closes it. recording counts the nanoseconds that recording takes.
func open(ctx context.Context, folder string, recording *atomic.Int64) (*milter.Door, func(), error) {
	profile, err := org.Load("examples/organisation.yaml")
	if err != nil {
		return nil, nil, err
	}
	set, err := rules.Load(detector.Rules, rules.Joined)
	if err != nil {
		return nil, nil, err
	}
	compiled, err := judge.Compile(set.Rules, set.Conditions, detector.All)
	if err != nil {
		return nil, nil, err
	}
	known := intel.Builtin()
	known.Now = time.Now()
	store, err := record.Open(ctx, record.Config{URL: filepath.Join(folder, "record.db"), Keys: filepath.Join(folder, "keys"), Process: "load", Org: profile, Intel: known})
	if err != nil {
		return nil, nil, err
	}
	cp, err := checkpoint.New(checkpoint.Config{Openers: opener.All, Detectors: detector.All, Judge: compiled, Org: profile, Intel: known,
		Record: func(ctx context.Context, p *sekisho.Passage) error {
			start := time.Now()
			defer func() { recording.Add(int64(time.Since(start))) }()
			return store.Record(ctx, p)
		}})
	if err != nil {
		return nil, nil, err
	}
	door := &milter.Door{Checkpoint: cp, Record: store, Name: "mx.kaede-ex.jp", Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	return door, func() { _ = store.Close() }, nil
}

// serve opens the door on both kinds of socket. The first address is none.
func serve(ctx context.Context, door *milter.Door, folder string) (addresses []string, wait func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		cancel()
		return nil, nil, err
	}
	socket := filepath.Join(folder, "milter")
	unix, err := net.Listen("unix", socket)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	if err := os.Chmod(socket, 0o666); err != nil {
		cancel()
		return nil, nil, err
	}
	var serving sync.WaitGroup
	for _, l := range []net.Listener{tcp, unix} {
		serving.Go(func() {
			if err := door.Serve(ctx, l); err != nil {
				fmt.Fprintln(os.Stderr, "load:", err)
			}
		})
	}
	return []string{"", "inet:" + tcp.Addr().String(), "unix:" + socket}, func() { cancel(); serving.Wait() }, nil
}

// measure sends the mails on n connections, by turns.
func measure(ways []*way, n, mails int) error {
	for round := range rounds + 1 {
		for _, w := range ways {
			start := time.Now()
			took, err := send(w.server.Address, n, mails/rounds, round)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if round > 0 { // the first one is to warm up
				w.took[n] = append(w.took[n], took...)
				w.wall[n] += time.Since(start)
			}
		}
	}
	return nil
}

// send sends mails on n connections and returns what each took, from MAIL to the answer behind its last line.
func send(address string, n, mails, round int) ([]time.Duration, error) {
	var mu sync.Mutex
	var all []time.Duration
	var first error
	var senders sync.WaitGroup
	for sender := range n {
		senders.Go(func() {
			took, err := sendOn(address, mails/n, round*1000+sender)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			if first == nil {
				first = err
			}
		})
	}
	senders.Wait()
	return all, first
}

func sendOn(address string, mails, seed int) ([]time.Duration, error) {
	client, err := smtp.Dial(address)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if err := client.Hello("mail.custody.example"); err != nil {
		return nil, err
	}
	var took []time.Duration
	for i := range mails {
		mail := letter(seed*10_000 + i)
		start := time.Now()
		if err := sendOne(client, mail); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	return took, client.Quit()
}

func sendOne(client *smtp.Client, mail []byte) error {
	if err := client.Mail("tanaka@custody.example"); err != nil {
		return err
	}
	if err := client.Rcpt("aoi.mori@kaede-ex.jp"); err != nil {
		return err
	}
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := data.Write(mail); err != nil {
		return err
	}
	return data.Close()
}

// letter is an honest mail of ten kilobytes with a text, a page and five links, as mails of a business are. Each is a different one.
func letter(n int) []byte {
	var mail strings.Builder
	fmt.Fprintf(&mail, "From: Tanaka <tanaka@custody.example>\r\nTo: Aoi Mori <aoi.mori@kaede-ex.jp>\r\nSubject: Monthly statement %d\r\n"+
		"Date: Sat, 21 Nov 2026 09:00:00 +0900\r\nMessage-ID: <%d@custody.example>\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", n, n)
	for line := range 50 {
		fmt.Fprintf(&mail, "Item %d of the statement %d: no movement, the balance is as it was last month.\r\n", line, n)
	}
	mail.WriteString("\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><h1>Statement</h1>\r\n")
	for line := range 50 {
		fmt.Fprintf(&mail, "<p>Item %d of the statement %d: no movement, the balance is as it was last month.</p>\r\n", line, n)
	}
	for link := range 5 {
		fmt.Fprintf(&mail, "<p><a href=\"https://www.custody.example/statement/%d/%d\">page %d</a></p>\r\n", n, link, link)
	}
	mail.WriteString("</body></html>\r\n--b--\r\n")
	return []byte(mail.String())
}

// parts are the percentiles that are reported. The first is what a mail takes when the machine does nothing else.
var parts = []float64{0.05, 0.50, 0.95, 0.99}

func report(ways []*way, connections []int) {
	table := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "connections\tway\tmails/s\tp5 ms\tp50\tp95\tp99\tadded p5\tp50\tp95\tp99\t")
	for _, n := range connections {
		for _, w := range ways {
			fmt.Fprintf(table, "%d\t%s\t%.0f\t", n, w.name, float64(len(w.took[n]))/w.wall[n].Seconds())
			for _, part := range parts {
				fmt.Fprintf(table, "%.2f\t", percentile(w.took[n], part))
			}
			for _, part := range parts {
				if w == ways[0] {
					fmt.Fprint(table, "\t")
					continue
				}
				fmt.Fprintf(table, "%.2f\t", percentile(w.took[n], part)-percentile(ways[0].took[n], part))
			}
			fmt.Fprintln(table)
		}
	}
	_ = table.Flush() // to the terminal
}

// percentile returns the time in milliseconds that this part of the mails took at most.
func percentile(took []time.Duration, part float64) float64 {
	if len(took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(took))
	return float64(sorted[min(int(part*float64(len(sorted))), len(sorted)-1)].Microseconds()) / 1000
}
