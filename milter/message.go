package milter

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

const (
	recipientLimit = 10_000 // of one mail; MTAs allow a thousand
	ownLimit       = 1_000  // X-Sekisho headers of one mail, each of which costs a packet to remove
)

// ownPrefix begins the names of the headers that only Sekisho writes, in lower case.
const ownPrefix = "x-sekisho-"

// A place is a header field by its name and its number among those of that name, from 1, by which an MTA finds it.
type place struct {
	name  string
	index int
}

// A message is one mail that is coming in.
type message struct {
	spool
	envelope  sekisho.Envelope
	bodyStart int64 // 0 while the header is coming
	queue     string
	user      string // who signed in, empty for nobody
	spaced    bool   // header values come, and go, with the space before them

	own      []place
	subjects []string // raw values, in order
	signed   bool     // has a DKIM signature
	release  releaseMark
	count    map[string]int // of own, by name
}

// header keeps a field as the mail has it.
func (m *message) header(name, value string) {
	colon := ":"
	if !m.spaced {
		colon = ": "
	}
	m.note(strings.ToLower(strings.TrimRight(name, " \t")), value)
	field := name + colon + strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\n", "\r\n") + "\r\n"
	m.write([]byte(field))
	m.release.header(name, value, m.size)
}

// note remembers what marking needs of a field; name is in lower case.
func (m *message) note(name, value string) {
	switch {
	case name == "subject":
		m.subjects = append(m.subjects, value)
	case name == "dkim-signature":
		m.signed = true
	case strings.HasPrefix(name, ownPrefix):
		if len(m.own) == ownLimit {
			m.fail(fmt.Errorf("%w: more than %d X-Sekisho headers", errTooLarge, ownLimit))
			return
		}
		if m.count == nil {
			m.count = map[string]int{}
		}
		m.count[name]++
		m.own = append(m.own, place{name, m.count[name]})
	}
}

// endHeader is the empty line.
func (m *message) endHeader() {
	if m.bodyStart == 0 {
		m.write([]byte("\r\n"))
		m.bodyStart = m.size
	}
}

func (m *message) recipient(address string) {
	if len(m.envelope.To) == recipientLimit {
		m.fail(fmt.Errorf("%w: more than %d recipients", errTooLarge, recipientLimit))
		return
	}
	m.envelope.To = append(m.envelope.To, address)
}

func (m *message) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// outgoing reports whether the mail is one of the organisation's own: from a client that signed in, or from its networks.
func (m *message) outgoing(networks []netip.Prefix) bool {
	if m.user != "" {
		return true
	}
	client, err := netip.ParseAddr(m.envelope.Client)
	if err != nil {
		return false
	}
	client = client.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(client) })
}

// arrival is the mail for the checkpoint. The address of an own client is left out of the envelope: SPF says nothing of it,
// since the mail has not left yet.
func (m *message) arrival(d *Door) sekisho.Arrival {
	outgoing := m.outgoing(d.Networks)
	envelope, from := m.envelope, m.envelope.Client
	if outgoing {
		envelope.Client = ""
	}
	if m.user != "" {
		from += " (" + m.user + ")"
	}
	return sekisho.Arrival{
		Door: "milter", From: from,
		Artifact: &sekisho.Artifact{Kind: sekisho.KindMail, Blob: &m.spool, Size: m.size, Form: &sekisho.Mail{Envelope: envelope}},
		Decide:   func(v sekisho.Verdict) sekisho.Act { return d.Policy.decide(outgoing, v) },
	}
}
