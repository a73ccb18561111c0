package inbox_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/inbox"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/rules"
)

var kaede = &sekisho.Org{
	Name: sekisho.Text{En: "Kaede Exchange", Ja: "楓取引所"}, Domains: []string{"kaede-ex.jp"}, AuthservIDs: []string{"mx.kaede-ex.jp"},
	People: []sekisho.Person{{Name: sekisho.Name{En: "Aoi Mori", Ja: "森 葵"}, Role: "CEO", Addresses: []string{"mori@kaede-ex.jp"}}},
}

// newCheckpoint returns a checkpoint of everything built in.
func newCheckpoint(t testing.TB, record checkpoint.Record) *checkpoint.Checkpoint {
	t.Helper()
	set, err := rules.Load(detector.Rules, rules.Joined)
	if err != nil {
		t.Fatal(err)
	}
	kept := set.Rules[:0]
	for _, r := range set.Rules {
		if r.Status == sekisho.StatusStable || r.Status == sekisho.StatusTest {
			kept = append(kept, r)
		}
	}
	j, err := judge.Compile(kept, set.Conditions, detector.All)
	if err != nil {
		t.Fatal(err)
	}
	cp, err := checkpoint.New(checkpoint.Config{Openers: opener.All, Detectors: detector.All, Judge: j, Org: kaede, Record: record})
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

// newOpening returns a checkpoint that takes apart and judges by no rule.
func newOpening(t testing.TB) *checkpoint.Checkpoint {
	t.Helper()
	j, err := judge.Compile(nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	cp, err := checkpoint.New(checkpoint.Config{Openers: opener.All, Judge: j})
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

func open(cp *checkpoint.Checkpoint, raw []byte) *sekisho.Artifact {
	root := &sekisho.Artifact{Kind: sekisho.KindMail, Blob: bytes.NewReader(raw), Size: int64(len(raw))}
	cp.Inspect(context.Background(), root)
	return root
}

// A part is a MIME part as it is written.
type part struct{ header, body string }

func text(s string) part { return part{"Content-Type: text/plain; charset=utf-8", s} }
func page(s string) part { return part{"Content-Type: text/html; charset=utf-8", s} }
func file(name, media string, data []byte) part {
	return part{fmt.Sprintf("Content-Type: %s\r\nContent-Disposition: attachment; filename=%q\r\nContent-Transfer-Encoding: base64", media, name), base64.StdEncoding.EncodeToString(data)}
}
func attachedMail(raw string) part {
	return part{"Content-Type: message/rfc822\r\nContent-Disposition: attachment", raw}
}

// report returns a report by sato with the parts.
func report(kind string, parts ...part) string {
	var b strings.Builder
	b.WriteString("From: Hanako Sato <sato@kaede-ex.jp>\r\nTo: report@kaede-ex.jp\r\nSubject: Fwd: Urgent: confirm your wallet\r\n" +
		"Date: Sat, 21 Nov 2026 11:00:00 +0900\r\nMessage-ID: <report-1@kaede-ex.jp>\r\nAuthentication-Results: mx.kaede-ex.jp; dmarc=pass header.from=kaede-ex.jp\r\nMIME-Version: 1.0\r\n")
	if len(parts) == 1 {
		b.WriteString(parts[0].header + "\r\n\r\n" + parts[0].body)
		return b.String()
	}
	b.WriteString("Content-Type: multipart/" + kind + "; boundary=report\r\n\r\n")
	for _, p := range parts {
		b.WriteString("--report\r\n" + p.header + "\r\n\r\n" + p.body + "\r\n")
	}
	b.WriteString("--report--\r\n")
	return b.String()
}

const attack = "From: Kaede Support <support@kaede-support.example>\r\nTo: sato@kaede-ex.jp\r\nSubject: Urgent: confirm your wallet\r\nMessage-ID: <attack-1@kaede-support.example>\r\n" +
	"Date: Sat, 21 Nov 2026 10:02:03 +0900\r\nReceived: from evil.example by mx.kaede-ex.jp; Sat, 21 Nov 2026 10:02:03 +0900\r\n\r\n" + asked + "\r\n"

func mailOf(t *testing.T, a *sekisho.Artifact) *sekisho.Mail {
	t.Helper()
	m, ok := a.Form.(*sekisho.Mail)
	if !ok {
		t.Fatalf("%s %q is no mail that was opened", a.Kind, a.Name)
	}
	return m
}

func raw(t *testing.T, a *sekisho.Artifact) string {
	t.Helper()
	data, err := io.ReadAll(io.NewSectionReader(a.Blob, 0, a.Size))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestInlineForwards(t *testing.T) {
	cp := newOpening(t)
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			var parts []part
			if f.text != "" {
				parts = append(parts, text(f.text))
			}
			if f.page != "" {
				parts = append(parts, page(f.page))
			}
			list, said := inbox.Split(open(cp, []byte(report("alternative", parts...))))
			if len(list) != 1 || list[0].How != inbox.HowInline || len(list[0].Gaps) != 1 {
				t.Fatalf("split into %+v, want one inline mail with its gap", list)
			}
			cp.Inspect(context.Background(), list[0].Root)
			checkInline(t, f, list[0].Root)
			if got := strings.Contains(said, "差出人"); got != f.japanese {
				t.Errorf("the reporter's program speaks Japanese: %v, want %v", got, f.japanese)
			}
		})
	}
}

func checkInline(t *testing.T, f form, root *sekisho.Artifact) {
	t.Helper()
	m := mailOf(t, root)
	if !slices.Contains(m.Defects, inbox.Defect) {
		t.Errorf("defects %q", m.Defects)
	}
	switch {
	case f.address == "-":
		if len(m.From) > 0 && m.From[0].Address != "" {
			t.Errorf("an address was made up: %+v", m.From)
		}
	case len(m.From) != 1 || m.From[0].Address != attacker || m.From[0].Name != "Kaede Support":
		t.Errorf("from %+v", m.From)
	}
	if m.Subject != "Urgent: confirm your wallet" {
		t.Errorf("subject %q", m.Subject)
	}
	if m.Date.IsZero() != f.noDate || !f.noDate && m.Date.UTC().Format("2006-01-02 15:04") != "2026-11-21 01:02" {
		t.Errorf("date %v", m.Date)
	}
	bodies, links := 0, 0
	for a := range root.All() {
		if a.Via == "body" {
			bodies++
			if s := raw(t, a); strings.Contains(s, "My own remark") || !strings.Contains(s, "Please confirm your wallet") {
				t.Errorf("body %q holds the remark, or lacks the words", s)
			}
		}
		if l, ok := a.Form.(*sekisho.Link); ok && strings.Contains(l.Href, "/wallet") {
			links++
		}
	}
	if want := min(len(f.text), 1) + min(len(f.page), 1); bodies != want || links < want {
		t.Errorf("%d bodies and %d links, want %d", bodies, links, want)
	}
}

func TestAttachedMailsAreJudgedAsTheyWereSent(t *testing.T) {
	cp := newOpening(t)
	second := strings.ReplaceAll(attack, "attack-1", "attack-2")
	for _, c := range []struct {
		name  string
		parts []part
		want  []string // how each is held, and what it is
	}{
		{"message/rfc822", []part{text(remark), attachedMail(attack)}, []string{"attached mail attack-1@kaede-support.example"}},
		{"eml file", []part{text(remark), file("suspicious.eml", "application/octet-stream", []byte(attack))}, []string{"attached mail attack-1@kaede-support.example"}},
		{"two mails", []part{attachedMail(attack), attachedMail(second)}, []string{"attached mail attack-1@kaede-support.example", "attached mail attack-2@kaede-support.example"}},
		{"a mail inside an attached mail", []part{attachedMail("Message-ID: <outer@x.example>\r\nContent-Type: message/rfc822\r\n\r\n" + attack)}, []string{"attached mail outer@x.example"}},
		{"a mail and a file", []part{text(remark), attachedMail(attack), file("invoice.pdf", "application/pdf", []byte("%PDF-1.4\n"))},
			[]string{"attached mail attack-1@kaede-support.example", "attached file invoice.pdf"}},
		{"signed by the reporter", []part{attachedMail(attack), file("smime.p7s", "application/pkcs7-signature", []byte{0x30, 0x00})}, []string{"attached mail attack-1@kaede-support.example"}},
		{"words beside an attached mail are no inline forward", []part{text("-----Original Message-----\nFrom: x@kaede-ex.jp\nSubject: a\nTo: b\n\nc"), attachedMail(attack)}, []string{"attached mail attack-1@kaede-support.example"}},
		{"neither", []part{text("What is this https://kaede-support.example/ ?")}, []string{"itself mail report-1@kaede-ex.jp"}},
		{"a file alone", []part{text("What is this?"), file("invoice.pdf", "application/pdf", []byte("%PDF-1.4\n"))}, []string{"itself mail report-1@kaede-ex.jp"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, _ := inbox.Split(open(cp, []byte(report("mixed", c.parts...))))
			var got []string
			for _, one := range list {
				what := string(one.Root.Kind) + " " + one.Root.Name
				if one.Root.Kind == sekisho.KindMail {
					cp.Inspect(context.Background(), one.Root)
					what = "mail " + mailOf(t, one.Root).MessageID
				}
				got = append(got, one.How+" "+what)
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestManyAttachedMailsAreAllLookedAt(t *testing.T) {
	var parts []part
	for i := range 14 {
		parts = append(parts, attachedMail(strings.ReplaceAll(attack, "attack-1", fmt.Sprint("attack-", i))))
	}
	list, _ := inbox.Split(open(newOpening(t), []byte(report("mixed", parts...))))
	if len(list) != 11 || list[10].How != inbox.HowItself || len(list[10].Gaps) != 1 {
		t.Fatalf("%d things, the last %+v; want ten mails and the report itself with a gap", len(list), list[len(list)-1])
	}
}

func TestFilesOfAnInlineForwardAreThoseOfTheMail(t *testing.T) {
	cp := newOpening(t)
	list, _ := inbox.Split(open(cp, []byte(report("mixed", text(forms[0].text), file("wallet-check.html", "text/html", []byte("<p>hello</p>"))))))
	cp.Inspect(context.Background(), list[0].Root)
	for a := range list[0].Root.All() {
		if a.Name == "wallet-check.html" && a.Kind == sekisho.KindFile && raw(t, a) == "<p>hello</p>" {
			return
		}
	}
	t.Error("the file is not in the mail written down again")
}

// TestHostileBlocks holds that what a block says cannot add headers or parts to the mail written down again.
func TestHostileBlocks(t *testing.T) {
	cp := newOpening(t)
	for name, block := range map[string]string{
		"encoded words":  "From: =?utf-8?B?RXZpbA0KQmNjOiB4?= <a@evil.example>\nSubject: =?utf-8?Q?a=0D=0ABcc:_b?=\nTo: c\n\nhello",
		"carriage":       "From: A <a@evil.example>\rBcc: x@kaede-ex.jp\nSubject: a\rX-Evil: 1\nTo: c\n\nhello",
		"separator":      "From: A <a@evil.example>\nSubject: a\u2028X-Evil: 1\u0085Bcc: b\nTo: c\n\nhello",
		"boundary":       "From: A <a@evil.example>\nSubject: a\nTo: c\n\n--=_\nX-Evil: 1\n",
		"long":           "From: " + strings.Repeat("A", 3000) + " <a@evil.example>\nSubject: " + strings.Repeat("あ", 900) + "\nTo: c\n\nhello",
		"right to left":  "From: A\u202Egpj <a@evil.example>\nSubject: a\u202Eb\nTo: c\n\nhello",
		"nul":            "From: A\x00 <a@evil.example>\nSubject: a\x00b\nTo: c\n\nhello",
		"id":             "From: A <a@evil.example>\nMessage-ID: <a@b>\r\n\tX-Evil: 1\nSubject: a\nTo: c\n\nhello",
		"many addresses": "From: A <a@evil.example>\nTo: " + strings.Repeat("x@y.example, ", 300) + "\nSubject: a\n\nhello",
	} {
		t.Run(name, func(t *testing.T) {
			list, _ := inbox.Split(open(cp, []byte(report("mixed", text("-----Original Message-----\n"+block)))))
			if list[0].How != inbox.HowInline {
				t.Fatalf("%+v is not inline", list)
			}
			cp.Inspect(context.Background(), list[0].Root)
			m := mailOf(t, list[0].Root)
			for _, h := range m.Headers {
				switch h.Name {
				case "From", "To", "Cc", "Subject", "Date", "X-Forwarded-Date", "Message-Id", "Mime-Version", "Content-Type", "Content-Transfer-Encoding":
				default:
					t.Errorf("header %s: %q", h.Name, h.Raw)
				}
				if strings.ContainsAny(h.Value, "\r\n\x00") {
					t.Errorf("header %s holds a line end: %q", h.Name, h.Value)
				}
			}
			if len(m.From) == 0 || m.From[0].Address != "a@evil.example" {
				t.Errorf("from %+v", m.From)
			}
		})
	}
}

// FuzzSplitNeverLosesTheMail holds that whatever a report holds, something of it is judged, that nothing panics, and that the bytes of
// every mail and file attached to it are in what is judged.
func FuzzSplitNeverLosesTheMail(f *testing.F) {
	for _, form := range forms {
		f.Add([]byte(report("alternative", text(form.text), page(form.page))))
	}
	f.Add([]byte(report("mixed", text(remark), attachedMail(attack), file("a.eml", "application/octet-stream", []byte(attack)), file("a.zip", "application/zip", []byte("PK\x03\x04")))))
	cp := newOpening(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 256<<10 {
			t.Skip()
		}
		opened := open(cp, data)
		list, _ := inbox.Split(opened)
		if len(list) == 0 {
			t.Fatal("nothing is judged")
		}
		var judged bytes.Buffer
		for _, one := range list {
			cp.Inspect(context.Background(), one.Root)
			for a := range one.Root.All() {
				if a.Blob != nil {
					judged.WriteString(raw(t, a))
				}
			}
		}
		for _, p := range opened.Parts {
			if p.Via != "attachment" || p.Blob == nil || p.Kind == sekisho.KindFile && strings.HasSuffix(p.Form.(*sekisho.File).Declared, "signature") {
				continue
			}
			if !bytes.Contains(judged.Bytes(), []byte(raw(t, p))) && len(p.Parts) == 0 {
				t.Fatalf("the bytes of %s %q are not judged", p.Kind, p.Name)
			}
		}
	})
}
