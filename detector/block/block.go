// Package block tells what people of the organisation decided to block: senders, sites, files, addresses and names.
package block

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

// Facts is one blocked indicator seen in an artifact.
type Facts struct {
	Kind   string `json:"kind" doc:"sender, domain, url, hash, address or persona"`
	Value  string `json:"value" doc:"the indicator as it was blocked"`
	Reason string `json:"reason" doc:"why it was blocked, in the words of who blocked it"`
	By     string `json:"by" doc:"who blocked it"`
}

// Detector is the detector of blocked indicators.
var Detector = &sekisho.Detector{
	Name: "block",
	Doc: `Indicators that people blocked.
Looks up the senders of a mail with their domains and display names, the host and target of a link, a domain, the SHA-256 of a file, and a
blockchain address in what people of the organisation blocked. A blocked domain covers the names below it.`,
	Kinds: []sekisho.Kind{sekisho.KindMail, sekisho.KindLink, sekisho.KindDomain, sekisho.KindFile, sekisho.KindArchive, sekisho.KindAddress},
	Facts: Facts{},
	Run:   run,
}

func run(p *sekisho.Pass) error {
	if p.Intel.Blocked == nil {
		return nil
	}
	l := &look{Pass: p, seen: map[string]bool{}}
	switch form := p.Artifact.Form.(type) {
	case *sekisho.Mail:
		l.mail(form)
	case *sekisho.Link:
		l.host(form.Host, sekisho.Quote("href", form.Href))
		l.one("url", form.URL, sekisho.Quote("href", form.Href))
	case *sekisho.Domain:
		l.host(form.Name, sekisho.Quote("name", form.Name))
	case *sekisho.AddressForm:
		l.one("address", form.Chain+":"+form.Canonical, sekisho.Quote("text", form.Written))
	}
	if p.Artifact.Kind == sekisho.KindFile || p.Artifact.Kind == sekisho.KindArchive {
		return l.file()
	}
	return nil
}

// look looks indicators of one artifact up and states each once.
type look struct {
	*sekisho.Pass
	seen map[string]bool
}

// any reports whether any indicator of the kind is blocked.
func (l *look) any(kind string) bool {
	_, ok := l.Intel.Blocked(kind, "")
	return ok
}

func (l *look) one(kind, value string, at sekisho.Span) {
	if value == "" || l.seen[kind+" "+value] {
		return
	}
	if b, ok := l.Intel.Blocked(kind, value); ok {
		l.seen[kind+" "+value] = true
		l.Report(&Facts{Kind: kind, Value: value, Reason: b.Reason, By: b.By}, at)
	}
}

// host looks a name and every name above it up.
func (l *look) host(name string, at sekisho.Span) {
	for name = strings.ToLower(name); name != ""; {
		l.one("domain", name, at)
		_, above, found := strings.Cut(name, ".")
		if !found {
			return
		}
		name = above
	}
}

// boxLimit is how many mailboxes of a mail are looked up.
const boxLimit = 200

func (l *look) mail(m *sekisho.Mail) {
	boxes := map[string][]sekisho.Mailbox{"From": m.From, "Sender": m.Sender, "Reply-To": m.ReplyTo}
	for _, where := range []string{"From", "Sender", "Reply-To"} {
		for _, box := range boxes[where][:min(len(boxes[where]), boxLimit)] {
			at := sekisho.Quote(where, box.Address)
			l.one("sender", strings.ToLower(box.Local)+"@"+box.Domain, at)
			l.host(box.Domain, at)
			l.one("persona", fold.Text(box.Name), sekisho.Quote(where, box.Name))
		}
	}
	if _, domain, ok := strings.Cut(m.ReturnPath, "@"); ok {
		at := sekisho.Quote("Return-Path", m.ReturnPath)
		l.one("sender", strings.ToLower(m.ReturnPath), at)
		l.host(domain, at)
	}
}

// file looks a file's digest up; it reads the file only when any file is blocked.
func (l *look) file() error {
	if l.Artifact.Blob == nil || !l.any("hash") {
		return nil
	}
	digest, err := digestOf(l.Context, l.Artifact)
	if err != nil {
		return err
	}
	l.one("hash", digest, sekisho.Quote("name", l.Artifact.Name))
	return nil
}

func digestOf(ctx context.Context, a *sekisho.Artifact) (string, error) {
	hash, section := sha256.New(), io.NewSectionReader(a.Blob, 0, a.Size)
	for {
		if ctx.Err() != nil {
			return "", fmt.Errorf("%w: digest of %d bytes", sekisho.ErrTimeout, a.Size)
		}
		n, err := io.CopyN(hash, section, 4<<20)
		if err == io.EOF {
			return hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err != nil || n == 0 {
			return "", fmt.Errorf("digest: %w", err)
		}
	}
}
