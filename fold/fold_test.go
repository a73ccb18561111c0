package fold

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"nothing but space", " \t\r\n", ""},
		{"space and capitals", "\n The  QUICK\tfox. ", "the quick fox."},
		{"controls", "a\x00b\x7f \x01c", "ab c"},
		{"full width", "Ｍｅｔａ　Ｍａｓｋ", "meta mask"},
		{"joiners", "wal\u200blet\u00ad", "wallet"},
		{"letters apart", "M e t a M a s k", "metamask"},
		{"letters apart, words further", "Y o u r  w a l l e t must be v e r i f i e d.", "your wallet must be verified."},
		{"letters apart, then a colon", "Re: M e t a M a s k: verify", "re: metamask: verify"},
		{"letters apart in full width", "Ｍ　ｅ　ｔ　ａ　Ｍ　ａ　ｓ　ｋ", "metamask"},
		{"few letters", "plan A B C for 1 2 3 4 5", "plan a b c for 1 2 3 4 5"},
		{"turned around", "Dear \u202eksaMateM\u202c user", "dear metamask user"},
		{"turned around to the end of the line", "\u202eiroM ioA\nAoi", "aoi mori aoi"},
		{"turned and turned", "\u202eab\u202dcd\u202cef\u202cgh", "fedcbagh"},
		{"right to left", "\u202bفاتورة 12\u202c", "فاتورة 12"},
		{"not UTF-8", "a\xffb", "a\uFFFDb"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Text(tt.in); got != tt.want {
				t.Errorf("Text(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// FuzzTextBesideOthersStays: the what stands beside it does not change how ASCII folds.
func FuzzTextBesideOthersStays(f *testing.F) {
	f.Add("The  QUICK\tfox. ")
	f.Add(strings.Repeat("A b\x00 ", 300))
	f.Fuzz(func(t *testing.T, s string) {
		if !isASCII(s) {
			return
		}
		if got, want := Text(s+" 12é"), strings.TrimLeft(Text(s)+" 12é", " "); got != want {
			t.Errorf("%q beside a letter beyond ASCII folds to %q, want %q", s, got, want)
		}
	})
}

func BenchmarkText(b *testing.B) {
	text := strings.Repeat("const Value = require('thing').find(items, (item) => item.name); // and  so on\n", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Text(text)
	}
}
