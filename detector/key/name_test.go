package key

import (
	"context"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

// TestKeysBesideTextsAreFound puts every kind of key at every place that is shown besides texts.
func TestKeysBesideTextsAreFound(t *testing.T) {
	g := newGenerator()
	phrase := g.bip39(english, 12)
	keys := map[string]string{
		"phrase":      strings.Join(phrase, " "),
		"hyphens":     strings.Join(phrase, "-"),
		"underscores": strings.Join(phrase, "_"),
		"dots":        strings.Join(phrase, "."),
		"escaped":     strings.Join(phrase, "%20"),
		"twice":       strings.Join(phrase, "%2520"),
		"plus":        strings.Join(phrase, "+"),
		"numbered":    numbered("%d.%s ")(phrase),
		"japanese":    strings.Join(g.bip39(language(1), 12), "\u3000"),
		"spanish":     strings.Join(g.bip39(language(7), 12), " "),
		"wif":         g.wif(0x80, true),
		"extended":    g.extended(0x0488ADE4),
		"ripple":      g.ripple(0x21),
		"nostr":       g.bech32(t, "nsec", 32),
		"solana":      base58Text(solanaPair(g)),
		"hexadecimal": "private key: a7c3b1f0e2d94c5b8a6f7e1d2c3b4a59687f6e5d4c3b2a1908f7e6d5c4b3a291",
	}
	places := map[string]func(key string) *sekisho.Artifact{
		"target": func(key string) *sekisho.Artifact {
			return &sekisho.Artifact{Kind: sekisho.KindLink, Form: &sekisho.Link{Href: "https://partner.example/?k=" + key + "&n=1"}}
		},
		"shown": func(key string) *sekisho.Artifact {
			return &sekisho.Artifact{Kind: sekisho.KindLink, Form: &sekisho.Link{Href: "https://partner.example/", Shown: key}}
		},
		"name": func(key string) *sekisho.Artifact {
			return &sekisho.Artifact{Kind: sekisho.KindFile, Name: key + ".txt"}
		},
		"From": func(key string) *sekisho.Artifact {
			return &sekisho.Artifact{Kind: sekisho.KindMail, Form: &sekisho.Mail{Headers: []sekisho.Header{{Name: "From", Value: `"` + key + `" <a@partner.example>`}}}}
		},
		"envelope": func(key string) *sekisho.Artifact {
			return &sekisho.Artifact{Kind: sekisho.KindMail, Form: &sekisho.Mail{Envelope: sekisho.Envelope{Helo: key}}}
		},
	}
	prepared, err := Detector.Prepare(&sekisho.Org{}, &sekisho.Intel{})
	if err != nil {
		t.Fatal(err)
	}
	for place, put := range places {
		for kind, key := range keys {
			if strings.Contains(key, "%") && place != "target" {
				continue
			}
			found := 0
			pass := &sekisho.Pass{Context: context.Background(), Artifact: put(key), Prepared: prepared, Report: func(facts any, _ ...sekisho.Span) {
				if f := facts.(*Facts); f.Place == place && f.Count == 1 {
					found++
				}
			}}
			if err := Detector.Run(pass); err != nil || found != 1 {
				t.Errorf("%s in %s: found %d times, %v", kind, place, found, err)
			}
		}
	}
}

// BenchmarkBeside looks at the headers of an ordinary mail.
func BenchmarkBeside(b *testing.B) {
	mail := &sekisho.Mail{}
	for range 12 {
		mail.Headers = append(mail.Headers,
			sekisho.Header{Name: "Received", Value: "from mail.partner.example (mail.partner.example [192.0.2.1]) by mx.kaede-ex.jp with ESMTPS id 4XyZ12AbCdEf for <hanako@kaede-ex.jp>; Sat, 21 Nov 2026 09:00:00 +0900"},
			sekisho.Header{Name: "DKIM-Signature", Value: "v=1; a=rsa-sha256; d=partner.example; s=k1; b=" + strings.Repeat("aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z+", 8)})
	}
	prepared, err := Detector.Prepare(&sekisho.Org{}, &sekisho.Intel{})
	if err != nil {
		b.Fatal(err)
	}
	a := &sekisho.Artifact{Kind: sekisho.KindMail, Form: mail}
	b.ReportAllocs()
	for b.Loop() {
		if err := Detector.Run(&sekisho.Pass{Context: context.Background(), Artifact: a, Prepared: prepared, Report: func(any, ...sekisho.Span) { b.Fatal("found") }}); err != nil {
			b.Fatal(err)
		}
	}
}
