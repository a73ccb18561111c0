package link

import (
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
	"github.com/sekisho/sekisho/intel"
)

var (
	testIntel = intel.Builtin()
	kaede     = &sekisho.Org{Name: sekisho.Text{En: "Kaede Exchange"}, Domains: []string{"kaede-ex.jp"},
		Partners: []sekisho.Partner{{Name: "Momiji", Domains: []string{"momiji.example"}}}}
)

func TestGoldens(t *testing.T) { detectortest.Run(t, Detector, kaede, testIntel) }

func TestAddressIsWhatThePersonReads(t *testing.T) {
	for _, tt := range []struct{ text, host string }{
		{"https://metamask.io/verify", "metamask.io"},
		{"HTTPS://MetaMask.IO", "metamask.io"},
		{"metamask.io", "metamask.io"},
		{"metamask.io/verify", "metamask.io"},
		{"Sign in at www.metamask.io now", "www.metamask.io"},
		{"詳細は「https://kaede-ex.jp/news」をご覧ください", "kaede-ex.jp"},
		{"see http://192.0.2.7/", "192.0.2.7"},
		{"bіnance.com", "xn--bnance-3ya.com"},
		{"README.md", ""},
		{"invoice.zip", ""},
		{"Click here", ""},
		{"alice@metamask.io", ""},
		{"e.g. this", ""},
		{"version 1.2.3", ""},
		{"1.2.3", ""},
		{"", ""},
	} {
		_, got := address(tt.text)
		if strings.HasPrefix(tt.host, "xn--") {
			if !strings.HasPrefix(got, "xn--") {
				t.Errorf("%q shows %q, want punycode", tt.text, got)
			}
		} else if got != tt.host {
			t.Errorf("%q shows %q, want %q", tt.text, got, tt.host)
		}
	}
}

func TestRecipientInURL(t *testing.T) {
	to := []string{"aoi@kaede-ex.jp"}
	for _, tt := range []struct {
		name string
		form sekisho.Link
		want bool
	}{
		{"plain", sekisho.Link{Query: "e=Aoi@kaede-ex.jp"}, true},
		{"percent-encoded", sekisho.Link{Query: "e=aoi%40kaede-ex.jp"}, true},
		{"base64", sekisho.Link{Query: "u=YW9pQGthZWRlLWV4Lmpw"}, true},
		{"base64 with more around it", sekisho.Link{Fragment: "dXNlcj1hb2lAa2FlZGUtZXguanAmeD0x"}, true},
		{"padded base64", sekisho.Link{Fragment: "eGFvaUBrYWVkZS1leC5qcA=="}, true},
		{"in the path", sekisho.Link{Path: "/u/aoi@kaede-ex.jp"}, true},
		{"another's", sekisho.Link{Query: "e=ren@kaede-ex.jp"}, false},
		{"nothing", sekisho.Link{}, false},
	} {
		if got := names(&tt.form, to); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestWhatStandsUnderASharedDomainIsNobodys(t *testing.T) {
	x := newIndex(kaede, testIntel)
	for host, want := range map[string]string{
		"login.microsoftonline.com": "Microsoft", "mail.google.com": "Gmail", "www.kaede-ex.jp": "Kaede Exchange", "momiji.example": "Momiji",
		"momiji.sharepoint.com": "", "momiji.github.io": "", "github.io": "GitHub", "momiji.myshopify.com": "", "notkaede-ex.jp": "",
	} {
		got := ""
		for _, o := range x.owners(host) {
			if got = o.name; got == want {
				break
			}
		}
		if got != want {
			t.Errorf("%s is of %q, want %q", host, got, want)
		}
	}
}

func TestRandomGrowsWithMachineMadeLabels(t *testing.T) {
	for _, tt := range []struct {
		host     string
		low, top float64
	}{
		{"www.kaede-exchange.example", 0, 0.2},
		{"accounts.google.com", 0, 0.2},
		{"xkqzvbnt.example", 0.9, 1},
		{"a8f3k2j9x7.example", 0.5, 1},
		{"short.example", 0, 0},
		{"deutsche-bank.de", 0, 0.4},
	} {
		if got := random(tt.host); got < tt.low || got > tt.top {
			t.Errorf("%s: %.2f, want %.2f to %.2f", tt.host, got, tt.low, tt.top)
		}
	}
}

func TestDownload(t *testing.T) {
	for path, want := range map[string]string{
		"/setup.exe": "program", "/a/Zoom.DMG": "program", "/x.tar.gz": "archive", "/run.ps1": "script", "/disk.iso": "image",
		"/a.lnk": "shortcut", "/a.xlsm": "macro", "/a.pdf": "", "/": "", "": "", "/v1.2/": "", "/www.example.com": "", "/app.js": "",
	} {
		if got, _ := download(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

func FuzzLinkStatesOneFact(f *testing.F) {
	f.Add("https://a.example/x", "www.b.example", "u=YQ==", "user.example")
	f.Add("", "\xff", "%%%", "@")
	prepared := newIndex(kaede, testIntel)
	mail := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{To: []sekisho.Mailbox{{Address: "a@b.example"}}}}
	f.Fuzz(func(t *testing.T, href, shown, query, user string) {
		a := &sekisho.Artifact{ID: "0.0", Up: mail, Kind: sekisho.KindLink, Form: &sekisho.Link{Href: href, Shown: shown, Scheme: "https",
			Host: href, Site: href, Query: query, Fragment: query, Path: query, User: user}}
		reports := 0
		pass := &sekisho.Pass{Artifact: a, Org: kaede, Intel: testIntel, Prepared: prepared, Report: func(any, ...sekisho.Span) { reports++ }}
		if err := Detector.Run(pass); err != nil || reports != 1 {
			t.Fatalf("%d facts, %v", reports, err)
		}
	})
}

func BenchmarkLink(b *testing.B) {
	mail := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{To: []sekisho.Mailbox{{Address: "aoi@kaede-ex.jp"}}}}
	a := &sekisho.Artifact{ID: "0.0", Up: mail, Kind: sekisho.KindLink, Form: &sekisho.Link{Href: "https://news.momiji.example/articles/2026/11?utm_source=mail",
		Shown: "Read more at www.momiji.example", Element: "a", Scheme: "https", Host: "news.momiji.example", Site: "momiji.example",
		Path: "/articles/2026/11", Query: "utm_source=mail&id=YWJjZGVmZ2g"}}
	pass := &sekisho.Pass{Artifact: a, Org: kaede, Intel: testIntel, Prepared: newIndex(kaede, testIntel), Report: func(any, ...sekisho.Span) {}}
	b.ReportAllocs()
	for b.Loop() {
		if err := Detector.Run(pass); err != nil {
			b.Fatal(err)
		}
	}
}
