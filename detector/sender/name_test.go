package sender

import (
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

func TestWritten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, address, domain string }{
		{"aoi.mori@kaede-ex.jp", "aoi.mori@kaede-ex.jp", "kaede-ex.jp"},
		{"aoi (aoi.mori@kaede-ex.jp) via list", "aoi.mori@kaede-ex.jp", "kaede-ex.jp"},
		{"kaede-ex.jp support", "", "kaede-ex.jp"},
		{"楓取引所「kaede-ex.jp」", "", "kaede-ex.jp"},
		{"j.r. smith", "", ""},
		{"dr. mori", "", ""},
		{"version 2.0", "", ""},
		{"@kaede", "", ""},
		{"", "", ""},
	} {
		address, domain := written(tt.name)
		if address != tt.address || domain != tt.domain {
			t.Errorf("written(%q) = %q, %q; want %q, %q", tt.name, address, domain, tt.address, tt.domain)
		}
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, word string
		want       bool
	}{
		{"kaede exchange support", "kaede exchange", true},
		{"kaedeexchange", "kaede", false},
		{"a kaedex kaede.", "kaede", true},
		{"株式会社楓取引所サポート", "楓取引所", true},
		{"楓", "楓取引所", false},
		{"anything", "", false},
	} {
		if got := holds(tt.text, tt.word); got != tt.want {
			t.Errorf("holds(%q, %q) = %v", tt.text, tt.word, got)
		}
	}
}

func TestRandom(t *testing.T) {
	t.Parallel()
	for local, most := range map[string]float64{"aoi.mori": 0.1, "notifications": 0.1, "customer-service": 0.1, "x1": 0} {
		if got := random(local); got > most {
			t.Errorf("random(%q) = %.2f, want at most %.2f", local, got, most)
		}
	}
	for _, local := range []string{"x7f3qwrtz92", "83950274613", "bcdfghjklm"} {
		if got := random(local); got < 0.7 {
			t.Errorf("random(%q) = %.2f, want at least 0.7", local, got)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	box := func(name, local, domain string) []sekisho.Mailbox {
		return []sekisho.Mailbox{{Name: name, Address: local + "@" + domain, Local: local, Domain: domain}}
	}
	mail := &sekisho.Mail{
		Headers: []sekisho.Header{{Name: "From", Value: "Example Custody <news@custody.example>"}, {Name: "List-Unsubscribe", Value: "<https://custody.example/u>"}},
		From:    box("Example Custody", "news", "custody.example"), To: box("森 葵", "aoi.mori", "kaede-ex.jp"), Subject: "Re: 月次報告",
		ReturnPath: "b@bounce.custody.example", MessageID: "1@custody.example", Date: time.Unix(1793500000, 0),
	}
	org := &sekisho.Org{Name: sekisho.Text{En: "Kaede Exchange", Ja: "楓取引所"}, Domains: []string{"kaede-ex.jp"}}
	pass := &sekisho.Pass{Artifact: &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: mail}, Org: org, Intel: &sekisho.Intel{},
		Report: func(any, ...sekisho.Span) {}}
	b.ReportAllocs()
	for b.Loop() {
		if err := run(pass); err != nil {
			b.Fatal(err)
		}
	}
}
