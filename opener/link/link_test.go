package link_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
	"github.com/sekisho/sekisho/opener/link"
)

// open runs the opener on a link and on the links it finds inside.
func open(href string) (*sekisho.Artifact, error) {
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindLink, Form: &sekisho.Link{Href: href}}
	budget := sekisho.NewBudget(sekisho.Limits{})
	err := link.Opener.Run(context.Background(), a, budget)
	for part := range a.All() {
		if part != a && part.Kind == sekisho.KindLink {
			err = errors.Join(err, link.Opener.Run(context.Background(), part, budget))
		}
	}
	return a, err
}

func TestURL(t *testing.T) {
	tests := []struct {
		name, href, url, host string
		odd                   bool
	}{
		{"plain", "https://custody.example/a?b=c#d", "https://custody.example/a?b=c#d", "custody.example", false},
		{"no path", "http://custody.example", "http://custody.example/", "custody.example", false},
		{"upper case", "HTTPS://CUSTODY.Example/A", "https://custody.example/A", "custody.example", false},
		{"surrounding space", " \x01https://custody.example\x00 ", "https://custody.example/", "custody.example", false},
		{"line break in the path", "https://custody.example/a\r\n\tb", "https://custody.example/ab", "custody.example", false},
		{"line break in the host", "https://cust\nody.example/", "https://custody.example/", "custody.example", true},
		{"tab in the scheme", "ht\ttps://custody.example/", "https://custody.example/", "custody.example", true},
		{"no slashes", "https:evil.example", "https://evil.example/", "evil.example", true},
		{"one slash", "http:/evil.example/x", "http://evil.example/x", "evil.example", true},
		{"many slashes", "http:////evil.example", "http://evil.example/", "evil.example", true},
		{"slash and backslash", `http:/\evil.example`, "http://evil.example/", "evil.example", true},
		{"backslashes", `http:\\evil.example\a\b`, "http://evil.example/a/b", "evil.example", true},
		{"backslash before at", `http://evil.example\@custody.example`, "http://evil.example/@custody.example", "evil.example", false},
		{"no scheme", "//evil.example/x", "https://evil.example/x", "evil.example", false},
		{"bare www", "www.kaede-ex.jp/login", "https://www.kaede-ex.jp/login", "www.kaede-ex.jp", false},
		{"bare name with port", "kaede-ex.jp:8443/login", "https://kaede-ex.jp:8443/login", "kaede-ex.jp", false},
		{"user", "https://kaede-ex.jp@evil.example/", "https://kaede-ex.jp@evil.example/", "evil.example", false},
		{"user and password", "https://kaede-ex.jp:443@evil.example/", "https://kaede-ex.jp:443@evil.example/", "evil.example", false},
		{"several at", "https://a@b@evil.example/", "https://a%40b@evil.example/", "evil.example", false},
		{"empty user", "https://@evil.example/", "https://evil.example/", "evil.example", false},
		{"percent-encoded host", "https://ev%69l.example/", "https://evil.example/", "evil.example", true},
		{"percent-encoded dot", "https://evil%2eexample/", "https://evil.example/", "evil.example", true},
		{"percent-encoded utf-8", "https://fa%C3%9F.example/", "https://xn--fa-hia.example/", "xn--fa-hia.example", true},
		{"full-width host", "https://ＥＶＩＬ。example/", "https://evil.example/", "evil.example", true},
		{"soft hyphen", "https://ev\u00ADil.example/", "https://evil.example/", "evil.example", true},
		{"idn", "https://faß.example/", "https://xn--fa-hia.example/", "xn--fa-hia.example", false},
		{"trailing dot", "https://evil.example./", "https://evil.example/", "evil.example", true},
		{"underscore", "https://a_b.example/", "https://a_b.example/", "a_b.example", false},
		{"default port", "https://evil.example:443/", "https://evil.example/", "evil.example", false},
		{"port with zeros", "http://evil.example:00080/", "http://evil.example/", "evil.example", false},
		{"empty port", "http://evil.example:/", "http://evil.example/", "evil.example", false},
		{"ipv4", "http://192.0.2.1/", "http://192.0.2.1/", "192.0.2.1", false},
		{"hexadecimal ipv4", "http://0xC0.0x00.0x02.0x01/", "http://192.0.2.1/", "192.0.2.1", true},
		{"one number", "http://3221225985/", "http://192.0.2.1/", "192.0.2.1", true},
		{"octal", "http://0300.0.2.1/", "http://192.0.2.1/", "192.0.2.1", true},
		{"full-width ipv4", "http://１９２。０。２。１/", "http://192.0.2.1/", "192.0.2.1", true},
		{"ipv6", "http://[2001:DB8:0:0::1]:8080/", "http://[2001:db8::1]:8080/", "2001:db8::1", false},
		{"ipv4 in ipv6", "http://[::ffff:192.0.2.1]/", "http://[::ffff:c000:201]/", "::ffff:c000:201", false},
		{"dot segments", "http://a.example/b/./c/../d/%2e%2E/e", "http://a.example/b/e", "a.example", false},
		{"dot segments at the end", "http://a.example/b/..", "http://a.example/", "a.example", false},
		{"above the root", "http://a.example/../../b", "http://a.example/b", "a.example", false},
		{"space and quote in the path", `http://a.example/b c"`, "http://a.example/b%20c%22", "a.example", false},
		{"quote in the query", "http://a.example/?'", "http://a.example/?%27", "a.example", false},
		{"japanese path", "http://a.example/入金", "http://a.example/%E5%85%A5%E9%87%91", "a.example", false},
		{"question in fragment", "http://a.example#a?b", "http://a.example/#a?b", "a.example", false},
		{"defanged", "hxxps://evil.example/", "https://evil.example/", "evil.example", false},
		{"javascript", "javascript:alert(1)", "javascript:alert(1)", "", false},
		{"javascript split", "java\nscript:alert(1)", "javascript:alert(1)", "", true},
		{"mail", "mailto:aoi@kaede-ex.jp", "mailto:aoi@kaede-ex.jp", "", false},
		{"app", "tg://resolve?domain=kaede", "tg://resolve?domain=kaede", "resolve", false},
		{"file with host", `file:\\files.example\share\a`, "file://files.example/share/a", "files.example", true},
		{"file with drive", "file:///C:/a", "file:///C:/a", "", false},
		{"file on localhost", "file://localhost/a", "file:///a", "", false},
		{"wallet", "bitcoin:kaede?amount=1", "bitcoin:kaede?amount=1", "", false},
		{"office", "ms-word:ofe|u|x", "ms-word:ofe|u|x", "", false},
		{"blob", "blob:https://evil.example/1", "blob:https://evil.example/1", "", false},
		{"empty", "", "", "", false},
		{"anchor", "#top", "", "", false},
		{"relative", "images/a.png", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(tt.href)
			form := a.Form.(*sekisho.Link)
			if form.URL != tt.url || form.Host != tt.host || form.Odd != tt.odd {
				t.Errorf("%q = %q, host %q, odd %v; want %q, %q, %v", tt.href, form.URL, form.Host, form.Odd, tt.url, tt.host, tt.odd)
			}
			if err != nil && tt.url != "" {
				t.Error(err)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for _, href := range []string{"https://", "http:", "https://a b.example/", "http://a.example:x/", "http://a.example:65536/",
		"http://user@/", "http://:80/", "http://[::1", "http://[1::2::3]/", "http://[fe80::1%25eth0]/", "http://1.2.3.256/",
		"http://1.2.3.4.5/", "http://0x100000000/", "http://a%00b/", "http://a%23b/", "http://xn--\u00e9/", "http://a\x7fb/", "https://%zz%66%a/",
		"https://％65vil.example/"} {
		a, err := open(href)
		if !errors.Is(err, sekisho.ErrMalformed) || a.Form.(*sekisho.Link).URL != "" {
			t.Errorf("%q = %q, %v; want refused", href, a.Form.(*sekisho.Link).URL, err)
		}
	}
	if _, err := open("https://a.example/" + strings.Repeat("a", 1<<20)); !errors.Is(err, sekisho.ErrLimit) {
		t.Errorf("a target of 1 MB: %v", err)
	}
}

func TestFields(t *testing.T) {
	a, _ := open("https://kaede:pw@www.xn--torq5xspc59j.co.jp:8443/a?b#c")
	want := sekisho.Link{Scheme: "https", Host: "www.xn--torq5xspc59j.co.jp", Unicode: "www.楓取引所.co.jp", Port: "8443", User: "kaede:pw", Path: "/a",
		Query: "b", Fragment: "c", Site: "xn--torq5xspc59j.co.jp"}
	got := *a.Form.(*sekisho.Link)
	got.Href, got.URL = "", ""
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if len(a.Parts) != 1 || a.Parts[0].Via != "host" || a.Parts[0].Form.(*sekisho.Domain).Suffix != "co.jp" {
		t.Errorf("parts %+v", a.Parts)
	}
}

func TestMailDomain(t *testing.T) {
	for href, want := range map[string]string{"mailto:aoi@kaede-ex.jp?subject=x": "kaede-ex.jp", "mailto:aoi%40KAEDE-ex.jp,b@c.example": "kaede-ex.jp",
		"mailto:": "", "mailto:aoi": ""} {
		a, err := open(href)
		got := ""
		for _, part := range a.Parts {
			got = part.Via + " " + part.Name
		}
		if want != "" {
			want = "mailto " + want
		}
		if got != want || err != nil {
			t.Errorf("%q leads to %q, %v; want %q", href, got, err, want)
		}
	}
}

func TestDomain(t *testing.T) {
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindDomain, Name: "WWW.楓取引所.co.jp."}
	if err := link.Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{})); err != nil {
		t.Fatal(err)
	}
	want := sekisho.Domain{Name: "www.xn--torq5xspc59j.co.jp", Unicode: "www.楓取引所.co.jp", Site: "xn--torq5xspc59j.co.jp", Suffix: "co.jp"}
	if got := *a.Form.(*sekisho.Domain); got != want {
		t.Errorf("got %+v", got)
	}
}

