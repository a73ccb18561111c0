package org

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

func TestInitWritesAProfileWithoutProblems(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := Init(&out); err != nil {
		t.Fatal(err)
	}
	got, problems := Parse("organisation.yaml", out.Bytes())
	if len(problems) > 0 {
		t.Fatalf("problems %v in\n%s", problems, out.String())
	}
	want := &sekisho.Org{
		Name:        sekisho.Text{En: "Kaede Exchange", Ja: "楓取引所"},
		Domains:     []string{"kaede-ex.jp"},
		AuthservIDs: []string{"mx.kaede-ex.jp"},
		People: []sekisho.Person{{
			Name:      sekisho.Name{En: "Aoi Mori", Ja: "森 葵", Kana: "モリ アオイ"},
			Aliases:   []string{"A. K. Mori"},
			Role:      "CEO",
			Title:     sekisho.Text{En: "President", Ja: "代表取締役社長"},
			Addresses: []string{"aoi.mori@kaede-ex.jp", "aoi.private@example.net"},
			Accounts:  map[string]string{"linkedin": "aoi-mori", "x": "aoimori"},
		}},
		Partners: []sekisho.Partner{{Name: "Example Custody", Domains: []string{"custody.example"}}},
		Wallets:  []sekisho.Wallet{{Name: "cold 1", Chain: "bitcoin", Kind: "cold", Addresses: []string{"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestExampleHasNoProblems(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "examples", "organisation.yaml")
	problems, err := Check(path)
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v %v", problems, err)
	}
	got, err := Load(path)
	if err != nil || len(got.People) != 8 || len(got.Wallets) != 3 {
		t.Fatalf("%+v %v", got, err)
	}
}

// A profile that is right; each case puts something in place of a line.
const sound = `organisation:
  name: {en: Kaede Exchange}
  domains: [kaede-ex.jp]
people:
  - name: {en: Aoi Mori, ja: 森 葵, kana: モリ アオイ}
    addresses: [aoi.mori@kaede-ex.jp]
  - name: {en: Ken Ono}
    addresses: [ken@example.net]
wallets:
  - {name: hot, chain: ethereum, kind: hot, addresses: ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"]}
`

func TestParseNamesThePlace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		old, new string
		want     []string // a part of each problem, in order
	}{
		{"sound", "", "", nil},
		{"misspelt key", "domains:", "domain:", []string{`p.yaml:3: organisation has no key "domain" (hint: did you mean domains?)`}},
		{"unknown key", "    addresses: [ken@example.net]", "    colour: red", []string{`: Ken Ono has no addresses`, `p.yaml:8: an entry of people has no key "colour" (hint: the keys are name, aliases, role`}},
		{"two problems at once", "people:", "peeple: []\nwalets: []\npeople:", []string{`p.yaml:4: the profile has no key "peeple" (hint: did you mean people?)`, `p.yaml:5: the profile has no key "walets" (hint: did you mean wallets?)`}},
		{"key twice", "people:", "people: []\npeople:", []string{`p.yaml:5: the profile has the key "people" twice, first in line 4`}},
		{"one value for a list", "[kaede-ex.jp]", "kaede-ex.jp", []string{`p.yaml:3: domains of organisation is one value, want a list (hint: put it in brackets: [ ... ])`}},
		{"list for a value", "{en: Ken Ono}", "[Ken Ono]", []string{`p.yaml:7: name of an entry of people is a list, want keys and values (hint: its keys are en, ja, kana)`, `a person without a name`}},
		{"not YAML", "[kaede-ex.jp]", "[kaede-ex.jp", []string{`p.yaml:4: not YAML: `}},
		{"tab", "  name: {en: K", "\tname: {en: K", []string{`p.yaml:2: not YAML: `}},
		{"second document", "wallets:", "---\nwallets:", []string{`p.yaml:9: a second document`}},
		{"alias", "[ken@example.net]", "&a [ken@example.net]", []string{`: Ken Ono has no addresses`, `p.yaml:8: addresses of an entry of people uses a YAML anchor`}},
		{"empty person", "  - name: {en: Ken Ono}\n", "  -\n  - name: {en: Ken Ono}\n", []string{`p.yaml:7: an entry of people is empty`}},
		{"no name", "  name: {en: Kaede Exchange}\n", "", []string{`p.yaml:1: the organisation has no name`}},
		{"domain with a path", "kaede-ex.jp]\npeople", "kaede-ex.jp/a]\npeople", []string{`p.yaml:3: "kaede-ex.jp/a", a domain of the organisation, is not a domain`}},
		{"domain is a suffix", "[kaede-ex.jp]", "[co.jp]", []string{`p.yaml:3: "co.jp", a domain of the organisation, is a public suffix`}},
		{"domain is an address", "[kaede-ex.jp]", "[192.0.2.1]", []string{`is not a domain`}},
		{"domain twice", "[kaede-ex.jp]", "[kaede-ex.jp, KAEDE-EX.jp.]", []string{`warning p.yaml:3: kaede-ex.jp is listed twice`}},
		{"no address", "ken@example.net", "ken", []string{`no addresses`, `p.yaml:8: "ken" is not a mail address`}},
		{"address with a name", "ken@example.net", "Ken <ken@example.net>", []string{`no addresses`, `is not a mail address`}},
		{"address twice", "[ken@example.net]", "[ken@example.net, KEN@example.net]", []string{`warning p.yaml:8: ken@example.net is listed twice for Ken Ono`}},
		{"private address of two", "[aoi.mori@kaede-ex.jp]", "[ken@example.net]", []string{`p.yaml:8: ken@example.net is listed for Aoi Mori and for Ken Ono`}},
		{"shared mailbox", "[ken@example.net]", "[aoi.mori@kaede-ex.jp]", []string{`warning p.yaml:8: aoi.mori@kaede-ex.jp is listed for Aoi Mori and for Ken Ono`}},
		{"no kana", ", kana: モリ アオイ", "", []string{`warning p.yaml:5: Aoi Mori has no kana`}},
		{"kana is not kana", "モリ アオイ", "Mori Aoi", []string{`p.yaml:5: "Mori Aoi" is not kana`}},
		{"kana without a space", "モリ アオイ", "モリアオイ", []string{`warning p.yaml:5: "モリアオイ" and "森 葵" do not have the same parts`}},
		{"half-width kana", "モリ アオイ", "ﾓﾘ ｱｵｲ", nil},
		{"name without a space", "森 葵, kana: モリ アオイ", "森葵, kana: モリアオイ", []string{`warning p.yaml:5: "森葵" has no space`}},
		{"katakana name needs no kana", "{en: Ken Ono}", "{en: Ken Ono, ja: ケン オノ}", nil},
		{"single word", "Ken Ono", "Ken", []string{`warning p.yaml:7: "Ken" is a single word`}},
		{"same name twice", "Ken Ono", "AOI MORI", []string{`warning p.yaml:7: "AOI MORI" is also the name of the person in line 5`}},
		{"unknown chain", "chain: ethereum", "chain: etherium", []string{`the chain of wallet hot is "etherium", which is not known (hint: did you mean ethereum?)`}},
		{"no chain", "chain: ethereum, ", "", []string{`p.yaml:10: the chain of wallet hot is missing`}},
		{"unknown kind", "kind: hot", "kind: lukewarm", []string{`the kind of wallet hot is "lukewarm", which is not known (hint: one of cold, warm, hot)`}},
		{"half an address", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAeb6053F", []string{`p.yaml:10: what stands here is not an address of ethereum`}},
		{"a key for an address", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", strings.Repeat("ab", 32), []string{`p.yaml:10: an address of wallet hot has the shape of a private key`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(sound, tt.old) {
				t.Fatalf("%q is not in the sound profile", tt.old)
			}
			_, problems := Parse("p.yaml", []byte(strings.Replace(sound, tt.old, tt.new, 1)))
			if len(problems) != len(tt.want) {
				t.Fatalf("got %v\nwant %q", problems, tt.want)
			}
			for i, want := range tt.want {
				if got := string(problems[i].Severity) + " " + problems[i].Error(); !strings.Contains(got, want) {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			}
		})
	}
}

func TestParseNeverQuotesWhatMayBeASecret(t *testing.T) {
	t.Parallel()
	phrase := "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"
	for _, secret := range []string{strings.Repeat("4c", 32), "0x" + strings.Repeat("4c", 32), "K" + strings.Repeat("x", 51), phrase} {
		data := strings.Replace(sound, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", secret, 1)
		_, problems := Parse("p.yaml", []byte(data))
		if len(problems) == 0 || problems[0].Severity != SeverityError {
			t.Errorf("a secret passes: %v", problems)
		}
		for _, p := range problems {
			if strings.Contains(p.Error(), secret) {
				t.Error("a problem quotes the secret")
			}
		}
	}
}

func TestLoadStopsAtErrorsOnly(t *testing.T) {
	t.Parallel()
	write := func(content string) string {
		path := filepath.Join(t.TempDir(), "organisation.yaml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if got, err := Load(write(strings.Replace(sound, ", kana: モリ アオイ", "", 1))); err != nil || got == nil {
		t.Errorf("a warning stops it: %v", err)
	}
	path := write(strings.Replace(sound, "people:", "peeple:", 1))
	if got, err := Load(path); err == nil || got != nil || !strings.HasPrefix(err.Error(), path+":4: ") {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "hint:") {
		t.Errorf("missing file: %v", err)
	}
}

func TestParseBoundsHostileFiles(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 9) + "]\n"
	}
	tests := map[string]string{
		"empty":         "",
		"comment":       "# nothing\n",
		"too large":     strings.Repeat("#", sizeLimit+1),
		"alias bomb":    bomb,
		"deep":          strings.Repeat("[", 5000),
		"nul":           "organisation: \x00",
		"many problems": strings.Repeat("- ", 1) + strings.Repeat("x: 1\n  ", 10),
		"unknown keys":  "organisation:\n" + manyKeys(5000),
		"scalar":        "hello",
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := Parse("p.yaml", []byte(data))
			if len(problems) == 0 || len(problems) > problemLimit+1 {
				t.Errorf("%d problems", len(problems))
			}
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("  k" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/182) + ": 1\n")
	}
	return b.String()
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add([]byte(sound))
	f.Add([]byte("people: [{name: {ja: 森 葵}}]"))
	f.Add([]byte("wallets: [{chain: x, addresses: [\"\"]}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, _ := Parse("p.yaml", data)
		if got == nil {
			t.Error("no profile")
		}
	})
}
