package calendar

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"golang.org/x/text/encoding/japanese"
)

func open(raw string, limits sekisho.Limits) (*sekisho.Artifact, error) {
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Blob: strings.NewReader(raw), Size: int64(len(raw)), Form: &sekisho.File{Type: "text/calendar"}}
	return a, Opener.Run(context.Background(), a, sekisho.NewBudget(limits))
}

func outline(t testing.TB, a *sekisho.Artifact) (lines []string) {
	t.Helper()
	for _, p := range a.Parts {
		line := strings.TrimSpace(fmt.Sprintf("%s %s %s", p.Kind, p.Via, p.Name))
		if p.Blob != nil {
			data, err := io.ReadAll(io.NewSectionReader(p.Blob, 0, p.Size))
			if err != nil {
				t.Fatal(err)
			}
			line += ": " + string(data)
		}
		lines = append(lines, line)
	}
	return lines
}

func calendarOf(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func TestOpen(t *testing.T) {
	sjis, err := japanese.ShiftJIS.NewEncoder().String(calendarOf("SUMMARY:口座の確認が必要です"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, raw string
		want      []string
	}{
		{
			"words", calendarOf(`SUMMARY;LANGUAGE=ja:重要\, 確認`, `DESCRIPTION:a\nb \;\\ c\x`, "LOCATION:Tokyo"),
			[]string{"text content: 重要, 確認\na\nb ;\\ c\\x\nTokyo"},
		},
		{"folded inside a character", calendarOf("SUMMARY:\xe9\x87\r\n \x8d要 lo\r\n\tng"), []string{"text content: 重要 long"}},
		{"bare line feeds", "BEGIN:VCALENDAR\nSUMMARY:a\n b\nURL:https://a.example/\n", []string{"text content: ab", "link href https://a.example/"}},
		{
			"links, each once",
			calendarOf("URL:https://a.example/", "url;VALUE=URI:https://a.example/", `CONFERENCE;VALUE=URI;LABEL="x:y;z":https://b.example/`, "ATTACH:https://c.example/f.zip",
				"ATTACH:cid:x", "X-MEETING-URL:HTTPS://d.example/", "TZURL:http://tz.example/", `DESCRIPTION;ALTREP="https://e.example/":see https://f.example/`),
			[]string{
				"text content: see https://f.example/", "link href https://a.example/", "link href https://b.example/", "link href https://c.example/f.zip",
				"link href HTTPS://d.example/", "link href https://e.example/",
			},
		},
		{"page", calendarOf(`X-ALT-DESC;FMTTYPE=text/html:<p>a\, b`), []string{"page content: <p>a, b"}},
		{
			"file inside", calendarOf("ATTACH;FMTTYPE=Application/X-Thing;ENCODING=BASE64;VALUE=BINARY;FILENAME=a.exe:TV\r\n o="),
			[]string{"file attachment a.exe: MZ"},
		},
		{
			"people",
			calendarOf(`ORGANIZER;CN="楓取引所 ^'support^'";SENT-BY="mailto:x@sent.example":MAILTO:a@Org.Example`, "ATTENDEE;EMAIL=b@mail.example:urn:uuid:1", "ATTENDEE:mailto:c@org.example"),
			[]string{"text content: 楓取引所 \"support\"", "domain organizer org.example", "domain organizer sent.example", "domain organizer mail.example"},
		},
		{"shift_jis", sjis, []string{"text content: 口座の確認が必要です"}},
		{"nothing to see", calendarOf("DTSTART:20260101T000000Z"), nil},
		{"quote never closed", calendarOf(`URL;X="a:https://a.example/`, "SUMMARY:b"), []string{"text content: b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(tt.raw, sekisho.Limits{})
			if err != nil {
				t.Errorf("gap: %v", err)
			}
			if got := outline(t, a); !slices.Equal(got, tt.want) {
				t.Errorf("parts\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestOpenGaps(t *testing.T) {
	links := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "URL:https://a.example/%d\r\nATTENDEE:mailto:a@b%d.example\r\n", i, i)
		}
		return b.String()
	}
	tests := []struct {
		name, raw string
		limits    sekisho.Limits
		class     error
		parts     int
	}{
		{"not a calendar", "hello", sekisho.Limits{}, sekisho.ErrMalformed, 0},
		{"no beginning", "SUMMARY:hello", sekisho.Limits{}, sekisho.ErrMalformed, 1},
		{"links and domains", calendarOf(links(1000)), sekisho.Limits{}, sekisho.ErrLimit, linkLimit + domainLimit},
		{"parts", calendarOf(links(50)), sekisho.Limits{Parts: 7}, sekisho.ErrLimit, 7},
		{"bytes", calendarOf("SUMMARY:" + strings.Repeat("a", 100)), sekisho.Limits{Bytes: 50}, sekisho.ErrLimit, 0},
		{"properties", calendarOf(strings.Repeat("A:b\r\n", lineLimit)), sekisho.Limits{}, sekisho.ErrLimit, 0},
		{"size", calendarOf("SUMMARY:a", "X:"+strings.Repeat("a", sizeLimit)), sekisho.Limits{}, sekisho.ErrLimit, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(tt.raw, tt.limits)
			if !errors.Is(err, tt.class) || len(a.Parts) != tt.parts {
				t.Errorf("error %v, %d parts; want %v, %d", err, len(a.Parts), tt.class, tt.parts)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	raw := []byte(calendarOf("SUMMARY:a"))
	a := &sekisho.Artifact{Kind: sekisho.KindFile, Blob: bytes.NewReader(raw), Size: int64(len(raw))}
	if err := Opener.Run(ctx, a, sekisho.NewBudget(sekisho.Limits{})); !errors.Is(err, sekisho.ErrTimeout) {
		t.Errorf("error %v, want timeout", err)
	}
}

func FuzzOpenNeverExceedsBudget(f *testing.F) {
	f.Add(calendarOf("SUMMARY:a", `ORGANIZER;CN="b":mailto:a@b.example`, "URL:https://a.example/", "ATTACH;ENCODING=BASE64:TVo=", "X-ALT-DESC:<p>"))
	f.Add("BEGIN:VCALENDAR\n a\n b;c=\"d:e")
	f.Fuzz(func(t *testing.T, raw string) {
		limits := sekisho.Limits{Parts: 20, Bytes: 1 << 20}
		a, err := open(raw, limits)
		if err != nil && !errors.Is(err, sekisho.ErrLimit) && !errors.Is(err, sekisho.ErrMalformed) {
			t.Errorf("error without a class: %v", err)
		}
		var size int64
		for _, p := range a.Parts {
			size += p.Size
			if !utf8.ValidString(p.Name) {
				t.Errorf("name %q", p.Name)
			}
		}
		if len(a.Parts) > limits.Parts || size > limits.Bytes {
			t.Errorf("%d parts, %d bytes", len(a.Parts), size)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	raw := calendarOf("SUMMARY:重要", "DESCRIPTION:"+strings.Repeat("please confirm at https://a.example/ \r\n ", 50), "ORGANIZER;CN=a:mailto:a@b.example", "URL:https://a.example/")
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := open(raw, sekisho.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
