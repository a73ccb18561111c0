package program

import (
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
)

// known is a small catalogue: a wallet, an exchange whose name is an everyday word, a meeting service.
var known = &sekisho.Intel{
	Brands: []sekisho.Brand{
		{Name: "MetaMask", Names: []string{"メタマスク"}, Group: "wallet"}, {Name: "Ledger", Group: "wallet", Common: true}, {Name: "Upbit", Group: "exchange"},
	},
	Lists: map[string]sekisho.List{"meeting": {Entries: map[string]string{"zoom.us": "Zoom"}}},
}

func TestGolden(t *testing.T) { detectortest.Run(t, Detector, nil, known) }

func TestClaims(t *testing.T) {
	prepared, err := prepare(nil, known)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, product, want string }{
		{"MetaMask-Setup.exe", "", "MetaMask"},
		{"ＭｅｔａＭａｓｋ.exe", "", "MetaMask"},
		{"setup.exe", "メタマスク", "MetaMask"},
		{"Ledger-Wallet-2.4-x64.exe", "", "Ledger"},
		{"Zoom_Installer (1).exe", "", "Zoom"},
		{"zoomer.exe", "", ""},
		{"general-ledger.exe", "", ""},
		{"ls", "", ""},
	} {
		f := &Facts{}
		prepared.(*brands).claim(f, tt.name, &sekisho.Program{Product: tt.product})
		if got := append(f.Claims, "")[0]; got != tt.want {
			t.Errorf("%q, %q claims %q, want %q", tt.name, tt.product, got, tt.want)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	prepared, err := prepare(nil, known)
	if err != nil {
		b.Fatal(err)
	}
	form := &sekisho.File{Program: sekisho.Program{Format: "pe", Company: "Example Trading", Product: "Example"}}
	pass := &sekisho.Pass{Artifact: &sekisho.Artifact{Name: "tool.exe", Form: form}, Prepared: prepared, Report: func(any, ...sekisho.Span) {}}
	b.ReportAllocs()
	for b.Loop() {
		if err := run(pass); err != nil {
			b.Fatal(err)
		}
	}
}
