package host_test

import (
	"strings"
	"testing"

	"github.com/sekisho/sekisho/host"
)

func TestASCII(t *testing.T) {
	tests := []struct {
		name, in, want string
		ok             bool
	}{
		{"plain", "custody.example", "custody.example", true},
		{"upper case", "CUSTODY.Example", "custody.example", true},
		{"full-width letters and ideographic dot", "ｃｕｓｔｏｄｙ。example", "custody.example", true},
		{"full-width dot", "custody．example", "custody.example", true},
		{"trailing dot", "custody.example.", "custody.example", true},
		{"trailing ideographic dot", "custody.example。", "custody.example", true},
		{"japanese", "楓取引所.example", "xn--torq5xspc59j.example", true},
		{"sharp s is not ss", "faß.example", "xn--fa-hia.example", true},
		{"soft hyphen vanishes", "cus\u00ADtody.example", "custody.example", true},
		{"kelvin sign", "\u212Aaede.example", "kaede.example", true},
		{"underscore", "_dmarc.custody.example", "_dmarc.custody.example", true},
		{"two hyphens in third place", "ab--c.example", "ab--c.example", true},
		{"percent is not decoded", "a%2eb.example", "a%2eb.example", false},
		{"space", "a b.example", "a b.example", false},
		{"at sign", "a@b.example", "a@b.example", false},
		{"full-width slash maps to a forbidden one", "a／b.example", "a/b.example", false},
		{"broken punycode", "xn--\u00e9.example", "xn--\u00e9.example", false},
		{"ascii that is no punycode", "xn--b-123-xbazskd3dq-uc.custody.example", "xn--b-123-xbazskd3dq-uc.custody.example", true},
		{"empty", "", "", false},
		{"only dots", "..", "", false},
		{"invalid utf-8", "a\xff.example", "a\ufffd.example", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := host.ASCII(tt.in)
			if ok != tt.ok || tt.ok && got != tt.want {
				t.Errorf("ASCII(%q) = %q, %v; want %q, %v", tt.in, got, ok, tt.want, tt.ok)
			}
		})
	}
	if got, ok := host.ASCII(strings.Repeat("é", 5000)); ok {
		t.Errorf("an overlong name is accepted: %d bytes", len(got))
	}
}

func TestUnicode(t *testing.T) {
	ascii, ok := host.ASCII("楓取引所.example")
	if !ok || !strings.HasPrefix(ascii, "xn--") {
		t.Fatalf("ASCII = %q, %v", ascii, ok)
	}
	if got := host.Unicode(ascii); got != "楓取引所.example" {
		t.Errorf("Unicode(%q) = %q", ascii, got)
	}
	for _, same := range []string{"custody.example", "xn--99999999.example", "192.0.2.1"} {
		if got := host.Unicode(same); got != same {
			t.Errorf("Unicode(%q) = %q", same, got)
		}
	}
}

func TestSite(t *testing.T) {
	tests := []struct {
		in, site, suffix string
		shared           bool
	}{
		{"www.kaede-ex.jp", "kaede-ex.jp", "jp", false},
		{"a.b.custody.co.jp", "custody.co.jp", "co.jp", false},
		{"custody.example", "custody.example", "example", false},
		{"login.custody.example", "custody.example", "example", false},
		{"kaede.github.io", "kaede.github.io", "github.io", true},
		{"x.kaede.pages.dev", "kaede.pages.dev", "pages.dev", true},
		{"github.io", "github.io", "github.io", true},
		{"jp", "jp", "jp", false},
		{"localhost", "localhost", "localhost", false},
		{"192.0.2.1", "192.0.2.1", "", false},
		{"2001:db8::1", "2001:db8::1", "", false},
		{"", "", "", false},
	}
	for _, tt := range tests {
		site, suffix, shared := host.Site(tt.in)
		if site != tt.site || suffix != tt.suffix || shared != tt.shared {
			t.Errorf("Site(%q) = %q, %q, %v; want %q, %q, %v", tt.in, site, suffix, shared, tt.site, tt.suffix, tt.shared)
		}
	}
}

func TestPublic(t *testing.T) {
	for name, want := range map[string]bool{"kaede-ex.jp": true, "kaede.github.io": true, "jp": false, "co.jp": false,
		"custody.invoice": false, "localhost": false, "192.0.2.1": false, "evil.zip": true} {
		if got := host.Public(name); got != want {
			t.Errorf("Public(%q) = %v", name, got)
		}
	}
}

func TestIPv4(t *testing.T) {
	tests := []struct {
		in, want string
	}{
		{"127.0.0.1", "127.0.0.1"}, {"0x7f.1", "127.0.0.1"}, {"017700000001", "127.0.0.1"}, {"2130706433", "127.0.0.1"},
		{"0x7F000001", "127.0.0.1"}, {"0300.0.2.1", "192.0.2.1"}, {"192.0.513", "192.0.2.1"}, {"192.0.2.1.", "192.0.2.1"},
		{"0", "0.0.0.0"}, {"0x", "0.0.0.0"}, {"0xffffffff", "255.255.255.255"}, {"0x100000000", ""}, {"256.0.0.1", ""},
		{"1.2.3.256", ""}, {"1.2.3.4.5", ""}, {"08", ""}, {"1..2", ""}, {"custody.example", ""}, {"", ""}, {"+1", ""},
		{"00000000000000000000000000000000000001", "0.0.0.1"}, {"99999999999999999999999999", ""}, {"0x-1", ""},
	}
	for _, tt := range tests {
		if got, ok := host.IPv4(tt.in); got != tt.want || ok != (tt.want != "") {
			t.Errorf("IPv4(%q) = %q, %v; want %q", tt.in, got, ok, tt.want)
		}
	}
}

func TestNumeric(t *testing.T) {
	for in, want := range map[string]bool{"1.2.3.4": true, "a.0x": true, "a.0xff.": true, "a.08": true, "a.b": false,
		"a.0xg": false, "0x100000000": true, "a.99999999999999999999": true, "": false} {
		if got := host.Numeric(in); got != want {
			t.Errorf("Numeric(%q) = %v", in, got)
		}
	}
}

func TestWithin(t *testing.T) {
	tests := []struct {
		name, domain string
		want         bool
	}{
		{"kaede-ex.jp", "kaede-ex.jp", true}, {"www.kaede-ex.jp", "kaede-ex.jp", true}, {"notkaede-ex.jp", "kaede-ex.jp", false},
		{"kaede-ex.jp.example", "kaede-ex.jp", false}, {"jp", "kaede-ex.jp", false}, {"kaede-ex.jp", "", false},
	}
	for _, tt := range tests {
		if got := host.Within(tt.name, tt.domain); got != tt.want {
			t.Errorf("Within(%q, %q) = %v", tt.name, tt.domain, got)
		}
	}
}

// FuzzASCIIIsStable checks that an accepted name is its own ASCII form and holds no forbidden code point.
func FuzzASCIIIsStable(f *testing.F) {
	for _, seed := range []string{"custody.example", "ＣＵＳＴＯＤＹ。example", "xn--fa-hia.example", "faß.example", "a..b", "\u200d.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, ok := host.ASCII(name)
		if !ok {
			return
		}
		for i := 0; i < len(got); i++ {
			if host.Forbidden(got[i]) || got[i] >= 0x80 {
				t.Fatalf("ASCII(%q) = %q holds %q", name, got, got[i])
			}
		}
		if again, ok := host.ASCII(got); !ok || again != got {
			t.Fatalf("ASCII(%q) = %q, then %q, %v", name, got, again, ok)
		}
		host.Site(got)
		host.Unicode(got)
	})
}
