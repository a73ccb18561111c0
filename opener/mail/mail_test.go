package mail

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

func open(t testing.TB, raw string, limits sekisho.Limits) (*sekisho.Artifact, error) {
	t.Helper()
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Blob: strings.NewReader(raw), Size: int64(len(raw))}
	err := Opener.Run(context.Background(), a, sekisho.NewBudget(limits))
	return a, err
}

func content(t testing.TB, a *sekisho.Artifact) string {
	t.Helper()
	if form, ok := a.Form.(*sekisho.TextForm); ok {
		return form.Content
	}
	if a.Blob == nil {
		return ""
	}
	data, err := io.ReadAll(io.NewSectionReader(a.Blob, 0, a.Size))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// outline lists the parts of a mail but for subjects and domains: kind via name: content.
func outline(t testing.TB, a *sekisho.Artifact) (lines []string) {
	t.Helper()
	for _, p := range a.Parts {
		if p.Via == "subject" || p.Kind == sekisho.KindDomain {
			continue
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", p.Kind, p.Via, p.Name))+": "+content(t, p))
	}
	return lines
}

const top = "From: a@b.example\r\n"

func TestOpen(t *testing.T) {
	tests := []struct {
		name, raw string
		want      []string
		defects   []string
	}{
		{"plain", top + "\r\nhello\r\n", []string{"text body: hello\r\n"}, nil},
		{"no body", top, []string{"text body: "}, nil},
		{
			"alternative keeps both",
			top + "Content-Type: multipart/alternative; boundary=x\r\n\r\npreamble\r\n--x\r\n\r\ntext\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>page\r\n--x--\r\nepilogue",
			[]string{"text body: text", "page body: <p>page"}, nil,
		},
		{
			"missing closing boundary",
			top + "Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\n\ntwo\n",
			[]string{"text body: one", "text body: two\n"},
			[]string{UnclosedMultipart, BareLF},
		},
		{
			"bad base64 keeps what is around the junk",
			top + "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\naGVs*!*bG8=d29y\r\nbGQ\r\n--x--\r\n",
			[]string{"file attachment a.zip: helloworld"},
			[]string{BadBase64},
		},
		{"header line without colon", "Subject: s\r\njunk line\r\n" + top + "\r\nhello", []string{"text body: hello"}, []string{BadHeader}},
		{
			"duplicate content type follows the first", top + "Content-Type: text/html\r\nContent-Type: text/plain\r\n\r\n<p>",
			[]string{"page body: <p>"},
			[]string{DuplicateContentType},
		},
		{"two From headers", top + "From: c@d.example\r\n\r\nx", []string{"text body: x"}, []string{DuplicateFrom}},
		{
			"direction override in an RFC 2231 name",
			top + "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename*=utf-8''inv%E2%80%AEfdp.exe\r\n\r\nMZ",
			[]string{"file attachment inv\u202efdp.exe: MZ"},
			[]string{InvisibleInName},
		},
		{
			"quote in an unquoted boundary", top + "Content-Type: multipart/mixed; boundary=x\"y\r\n\r\n--x\"y\r\n\r\none\r\n--x\"y--",
			[]string{"text body: one"}, nil,
		},
		{
			"boundary not stated", top + "Content-Type: multipart/mixed\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>\r\n--x--",
			[]string{"page body: <p>"},
			[]string{MissingBoundary},
		},
		{
			"boundary that never comes", top + "Content-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n\r\none",
			[]string{"text body: --y\r\n\r\none"},
			[]string{MissingBoundary},
		},
		{
			"nested and unclosed inside", top + "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/alternative; boundary=ab\r\n\r\n--ab\r\n\r\none\r\n--a\r\n\r\ntwo\r\n--a--",
			[]string{"text body: one", "text body: two"},
			[]string{UnclosedMultipart},
		},
		{
			"parts after the end", top + "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\none\r\n--a--\r\n--a\r\n\r\ntwo\r\n--a--",
			[]string{"text body: one", "text body: two"},
			[]string{ReopenedMultipart},
		},
		{
			"part without an empty line", top + "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nhello there\r\n--a\r\nContent-Type: text/html\r\n--a--",
			[]string{"text body: hello there", "page body: "},
			[]string{BadHeader},
		},
		{
			"attached text and page are files",
			top + "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\none\r\n--a\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=\"b.html\"\r\n\r\n<p>\r\n--a--",
			[]string{"file attachment a.txt: one", "file attachment b.html: <p>"}, nil,
		},
		{
			"mail inside", top + "Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\n\r\nin",
			[]string{"mail attachment: From: x@y.example\r\n\r\nin"}, nil,
		},
		{
			"digest", top + "Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\nFrom: x@y.example\r\n\r\nin\r\n--a--",
			[]string{"mail attachment: From: x@y.example\r\n\r\nin"}, nil,
		},
		{
			"delivery status", top + "Content-Type: message/delivery-status\r\n\r\nAction: failed",
			[]string{"text body: Action: failed"}, nil,
		},
		{
			"page with the name of a page is a file", top + "Content-Type: text/html; name=invoice.html\r\n\r\n<p>",
			[]string{"file attachment invoice.html: <p>"}, nil,
		},
		{
			"text named as text is a body", top + "Content-Disposition: inline; filename=a.txt\r\n\r\nhi",
			[]string{"text body a.txt: hi"}, nil,
		},
		{
			"boundary that looks encoded",
			top + "Content-Type: multipart/mixed; boundary=\"=?utf-8?Q?a?=\"\r\n\r\n--=?utf-8?Q?a?=\r\n\r\none\r\n--=?utf-8?Q?a?=--",
			[]string{"text body: one"}, nil,
		},
		{
			"boundary in 8-bit bytes", top + "Content-Type: multipart/mixed; boundary=\"\x83\x8d\"\r\n\r\n--\x83\x8d\r\nContent-Type: text/html\r\n\r\none\r\n--\x83\x8d--",
			[]string{"page body: one"},
			[]string{MissingBoundary, Raw8BitHeader},
		},
		{"calendar", top + "Content-Type: text/calendar; name=i.ics\r\n\r\nBEGIN:VCALENDAR", []string{"file attachment i.ics: BEGIN:VCALENDAR"}, nil},
		{
			"uuencoded file in a text", top + "\r\nsee\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nbye",
			[]string{"text body: see\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nbye", "file uuencode cat.txt: Cat"}, nil,
		},
		{"unknown transfer encoding", top + "Content-Transfer-Encoding: hexa\r\n\r\nhi", []string{"text body: hi"}, []string{UnknownTransferEncoding}},
		{
			"several transfer encodings", top + "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=",
			[]string{"text body: aGk="},
			[]string{ConflictingTransferEncoding},
		},
		{
			"base64 behind another transfer encoding", top + "Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
				base64.StdEncoding.EncodeToString([]byte("Enter your recovery phrase today.")) + "\r\n",
			[]string{"text body: Enter your recovery phrase today."},
			[]string{ConflictingTransferEncoding},
		},
		{
			"page in base64 that nothing states", top + "Content-Type: text/html\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" +
				base64.StdEncoding.EncodeToString([]byte("<p>Enter your recovery phrase</p>")),
			[]string{"page body: <p>Enter your recovery phrase</p>"},
			[]string{ConflictingTransferEncoding},
		},
		{"text of one long word", top + "\r\n" + strings.Repeat("abcd", 20), []string{"text body: " + strings.Repeat("abcd", 20)}, nil},
		{
			"utf-16 stated in ascii", top + "Content-Type: text/html\r\n\r\n<meta charset=utf-16le><p>a",
			[]string{"page body: <meta charset=utf-16le><p>a"}, nil,
		},
		{
			"quoted-printable", top + "Content-Transfer-Encoding: Quoted-Printable\r\n\r\nso=\r\nft =3D=e3=81=82  \r\n=ZZ=",
			[]string{"text body: soft =あ\r\n=ZZ"},
			[]string{BadCharset, BadQuotedPrintable},
		},
		{"content type without subtype", top + "Content-Type: text\r\n\r\nhi", []string{"text body: hi"}, []string{BadContentType}},
		{"content type without semicolon", top + "Content-Type: text/html charset=shift_jis\r\n\r\n\x83\x8d", []string{"page body: ロ"}, nil},
		{"charset in the page", top + "Content-Type: text/html\r\n\r\n<meta charset=\"EUC-JP\">\xa5\xed", []string{"page body: <meta charset=\"EUC-JP\">ロ"}, nil},
		{"nul in a text", top + "\r\na\x00b", []string{"text body: a\x00b"}, []string{NulByte}},
		{"mbox line", "From x Mon Jan 1\r\n" + top + "\r\nhi", []string{"text body: hi"}, nil},
		{"lines of old Macs", "From: a@b.example\rSubject: x\r\rhi", []string{"text body: hi"}, []string{BareCR}},
		{"no From", "Subject: x\r\n\r\nhi", []string{"text body: hi"}, []string{NoFrom}},
		{"winmail.dat", top + "Content-Type: application/octet-stream; name=WINMAIL.DAT\r\n\r\nx", []string{"file attachment WINMAIL.DAT: x"}, nil},
		{
			"names with different extensions",
			top + "Content-Type: application/octet-stream; name=a.exe\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx",
			[]string{"file attachment a.pdf: x"},
			[]string{ConflictingName},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(t, tt.raw, sekisho.Limits{})
			if cut := tt.name == "missing closing boundary"; (err != nil) != cut || cut && !errors.Is(err, sekisho.ErrMalformed) {
				t.Errorf("gap: %v", err)
			}
			if got := outline(t, a); !slices.Equal(got, tt.want) {
				t.Errorf("parts\n got %q\nwant %q", got, tt.want)
			}
			got := a.Form.(*sekisho.Mail).Defects
			slices.Sort(got)
			slices.Sort(tt.defects)
			if !slices.Equal(got, tt.defects) {
				t.Errorf("defects %q, want %q", got, tt.defects)
			}
		})
	}
}

func TestOpenYEnc(t *testing.T) {
	a, err := open(t, top+"\r\n=ybegin line=128 size=3 name=c d.bin\r\nm\x8b=\xca\r\n=yend size=3\r\n", sekisho.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got := outline(t, a)
	if want := "file yenc c d.bin: Ca`"; got[len(got)-1] != want {
		t.Errorf("parts %q, want %q last", got, want)
	}
}

func TestOpenWithoutHeader(t *testing.T) {
	for _, raw := range []string{"", "hello\r\nworld", "\r\nhello", "\x00\xff"} {
		a, err := open(t, raw, sekisho.Limits{})
		if !errors.Is(err, sekisho.ErrMalformed) {
			t.Errorf("%q: error %v, want malformed", raw, err)
		}
		if len(a.Parts) != 1 || a.Parts[0].Kind != sekisho.KindText {
			t.Errorf("%q: parts %q, want one text", raw, outline(t, a))
		}
	}
}

func TestOpenKeepsTheDoorsEnvelope(t *testing.T) {
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{Envelope: sekisho.Envelope{From: "door@e.example", Client: "192.0.2.1"}}}
	raw := []byte("Return-Path: <other@r.example>\r\n" + top + "\r\nhi")
	a.Blob, a.Size = bytes.NewReader(raw), int64(len(raw))
	if err := Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{})); err != nil {
		t.Fatal(err)
	}
	m := a.Form.(*sekisho.Mail)
	if m.ReturnPath != "door@e.example" || m.Envelope.Client != "192.0.2.1" {
		t.Errorf("return path %q, envelope %+v", m.ReturnPath, m.Envelope)
	}
}

