package lookalike

import (
	"strings"
	"testing"
)

// permutations makes the names that dnstwist's fuzzer of each class makes of a label.
func permutations(label, suffix string) map[string][]string {
	p := map[string][]string{}
	add := func(class, name string) {
		if name != label+suffix && !strings.HasPrefix(name, "-") && !strings.Contains(name, "-.") {
			p[class] = append(p[class], name)
		}
	}
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	for i := range label {
		add("omission", label[:i]+label[i+1:]+suffix)
		add("repetition", label[:i+1]+label[i:]+suffix)
		if i > 0 {
			add("hyphenation", label[:i]+"-"+label[i:]+suffix)
			add("subdomain", label[:i]+"."+label[i:]+suffix)
			add("transposition", label[:i-1]+label[i:i+1]+label[i-1:i]+label[i+1:]+suffix)
		}
		for _, c := range letters {
			add("replacement", label[:i]+string(c)+label[i+1:]+suffix)
			add("insertion", label[:i]+string(c)+label[i:]+suffix)
		}
		for bit := range 8 {
			if c := label[i] ^ 1<<bit; strings.IndexByte(letters, c) >= 0 {
				add("bitsquatting", label[:i]+string(c)+label[i+1:]+suffix)
			}
		}
		if vowel(label[i]) {
			for _, v := range "aeiou" {
				add("vowel-swap", label[:i]+string(v)+label[i+1:]+suffix)
			}
		}
		for _, like := range homoglyphs[label[i]] {
			add("homoglyph", label[:i]+like+label[i+1:]+suffix)
		}
	}
	for _, c := range letters {
		add("addition", label+string(c)+suffix)
	}
	for _, word := range []string{"login", "secure", "verify", "support", "account", "wallet", "help", "online", "official"} {
		add("dictionary", label+"-"+word+suffix)
		add("dictionary", word+"-"+label+suffix)
		add("dictionary", label+word+suffix)
		add("dictionary", word+label+suffix)
		add("dictionary", word+"."+label+".example")
	}
	for _, tld := range []string{".cm", ".shop", ".club", ".top", ".xyz", ".co.kr", ".tk"} {
		add("tld-swap", label+tld)
	}
	add("plural", label+"s"+suffix)
	for _, name := range []string{"ww" + label, "www" + label, "www-" + label, label + strings.TrimPrefix(suffix, "."), label + "-" + strings.TrimPrefix(suffix, ".")} {
		add("various", name+suffix)
	}
	add("various", label+suffix+".example")
	return p
}

var homoglyphs = map[byte][]string{'a': {"а", "à", "ɑ"}, 'c': {"с", "ć"}, 'e': {"е", "é", "ē"}, 'i': {"1", "l", "і", "í"}, 'm': {"rn", "ṃ"},
	'n': {"ń", "ņ"}, 'o': {"0", "о", "ö"}, 's': {"ѕ", "ś"}, 't': {"ţ", "т"}, 'd': {"cl", "ԁ"}, 'l': {"1", "i", "ł"}, 'k': {"ķ", "к"}, 'h': {"һ", "ĥ"}}

func TestEveryClassOfPermutationIsSeen(t *testing.T) {
	x := prepared(t)
	for _, brand := range []struct{ label, suffix string }{
		{"binance", ".com"}, {"metamask", ".io"}, {"coincheck", ".com"}, {"bitflyer", ".com"}, {"microsoft", ".com"}, {"fireblocks", ".com"}, {"paypal", ".com"},
	} {
		for class, names := range permutations(brand.label, brand.suffix) {
			seen := 0
			var missed []string
			for _, name := range names {
				if len(observe(t, x, name)) > 0 {
					seen++
				} else {
					missed = append(missed, name)
				}
			}
			if len(names) == 0 || seen*100 < 95*len(names) {
				t.Errorf("%s, %s: %d of %d seen, not %.8q", brand.label, class, seen, len(names), missed)
			}
		}
	}
}

func FuzzLookalikeNeverPanics(f *testing.F) {
	for _, seed := range []string{"bіnance.com", "a..b", "-", "xn--", "kaede-ex.jp.", strings.Repeat("a.", 300), strings.Repeat("login", 50)} {
		f.Add(seed)
	}
	x, err := Detector.Prepare(kaede, testIntel)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if seen := observe(t, x, name); len(seen) > int(owners) {
			t.Fatalf("%q: %d facts", name, len(seen))
		}
	})
}

func BenchmarkLookalike(b *testing.B) {
	x := prepared(b)
	for _, name := range []string{"accounts.google.com", "rnetamask.io", "some-ordinary-newsletter.mail.example.com",
		strings.Repeat("binance-", 7) + "x." + strings.Repeat("login-", 9) + "x.example"} {
		b.Run(name[:min(len(name), 40)], func(b *testing.B) {
			form := domain(name)
			i := x.(*index)
			b.ReportAllocs()
			for b.Loop() {
				if n := newName(i, form); n != nil {
					n.matches()
				}
			}
		})
	}
}

func BenchmarkPrepare(b *testing.B) {
	for b.Loop() {
		newIndex(kaede, testIntel)
	}
}
