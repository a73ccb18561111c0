package inbox

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/effect/answer"
)

func mailWith(from string, headers ...string) *sekisho.Mail {
	_, domain, _ := strings.Cut(from, "@")
	m := &sekisho.Mail{From: []sekisho.Mailbox{{Address: from, Domain: domain}}, To: []sekisho.Mailbox{{Address: "Report@kaede-ex.jp"}}}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		m.Headers = append(m.Headers, sekisho.Header{Name: name, Value: value})
	}
	return m
}

func newDoor() *Door {
	return &Door{
		Config: Config{Server: Server{User: "report@kaede-ex.jp"}, Relay: &answer.Relay{}},
		Org: &sekisho.Org{Domains: []string{"kaede-ex.jp"}, AuthservIDs: []string{"mx.kaede-ex.jp"}, People: []sekisho.Person{
			{Name: sekisho.Name{En: "Aoi Mori", Ja: "森 葵"}, Addresses: []string{"aoi.private@example.net"}}, {Name: sekisho.Name{En: "Jo Smith"}, Addresses: []string{"jo@kaede-ex.jp"}},
		}},
	}
}

func TestWhoIsBelieved(t *testing.T) {
	const sato, passed = "Sato@kaede-ex.jp", "Authentication-Results: mx.kaede-ex.jp; dmarc=pass header.from=kaede-ex.jp"
	elsewhere := mailWith(sato, passed, "Delivered-To: mori@kaede-ex.jp")
	elsewhere.To = nil
	for _, c := range []struct {
		name    string
		proof   string
		deliver string
		mail    *sekisho.Mail
		want    reporter
	}{
		{"dmarc passed", "", "", mailWith(sato, passed), reporter{"sato@kaede-ex.jp", true, true}},
		{"a person's private address", "", "", mailWith("aoi.private@example.net", "Authentication-Results: mx.kaede-ex.jp; dkim=pass header.d=example.net"), reporter{"aoi.private@example.net", true, true}},
		{"below a domain", "", "", mailWith("x@tokyo.kaede-ex.jp", "Authentication-Results: MX.kaede-ex.jp 1; spf=pass (a; dmarc=fail) smtp.mailfrom=x@kaede-ex.jp"), reporter{"x@tokyo.kaede-ex.jp", true, true}},
		{"dkim of another", "", "", mailWith(sato, "Authentication-Results: mx.kaede-ex.jp; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example"), reporter{}},
		{"dmarc failed", "", "", mailWith(sato, "Authentication-Results: mx.kaede-ex.jp; dkim=pass header.d=kaede-ex.jp; dmarc=fail header.from=kaede-ex.jp"), reporter{}},
		{"in a comment", "", "", mailWith(sato, "Authentication-Results: mx.kaede-ex.jp; dmarc=none (x; dmarc=pass header.from=kaede-ex.jp)"), reporter{}},
		{"of another server", "", "", mailWith(sato, "Authentication-Results: evil.example; dmarc=pass header.from=kaede-ex.jp"), reporter{}},
		{"nothing shown", "", "", mailWith(sato), reporter{}},
		{"outsider", "from", "", mailWith("eve@evil.example"), reporter{}},
		{"outsider whose domain ends alike", "from", "", mailWith("eve@evilkaede-ex.jp"), reporter{}},
		{"From is believed", "from", "", mailWith(sato), reporter{"sato@kaede-ex.jp", true, true}},
		{"a header's word", "X-MS-Exchange-Organization-AuthAs: Internal", "", mailWith(sato, "X-Ms-Exchange-Organization-Authas: Internal"), reporter{"sato@kaede-ex.jp", true, true}},
		{"a header's other word", "X-MS-Exchange-Organization-AuthAs: Internal", "", mailWith(sato, "X-Ms-Exchange-Organization-Authas: Anonymous", passed), reporter{}},
		{"a header twice", "X-MS-Exchange-Organization-AuthAs: Internal", "", mailWith(sato, "X-Ms-Exchange-Organization-Authas: Internal", "X-Ms-Exchange-Organization-Authas: Internal"), reporter{}},
		{"unknown proof", "believe", "", mailWith(sato, passed), reporter{}},
		{"two addresses in one", "from", "", mailWith("sato@kaede-ex.jp,eve@evil.example"), reporter{}},
		{"quoted address", "from", "", mailWith(`"eve@evil.example"@kaede-ex.jp`), reporter{}},
		{"moved, unknown by whom", "", "", elsewhere, reporter{}},
		{"moved by its recipient", "", "Delivered-To", elsewhere, reporter{"mori@kaede-ex.jp", false, true}},
		{"moved out of no mailbox of ours", "", "Delivered-To", mailWith("eve@evil.example", "Delivered-To: eve@evil.example", "Delivered-To: mori@kaede-ex.jp"), reporter{}},
		{"sent to the mailbox by an outsider", "", "Delivered-To", mailWith("eve@evil.example", "Delivered-To: report@kaede-ex.jp", "Delivered-To: mori@kaede-ex.jp"), reporter{}},
		{"a program", "", "", mailWith(sato, passed, "Auto-Submitted: auto-generated"), reporter{"sato@kaede-ex.jp", true, false}},
		{"no program", "", "", mailWith(sato, passed, "Auto-Submitted: no"), reporter{"sato@kaede-ex.jp", true, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDoor()
			d.Config.Proof, d.Config.Delivered = c.proof, c.deliver
			if got := d.whose(c.mail); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestLanguages(t *testing.T) {
	both, ja, en := []sekisho.Lang(nil), []sekisho.Lang{sekisho.Japanese}, []sekisho.Lang{sekisho.English}
	for _, c := range []struct {
		name, from, said string
		headers          []string
		want             []sekisho.Lang
	}{
		{"Japanese words", "jo@kaede-ex.jp", "確認お願いします", nil, ja},
		{"English words", "aoi.private@example.net", "Could you have a look at this", nil, en},
		{"no words, the program's language", "jo@kaede-ex.jp", "", []string{"Accept-Language: ja-JP, en-US"}, ja},
		{"no words, an English program", "aoi.private@example.net", "", []string{"Content-Language: en-US"}, en},
		{"no words, a person with a name in Japanese", "aoi.private@example.net", "FYI", nil, ja},
		{"no words, nothing known", "jo@kaede-ex.jp", "FYI", nil, both},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := newDoor().langs(mailWith(c.from, c.headers...), reporter{c.from, true, true}, c.said); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestPace(t *testing.T) {
	var p pace
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	var got []int
	for _, key := range []string{"a", "b", "a", "c", "d", "c", "a"} {
		got = append(got, p.take("sato", key, 2, now))
	}
	if want := []int{paceAnswer, paceAnswer, paceAnswer, paceNote, paceSilent, paceNote, paceAnswer}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if p.take("mori", "a", 2, now) != paceAnswer || p.take("sato", "e", 2, now.Add(time.Hour)) != paceAnswer {
		t.Error("another reporter, or a later hour, is not answered")
	}
}

func TestMailThatIsCut(t *testing.T) {
	root, cut := letter{raw: []byte("Subject: a"), size: 10}.artifact()
	if root.Size != 10 || len(cut) != 0 {
		t.Errorf("a whole mail has %d bytes and %v", root.Size, cut)
	}
	root, cut = letter{raw: []byte("Subject: a"), size: 11}.artifact()
	if root.Size != 10 || len(cut) != 1 || cut[0].Class() != "limit" {
		t.Errorf("a mail that was cut has %d bytes and %v", root.Size, cut)
	}
}
