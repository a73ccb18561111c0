package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

// welcome says on the terminal what listens where, what is missing, and what to do next.
func (s *serving) welcome(ctx context.Context, services []*service) error {
	var out strings.Builder
	fmt.Fprintf(&out, "Sekisho %s\n\n", version())
	rows := make([][3]string, 0, len(services)+1)
	for _, running := range services {
		note := ""
		if running.shadow {
			note = shadowNotes[running.name]
		}
		rows = append(rows, [3]string{running.name, running.where, note})
	}
	aligned(&out, append(rows, [3]string{"record", s.recordName(), "keys in " + s.config.Record.Keys}))
	secret, first, err := s.book.FirstLink(ctx)
	if err != nil {
		return fmt.Errorf("first administrator: %w", err)
	}
	if first {
		fmt.Fprintf(&out, "\nNobody can sign in yet. The first administrator opens this link within a day; it works once:\n\n  %s/join/%s\n",
			strings.TrimRight(s.config.HTTP.URL, "/"), secret)
	}
	if err := s.connecting(ctx, &out); err != nil {
		return err
	}
	if missing := s.missing(); len(missing) > 0 {
		fmt.Fprintln(&out, "\nWhat is missing, and what to do next:")
		for _, line := range missing {
			fmt.Fprintln(&out, "  -", line)
		}
	}
	_, err = fmt.Fprintln(s.t.out, out.String())
	return err
}

// shadowNotes say what a service that changes nothing does.
var shadowNotes = map[string]string{
	"milter": "shadow: records everything, changes nothing",
	"watch":  "no move_to: records everything, moves nothing",
}

// aligned writes rows of three columns, the last of which may be empty.
func aligned(out *strings.Builder, rows [][3]string) {
	var wide [2]int
	for _, row := range rows {
		wide[0], wide[1] = max(wide[0], len(row[0])), max(wide[1], len(row[1]))
	}
	for _, row := range rows {
		line := fmt.Sprintf("  %-*s  %-*s  %s", wide[0], row[0], wide[1], row[1], row[2])
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

// connecting says how Postfix is connected, until the first mail came by the milter.
func (s *serving) connecting(ctx context.Context, out *strings.Builder) error {
	at := s.config.Milter.Listen
	if at == "" {
		return nil
	}
	seen, err := s.store.Passages(ctx, record.Query{Door: "milter", Limit: 1})
	if err != nil {
		return fmt.Errorf("first mail: %w", err)
	}
	if len(seen.Items) > 0 {
		return nil
	}
	if !strings.HasPrefix(at, "unix:") {
		at = "inet:" + at
	}
	fmt.Fprintf(out, `
No mail came by yet. Connect Postfix with three lines in main.cf, then 'postfix reload':

  smtpd_milters = { %s, connect_timeout=10s, command_timeout=30s, content_timeout=120s, default_action=tempfail }
  non_smtpd_milters = $smtpd_milters
  milter_protocol = 6
`, at)
	return nil
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
	if s.certificate != nil {
		now := time.Now()
		wrong := s.certificate.ended(now) + s.certificate.ending(now)
		add(wrong != "", "%s. Renew http.certificate: a new one is used without a restart", wrong)
	}
	add(s.profile == "", "no profile: nobody's name and domain is known, so impersonation is not seen. Run 'sekisho org init', fill it in, and start with --org FILE")
	add(slices.Contains(profile.Domains, exampleDomain), "the profile still is the example of 'sekisho org init': %s is nobody's", exampleDomain)
	add(s.profile != "" && len(profile.People) == 0, "the profile names no people: mail in an executive's name is not told apart")
	add(s.profile != "" && len(profile.AuthservIDs) == 0, "the profile names no authserv_ids: Authentication-Results of your own servers are not believed")
	add(s.profile != "" && len(profile.Partners) == 0, "the profile names no partners: their lookalikes are not told apart")
	add(s.profile != "" && len(profile.Wallets) == 0, "the profile names no wallets: a found key is not said to be yours")
	add(c.DNS == "off", "dns is off: SPF, DKIM and DMARC are read from headers only. Set dns: system")
	add(len(s.lists.lists()) <= builtinLists, "no public lists of addresses were fetched: run 'sekisho intel pull --data %s', or set pull: 24h", c.Data)
	add(c.Milter.Listen != "" && c.Milter.Mode == "shadow", "the milter runs in shadow mode. Look at the first days in the console, then set milter.mode: enforce")
	add(c.Milter.Listen != "" && c.Milter.Mode == "enforce" && c.Release.Server == "" && c.SMTP.Server == "", "no release.server and no smtp.server: held mail cannot be released")
	add(c.Inbox.Server == "", "no report mailbox: staff cannot forward suspicious mail. Set inbox")
	add(c.Inbox.Server != "" && c.SMTP.Server == "", "no smtp.server: whoever reports a mail gets no answer")
	add(len(c.Notify.Channels) == 0, "nobody is told of cases: set notify.channels")
	return lines
}

// exampleDomain is the domain of the example's organisation.
const exampleDomain = "kaede-ex.jp"

// builtinLists is how many lists are known without fetching any.
const builtinLists = 1
