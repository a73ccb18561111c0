// Package label keeps what lists say of blockchain addresses and of web sites, and answers look-ups.
//
// A list is one file, NAME.labels, in a folder. It is written whole by a [Draft] and never changed; the version before
// is kept beside it as NAME.labels.previous. A [Store] opens every list of a folder, together with a few facts from public
// record that are part of the program.
//
// Lists do not hold addresses but the first 16 bytes of SHA-256 over chain and canonical address: nobody can make two
// addresses that share them, and a list says nothing to who does not know the address already. Files are mapped into
// memory, so that a list of ten million labels is open at once and shares its memory with other processes.
package label

import (
	"crypto/sha256"
	"errors"
	"time"

	"github.com/sekisho/sekisho"
)

// Domain is the chain under which web sites are kept, by host name in ASCII and lower case.
const Domain = "domain"

// Unknown is the chain under which an address that package coin cannot read is kept, as it is written.
const Unknown = ""

// ErrCorrupt is wrapped by errors about a list file that is not as it was written.
var ErrCorrupt = errors.New("the list file is damaged")

// Info is where a list comes from and how current it is.
type Info struct {
	Name      string        `json:"name"`
	Title     string        `json:"title,omitempty"`
	Source    string        `json:"source,omitempty"`   // who publishes it
	URL       string        `json:"url,omitempty"`      // where it was fetched, or the file it was imported from
	Licence   string        `json:"licence,omitempty"`  // SPDX or in words
	Format    string        `json:"format,omitempty"`   // as in the catalogue
	Every     time.Duration `json:"every,omitempty"`    // how often it is to be fetched; 0 for a list that does not change
	Fetched   time.Time     `json:"fetched"`            // when this version was read
	Published time.Time     `json:"published,omitzero"` // when the publisher says it was made
	ETag      string        `json:"etag,omitempty"`     // of the answer it came in
	Modified  string        `json:"modified,omitempty"` // Last-Modified of that answer
	SHA256    string        `json:"sha256,omitempty"`   // of the bytes it was read from
	Active    int           `json:"active"`             // addresses and sites on the list
	Delisted  int           `json:"delisted,omitempty"` // those it once held, remembered
	Checked   time.Time     `json:"-"`                  // when the publisher last said that this version is current
}

// staleAfter is how many times a list's own interval may pass before it is stale.
const staleAfter = 3

// Stale reports whether the list is older at that moment than it should be.
func (i Info) Stale(now time.Time) bool {
	return i.Every > 0 && now.Sub(i.Checked) > staleAfter*i.Every
}

// A key stands for a chain and an address.
type key struct{ high, low uint64 }

func keyOf(chain, address string) key {
	var buf [160]byte
	text := append(append(append(buf[:0], chain...), 0), address...)
	sum := sha256.Sum256(text)
	return key{be64(sum[0:]), be64(sum[8:])}
}

func (k key) compare(other key) int {
	switch {
	case k.high != other.high:
		if k.high < other.high {
			return -1
		}
		return 1
	case k.low < other.low:
		return -1
	case k.low > other.low:
		return 1
	}
	return 0
}

func be64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0])<<56 | uint64(b[1])<<48 | uint64(b[2])<<40 | uint64(b[3])<<32 | uint64(b[4])<<24 | uint64(b[5])<<16 | uint64(b[6])<<8 | uint64(b[7])
}

// appendRecord writes what a list says, apart from what is the same for the whole list.
func appendRecord(b []byte, l sekisho.Label) []byte {
	for _, s := range [...]string{l.Category, l.Entity, l.Source, l.SourceURL, l.Date, l.Delisted, l.Confidence} {
		s = s[:min(len(s), fieldLimit)]
		b = append(b, byte(len(s)), byte(len(s)>>8))
		b = append(b, s...)
	}
	return b
}

// fieldLimit is the most bytes kept of one field of a label.
const fieldLimit = 512

// recordFields is how many fields a record holds.
const recordFields = 7

// readRecord reads what appendRecord wrote; ok is false when it does not fit into b.
func readRecord(b []byte) (l sekisho.Label, ok bool) {
	fields := [recordFields]*string{&l.Category, &l.Entity, &l.Source, &l.SourceURL, &l.Date, &l.Delisted, &l.Confidence}
	for _, f := range fields {
		if len(b) < 2 {
			return l, false
		}
		n := int(b[0]) | int(b[1])<<8
		if len(b) < 2+n {
			return l, false
		}
		*f = string(b[2 : 2+n])
		b = b[2+n:]
	}
	return l, true
}