func TestRedirect(t *testing.T) {
	const target = "https://evil.example/login"
	tests := []struct{ name, href string }{
		{"parameter", "https://r.example/?u=" + target},
		{"encoded parameter", "https://www.google.com/url?q=https%3A%2F%2Fevil.example%2Flogin&sa=D"},
		{"encoded twice", "https://r.example/?u=https%253A%252F%252Fevil.example%252Flogin"},
		{"safelinks", "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.example%2Flogin&data=05"},
		{"barracuda", "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fevil.example%2flogin&c=E"},
		{"url defense 1", "https://urldefense.proofpoint.com/v1/url?u=https://evil.example/login&k=x"},
		{"url defense 2", "https://urldefense.proofpoint.com/v2/url?u=https-3A__evil.example_login&d=x"},
		{"url defense 3", "https://urldefense.com/v3/__https://evil.example/login__;!!abc$"},
		{"base64 parameter", "https://r.example/?u=aHR0cHM6Ly9ldmlsLmV4YW1wbGUvbG9naW4="},
		{"base64 without padding", "https://r.example/?u=aHR0cHM6Ly9ldmlsLmV4YW1wbGUvbG9naW4"},
		{"bing", "https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9ldmlsLmV4YW1wbGUvbG9naW4&ntb=1"},
		{"base64 in the path", "https://r.example/c/aHR0cHM6Ly9ldmlsLmV4YW1wbGUvbG9naW4/x"},
		{"path", "https://r.example/go/https://evil.example/login"},
		{"path encoded", "https://r.example/go/https%3A%2F%2Fevil.example%2Flogin"},
		{"amp", "https://www.google.com/amp/s/evil.example/login"},
		{"amp cache", "https://evil-example.cdn.ampproject.org/c/s/evil.example/login"},
		{"whole query", "https://r.example/?" + target},
		{"fragment", "https://r.example/#" + target},
		{"semicolon", "https://r.example/?a=1;u=" + target},
		{"office", "ms-word:ofe|u|" + target},
		{"blob", "blob:" + target},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(tt.href)
			for _, part := range a.Parts {
				if form, ok := part.Form.(*sekisho.Link); ok && part.Via == "redirect" && form.URL == target && form.Element == "redirect" {
					return
				}
			}
			t.Errorf("%q leads to %+v, %v", tt.href, a.Parts, err)
		})
	}
	for _, href := range []string{"https://r.example/?u=/login", "https://r.example/?u=http", "https://r.example/http/", "https://r.example/?q=https:colon"} {
		if a, _ := open(href); len(a.Parts) != 1 {
			t.Errorf("%q has parts %+v", href, a.Parts)
		}
	}
}

