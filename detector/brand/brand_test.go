package brand

import (
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
	"github.com/sekisho/sekisho/fold"
)

var (
	intel = &sekisho.Intel{
		Brands: []sekisho.Brand{
			{Name: "MetaMask", Names: []string{"メタマスク"}, Group: "wallet", Domains: []string{"metamask.io"}},
			{Name: "Binance", Group: "exchange", Domains: []string{"binance.com"}},
			{Name: "Coinbase", Group: "exchange", Domains: []string{"coinbase.com"}},
			{Name: "Coincheck", Names: []string{"コインチェック"}, Group: "exchange", Domains: []string{"coincheck.com"}},
			{Name: "Outlook", Group: "mail", Domains: []string{"outlook.com"}},
			{Name: "Temu", Names: []string{"テム"}, Group: "shop", Domains: []string{"temu.com"}},
			{Name: "AOL", Group: "mail", Domains: []string{"aol.com"}},
			{Name: "Casa", Group: "wallet", Domains: []string{"casa.io"}},
			{Name: "Wise", Group: "payment", Domains: []string{"wise.com"}, Common: true},
		},
		Lists: map[string]sekisho.List{"freemail": {Entries: map[string]string{"outlook.com": ""}}},
	}
	org = &sekisho.Org{
		Name:     sekisho.Text{En: "Kaede Exchange", Ja: "楓取引所"},
		Domains:  []string{"kaede-ex.jp"},
		People:   []sekisho.Person{{Name: sekisho.Name{En: "Aoi Casa", Ja: "笠 葵"}}},
		Partners: []sekisho.Partner{{Name: "Example Custody", Domains: []string{"custody.example"}}},
	}
)

func TestDetector(t *testing.T) { detectortest.Run(t, Detector, org, intel) }

func TestOnlyRole(t *testing.T) {
	for _, tt := range []struct {
		rest string
		want bool
	}{
		{"", true}, {" team ", true}, {" support 24", true}, {"カスタマーサポート", true}, {"[no-reply] ", true},
		{" owl books", false}, {"john ", false}, {"森 葵", false},
	} {
		var looks strings.Builder
		for _, word := range strings.Fields(tt.rest) {
			looks.WriteString(fold.Skeleton(word) + " ")
		}
		if got := onlyRole(looks.String()); got != tt.want {
			t.Errorf("onlyRole(%q) = %v, want %v", tt.rest, got, tt.want)
		}
	}
}

func TestJoined(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"C o i n b a s e", "Coinbase"},
		{"C o i n b a s e team", "Coinbase team"},
		{"a b c", "a b c"},
		{"Plan B for 1 or 2", "Plan B for 1 or 2"},
		{"Bi\u0337na\u073Fnce", "Binance"},
		{"ガ", "ガ"},
	} {
		if got := joined(tt.in); got != tt.want {
			t.Errorf("joined(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	prepared, err := prepare(org, intel)
	if err != nil {
		b.Fatal(err)
	}
	text := strings.Repeat("a mail about a meeting, a report and a plan for the spring, with coincheck in it once. ", 60)
	a := &sekisho.Artifact{Kind: sekisho.KindMail, Form: &sekisho.Mail{
		Subject: "Meeting", From: []sekisho.Mailbox{{Name: "Coincheck Support", Address: "a@b.example", Local: "a", Domain: "b.example"}},
	}}
	a.Parts = []*sekisho.Artifact{{Kind: sekisho.KindText, Form: &sekisho.TextForm{Folded: text}, Up: a}}
	pass := &sekisho.Pass{Artifact: a, Org: org, Intel: intel, Prepared: prepared, Report: func(any, ...sekisho.Span) {}}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := run(pass); err != nil {
			b.Fatal(err)
		}
	}
}
