// Package contact remembers who writes to whom, so that a known name on a new address, and an answer in a conversation
// nobody had, can be told.
//
// A [Book] is learned from mails that were received and sent: addresses, display names, counts, first and last dates,
// and message ids as 8-byte hashes. Subjects and bodies are never kept. The file is JSON Lines with a version in its
// first line and a count in its last, so that a cut file is noticed.
//
// A book is bounded: when it is full, the correspondents and conversations that were not touched for longest are
// forgotten. It learns what the mails say; who forged a mail that was learned from is a correspondent too, which is why
// mails sent to an address say more of it than mails received.
package contact

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/host"
)

// limits bound a book.
type limits struct {
	contacts int // correspondents
	threads  int // message ids
}

// full takes about 200 MB of memory when it is reached.
var full = limits{contacts: 200_000, threads: 1_000_000}

const (
	nameLimit    = 8   // names kept of one address
	namesakes    = 16  // addresses kept of one name
	lengthLimit  = 254 // bytes of an address, RFC 5321 §4.5.3.1.3, and of a name
	mailboxLimit = 200 // mailboxes read of one mail
)

// A Book is the history of who wrote to whom. It implements [sekisho.Contacts]. Reading is safe for many at once, but
// not while Add runs.
type Book struct {
	limits   limits
	contacts map[string]*contact
	named    map[string][]string // addresses by folded name
	threads  map[uint64]uint64   // hash of a message id, and when it was last seen by the book's own count
	count    uint64              // of what was added
}

type contact struct {
	sekisho.Contact
	touched uint64
}

// New returns an empty book.
func New() *Book { return newBook(full) }

func newBook(l limits) *Book {
	return &Book{limits: l, contacts: map[string]*contact{}, named: map[string][]string{}, threads: map[uint64]uint64{}}
}

// Add learns from the headers of one mail. A mail from a domain of the organisation was sent to its recipients; any
// other was received from its author. Correspondents inside the organisation are not kept.
func (b *Book) Add(m *sekisho.Mail, org *sekisho.Org) {
	b.count++
	if id := clean(m.MessageID); id != "" {
		b.threads[hash(id)] = b.count
	}
	sent := len(m.From) > 0 && ours(org, m.From[0].Domain)
	if sent {
		to := slices.Concat(m.To, m.Cc)
		for i := range to[:min(len(to), mailboxLimit)] {
			if !ours(org, to[i].Domain) {
				b.learn(&to[i], m.Date).Sent++
			}
		}
	} else {
		for i := range m.From[:min(len(m.From), mailboxLimit)] {
			if !ours(org, m.From[i].Domain) {
				b.learn(&m.From[i], m.Date).Received++
			}
		}
	}
	b.forget()
}

// learn returns the correspondent of a mailbox, which is a throw-away for what is no address.
func (b *Book) learn(m *sekisho.Mailbox, date time.Time) *contact {
	address := strings.ToLower(m.Local) + "@" + m.Domain
	if m.Local == "" || m.Domain == "" || len(address) > lengthLimit {
		return &contact{}
	}
	c, ok := b.contacts[address]
	if !ok {
		c = &contact{Contact: sekisho.Contact{Address: address}}
		b.contacts[address] = c
	}
	c.touched = b.count
	b.name(c, m.Name)
	if date = plausible(date); !date.IsZero() {
		if c.First.IsZero() || date.Before(c.First) {
			c.First = date
		}
		if date.After(c.Last) {
			c.Last = date
		}
	}
	return c
}

// name notes the display name, once for all its spellings.
func (b *Book) name(c *contact, written string) {
	folded := fold.Text(written)
	if folded == "" || len(written) > lengthLimit || folded == c.Address || len(c.Names) >= nameLimit {
		return
	}
	if slices.ContainsFunc(c.Names, func(old string) bool { return fold.Text(old) == folded }) {
		return
	}
	c.Names = append(c.Names, written)
	if len(b.named[folded]) < namesakes {
		b.named[folded] = append(b.named[folded], c.Address)
	}
}

// plausible returns the date in UTC by the second, zero for one that no mail can have.
func plausible(date time.Time) time.Time {
	if date.Year() < 1980 || date.Year() > 2100 {
		return time.Time{}
	}
	return date.UTC().Truncate(time.Second)
}

// forget drops the tenth that was not touched for longest when the book is full.
func (b *Book) forget() {
	if len(b.contacts) > b.limits.contacts {
		old := b.sorted()
		for _, c := range old[:len(old)-b.limits.contacts*9/10] {
			delete(b.contacts, c.Address)
			for _, name := range c.Names {
				b.unname(fold.Text(name), c.Address)
			}
		}
	}
	if len(b.threads) > b.limits.threads {
		old := b.ids()
		for _, id := range old[:len(old)-b.limits.threads*9/10] {
			delete(b.threads, id)
		}
	}
}

func (b *Book) unname(folded, address string) {
	left := slices.DeleteFunc(b.named[folded], func(a string) bool { return a == address })
	if len(left) == 0 {
		delete(b.named, folded)
		return
	}
	b.named[folded] = left
}

// sorted returns the correspondents, the one touched longest ago first.
func (b *Book) sorted() []*contact {
	all := make([]*contact, 0, len(b.contacts))
	for _, c := range b.contacts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y *contact) int {
		return cmp.Or(cmp.Compare(x.touched, y.touched), cmp.Compare(x.Address, y.Address))
	})
	return all
}

// ids returns the hashes of message ids, the one seen longest ago first.
func (b *Book) ids() []uint64 {
	all := make([]uint64, 0, len(b.threads))
	for id := range b.threads {
		all = append(all, id)
	}
	slices.SortFunc(all, func(x, y uint64) int { return cmp.Or(cmp.Compare(b.threads[x], b.threads[y]), cmp.Compare(x, y)) })
	return all
}

// Contact returns the correspondent with the address, in any case.
func (b *Book) Contact(address string) (sekisho.Contact, bool) {
	c, ok := b.contacts[strings.ToLower(address)]
	if !ok {
		return sekisho.Contact{}, false
	}
	return c.Contact, true
}

// Named returns at most 16 correspondents who used the display name, in the order in which they were learned.
func (b *Book) Named(name string) []sekisho.Contact {
	var found []sekisho.Contact
	for _, address := range b.named[fold.Text(name)] {
		found = append(found, b.contacts[address].Contact)
	}
	return found
}

// Thread reports whether a mail of that Message-ID was learned. One in 10^13 ids that were not is taken for one that
// was.
func (b *Book) Thread(messageID string) bool {
	_, ok := b.threads[hash(clean(messageID))]
	return ok
}

// Len returns how many correspondents and how many message ids the book holds.
func (b *Book) Len() (contacts, threads int) { return len(b.contacts), len(b.threads) }

func clean(id string) string { return strings.Trim(id, "<> \t\r\n") }

// hash is not chosen for speed: an id that collides cannot be made to order.
func hash(id string) uint64 {
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint64(sum[:8])
}

func ours(org *sekisho.Org, domain string) bool {
	return slices.ContainsFunc(org.Domains, func(own string) bool { return host.Within(domain, own) })
}
