package program

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector/program"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener/file"
	"github.com/sekisho/sekisho/rules"
	"github.com/sekisho/sekisho/worker"
)

func TestMain(m *testing.M) {
	worker.Main([]*sekisho.Opener{Opener}, os.Stdin, os.Stdout)
	os.Exit(m.Run())
}

func dense(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

func read(t testing.TB, data []byte) (sekisho.Program, error) {
	t.Helper()
	form := &sekisho.File{}
	a := &sekisho.Artifact{Kind: sekisho.KindFile, Form: form, Blob: bytes.NewReader(data), Size: int64(len(data))}
	err := Opener.Run(t.Context(), a, sekisho.NewBudget(sekisho.Limits{}))
	return form.Program, err
}

func TestAuthenticode(t *testing.T) {
	rootKey, key := newKey(t), newKey(t)
	root := issue(t, "Example Root", rootKey, nil, nil)
	signer := issue(t, "Kaede Exchange", key, root, rootKey)
	signed := portable{section: ".text", code: []byte("no code"), key: key, chain: []*x509.Certificate{signer, root}}.bytes(t)

	p, err := read(t, signed)
	s := p.Signature
	if err != nil || !s.Covers || !s.Valid || s.SelfSigned || !s.Rooted || s.Signer != "Kaede Exchange" || s.Issuer != "Example Root" || len(s.Chain) != 1 || p.Overlay != 0 {
		t.Errorf("signed: %+v, error %v", p, err)
	}
	changed := bytes.Replace(signed, []byte("no code"), []byte("on code"), 1)
	if p, _ := read(t, changed); p.Signature.Covers || p.Signature.Problem == "" {
		t.Errorf("changed: %+v", p.Signature)
	}
	appended := append(bytes.Clone(signed), "more"...)
	if p, _ := read(t, appended); p.Signature.Covers {
		t.Errorf("appended to: %+v", p.Signature)
	}
	own := issue(t, "Microsoft Corporation", key, nil, nil)
	if p, _ := read(t, (portable{section: ".text", code: []byte("no code"), key: key, chain: []*x509.Certificate{own}}).bytes(t)); !p.Signature.SelfSigned || !p.Signature.Covers {
		t.Errorf("self-signed: %+v", p.Signature)
	}
	checksum := bytes.Clone(signed) // the one place that may change
	checksum[peStart+peOptional+64] ^= 1
	if p, _ := read(t, checksum); !p.Signature.Covers {
		t.Errorf("another checksum: %+v", p.Signature)
	}
}

func TestApple(t *testing.T) {
	app := appleOf([]byte("no code"), flagAdhoc|flagRuntime, "<dict><key>com.apple.security.get-task-allow</key><true/><key>b</key><false/></dict>")
	p, err := read(t, app)
	if err != nil || !p.Signature.Covers || !p.Signature.Adhoc || !p.Signature.Hardened || p.Signature.Identifier != "example.app" || strings.Join(p.Entitlements, " ") != "com.apple.security.get-task-allow" {
		t.Errorf("ad hoc: %+v, error %v", p, err)
	}
	for name, place := range map[string]int{"code": 0x1001, "header": 40, "entitlements": len(app) - 10} {
		changed := bytes.Clone(app)
		changed[place] ^= 1
		if p, _ := read(t, changed); p.Signature.Covers {
			t.Errorf("%s changed: %+v", name, p.Signature)
		}
	}
	fat := make([]byte, 0x1000)
	copy(fat, "\xCA\xFE\xBA\xBE\x00\x00\x00\x01")
	binary.BigEndian.PutUint32(fat[16:], 0x1000)
	binary.BigEndian.PutUint32(fat[20:], uint32(len(app)))
	if p, err := read(t, append(fat, app...)); err != nil || !p.Signature.Covers {
		t.Errorf("fat: %+v, error %v", p, err)
	}
}

// TestHostile goes through the checkpoint and the rules of the detector.
func TestHostile(t *testing.T) {
	key := newKey(t)
	own := []*x509.Certificate{issue(t, "MetaMask", key, nil, nil)}
	plain := portable{section: ".text", code: []byte("no code")}
	signed := plain
	signed.key, signed.chain = key, own
	broken := bytes.Replace(signed.bytes(t), []byte("no code"), []byte("on code"), 1)
	app := appleOf([]byte("no code"), flagAdhoc, "<dict/>")
	brokenApp := bytes.Replace(app, []byte("no code"), []byte("on code"), 1)
	elf := append([]byte("\x7FELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3E\x00\x01\x00\x00\x00"), make([]byte, 200)...)
	packedELF := append(bytes.Clone(elf), "UPX!"...)
	cp := newCheckpoint(t)
	for _, tt := range []struct {
		test, name string
		data       []byte
		want       sekisho.Action
		rule       string
	}{
		{"unsigned wallet", "MetaMask-Setup.exe", plain.bytes(t), sekisho.ActionHold, "program-claims-brand-unsigned"},
		{"unsigned meeting client", "ZoomInstaller.exe", plain.bytes(t), sekisho.ActionHold, "program-claims-brand-unsigned"},
		{"self-signed wallet", "MetaMask.exe", signed.bytes(t), sekisho.ActionHold, "program-claims-brand-unsigned"},
		{"self-signed", "tool.exe", signed.bytes(t), sekisho.ActionWarn, "program-self-signed"},
		{"changed after signing", "tool.exe", broken, sekisho.ActionHold, "program-signature-broken"},
		{"changed application", "tool", brokenApp, sekisho.ActionHold, "program-signature-broken"},
		{"packed by name", "tool.exe", portable{section: "UPX1", code: []byte("x")}.bytes(t), sekisho.ActionWarn, "program-packed-unsigned"},
		{"packed by entropy", "tool.dll", portable{section: ".text", code: dense(1 << 16), dll: true}.bytes(t), sekisho.ActionWarn, "program-packed-unsigned"},
		{"packed for Linux", "tool", packedELF, sekisho.ActionWarn, "program-packed-unsigned"},
		{"application by nobody", "Meeting.app/Contents/MacOS/Meeting", app, sekisho.ActionWarn, "program-app-by-nobody"},
		{"unsigned wallet of macOS", "MetaMask.app/Contents/MacOS/x", app, sekisho.ActionHold, "program-claims-brand-unsigned"},
		{"script made into a program", "tool.exe", portable{section: ".text", code: []byte("x"), overlay: "MEI\x0C\x0B\x0A\x0B\x0E"}.bytes(t), sekisho.ActionWarn, "program-bundled-script"},
		{"honest program", "tool.exe", plain.bytes(t), sekisho.ActionNote, "program-unsigned"},
		{"honest program of Linux", "ls", elf, sekisho.ActionPass, ""},
	} {
		t.Run(tt.test, func(t *testing.T) {
			verdict := cp.Inspect(t.Context(), &sekisho.Artifact{Kind: sekisho.KindFile, Name: tt.name, Blob: bytes.NewReader(tt.data), Size: int64(len(tt.data))})
			var held []string
			for _, f := range verdict.Findings {
				held = append(held, f.Rule)
			}
			if verdict.Action != tt.want || !strings.Contains(strings.Join(held, " "), tt.rule) {
				t.Errorf("%s by %q, want %s by %s; gaps %v", verdict.Action, held, tt.want, tt.rule, verdict.Gaps)
			}
		})
	}
}

func newCheckpoint(t *testing.T) *checkpoint.Checkpoint {
	t.Helper()
	set, err := rules.Load(os.DirFS("../../detector/program"))
	if err != nil {
		t.Fatal(err)
	}
	detectors := []*sekisho.Detector{program.Detector}
	j, err := judge.Compile(set.Rules, nil, detectors)
	if err != nil {
		t.Fatal(err)
	}
	pool := worker.New(1, worker.Limits{})
	t.Cleanup(pool.Close)
	known := &sekisho.Intel{
		Brands: []sekisho.Brand{{Name: "MetaMask", Group: "wallet"}},
		Lists:  map[string]sekisho.List{"meeting": {Entries: map[string]string{"zoom.us": "Zoom"}}},
	}
	cp, err := checkpoint.New(checkpoint.Config{Openers: []*sekisho.Opener{file.Opener, Opener}, Detectors: detectors, Judge: j, Intel: known, Isolate: pool.Open})
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

func FuzzReadNeverPanics(f *testing.F) {
	f.Add(portable{section: ".text", code: []byte("x")}.bytes(f))
	f.Add(appleOf([]byte("x"), flagAdhoc, "<dict/>"))
	key := newKey(f)
	f.Add(portable{section: ".text", code: []byte("x"), key: key, chain: []*x509.Certificate{issue(f, "A", key, nil, nil)}}.bytes(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		form := &sekisho.File{}
		a := &sekisho.Artifact{Kind: sekisho.KindFile, Form: form, Blob: bytes.NewReader(data), Size: int64(len(data))}
		if err := Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{})); err == nil && len(data) > 4 && form.Program.Format == "" {
			t.Error("neither a format nor an error")
		}
	})
}

func BenchmarkSigned(b *testing.B) {
	key := newKey(b)
	data := portable{section: ".text", code: dense(8 << 20), key: key, chain: []*x509.Certificate{issue(b, "A", key, nil, nil)}}.bytes(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := read(b, data); err != nil {
			b.Fatal(err)
		}
	}
}
