package lookalike

import (
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
	"github.com/sekisho/sekisho/host"
	"github.com/sekisho/sekisho/intel"
)

var kaede = &sekisho.Org{
	Name:     sekisho.Text{En: "Kaede Exchange", Ja: "楓取引所"},
	Domains:  []string{"kaede-ex.jp", "kaede-ex.example"},
	Partners: []sekisho.Partner{{Name: "Momiji Custody", Domains: []string{"momiji-custody.example"}}},
}

var testIntel = intel.Builtin()

func TestGoldens(t *testing.T) { detectortest.Run(t, Detector, kaede, testIntel) }

// domain returns the form of a host name as openers make it.
func domain(name string) *sekisho.Domain {
	ascii, _ := host.ASCII(name)
	site, suffix, shared := host.Site(ascii)
	return &sekisho.Domain{Name: ascii, Unicode: host.Unicode(ascii), Site: site, Suffix: suffix, Shared: shared}
}

func observe(t testing.TB, prepared any, name string) []*Facts {
	t.Helper()
	var seen []*Facts
	pass := &sekisho.Pass{Artifact: &sekisho.Artifact{ID: "0", Kind: sekisho.KindDomain, Form: domain(name)}, Prepared: prepared,
		Report: func(facts any, _ ...sekisho.Span) { seen = append(seen, facts.(*Facts)) }}
	if err := Detector.Run(pass); err != nil {
		t.Fatal(err)
	}
	return seen
}

func prepared(t testing.TB) any {
	t.Helper()
	x, err := Detector.Prepare(kaede, testIntel)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
