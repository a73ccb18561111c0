package sekisho

import (
	"context"
	"io"
	"net"
	"strings"
	"time"
)

// Intel is what is known outside the artifact. Every part may be missing: then it is unknown, which is never the same
// as absent. It is read by many inspections at once and not changed.
type Intel struct {
	Brands   []Brand         // names this field is attacked with, and their real domains
	Lists    map[string]List // sets of hosts by name: "freemail", "shortener", "hosting" ...
	DNS      Resolver        // nil when DNS may not be asked
	Contacts Contacts        // nil when no history was learned
	Yara     Matcher         // the user's YARA rules, nil when there are none
	Labels   Labels          // nil when nothing is known of addresses
	Blocked  BlockedFunc     // what people of the organisation blocked; nil when they cannot
	Now      time.Time       // the moment of the inspection, the only clock detectors have
}

// Host looks the host, and then each of its parent domains, up in a list.
func (i *Intel) Host(list, host string) (entry string, ok bool) {
	l := i.Lists[list]
	for name := strings.ToLower(strings.TrimSuffix(host, ".")); name != ""; {
		if _, ok := l.Entries[name]; ok {
			return name, true
		}
		_, parent, found := strings.Cut(name, ".")
		if !found {
			break
		}
		name = parent
	}
	return "", false
}

// A List is a set of names with where it comes from.
type List struct {
	Name    string
	Doc     string
	Source  string
	Date    string            // of the source, RFC 3339 full-date
	Entries map[string]string // name, and what is said of it, often ""
}

// A Brand is a name that attackers borrow, with the domains that are really its own.
type Brand struct {
	Name    string   // as people write it: MetaMask
	Names   []string // other spellings: メタマスク
	Group   string   // "exchange", "wallet", "custody", "mail", "bank" ...
	Domains []string // registrable domains that belong to it, the one people know first
	Common  bool     // the name is also an everyday word, so that the word alone says little
	Source  string
}

// A Resolver answers DNS questions. *net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// Contacts is the history of who wrote to whom.
type Contacts interface {
	Contact(address string) (Contact, bool) // a correspondent by address, in lower case
	Named(name string) []Contact            // correspondents who used the display name; compared folded
	Thread(messageID string) bool           // whether a mail of that Message-ID was seen
}

// A Contact is a correspondent outside the organisation.
type Contact struct {
	Address  string
	Names    []string
	Received int // mails from them
	Sent     int // mails to them
	First    time.Time
	Last     time.Time
}

// Labels is what lists say of blockchain addresses and of web sites.
type Labels interface {
	// Labels returns what is said of the canonical address on the chain; on the chain "domain", of a host name in ASCII.
	Labels(chain, address string) []Label
	// Stale describes the lists that are older than they should be at that moment, or that cannot be read: what is not
	// found in them may be on them.
	Stale(now time.Time) []string
}

// A Label is one thing a list says of an address.
type Label struct {
	Category   string    // sanction, theft, mixer, scam, phishing, ransomware, exchange ...
	Entity     string    // whose it is, as the source names it
	Source     string    // who says so
	SourceURL  string    // where, empty when unknown
	Date       string    // since when, RFC 3339 full-date, empty when unknown
	Delisted   string    // when the source took it back, empty while it stands
	Confidence string    // the source's own word for how sure it is, empty when it has none
	List       string    // the list's name in the catalogue
	Listed     time.Time // when the list was last known to be current
}

// A Matcher finds the rules of the user's own that match bytes, of which it reads size. Matches that come with an error
// wrapping ErrLimit are not all there are.
type Matcher interface {
	Match(ctx context.Context, data io.ReaderAt, size int64) ([]Match, error)
}

// A Match is a rule that matched.
type Match struct {
	Rule      string
	Namespace string // the file the rule stands in
	Tags      []string
	Meta      []Meta          // what its author says of it, in the order of the file
	Strings   []MatchedString // the first places of each of its strings
	Count     int             // of all places
}

// A Meta is one thing that the author of a rule says of it.
type Meta struct{ Name, Value string }

// A MatchedString is a place where a string of a rule was found.
type MatchedString struct {
	Name   string // $a
	Offset int64  // in bytes
	Length int64
}

// Said returns the first thing the rule's author says under the name, whose case does not matter, or "".
func (m *Match) Said(name string) string {
	for _, meta := range m.Meta {
		if strings.EqualFold(meta.Name, name) {
			return meta.Value
		}
	}
	return ""
}

// A BlockedFunc tells whether people blocked an indicator: a sender (mail address in lower case), domain (host name in ASCII), url, hash
// (SHA-256 in hexadecimal), address (chain:canonical) or persona (folded name). An empty value asks whether any of that kind
// is blocked.
type BlockedFunc func(kind, value string) (Block, bool)

// A Block is a person's decision that what shows an indicator is held.
type Block struct {
	Reason string
	By     string // the person's name
}
