package key

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
)

// sourceText is text like a source tree's: names, calls, comments, numbers, strings, some hashes.
func sourceText(g generator, size int) []byte {
	list := words().words[english]
	word := func() string { // one word in three is of the list, as in English
		w := list[g.IntN(len(list))]
		if g.IntN(3) > 0 {
			w = w[1:] + w[:1]
		}
		return w
	}
	var b bytes.Buffer
	for b.Len() < size {
		switch g.IntN(8) {
		case 0:
			fmt.Fprintf(&b, "// %s%s the %s of a %s, which is the %s that %s uses.\n", strings.ToUpper(word()[:1]), word(), word(), word(), word(), word())
		case 1:
			fmt.Fprintf(&b, "\tif err := %s.%s(ctx, %s_%s, 0x%x); err != nil {\n\t\treturn fmt.Errorf(\"%s %s: %%w\", err)\n\t}\n", word(), word(), word(), word(), g.IntN(1<<20), word(), word())
		case 2:
			fmt.Fprintf(&b, "func (%s *%s) %s%s(%s []byte, n int) (int, error) {\n", word()[:1], word(), word(), word(), word())
		case 3:
			fmt.Fprintf(&b, "\t%s := []uint64{0x%016x, 0x%016x, %d, %d}\n", word(), g.Uint64(), g.Uint64(), g.IntN(1000), g.IntN(1000))
		case 4:
			fmt.Fprintf(&b, "import \"github.com/%s/%s-%s/%s/v%d\" // h1:%s\n", word(), word(), word(), word(), g.IntN(9), b64text(g.bytes(32)))
		default:
			fmt.Fprintf(&b, "\tfor i, %s := range %s.%s[%d:] { %s = append(%s, %s(%s[i])) }\n", word(), word(), word(), g.IntN(64), word(), word(), word(), word())
		}
	}
	return b.Bytes()
}

func BenchmarkScanSource(b *testing.B) {
	input := sourceText(newGenerator(), 8<<20)
	s := NewScanner(nil)
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Scan(context.Background(), "", bytes.NewReader(input), func(m Match) { b.Fatalf("got %+v", m) }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScanJapanese(b *testing.B) {
	input := []byte(strings.Repeat("お客様の資産は、コールドウォレットで安全に保管されています。ご不明な点は担当者までお問い合わせください。\n", 20000))
	s := NewScanner(nil)
	b.SetBytes(int64(len(input)))
	for b.Loop() {
		if err := s.Scan(context.Background(), "", bytes.NewReader(input), func(Match) {}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScanWords reads a text made to be looked at everywhere: nothing but words that may be of a phrase.
func BenchmarkScanWords(b *testing.B) {
	input := []byte(strings.Repeat("verify your wallet urgently seed phrase airdrop invoice ", 2000))
	s := NewScanner(nil)
	b.SetBytes(int64(len(input)))
	for b.Loop() {
		if err := s.Scan(context.Background(), "", bytes.NewReader(input), func(Match) {}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScanMail(b *testing.B) {
	input := sourceText(newGenerator(), 4<<10)
	s := NewScanner(nil)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Scan(context.Background(), "", bytes.NewReader(input), func(Match) {}); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzScanNeverPanicsNorPlacesOutside feeds bytes of any kind.
func FuzzScanNeverPanicsNorPlacesOutside(f *testing.F) {
	g := newGenerator()
	for _, seed := range []string{
		strings.Join(g.bip39(english, 12), " "), strings.Join(g.bip39(language(1), 24), "\u3000"), g.wif(0x80, true),
		g.solanaArray(), g.keystore([4]string{"crypto", "ciphertext", "kdfparams", "mac"}), "-----BEGIN PRIVATE KEY-----\nMIG\\\n-----END PRIVATE KEY-----",
		quotedPrintable(g.bip39(language(5), 12)), "<td>" + strings.Join(g.slip39(20), "</td><td>"), "0\x82\x01\x02", "\\n\\", "a\\", "[1,2,3,4,5,6,7,8,", "x-abandon\u0301 " + strings.Repeat("ability\u0301-", 40), "=\n=4", "&", "<a", "\xff\xfe",
	} {
		f.Add([]byte(seed))
	}
	s := NewScanner(nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		err := s.Scan(context.Background(), "backup_1.bin", bytes.NewReader(data), func(m Match) {
			if m.Start < 0 || m.End < m.Start || m.Line < 1 || m.Column < 1 || !bytes.HasPrefix(data, []byte("\xff\xfe")) && !bytes.HasPrefix(data, []byte("\xfe\xff")) && m.End > int64(len(data)) {
				t.Errorf("got %+v in %d bytes", m, len(data))
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}
