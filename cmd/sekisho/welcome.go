package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/sekisho/sekisho"
)

// welcome says on the terminal what listens where, what is missing, and what to do next.
func (s *serving) welcome(ctx context.Context, services []*service) error {
	out := tabwriter.NewWriter(s.t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "Sekisho %s\n\n", version())
	for _, running := range services {
		mode := ""
		if running.shadow {
			mode = "shadow: records everything, changes nothing"
		}
		fmt.Fprintf(out, "  %s\t%s\t%s\n", running.name, running.where, mode)
	}
	fmt.Fprintf(out, "  record\t%s\tkeys in %s\n", s.recordName(), s.config.Record.Keys)
	secret, first, err := s.book.FirstLink(ctx)
	if err != nil {
		return fmt.Errorf("first administrator: %w", err)
	}
	fmt.Fprintln(out)
	if first {
		fmt.Fprintf(out, "Nobody can sign in yet. The first administrator opens this link within a day; it works once:\n\n  %s/join/%s\n\n",
			strings.TrimRight(s.config.HTTP.URL, "/"), secret)
	}
	if missing := s.missing(); len(missing) > 0 {
		fmt.Fprintln(out, "What is missing, and what to do next:")
		for _, line := range missing {
			fmt.Fprintln(out, "  -", line)
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// recordName names the record without the password that its URL may hold.
func (s *serving) recordName() string {
	if s.config.Postgres() {
		return "PostgreSQL"
	}
	return s.config.Record.URL
}

// missing says what keeps the checkpoint from seeing more, and how to change that, a line each.
func (s *serving) missing() []string {
	var lines []string
	add := func(missing bool, format string, args ...any) {
		if missing {
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	}
	c, profile := s.config, s.parts.Org
	if profile == nil {
		profile = &sekisho.Org{}
	}
	add(s.profile == "", "no profile: nobody's name and domain is known, so impersonation is not seen. Run 'sekisho org init', fill it in, and start with --org FILE")
	add(s.profile != "" && len(profile.People) == 0, "the profile names no people: mail in an executive's name is not told apart")
	add(s.profile != "" && len(profile.AuthservIDs) == 0, "the profile names no authserv_ids: Authentication-Results of your own servers are not believed")
	add(s.profile != "" && len(profile.Partners) == 0, "the profile names no partners: their lookalikes are not told apart")
	add(s.profile != "" && len(profile.Wallets) == 0, "the profile names no wallets: a found key is not said to be yours")
	add(c.DNS == "off", "dns is off: SPF, DKIM and DMARC are read from headers only")
	add(len(s.lists.lists()) <= builtinLists, "no public lists of addresses were fetched: run 'sekisho intel pull --data %s', or set pull: 24h", c.Data)
	add(c.Milter.Listen != "" && c.Milter.Mode == "shadow", "the milter runs in shadow mode. Look at the first days in the console, then set milter.mode: enforce")
	add(c.Milter.Listen != "" && c.Milter.Mode == "enforce" && c.Release.Server == "" && c.SMTP.Server == "", "no smtp.server: held mail cannot be released")
	add(c.Inbox.Server == "", "no report mailbox: staff cannot forward suspicious mail. Set inbox")
	add(len(c.Notify.Channels) == 0, "nobody is told of cases: set notify.channels")
	return lines
}

// builtinLists is how many lists are known without fetching any.
const builtinLists = 1
