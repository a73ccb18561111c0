package msg_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener/file"
	"github.com/sekisho/sekisho/opener/mail"
	"github.com/sekisho/sekisho/opener/msg"
	"github.com/sekisho/sekisho/opener/text"
)

const media = "application/vnd.ms-outlook"

// text16 returns the stream of a property of text.
func text16(folder string, id uint16, value string) entry {
	return entry{fmt.Sprintf("%s__substg1.0_%04X001F", folder, id), utf16z(value)}
}

func binary16(folder string, id uint16, value []byte) entry {
	return entry{fmt.Sprintf("%s__substg1.0_%04X0102", folder, id), value}
}

// fixed returns the stream of the fixed properties of a folder: pairs of an id and a value.
func fixed(folder string, header int, pairs ...uint64) entry {
	out := make([]byte, header)
	for i := 0; i < len(pairs); i += 2 {
		out = binary.LittleEndian.AppendUint32(out, uint32(pairs[i])<<16|3)
		out = append(out, 6, 0, 0, 0)
		out = binary.LittleEndian.AppendUint64(out, pairs[i+1])
	}
	return entry{folder + "__properties_version1.0", out}
}

func attach(n int) string { return fmt.Sprintf("__attach_version1.0_#%08X/", n) }

// sample is a mail with headers, two bodies, a file, and a mail inside.
func sample() []byte {
	inner := attach(1) + "__substg1.0_3701000D/"
	return compound(
		fixed("", 32, 0x3FDE, 65001),
		text16("", 0x007D, "Received: from a.example by b.example\r\nFrom: =?utf-8?B?5qOuIOiRtQ==?= <aoi@kaede-ex.jp>\r\nTo: ops@kaede-ex.jp\r\nSubject: Plan\r\nMIME-Version: 1.0\r\n"+
			"Content-Type: multipart/mixed;\r\n boundary=\"gone\"\r\n\r\nDate: Mon, 16 Nov 2026 10:00:00 +0900\r\n\r\n"),
		text16("", 0x0037, "Plan"), text16("", 0x1000, "出金の件です。"), binary16("", 0x1013, []byte("<p>出金の件です。</p>")),
		text16(attach(0), 0x3707, "計画.xlsx"), binary16(attach(0), 0x3701, []byte("\x00\x01\x02\x03\x04\x05\x06")), text16(attach(0), 0x370E, "application/vnd.ms-excel"), fixed(attach(0), 8, 0x3705, 1),
		fixed(attach(1), 8, 0x3705, 5),
		fixed(inner, 24, 0x0039, 133_000_000_000_000_000), text16(inner, 0x0037, "Inside: 見積\r\nX: y"), text16(inner, 0x0C1A, `Aoi "A" Mori`), text16(inner, 0x0C1F, "aoi@kaede-ex.jp"),
		text16(inner, 0x1000, "See below"), text16(inner+"__recip_version1.0_#00000000/", 0x3001, "Ren"), text16(inner+"__recip_version1.0_#00000000/", 0x39FE, "ren@kaede-ex.jp"),
		fixed(inner+"__recip_version1.0_#00000000/", 8, 0x0C15, 1),
	)
}

