package fold

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSkeletonOfLookalikesIsEqual(t *testing.T) {
	for _, pair := range [][2]string{
		{"Binance", "Вinаnсе"}, {"binance", "bınancé"}, {"metamask", "rnetamask"}, {"wallet", "vvallet"},
		{"ledger", "Iedger"}, {"coincheck", "c0inсheck"}, {"coincheck", "colncheck"}, {"BINANCE", "ΒΙΝΑΝCΕ"},
		{"trezor", "ᴛʀᴇᴢᴏʀ"}, {"apple", "аррӏе"}, {"paypal", "ρaγpαl"}, {"google", "ɢoogle"}, {"bitflyer", "ｂｉｔＦｌｙｅｒ"},
		{"HYATT", "ΗΥΑΤΤ"}, {"metamask", "Ꮇetamask"}, {"ledger", "ł\u200bedgeŕ"}, {"kaede-ex", "kaede–ex"},
		{"メタマスク", "メ夕マスク"}, {"ロボット", "口ボッ卜"}, {"modern", "rnodem"},
	} {
		if got, want := Skeleton(pair[1]), Skeleton(pair[0]); got != want {
			t.Errorf("Skeleton(%q) = %q, want %q as of %q", pair[1], got, want, pair[0])
		}
	}
}

func TestSkeletonKeepsDifferentWordsApart(t *testing.T) {
	for _, pair := range [][2]string{
		{"binance", "finance"}, {"ハス", "バス"}, {"楓取引所", "桜取引所"}, {"kaede", "kaeda"}, {"", "a"}, {"シ", "ツ"},
	} {
		if Skeleton(pair[0]) == Skeleton(pair[1]) {
			t.Errorf("%q and %q have the skeleton %q", pair[0], pair[1], Skeleton(pair[0]))
		}
	}
}

func TestConfusablesStandOnce(t *testing.T) {
	seen := map[rune]string{}
	for _, row := range confusables {
		for _, r := range row.chars {
			if r == ' ' {
				continue
			}
			if like, ok := seen[r]; ok {
				t.Errorf("%q stands for %q and for %q", r, like, row.like)
			}
			seen[r] = row.like
			if r < utf8.RuneSelf && r != '$' {
				t.Errorf("%q is ASCII", r)
			}
		}
	}
	if len(seen) < 600 {
		t.Errorf("%d confusables, want several hundred", len(seen))
	}
}

func FuzzSkeletonIsStable(f *testing.F) {
	for _, seed := range []string{"Вinаnсе", "rrn", "vvv", "\xff", "ﬁ", "e\u0301", "𝓑inance"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Skeleton(s)
		if !utf8.ValidString(got) {
			t.Fatalf("Skeleton(%q) is not UTF-8", s)
		}
		for _, r := range got {
			if r < utf8.RuneSelf && unicode.IsUpper(r) {
				t.Fatalf("Skeleton(%q) = %q has a capital", s, got)
			}
		}
		if len(got) > 12*len(s)+3 {
			t.Fatalf("Skeleton(%q) grows to %d bytes", s, len(got))
		}
	})
}

func BenchmarkSkeleton(b *testing.B) {
	for _, s := range []string{"accounts.google.com", "вinаnсе-login.com"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Skeleton(s)
			}
		})
	}
}
