package record

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

var org = &sekisho.Org{
	Domains:  []string{"kaede-ex.jp"},
	People:   []sekisho.Person{{Name: sekisho.Name{En: "Aoi Mori", Ja: "森 葵"}, Role: "CEO", Addresses: []string{"aoi.mori@kaede-ex.jp"}}},
	Partners: []sekisho.Partner{{Name: "Custody", Domains: []string{"custody.example"}}},
}

var intel = &sekisho.Intel{
	Brands: []sekisho.Brand{{Name: "MetaMask", Domains: []string{"metamask.io"}}},
	Lists: map[string]sekisho.List{
		"freemail": {Name: "freemail", Entries: map[string]string{"freemail.example": ""}},
		"hosting":  {Name: "hosting", Entries: map[string]string{"pages.example": ""}},
	},
}

// configOf is a record of its own, in SQLite or in a new database of the tests' PostgreSQL.
func configOf(t testing.TB, kind string) Config {
	t.Helper()
	dir := t.TempDir()
	c := Config{URL: filepath.Join(dir, "data", "record.db"), Keys: filepath.Join(dir, "keys"), Process: "test", Org: org, Intel: intel}
	if kind == "postgres" {
		c.URL = newPostgres(t)
		return c
	}
	made, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Dir(c.URL), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.URL, made, 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// empty is the file of an empty record: to make one takes longer than most tests.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "record-empty-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "record.db")
	s, err := Open(context.Background(), Config{URL: file, Keys: dir})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func open(t testing.TB, c Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// both runs a test on a new record of each kind.
func both(t *testing.T, run func(*testing.T, *Store)) {
	bothWith(t, func(*Config) {}, run)
}

func bothWith(t *testing.T, change func(*Config), run func(*testing.T, *Store)) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c := configOf(t, kind)
			change(&c)
			run(t, open(t, c))
		})
	}
}

// A letter describes a mail that passes.
type letter struct {
	from, subject, body string
	links               []string
	attached            []string
	action              sekisho.Action
	rules               []string
	do                  string
	keep                bool
	key                 string
	reporter            string
	at                  time.Time
	facts               any
}

var began = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func mailbox(address string) sekisho.Mailbox {
	name, address, ok := strings.Cut(address, " <")
	if !ok {
		name, address = "", name
	}
	local, domain, _ := strings.Cut(strings.TrimSuffix(address, ">"), "@")
	return sekisho.Mailbox{Name: name, Address: local + "@" + domain, Local: local, Domain: domain}
}

// passage makes the passage of a letter as a checkpoint hands it over.
func (l letter) passage(t testing.TB) *sekisho.Passage {
	t.Helper()
	raw := []byte("From: " + l.from + "\r\nSubject: " + l.subject + "\r\n\r\n" + l.body)
	mail := &sekisho.Mail{From: []sekisho.Mailbox{mailbox(l.from)}, To: []sekisho.Mailbox{mailbox("desk@kaede-ex.jp")}, Subject: l.subject,
		MessageID: fmt.Sprintf("%x@mail.example", len(raw)), Headers: []sekisho.Header{{Name: "From", Value: l.from}, {Name: "Subject", Value: l.subject}}}
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Name: "mail.eml", Blob: bytes.NewReader(raw), Size: int64(len(raw)), Form: mail}
	budget := sekisho.NewBudget(sekisho.Limits{})
	add := func(a *sekisho.Artifact) {
		if err := budget.Add(root, a); err != nil {
			t.Fatal(err)
		}
	}
	text := &sekisho.Artifact{Kind: sekisho.KindText, Via: "body", Form: &sekisho.TextForm{Content: l.body, Folded: fold.Text(l.body)}}
	add(text)
	for _, link := range l.links {
		name, path, _ := strings.Cut(strings.TrimPrefix(link, "https://"), "/")
		add(&sekisho.Artifact{Kind: sekisho.KindLink, Via: "href", Form: &sekisho.Link{Href: link, URL: link, Scheme: "https", Host: name, Path: "/" + path}})
	}
	for _, file := range l.attached {
		add(&sekisho.Artifact{Kind: sekisho.KindFile, Name: "invoice.pdf", Via: "attachment", Blob: strings.NewReader(file), Size: int64(len(file)), Form: &sekisho.File{Type: "application/pdf"}})
	}
	v := sekisho.Verdict{Root: root, Action: l.action, Took: 1234 * time.Microsecond}
	for _, rule := range l.rules {
		v.Findings = append(v.Findings, sekisho.Finding{Rule: rule, Ask: l.action, Title: sekisho.Text{En: rule, Ja: rule}, Why: sekisho.Text{En: "why", Ja: "理由"}, Artifact: "0",
			Evidence: []sekisho.Observation{{Detector: "lure", Artifact: text, Facts: l.facts, Spans: []sekisho.Span{sekisho.Quote("text", l.body)}}}})
	}
	if l.action == sekisho.ActionHold {
		v.Gaps = []sekisho.Gap{{Artifact: "0.1", By: "archive", Why: "encrypted: a password"}}
	}
	if l.do == "" {
		l.do = sekisho.DoPass
	}
	if l.at.IsZero() {
		l.at = began
	}
	act := sekisho.Act{Do: l.do, Keep: l.keep}
	return &sekisho.Passage{Time: l.at, Verdict: v, Act: act,
		Arrival: sekisho.Arrival{Door: "milter", From: "192.0.2.1", Artifact: root, Key: l.key, Reporter: l.reporter, Decide: func(sekisho.Verdict) sekisho.Act { return act }}}
}

func (s *Store) put(t testing.TB, l letter) *sekisho.Passage {
	t.Helper()
	p := l.passage(t)
	if err := s.Record(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	if err := s.catchUp(context.Background()); err != nil {
		t.Fatal(err)
	}
	return p
}

// held is an attack that is kept back.
func held() letter {
	return letter{from: "Aoi Mori <ceo@evil.example>", subject: "至急 送金のお願い", body: "please pay", links: []string{"https://login.evil.example/x"},
		action: sekisho.ActionHold, rules: []string{"impersonated-person"}, do: sekisho.DoHold, keep: true}
}
