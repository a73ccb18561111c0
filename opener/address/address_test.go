package address

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
)

const (
	btc = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
	eth = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
)

func open(t testing.TB, kind sekisho.Kind, form any, limits sekisho.Limits) (*sekisho.Artifact, error) {
	t.Helper()
	a := &sekisho.Artifact{ID: "0", Kind: kind, Form: form}
	return a, Opener.Run(context.Background(), a, sekisho.NewBudget(limits))
}

func TestOpen(t *testing.T) {
	a, err := open(t, sekisho.KindText, &sekisho.TextForm{Content: "弊社の新しい入金アドレス：" + eth + "\nまたは " + btc + " です。" + eth, Quoted: "> old " + btc}, sekisho.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Parts) != 2 {
		t.Fatalf("%d parts, want 2", len(a.Parts))
	}
	first := a.Parts[0]
	form := first.Form.(*sekisho.AddressForm)
	if first.Kind != sekisho.KindAddress || first.Name != eth || first.Via != "text" || form.Context != "弊社の新しい入金アドレス:" || form.Checksum != "valid" {
		t.Errorf("got %+v with %+v", first, form)
	}
	if form := a.Parts[1].Form.(*sekisho.AddressForm); strings.Join(form.Chains, " ") != "bitcoin bitcoin-cash" || form.Canonical != btc || len([]rune(form.Context)) > contextChars {
		t.Errorf("got %+v", form)
	}
}

func TestOpenLink(t *testing.T) {
	for _, c := range []struct {
		name, element, href string
		want                int
	}{
		{"payment uri", "a", "bitcoin:" + btc + "?amount=2", 1},
		{"explorer", "a", "https://etherscan.io/address/" + eth, 1},
		{"link of the text", "text", "bitcoin:" + btc, 0},
		{"tracker", "a", "https://t.example/HAgk14JpMQLgt6rVgv7cBQFJWFto5Dqxi472uT3DKpqk", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := open(t, sekisho.KindLink, &sekisho.Link{Href: c.href, Element: c.element}, sekisho.Limits{})
			if err != nil || len(a.Parts) != c.want {
				t.Errorf("%d parts (%v), want %d", len(a.Parts), err, c.want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "0x%040x ", i)
	}
	a, err := open(t, sekisho.KindText, &sekisho.TextForm{Content: b.String()}, sekisho.Limits{})
	if !errors.Is(err, sekisho.ErrLimit) || len(a.Parts) != addressLimit {
		t.Errorf("%d parts and %v, want %d and a limit", len(a.Parts), err, addressLimit)
	}
	if a, err = open(t, sekisho.KindText, &sekisho.TextForm{Content: b.String()}, sekisho.Limits{Parts: 3}); !errors.Is(err, sekisho.ErrLimit) || len(a.Parts) != 3 {
		t.Errorf("%d parts and %v, want 3 and a limit", len(a.Parts), err)
	}
}

func FuzzOpenNeverExceedsBudget(f *testing.F) {
	f.Add("pay " + btc + " or " + eth)
	f.Add(strings.Repeat(eth+"\xff", 30))
	f.Fuzz(func(t *testing.T, text string) {
		a, err := open(t, sekisho.KindText, &sekisho.TextForm{Content: text, Quoted: text}, sekisho.Limits{Parts: 10})
		if len(a.Parts) > 10 || err != nil && !errors.Is(err, sekisho.ErrLimit) {
			t.Fatalf("%d parts, %v", len(a.Parts), err)
		}
		for _, part := range a.Parts {
			if len(coin.Parse(part.Name)) == 0 || !strings.Contains(text, part.Name) {
				t.Errorf("%q is no address of the text", part.Name)
			}
		}
	})
}

func BenchmarkOpenMail(b *testing.B) {
	form := &sekisho.TextForm{Content: strings.Repeat("Dear customer, your statement for October is ready. https://kaede-ex.jp/statement?id=8127\n", 60)}
	b.ReportAllocs()
	for b.Loop() {
		open(b, sekisho.KindText, form, sekisho.Limits{})
	}
}
