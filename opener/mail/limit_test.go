package mail

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
)

// bombs are mails made to be expensive.
func bombs() map[string]string {
	var nested, closing strings.Builder
	nested.WriteString(top)
	for i := range 1000 {
		fmt.Fprintf(&nested, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	for i := 999; i >= 0; i-- {
		fmt.Fprintf(&closing, "--b%d--\r\n", i)
	}
	prefixes := top
	for i := range 40 {
		b := strings.Repeat("x", i+1)
		prefixes += "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n"
	}
	mixed := top + "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
	return map[string]string{
		"levels, unclosed":     nested.String(),
		"levels, closed":       nested.String() + "\r\ndeep\r\n" + closing.String(),
		"parts":                mixed + strings.Repeat("--x\r\n\r\na\r\n", 100_000),
		"parts without body":   mixed + strings.Repeat("--x\r\n", 100_000),
		"prefix boundaries":    prefixes + strings.Repeat("--"+strings.Repeat("x", 50)+"\r\n", 20_000),
		"header of one line":   "Subject: " + strings.Repeat("a", 1<<20) + "\r\n" + top + "\r\nbody",
		"header of many lines": strings.Repeat("X: y\r\n", 1<<18) + top + "\r\nbody",
		"junk lines":           top + strings.Repeat("j\n", 1<<19) + "\r\nbody",
		"words without end":    "Subject: " + strings.Repeat("=?a?Q? ", 30_000) + "\r\n" + top + "\r\n",
		"words in words":       "Subject: " + strings.Repeat("=?utf-8?B?", 20_000) + "\r\n" + top + "\r\n",
		"words of charsets":    "Subject: " + strings.Repeat("=?big5?Q?a?= =?gbk?Q?a?= ", 8_000) + "\r\n" + top + "\r\n",
		"open quotes":          "From: " + strings.Repeat(`"\`, 100_000) + "\r\n\r\n",
		"open brackets":        "From: " + strings.Repeat(`<"a,`, 60_000) + "\r\n\r\n",
		"open comments":        "From: " + strings.Repeat(`(`, 200_000) + "a@b.example\r\n\r\n",
		"colons":               "From: " + strings.Repeat("a", 100_000) + "@" + strings.Repeat(":", 100_000) + "\r\n\r\n",
		"parameters":           top + "Content-Type: text/plain" + strings.Repeat("; a*0=b", 20_000) + "\r\n\r\n",
		"addresses":            top + "To: " + strings.Repeat("a@b.example,", 20_000) + "\r\n\r\n",
		"domains":              "From: " + strings.Repeat("a@b.example,", 100) + numbered("a@b%d.example,", 1000) + "\r\n\r\n",
		"uuencode":             top + "\r\n" + strings.Repeat("begin 644 a\r\n#0V%T\r\n", 50_000),
		"mails in mails":       strings.Repeat(top+"Content-Type: message/rfc822\r\n\r\n", 1000),
	}
}

func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestOpenEndsWithinTheBudget(t *testing.T) {
	limits := sekisho.Limits{Parts: 500, Bytes: 8 << 20}
	for name, raw := range bombs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := open(t, raw, limits)
			checkBounds(t, a, limits)
			if err != nil && !errors.Is(err, sekisho.ErrLimit) {
				t.Errorf("error %v, want limit", err)
			}
		})
	}
}

func TestOpenSaysWhatIsLeftOut(t *testing.T) {
	for _, name := range []string{"levels, unclosed", "levels, closed", "parts", "parts without body", "prefix boundaries", "header of one line", "header of many lines", "domains"} {
		if _, err := open(t, bombs()[name], sekisho.Limits{Parts: 500}); !errors.Is(err, sekisho.ErrLimit) {
			t.Errorf("%s: error %v, want limit", name, err)
		}
	}
	long := top + "\r\n" + strings.Repeat("a", 1000)
	a, err := open(t, long, sekisho.Limits{Entry: 100})
	if !errors.Is(err, sekisho.ErrLimit) || len(outline(t, a)) != 1 {
		t.Errorf("mail above the limit: %v, parts %q", err, outline(t, a))
	}
}

func TestOpenReadsOnAfterALongHeader(t *testing.T) {
	const html = "Content-Type: text/html\r\nSubject: pay\r\n"
	for name, raw := range map[string]string{
		"one field":   "X: " + strings.Repeat("a", 1<<20) + "\r\n" + top + html + "\r\n<p>",
		"one folded":  "X: a\r\n" + strings.Repeat(" a\r\n", 1<<18) + top + html + "\r\n<p>",
		"many fields": strings.Repeat("X: y\r\n", 1<<18) + top + html + "\r\n<p>",
	} {
		a, err := open(t, raw, sekisho.Limits{})
		m := a.Form.(*sekisho.Mail)
		if !errors.Is(err, sekisho.ErrLimit) || len(m.From) != 1 || m.Subject != "pay" || outline(t, a)[0] != "page body: <p>" {
			t.Errorf("%s: %v, From %v, Subject %q, parts %q", name, err, m.From, m.Subject, outline(t, a))
		}
	}
}

func TestOpenStopsWhenTheTimeIsUp(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	raw := bombs()["parts"]
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Blob: strings.NewReader(raw), Size: int64(len(raw))}
	if err := Opener.Run(ctx, a, sekisho.NewBudget(sekisho.Limits{})); !errors.Is(err, sekisho.ErrTimeout) {
		t.Errorf("error %v, want timeout", err)
	}
}

