package auth

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/intel/dns"
)

const message = "From: Aoi Mori <aoi.mori@kaede-ex.jp>\r\nTo: haru@kaede-ex.jp\r\nSubject: hello\r\n\r\nHello.\r\n"

// key signs as a domain in these tests only.
var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

func signed(t testing.TB, domain string, expires time.Time) string {
	t.Helper()
	var out bytes.Buffer
	err := dkim.Sign(&out, strings.NewReader(message), &dkim.SignOptions{
		Domain: domain, Selector: "s", Signer: key, HeaderKeys: []string{"From", "To", "Subject"}, Expiration: expires,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func zone() dns.Fixed {
	public := "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
	return dns.Fixed{TXT: map[string][]string{
		"kaede-ex.jp":                      {"v=spf1 ip4:192.0.2.10 -all"},
		"_dmarc.kaede-ex.jp":               {"v=DMARC1; p=reject; sp=quarantine"},
		"attacker.example":                 {"v=spf1 ip4:198.51.100.66 -all"},
		"s._domainkey.kaede-ex.jp":         {public},
		"s._domainkey.attacker.example":    {public},
		"strict.example":                   {"v=spf1 ip4:192.0.2.10 -all"},
		"mail.strict.example":              {"v=spf1 ip4:192.0.2.10 -all"},
		"_dmarc.strict.example":            {"v=DMARC1; p=none; aspf=s; adkim=s"},
		"s._domainkey.mail.kaede-ex.jp":    {public},
		"s._domainkey.kaede-ex.example":    {public},
		"s._domainkey.mail.strict.example": {public},
	}}
}

// inspect runs the detector on a mail from the given From domain and returns what it reports.
func inspect(t testing.TB, resolver sekisho.Resolver, raw, from string, mail sekisho.Mail) (*Facts, error) {
	t.Helper()
	mail.From = []sekisho.Mailbox{{Address: "a@" + from, Local: "a", Domain: from}}
	for _, line := range strings.Split(raw, "\r\n") {
		if value, ok := strings.CutPrefix(line, "DKIM-Signature: "); ok {
			mail.Headers = append(mail.Headers, sekisho.Header{Name: "Dkim-Signature", Value: value})
		}
	}
	var facts *Facts
	err := Detector.Run(&sekisho.Pass{
		Context:  context.Background(),
		Artifact: &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &mail, Blob: strings.NewReader(raw), Size: int64(len(raw))},
		Org:      &sekisho.Org{Domains: []string{"kaede-ex.jp"}, AuthservIDs: []string{"mx.kaede-ex.jp"}},
		Intel:    &sekisho.Intel{DNS: resolver, Now: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)},
		Report:   func(f any, _ ...sekisho.Span) { facts = f.(*Facts) },
	})
	if facts == nil {
		t.Fatal("nothing reported")
	}
	return facts, err
}

func envelope(from, client string) sekisho.Envelope {
	return sekisho.Envelope{From: from, Client: client, Helo: "mail.attacker.example"}
}

func TestLive(t *testing.T) {
	t.Parallel()
	ours, theirs := signed(t, "kaede-ex.jp", time.Time{}), signed(t, "attacker.example", time.Time{})
	for _, tt := range []struct {
		name, raw, from string
		envelope        sekisho.Envelope
		want            Facts
	}{
		{"SPF and DKIM aligned", ours, "kaede-ex.jp", envelope("a@kaede-ex.jp", "192.0.2.10"),
			Facts{Known: true, SPF: "pass", DKIM: "pass", DMARC: "pass", Aligned: true, OwnDomain: true, DMARCPolicy: "reject"}},
		{"DKIM aligned is enough", ours, "kaede-ex.jp", envelope("x@list.example", "203.0.113.1"),
			Facts{Known: true, SPF: "none", DKIM: "pass", DMARC: "pass", Aligned: true, OwnDomain: true, DMARCPolicy: "reject"}},
		{"DKIM of a stored mail", ours, "kaede-ex.jp", sekisho.Envelope{},
			Facts{Known: true, SPF: "unknown", DKIM: "pass", DMARC: "pass", Aligned: true, OwnDomain: true, DMARCPolicy: "reject"}},
		{"another domain passes both", theirs, "kaede-ex.jp", envelope("x@attacker.example", "198.51.100.66"),
			Facts{Known: true, SPF: "pass", DKIM: "pass", DMARC: "fail", OwnDomain: true, ExactSpoof: true, DMARCPolicy: "reject"}},
		{"changed body", strings.Replace(ours, "Hello.", "Pay.", 1), "kaede-ex.jp", envelope("x@kaede-ex.jp", "198.51.100.66"),
			Facts{Known: true, SPF: "fail", DKIM: "fail", DMARC: "fail", OwnDomain: true, ExactSpoof: true, DMARCPolicy: "reject"}},
		{"subdomain takes the policy for subdomains", message, "news.kaede-ex.jp", envelope("x@attacker.example", "198.51.100.66"),
			Facts{Known: true, SPF: "pass", DKIM: "none", DMARC: "fail", OwnDomain: true, ExactSpoof: true, DMARCPolicy: "quarantine"}},
		{"strict alignment", message, "strict.example", envelope("x@mail.strict.example", "192.0.2.10"),
			Facts{Known: true, SPF: "pass", DKIM: "none", DMARC: "fail", DMARCPolicy: "none"}},
		{"null sender is the client's name", message, "attacker.example", envelope("", "198.51.100.66"),
			Facts{Known: true, SPF: "none", DKIM: "none", DMARC: "none"}},
		{"no policy, aligned", message, "attacker.example", envelope("x@attacker.example", "198.51.100.66"),
			Facts{Known: true, SPF: "pass", DKIM: "none", DMARC: "none", Aligned: true}},
		{"client inside", message, "kaede-ex.jp", envelope("a@kaede-ex.jp", "10.0.0.5"),
			Facts{SPF: "unknown", DKIM: "none", DMARC: "unknown", OwnDomain: true, DMARCPolicy: "reject"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := inspect(t, zone(), tt.raw, tt.from, sekisho.Mail{Envelope: tt.envelope})
			want := tt.want
			want.Source, want.ARC, want.FromDomain = "live", "unknown", tt.from
			if verdict(got) != verdict(&want) {
				t.Errorf("got  %+v\nwant %+v", *got, want)
			}
			if (err == nil) != want.Known {
				t.Errorf("error %v, known %v", err, want.Known)
			}
		})
	}
}

// outcome is what the tests compare of the facts.
type outcome struct {
	known, aligned, own, spoof                bool
	source, spf, dkim, dmarc, arc, at, policy string
}

func verdict(f *Facts) outcome {
	return outcome{f.Known, f.Aligned, f.OwnDomain, f.ExactSpoof, f.Source, f.SPF, f.DKIM, f.DMARC, f.ARC, f.FromDomain, f.DMARCPolicy}
}

func TestDeadDNSIsAGapAndNeverAFailure(t *testing.T) {
	t.Parallel()
	raw := signed(t, "kaede-ex.jp", time.Time{})
	recorded := sekisho.Mail{
		Envelope: envelope("a@kaede-ex.jp", "192.0.2.10"),
		Headers: []sekisho.Header{{Name: "Authentication-Results",
			Value: "mx.kaede-ex.jp; spf=softfail smtp.mailfrom=attacker.example; dkim=none; dmarc=fail header.from=kaede-ex.jp"}},
	}
	for name, failure := range map[string]error{
		"timeout": &net.DNSError{Err: "i/o timeout", IsTimeout: true, IsTemporary: true},
		"refused": &net.DNSError{Err: "connection refused", IsTemporary: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dead := dns.Fixed{Fail: map[string]error{"*": failure}}
			got, err := inspect(t, dead, raw, "kaede-ex.jp", sekisho.Mail{Envelope: recorded.Envelope})
			if got.Known || got.ExactSpoof || got.SPF != "unknown" || got.DKIM != "unknown" || got.DMARC != "unknown" {
				t.Errorf("got %+v, want nothing known", *got)
			}
			if !errors.Is(err, sekisho.ErrUnavailable) {
				t.Errorf("got error %v, want unavailable", err)
			}
			off, _ := inspect(t, nil, raw, "kaede-ex.jp", recorded)
			got, err = inspect(t, dead, raw, "kaede-ex.jp", recorded)
			if verdict(got).spoof != verdict(off).spoof || got.SPF != off.SPF || got.DKIM != off.DKIM || got.DMARC != off.DMARC || err == nil {
				t.Errorf("got %+v, %v; want what DNS off says, %+v, and a gap", *got, err, *off)
			}
		})
	}
}