func TestRedirectDepth(t *testing.T) {
	a, err := open(strings.Repeat("https://r.example/?u=", 50) + "https://evil.example/")
	if !errors.Is(err, sekisho.ErrLimit) {
		t.Errorf("50 redirects: %v", err)
	}
	deepest := 0
	for part := range a.All() {
		deepest = max(deepest, part.Depth())
	}
	if deepest != 4 {
		t.Errorf("%d levels", deepest)
	}
}

func TestData(t *testing.T) {
	const page = "<script>1</script>"
	tests := []struct {
		name, href string
		kind       sekisho.Kind
		want       string
	}{
		{"page", "data:text/html,%3Cscript%3E1%3C/script%3E", sekisho.KindPage, page},
		{"page in base64", "data:text/html;charset=utf-8;base64,PHNjcmlwdD4xPC9zY3JpcHQ+", sekisho.KindPage, page},
		{"line breaks and upper case", "DA\nTA:Text/HTML;BASE64,PHNj\r\ncmlwdD4xPC9zY3JpcHQ%2B", sekisho.KindPage, page},
		{"svg", "data:image/svg+xml,<svg/>", sekisho.KindPage, "<svg/>"},
		{"script", "data:text/javascript,alert(1)", sekisho.KindFile, "alert(1)"},
		{"no type", "data:,a", sekisho.KindFile, "a"},
		{"broken base64", "data:image/png;base64,AAAA!BBBB", sekisho.KindFile, "\x00\x00\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(tt.href)
			if err != nil || len(a.Parts) != 1 {
				t.Fatalf("parts %+v, %v", a.Parts, err)
			}
			part := a.Parts[0]
			got, _ := io.ReadAll(io.NewSectionReader(part.Blob, 0, part.Size))
			if part.Kind != tt.kind || string(got) != tt.want || part.Via != "data" {
				t.Errorf("got %s %q via %s", part.Kind, got, part.Via)
			}
			if form := a.Form.(*sekisho.Link); form.Scheme != "data" || strings.Contains(form.URL, "script>") {
				t.Errorf("form %+v", form)
			}
		})
	}
}