func TestOpenFillsTheForm(t *testing.T) {
	a, err := open(t, strings.Join([]string{
		"Return-Path: <bounce@r.example>", "From: =?utf-8?B?5qWT5Y+W5byV5omA?= <ceo@Kaede-EX.jp>", "Reply-To: x@evil.example, y@evil.example",
		"Sender: s@s.example", "To: G: a@b.example, c@d.example;", "Subject: =?iso-2022-jp?B?GyRCPUVNVxsoQg==?=", "Subject: two",
		"Date: Mon, 2 Jan 2006 15:04:05 +0900 (JST)", "Message-ID: <1@m>", "In-Reply-To: <2@m>", "References: <3@m>\r\n\t<2@m>", "", "hi",
	}, "\r\n"), sekisho.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m := a.Form.(*sekisho.Mail)
	want := sekisho.Mailbox{Name: "楓取引所", Address: "ceo@Kaede-EX.jp", Local: "ceo", Domain: "kaede-ex.jp"}
	if len(m.From) != 1 || m.From[0] != want {
		t.Errorf("From %+v, want %+v", m.From, want)
	}
	if m.Subject != "重要" || m.ReturnPath != "bounce@r.example" || m.MessageID != "1@m" || m.Date.IsZero() || len(m.To) != 2 || m.To[1].Group != "G" ||
		!reflect.DeepEqual(m.InReplyTo, []string{"2@m"}) || !reflect.DeepEqual(m.References, []string{"3@m", "2@m"}) {
		t.Errorf("form %+v", m)
	}
	var got []string
	for _, p := range a.Parts {
		got = append(got, p.Via+" "+p.Name+content(t, p))
	}
	if want := []string{"subject 重要", "subject two", "from kaede-ex.jp", "reply-to evil.example", "sender s.example", "return-path r.example", "body hi"}; !slices.Equal(got, want) {
		t.Errorf("parts %q\nwant %q", got, want)
	}
}

func TestExternalBodyIsAGap(t *testing.T) {
	_, err := open(t, top+"Content-Type: message/external-body; access-type=URL; URL=\"https://a.example/x\"\r\n\r\nContent-Type: text/html\r\n\r\n", sekisho.Limits{})
	if !errors.Is(err, sekisho.ErrUnavailable) {
		t.Errorf("%v", err)
	}
}