func TestOpenNamesWhatStaysClosed(t *testing.T) {
	for media, class := range map[string]error{
		"multipart/encrypted; boundary=x":                       sekisho.ErrEncrypted,
		"application/pkcs7-mime; smime-type=enveloped-data":     sekisho.ErrEncrypted,
		"application/pkcs7-mime; smime-type=signed-data":        sekisho.ErrUnavailable,
		"message/partial; id=1; number=1; total=2":              sekisho.ErrUnavailable,
		"text/plain\r\nX: -\r\n\r\n-----BEGIN PGP MESSAGE-----": sekisho.ErrEncrypted,
	} {
		if _, err := open(t, top+"Content-Type: "+media+"\r\n\r\n--x\r\n\r\na\r\n--x--", sekisho.Limits{}); !errors.Is(err, class) {
			t.Errorf("%s: error %v, want %v", media, err, class)
		}
	}
}

func checkBounds(t testing.TB, a *sekisho.Artifact, limits sekisho.Limits) {
	t.Helper()
	if len(a.Parts) > limits.Parts {
		t.Errorf("%d parts, limit %d", len(a.Parts), limits.Parts)
	}
	var size int64
	for _, p := range a.Parts {
		size += p.Size
		if !utf8.ValidString(p.Name) || strings.ContainsRune(p.Name, 0) {
			t.Errorf("name %q", p.Name)
		}
		if p.Kind == sekisho.KindText || p.Kind == sekisho.KindPage {
			if !utf8.ValidString(content(t, p)) {
				t.Errorf("%s %s is not UTF-8", p.Kind, p.Via)
			}
		}
	}
	if size > limits.Bytes {
		t.Errorf("%d bytes, limit %d", size, limits.Bytes)
	}
	m := a.Form.(*sekisho.Mail)
	for _, s := range append([]string{m.Subject}, m.Values("From")...) {
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r\n") {
			t.Errorf("header %q", s)
		}
	}
}

func FuzzOpenNeverExceedsBudget(f *testing.F) {
	f.Add([]byte(top + "Content-Type: multipart/mixed; boundary=\"m\"\r\n\r\n--m\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b\r\n\r\n--m\r\n" +
		"Content-Type: image/png; name*=utf-8''%41.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBO\r\n--m--\r\n"))
	f.Add([]byte(top + "Subject: =?iso-2022-jp?B?GyRCPUVNVw==?= =?utf-8?Q?a=ZZ\r\n\r\nbegin 644 a\r\n#0V%T\r\nend\r\n=ybegin name=x\r\nabc"))
	f.Add([]byte(`From: "a" <b@c>, G: (x) =?utf-8?B?YQ?= <d@e;` + "\r\nContent-Type: multipart/x; boundary*0=\"a; b*1=c\r\n\r\n--a\r\n--a--"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		limits := sekisho.Limits{Parts: 50, Bytes: 1 << 20, Depth: 5}
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Blob: bytes.NewReader(raw), Size: int64(len(raw))}
		if err := Opener.Run(context.Background(), a, sekisho.NewBudget(limits)); err != nil && !classed(err) {
			t.Errorf("error without a class: %v", err)
		}
		checkBounds(t, a, limits)
	})
}

func classed(err error) bool {
	for _, class := range []error{sekisho.ErrEncrypted, sekisho.ErrLimit, sekisho.ErrMalformed, sekisho.ErrTimeout, sekisho.ErrUnavailable} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// generated is a mail of the usual kind: headers as servers add them, two bodies, a picture and a file, about 40 KB.
func generated() string {
	picture := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("\x89PNG\r\n"), 2000))
	var lines strings.Builder
	for len(picture) > 0 {
		n := min(76, len(picture))
		lines.WriteString(picture[:n] + "\r\n")
		picture = picture[n:]
	}
	page := "<html><body>" + strings.Repeat("<p>Your statement is ready: =E3=81=82 <a href=3D\"https://kaede-ex.jp/\">=\r\nopen</a></p>\r\n", 100) + "</body></html>"
	return strings.Repeat("Received: from mx.kaede-ex.jp (mx.kaede-ex.jp [192.0.2.1])\r\n\tby in.kaede-ex.jp with ESMTPS id 1; Mon, 2 Jan 2006 15:04:05 +0900\r\n", 5) +
		"DKIM-Signature: v=1; a=rsa-sha256; d=kaede-ex.jp; b=" + strings.Repeat("abcdefgh\r\n\t", 30) + "\r\n" +
		"From: =?utf-8?B?5qWT5Y+W5byV5omA?= <info@kaede-ex.jp>\r\nTo: <a@b.example>\r\nSubject: =?iso-2022-jp?B?GyRCPUVNVxsoQg==?=\r\n" +
		"Date: Mon, 2 Jan 2006 15:04:05 +0900\r\nMessage-ID: <1@kaede-ex.jp>\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/mixed; boundary=\"m\"\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=\"a\"\r\n\r\n" +
		"--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + strings.Repeat("Your statement is ready: https://kaede-ex.jp/ あ\r\n", 60) +
		"--a\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + page + "\r\n--a--\r\n" +
		"--m\r\nContent-Type: image/png; name=a.png\r\nContent-ID: <p>\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines.String() + "--m--\r\n"
}

func BenchmarkOpen(b *testing.B) {
	raw := []byte(generated())
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Blob: bytes.NewReader(raw), Size: int64(len(raw))}
		if err := Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{})); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenBomb(b *testing.B) {
	for name, raw := range bombs() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				_, _ = open(b, raw, sekisho.Limits{}) // every error is a limit: TestOpenEndsWithinTheBudget
			}
		})
	}
}
