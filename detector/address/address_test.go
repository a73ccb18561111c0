package address

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
	"github.com/sekisho/sekisho/detector/detectortest"
)

// fixed is labels as data.
type fixed struct {
	labels map[string][]sekisho.Label
	stale  []string
}

func (f fixed) Labels(chain, address string) []sekisho.Label { return f.labels[chain+" "+address] }
func (f fixed) Stale(time.Time) []string                     { return f.stale }

var (
	now   = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	known = fixed{labels: map[string][]sekisho.Label{
		"ethereum 0x098B716B8Aaf21512996dC57EB0615e2383E2f96": {
			{Category: "sanction", Entity: "Lazarus Group", Source: "OFAC", Date: "2022-04-14", List: "ofac-sdn", Listed: now.Add(-50 * time.Hour)},
			{Category: "theft", Entity: "Ronin exploiter", Source: "FBI", List: "builtin", Listed: now}},
		"ethereum 0x910Cbd523D972eb0a6f4cAe4618aD62622b39DbF":                 {{Category: "mixer", Entity: "Tornado Cash", Source: "OFAC", Date: "2022-08-08", Delisted: "2025-03-21", List: "builtin"}},
		"bitcoin-cash bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a": {{Category: "scam"}},
		"domain evil.example": {{Category: "phishing", Source: "MetaMask", List: "metamask-phishing", Listed: now}},
	}}
	profile = &sekisho.Org{Wallets: []sekisho.Wallet{
		{Name: "hot 1", Kind: "hot", Chain: "polygon", Addresses: []string{"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"}},
		{Name: "cold 1", Kind: "cold", Chain: "bitcoin", Addresses: []string{"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}},
	}}
)

func TestGoldens(t *testing.T) {
	detectortest.Run(t, Detector, profile, &sekisho.Intel{Labels: known, Now: now})
}

// tree is a text with the addresses.
func tree(t testing.TB, written ...string) *sekisho.Artifact {
	t.Helper()
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindText, Form: &sekisho.TextForm{}}
	b := sekisho.NewBudget(sekisho.Limits{})
	for _, w := range written {
		form := &sekisho.AddressForm{Written: w}
		if read := coin.Parse(w); len(read) > 0 {
			form.Chain, form.Canonical = read[0].Chain, read[0].Canonical
		}
		if err := b.Add(root, &sekisho.Artifact{Kind: sekisho.KindAddress, Name: w, Via: "text", Form: form}); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func observe(t testing.TB, labels sekisho.Labels, written ...string) string {
	var all []string
	for _, seen := range detectortest.Observe(t, Detector, tree(t, written...), profile, &sekisho.Intel{Labels: labels, Now: now}) {
		all = append(all, string(seen.Facts)+seen.Error)
	}
	return strings.Join(all, "\n")
}

func TestLabelOfTheLessLikelyChain(t *testing.T) {
	got := observe(t, known, "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu")
	if strings.Count(got, "{") != 1 || !strings.Contains(got, `"chain":"bitcoin-cash","chains":["bitcoin","bitcoin-cash"],"canonical":"bitcoincash:qpm2`) || !strings.Contains(got, `"category":"scam"`) {
		t.Errorf("got %s", got)
	}
}

func TestResemblesInTheSameTree(t *testing.T) {
	got := observe(t, nil, "0x1234000000000000000000000000000000005678", "0x1234111111111111111111111111111111115678", "0x1234111111111111111111111111111111115670")
	if strings.Count(got, `"resembles":"0x1234`) != 2 || strings.Contains(got, `"resembles_whose":"h`) {
		t.Errorf("got %s", got)
	}
}

func TestStaleIsOneGap(t *testing.T) {
	stale := fixed{stale: []string{"ofac-sdn is 9 days old"}}
	got := observe(t, stale, "0x1234000000000000000000000000000000005678", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
	if strings.Count(got, "unavailable: ") != 1 || strings.Count(got, `"stale":true`) != 3 {
		t.Errorf("got %s", got)
	}
}

func TestGlance(t *testing.T) {
	for _, c := range []struct{ chain, canonical, want string }{
		{"ethereum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "ethereum 5aaeeaed"},
		{"bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bitcoin w508f3t4"},
		{"bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bitcoin A1zPvfNa"},
		{"bitcoin-cash", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "bitcoin-cash pm2qdx6a"},
		{"cosmos", "cosmos1qypq", ""},
		{"x", "1", ""},
	} {
		if got := glance(c.chain, c.canonical); got != c.want {
			t.Errorf("%s: got %q, want %q", c.canonical, got, c.want)
		}
	}
}

// BenchmarkFullTree looks at the most addresses an inspection can hold.
func BenchmarkFullTree(b *testing.B) {
	var written []string
	for i := range 3999 {
		written = append(written, fmt.Sprintf("0x%04x%036d", i, i))
	}
	root := tree(b, written...)
	prepared, err := prepare(profile, nil)
	if err != nil {
		b.Fatal(err)
	}
	intel := &sekisho.Intel{Labels: known, Now: now}
	for b.Loop() {
		for _, a := range root.Parts {
			if err := run(&sekisho.Pass{Artifact: a, Org: profile, Intel: intel, Prepared: prepared, Report: func(any, ...sekisho.Span) {}}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