// tree opens the file and everything in it.
func tree(t testing.TB, data []byte) (*sekisho.Artifact, []sekisho.Gap) {
	t.Helper()
	rules, err := judge.Compile(nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	cp, err := checkpoint.New(checkpoint.Config{Openers: []*sekisho.Opener{file.Opener, mail.Opener, text.Opener, msg.Opener}, Judge: rules})
	if err != nil {
		t.Fatal(err)
	}
	a := &sekisho.Artifact{Kind: sekisho.KindFile, Name: "a.msg", Blob: bytes.NewReader(data), Size: int64(len(data))}
	verdict := cp.Inspect(t.Context(), a)
	return a, verdict.Gaps
}

func TestSavedMailIsAMail(t *testing.T) {
	t.Parallel()
	a, gaps := tree(t, sample())
	if len(gaps) > 0 {
		t.Error(gaps)
	}
	var got []string
	for part := range a.All() {
		switch form := part.Form.(type) {
		case *sekisho.Mail:
			got = append(got, fmt.Sprintf("mail %q from %s <%s> to %s, %d, %v", form.Subject, form.From[0].Name, form.From[0].Address, form.To[0].Address, form.Date.Year(), form.Defects))
		case *sekisho.TextForm:
			got = append(got, part.Via+" "+form.Content)
		case *sekisho.File:
			if part.Via == "attachment" {
				got = append(got, fmt.Sprintf("file %s %s %d", part.Name, form.Declared, part.Size))
			}
		}
		if part.Kind == sekisho.KindPage {
			page, err := io.ReadAll(io.NewSectionReader(part.Blob, 0, part.Size))
			got = append(got, fmt.Sprintf("page %s %v", page, err))
		}
	}
	want := []string{
		`mail "Plan" from 森 葵 <aoi@kaede-ex.jp> to ops@kaede-ex.jp, 2026, []`, "subject Plan", "body 出金の件です。", "page <p>出金の件です。</p> <nil>",
		"file 計画.xlsx application/vnd.ms-excel 7", `mail "Inside: 見積 X: y" from Aoi A Mori <aoi@kaede-ex.jp> to ren@kaede-ex.jp, 2022, []`, "subject Inside: 見積 X: y", "body See below",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestReminderSound(t *testing.T) {
	t.Parallel()
	a, _ := tree(t, compound(fixed("", 32), text16("", 0x0037, "x"), text16("", 0x801F, `\\203.0.113.7\a\b.wav`)))
	references := a.Form.(*sekisho.File).Document.References
	if len(references) != 1 || references[0] != (sekisho.Reference{Kind: "media", Target: `\\203.0.113.7\a\b.wav`}) {
		t.Errorf("%+v", references)
	}
}

func TestRTFBody(t *testing.T) {
	t.Parallel()
	rtf := "{\\rtf1 Plan}"
	packed := binary.LittleEndian.AppendUint32(make([]byte, 8), 0x414C454D)
	packed = append(append(packed, 0, 0, 0, 0), rtf...)
	a, gaps := tree(t, compound(fixed("", 32), text16("", 0x0037, "x"), text16("", 0x0C1F, "a@b.example"), binary16("", 0x1009, packed)))
	found := false
	for part := range a.All() {
		found = found || part.Kind == sekisho.KindFile && part.Name == "body.rtf" && part.Size == int64(len(rtf))
	}
	if !found || len(gaps) > 0 {
		t.Errorf("found %v, gaps %v", found, gaps)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	folder, deep := "", []entry{fixed("", 32)}
	for range 14 {
		folder += attach(0)
		deep = append(deep, fixed(folder, 8, 0x3705, 5))
		folder += "__substg1.0_3701000D/"
		deep = append(deep, fixed(folder, 24), text16(folder, 0x0037, "x"))
	}
	loop := sample()
	for at := len(loop) - 512; at < len(loop); at += 4 {
		binary.LittleEndian.PutUint32(loop[at:], uint32(at-len(loop)+512)/4)
	}
	many := []entry{fixed("", 32)}
	for i := range 2500 {
		many = append(many, fixed(attach(i), 8))
	}
	for _, tt := range []struct {
		name  string
		data  []byte
		class error
	}{
		{"mails within mails", compound(deep...), sekisho.ErrLimit}, {"sectors in a loop", loop, sekisho.ErrMalformed}, {"attachments without number", compound(many...), sekisho.ErrLimit},
		{"no compound file", []byte("none"), sekisho.ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Form: &sekisho.File{Type: media}, Blob: bytes.NewReader(tt.data), Size: int64(len(tt.data))}
			if err := msg.Opener.Run(t.Context(), a, sekisho.NewBudget(sekisho.Limits{})); !errors.Is(err, tt.class) {
				t.Errorf("%v, want %v", err, tt.class)
			}
		})
	}
}

// FuzzOpenNeverExceedsBudget: whatever the bytes, the opener returns, and adds at most one mail within the budget.
func FuzzOpenNeverExceedsBudget(f *testing.F) {
	f.Add(sample())
	f.Add(compound(fixed("", 32), text16("", 0x801F, `\\203.0.113.7\a`), fixed(attach(0), 8, 0x3705, 6), entry{attach(0) + "__substg1.0_3701000D/CONTENTS", []byte("x")}))
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := sekisho.Limits{Bytes: 8 << 20, Entry: 1 << 20}
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Form: &sekisho.File{Type: media}, Blob: bytes.NewReader(data), Size: int64(len(data))}
		b := sekisho.NewBudget(limits)
		err := msg.Opener.Run(t.Context(), a, b)
		if left, _ := b.Left(); left < 0 || len(a.Parts) > 1 || len(a.Parts) == 0 && err == nil {
			t.Errorf("%d parts, %d bytes left, %v", len(a.Parts), left, err)
		}
	})
}