// FuzzURLIsStable checks that a normalised URL is its own normal form, that hosts hold no forbidden code point, and that
// the budget holds.
func FuzzURLIsStable(f *testing.F) {
	for _, seed := range []string{"https://a@b.example:80/../x?y#z", `http:/\evil.example`, "foo:/.//p", "data:text/html;base64,AAAA", "file:\\\\a\\b", "mailto:a@b ?c",
		"http://0x7f.1/", "http://[::ffff:1.2.3.4]/", "https://urldefense.com/v3/__https://a.example__;", "javascript:1 #", "h\tttp://a", "https://r.example/?u=https://a.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, href string) {
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindLink, Form: &sekisho.Link{Href: href}}
		budget := sekisho.NewBudget(sekisho.Limits{Bytes: 1 << 12, Parts: 20})
		if err := link.Opener.Run(context.Background(), a, budget); err != nil {
			return
		}
		form := a.Form.(*sekisho.Link)
		if form.Site != "" {
			for i := 0; i < len(form.Host); i++ {
				if c := form.Host[i]; host.Forbidden(c) && !(form.IP && c == ':') {
					t.Fatalf("%q: host %q", href, form.Host)
				}
			}
		}
		if form.URL == "" || form.Scheme == "data" {
			return
		}
		again := &sekisho.Artifact{ID: "0", Kind: sekisho.KindLink, Form: &sekisho.Link{Href: form.URL}}
		err := link.Opener.Run(context.Background(), again, sekisho.NewBudget(sekisho.Limits{}))
		if got := again.Form.(*sekisho.Link); got.URL != form.URL || got.Host != form.Host {
			t.Fatalf("%q = %q, then %q, %v", href, form.URL, got.URL, err)
		}
	})
}

func BenchmarkLink(b *testing.B) {
	for b.Loop() {
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindLink, Form: &sekisho.Link{Href: "https://click.kaede-ex.jp/track/open?campaign=20&id=0123456789abcdef&to=https%3A%2F%2Fwww.kaede-ex.jp%2F"}}
		if err := link.Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{})); err != nil {
			b.Fatal(err)
		}
	}
}