func TestExpiredSignatureOfAStoredMailTellsNothing(t *testing.T) {
	t.Parallel()
	raw := signed(t, "kaede-ex.jp", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	got, err := inspect(t, zone(), raw, "kaede-ex.jp", sekisho.Mail{})
	if got.DKIM != "unknown" || got.ExactSpoof || !errors.Is(err, sekisho.ErrUnavailable) {
		t.Errorf("got %+v, %v", *got, err)
	}
	got, _ = inspect(t, zone(), raw, "kaede-ex.jp", sekisho.Mail{Envelope: envelope("x@attacker.example", "198.51.100.66")})
	if got.DKIM != "permerror" || !got.ExactSpoof {
		t.Errorf("arriving now: got %+v", *got)
	}
}

func TestCostlyHeadersAreRefused(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"long":  "X: " + strings.Repeat("a", 2*headerByteLimit) + "\r\n\r\n",
		"lines": "X: a\r\n" + strings.Repeat(" b\r\n", headerLineLimit) + "\r\n",
	} {
		got, err := inspect(t, zone(), raw, "kaede-ex.jp", sekisho.Mail{})
		if !errors.Is(err, sekisho.ErrLimit) || got.DKIM != "unknown" {
			t.Errorf("%s: got %v, %+v", name, err, *got)
		}
	}
}

