package milter

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/sekisho/sekisho"
)

func charsetReader(charset string, r io.Reader) (io.Reader, error) {
	coding, err := htmlindex.Get(charset)
	if err != nil {
		return nil, err
	}
	return coding.NewDecoder().Reader(r), nil
}

// bannered returns the mail with a banner, or reports that it gets none.
func bannered(t testing.TB, mail string) (string, bool) {
	t.Helper()
	mail = strings.ReplaceAll(strings.ReplaceAll(mail, "\r\n", "\n"), "\n", "\r\n")
	m := &message{}
	m.limit = 1 << 20
	m.write([]byte(mail))
	m.bodyStart = int64(strings.Index(mail, "\r\n\r\n") + 4)
	d := &Door{Lang: sekisho.Japanese}
	d.start()
	body, ok := d.banner(m, &sekisho.Passage{Verdict: sekisho.Verdict{Findings: []sekisho.Finding{{Title: sekisho.Text{En: "A name borrowed", Ja: "名前の借用"}}}}})
	return mail[:m.bodyStart] + string(body), ok
}

const jp = "差出人に確認"

func jis(t *testing.T, s string) string {
	t.Helper()
	coding, err := htmlindex.Get("iso-2022-jp")
	if err != nil {
		t.Fatal(err)
	}
	out, err := coding.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBanner(t *testing.T) {
	alternative := "Content-Type: multipart/alternative; boundary=b\n\npreamble\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nhello\n" +
		"--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<html><head><title>x</title></head><body class=3D\"a\">h=C3=A9llo</body></html>\n--b--\nepilogue\n"
	for _, tt := range []struct {
		name, mail string
		want       []string // pieces in order
		none       bool
	}{
		{"without a type", "Subject: x\n\nhello\n", []string{"CAUTION", "A name borrowed", "hello"}, false},
		{"UTF-8", "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\nhello\n", []string{jp, "名前の借用", "CAUTION", "hello"}, false},
		{"UTF-8 in 7bit", "Content-Type: text/plain; charset=UTF-8\n\nhello\n", []string{"CAUTION", "hello"}, false},
		{"alternative", alternative, []string{"preamble", "--b", jp, "hello", "--b", "<body class=3D\"a\">", "<div", "&#24046;", "h=C3=A9llo", "--b--", "epilogue"}, false},
		{"ISO-2022-JP", "Content-Type: text/plain; charset=iso-2022-jp\n\n" + jis(t, "日本") + "\n", []string{strings.Trim(jis(t, jp), "\x1b$B("), "CAUTION", jis(t, "日本")}, false},
		{"ISO-2022-JP page", "Content-Type: text/html; charset=iso-2022-jp\n\n<html><title>" + jis(t, "検索") + "</title><body>" + jis(t, "検索") + "</body></html>\n",
			[]string{"<body>", "<div", jis(t, "検索") + "</body>"}, false},
		{"a page without a body tag", "Content-Type: text/html\n\n<style>p{}</style><!-- <body> --><p>hello\n", []string{"<style>p{}</style>", "-->", "<div", "<p>hello"}, false},
		{"a page of text", "Content-Type: text/html\n\nhello\n", []string{"<div", "hello"}, false},
		{"inside mixed and related", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/related; boundary=\"a b\"\n\n--a b\nContent-Type: text/html\n\n<body>hi\n--a b--\n--a\nContent-Type: text/plain\nContent-Disposition: attachment\n\nfile\n--a--\n",
			[]string{"<body>", "<div", "hi", "--a b--", "\r\nfile"}, false},

		{"signed", "Content-Type: multipart/signed; boundary=b\n\n--b\n\nhello\n--b--\n", nil, true},
		{"signed inside", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nhello\n--b--\n--a--\n", nil, true},
		{"encrypted", "Content-Type: application/pkcs7-mime\n\nAAAA\n", nil, true},
		{"a boundary that does not end", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nhello\n", nil, true},
		{"two types", "Content-Type: text/plain\nContent-Type: text/html\n\nhello\n", nil, true},
		{"broken base64", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n!!!!\n", nil, true},
		{"an unknown encoding", "Content-Transfer-Encoding: x-zip\n\nhello\n", nil, true},
		{"UTF-16", "Content-Type: text/plain; charset=utf-16le\n\nhello\n", nil, true},
		{"no text", "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA\n", nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := bannered(t, tt.mail)
			if ok == tt.none {
				t.Fatalf("banner %t:\n%s", ok, got)
			}
			rest := got
			for _, piece := range tt.want {
				_, after, found := strings.Cut(rest, piece)
				if !found {
					t.Fatalf("%q is not where it should be in\n%s", piece, got)
				}
				rest = after
			}
		})
	}
}

func TestBannerInBase64(t *testing.T) {
	got, ok := bannered(t, "Content-Type: text/plain; charset=shift_jis\nContent-Transfer-Encoding: base64\n\nk/qWew==\n")
	if !ok {
		t.Fatal("no banner")
	}
	_, body, _ := strings.Cut(got, "\r\n\r\n")
	content, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\r\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := charsetReader("shift_jis", bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil || !strings.Contains(string(text), jp) || !strings.HasSuffix(string(text), "日本") {
		t.Errorf("%v: %s", err, text)
	}
}

// FuzzBannerKeepsTheRest: whatever the mail is, taking the banner out gives the texts as they were.
func FuzzBannerKeepsTheRest(f *testing.F) {
	f.Add("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: text/html\r\n\r\n<body>x\r\n--b--\r\n")
	f.Add("Content-Type: text/html; charset=iso-2022-jp\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<title>=1B$B8!:w=1B(B</title><p>=\r\nx\r\n")
	f.Add("Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n")
	f.Fuzz(func(t *testing.T, mail string) {
		if !strings.Contains(mail, "\r\n\r\n") || len(mail) > 64<<10 {
			return
		}
		m := &message{}
		m.limit = 1 << 20
		m.write([]byte(mail))
		m.bodyStart = int64(strings.Index(mail, "\r\n\r\n") + 4)
		before, ok := findTexts([]byte(mail))
		d := &Door{}
		d.start()
		body, changed := d.banner(m, &sekisho.Passage{})
		if !changed {
			return
		}
		with := mail[:m.bodyStart] + string(body)
		after, again := findTexts([]byte(with))
		if !ok || !again || len(after) != len(before) {
			t.Fatalf("%d texts, then %d", len(before), len(after))
		}
		for i, b := range before {
			was, _ := b.decode([]byte(mail[b.start:b.end]))
			is, _ := after[i].decode([]byte(with[after[i].start:after[i].end]))
			if at := len(is) - len(was); at < 0 || !endsAlike(was, is) {
				t.Fatalf("%q became %q", was, is)
			}
		}
	})
}

// endsAlike reports whether with is was with something inserted.
func endsAlike(was, with []byte) bool {
	for at := range len(was) + 1 {
		if bytes.HasPrefix(with, was[:at]) && bytes.HasSuffix(with, was[at:]) {
			return true
		}
	}
	return false
}
