package console

import (
	"flag"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

var screenshots = flag.Bool("screenshots", false, "write pictures of the main pages to docs/screen")

// newServed makes a console that listens.
func newServed(t *testing.T, change func(*Config)) *world {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	w := newWorld(t, "http://localhost:"+port, change)
	server := &http.Server{Handler: w, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener) // ends with Close
	t.Cleanup(func() { server.Close() })
	return w
}

// known is what the pages Lists and Doors show in the pictures.
func known(c *Config) {
	day := time.Now().Add(-20 * time.Hour)
	c.Lists = func() []List {
		return []List{
			{Name: "ofac-sdn", Doc: sekisho.Text{En: "Addresses under sanctions of the United States", Ja: "米国の制裁対象アドレス"}, Source: "US Treasury, OFAC", Date: day, Entries: 812},
			{Name: "jpcert-phishing", Doc: sekisho.Text{En: "Phishing sites reported in Japan", Ja: "国内で報告されたフィッシングサイト"}, Source: "JPCERT/CC", Date: day.AddDate(0, 0, -19), Entries: 41_207, Stale: true},
			{Name: "ransomware", Doc: sekisho.Text{En: "Addresses to which ransoms were paid", Ja: "身代金の支払い先アドレス"}, Source: "Ransomwhere", Date: day.AddDate(0, 0, -2), Entries: 11_086},
		}
	}
	c.Doors = func() []Door {
		return []Door{
			{Name: "milter", Listen: "127.0.0.1:8890", State: "running", Shadow: true, Last: time.Now().Add(-4 * time.Minute), Count: 12_408},
			{Name: "inbox", Listen: "imaps://mail.kaede-ex.jp/report", State: "running", Last: time.Now().Add(-3 * time.Hour), Count: 31},
			{Name: "api", Listen: "127.0.0.1:8440", State: "running", Last: time.Now().Add(-2 * time.Minute), Count: 977},
			{Name: "watch", Listen: "/srv/download", State: "off"},
		}
	}
}

// TestInARealBrowser goes the whole way in both languages: the first link, a passkey, Today, a case, a decision, out and in again.
func TestInARealBrowser(t *testing.T) {
	for _, tt := range []struct{ lang, scheme, decided, shot string }{
		{"en", "light", "Confirmed. The case is closed.", "en"},
		{"ja", "dark", "攻撃と確認し、事案を完了しました。", "ja-dark"},
	} {
		t.Run(tt.lang+" "+tt.scheme, func(t *testing.T) {
			b := startChromium(t)
			w := newServed(t, known)
			w.examples()
			b.look(tt.scheme, tt.lang)
			shoot := func(page string) {
				if *screenshots {
					time.Sleep(150 * time.Millisecond)
					b.shoot(filepath.Join("..", "docs", "screen", page+"-"+tt.shot+".png"))
				}
			}
			secret, ok, err := w.People.FirstLink(t.Context())
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			b.open(w.JoinURL(secret))
			b.fill("#name", map[string]string{"en": "Shin Konno", "ja": "今野 慎"}[tt.lang])
			b.fill("#mail", "shin.konno@kaede-ex.jp")
			shoot("join")
			b.click("[data-passkey]")
			shoot("today")
			b.loading(func() { b.key("gc") })
			b.wait(`location.pathname == "/cases"`)
			shoot("cases")
			b.key("j")
			b.loading(func() { b.key("o") })
			b.wait(`location.pathname.startsWith("/cases/")`)
			there := b.text("location.pathname")
			if *screenshots {
				b.open(w.url + "/cases?q=" + url.QueryEscape(map[string]string{"en": "Microsoft", "ja": "賞与明細"}[tt.lang]))
				b.click("a.name")
			}
			shoot("case")
			if b.text(`!!document.querySelector("form[action$='/open']")`) == "true" {
				b.click("form[action$='/open'] button")
				b.text(`document.querySelector("#mail").scrollIntoView()`)
				shoot("mail")
			}
			b.text(`document.querySelector("#made").scrollIntoView()`)
			shoot("tree")
			b.text(`document.querySelector(".picture a").dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }))`)
			b.wait(`document.querySelector("#made details").open && document.querySelector(".node:target") != null`)
			b.open(w.url + there)
			b.text(`document.querySelector("#reason-confirm").value = "CEO fraud"`)
			b.click("form:has(#reason-confirm) button")
			if said := b.text(`document.querySelector(".flash").innerText`); said != tt.decided {
				t.Errorf("after the decision the page says %q", said)
			}
			for _, page := range []string{"/search?q=mori", "/rules", "/replay", "/lists", "/organisation", "/doors", "/jobs", "/log", "/people", "/me"} {
				b.open(w.url + page)
				if heading := b.text(`document.querySelector("h1").innerText`); strings.TrimSpace(heading) == "" {
					t.Errorf("%s has no heading", page)
				}
				name, _, _ := strings.Cut(page[1:], "?")
				if name == "search" || name == "rules" || name == "lists" || name == "organisation" || name == "log" {
					shoot(name)
				}
			}
			b.click("form[action='/sign-out'] button")
			b.open(w.url + there)
			if at := b.text("location.pathname"); at != "/sign-in" {
				t.Fatalf("signed out, the case is at %s", at)
			}
			shoot("sign-in")
			b.click("[data-passkey]")
			if at := b.text("location.pathname"); at != there {
				t.Errorf("after the sign-in at %s, want %s", at, there)
			}
			b.clean()
		})
	}
}