func TestParseResults(t *testing.T) {
	t.Parallel()
	id, methods := parseResults(`mx.example 1; (a;b) dkim=pass (k; "x) y) header.d=a.example; spf=hardfail smtp.mailfrom="x;y"@b.example;dmarc=bestguesspass; auth/1=pass;`)
	if id != "mx.example" || len(methods) != 4 {
		t.Fatalf("got %q, %+v", id, methods)
	}
	for i, want := range []string{"dkim pass", "spf fail", "dmarc none", "auth pass"} {
		if got := methods[i].name + " " + methods[i].result; got != want {
			t.Errorf("%d: got %q, want %q", i, got, want)
		}
	}
	if d := methods[1].domain("smtp.mailfrom"); d != "b.example" {
		t.Errorf("domain %q", d)
	}
	if id, methods := parseResults("mx.example; none"); id != "mx.example" || len(methods) != 0 {
		t.Errorf("none: got %q, %+v", id, methods)
	}
}

func FuzzParseResultsNeverPanics(f *testing.F) {
	f.Add(`mx.example; dkim=pass (k; x) header.d="a`)
	f.Add(`\((");=`)
	f.Fuzz(func(t *testing.T, value string) {
		if _, methods := parseResults(value); len(methods) > methodLimit {
			t.Errorf("%d methods", len(methods))
		}
		receivedBy(value)
	})
}

func FuzzDKIMNeverPassesWithoutAKey(f *testing.F) {
	f.Add(signed(f, "kaede-ex.jp", time.Time{}))
	f.Add("DKIM-Signature: v=1; a=rsa-sha256; d=x; s=y; h=from; bh=; b=\r\n\r\n")
	f.Fuzz(func(t *testing.T, raw string) {
		if facts, _ := inspect(t, dns.Fixed{}, raw, "kaede-ex.jp", sekisho.Mail{}); facts.Aligned {
			t.Error("aligned")
		}
	})
}

func BenchmarkRecorded(b *testing.B) {
	mail := &sekisho.Mail{From: []sekisho.Mailbox{{Address: "a@kaede-ex.jp", Domain: "kaede-ex.jp"}}, Headers: []sekisho.Header{
		{Name: "Received", Value: "from a by mx.kaede-ex.jp"},
		{Name: "Authentication-Results", Value: "mx.kaede-ex.jp; spf=pass smtp.mailfrom=kaede-ex.jp; dkim=pass (2048-bit key) header.d=kaede-ex.jp; dmarc=pass (p=REJECT) header.from=kaede-ex.jp"},
	}}
	pass := &sekisho.Pass{
		Context: context.Background(), Artifact: &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: mail},
		Org: &sekisho.Org{Domains: []string{"kaede-ex.jp"}, AuthservIDs: []string{"mx.kaede-ex.jp"}}, Intel: &sekisho.Intel{},
		Report: func(any, ...sekisho.Span) {},
	}
	for b.Loop() {
		if err := Detector.Run(pass); err != nil {
			b.Fatal(err)
		}
	}
}
