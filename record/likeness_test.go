package record

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const english = `Dear Taro Yamada,

our compliance team noticed that your withdrawal of 1,250.00 USDT is waiting for a review. To keep the account open we need you to confirm
the device with which you signed in. Please open https://verify.evil.example/a1b2c3 within the next day and follow the steps that are shown
there. If we do not hear from you, the withdrawal is cancelled and the remaining balance is moved to the holding wallet of the company.

Kind regards
Hanako Suzuki, customer protection`

const japanese = `山田太郎様

平素より大変お世話になっております。お客様の口座において、通常と異なる端末からの出金申請（1,250USDT）を確認いたしました。
安全確保のため、出金を一時的に停止しております。本日中に下記のページよりご本人確認の手続きをお願いいたします。
https://verify.evil.example/a1b2c3
期限までに手続きが完了しない場合、口座の利用を制限させていただくことがございます。何卒ご理解とご協力をお願い申し上げます。

お客様保護部 鈴木花子`

func TestLikenessSurvivesWhatSendersExchange(t *testing.T) {
	t.Parallel()
	exchange := strings.NewReplacer("Taro Yamada", "Kenji Watanabe", "1,250.00 USDT", "0.42 BTC", "1,250USDT", "0.42BTC", "https://verify.evil.example/a1b2c3", "https://other.example/zz9",
		"Hanako Suzuki", "Yoko Ito", "山田太郎", "渡辺健二", "鈴木花子", "伊藤洋子")
	for name, text := range map[string]string{"English": english, "Japanese": japanese} {
		before, after := likeness(text), likeness(exchange.Replace(text))
		if len(before) != bandCount || !slices.ContainsFunc(before, func(b string) bool { return slices.Contains(after, b) }) {
			t.Errorf("%s: %v and %v share nothing", name, before, after)
		}
	}
}

func TestLikenessTellsTextsApart(t *testing.T) {
	t.Parallel()
	texts := []string{english, japanese,
		`The minutes of yesterday's meeting are attached. We agreed to move the release to the second week of the month because two of the
suppliers cannot deliver the new boards before that. Please send me whatever is missing in the list of open points by the end of the week.`,
		`今月の定例会議の議事録をお送りいたします。新しい基板の納期が遅れているため、出荷を翌月の第二週に変更することで合意いたしました。
未解決の課題の一覧に漏れがございましたら、週末までにご連絡くださいますようお願いいたします。`,
	}
	for i, a := range texts {
		for _, b := range texts[i+1:] {
			if shared := likeness(a); slices.ContainsFunc(shared, func(band string) bool { return slices.Contains(likeness(b), band) }) {
				t.Errorf("%.30q and %.30q share a band", a, b)
			}
		}
	}
	if bands := likeness("Please see the attached file. Thank you."); bands != nil {
		t.Errorf("a short text has a likeness: %v", bands)
	}
}

// TestLikenessMeasured compares the texts of a folder, each with all others, when one is named.
func TestLikenessMeasured(t *testing.T) {
	folder := os.Getenv("LIKENESS_TEXTS")
	if folder == "" {
		t.Skip("it measures: LIKENESS_TEXTS=folder")
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]int{}
	for _, e := range entries {
		data, err := os.ReadFile(folder + "/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, band := range likeness(string(data)) {
			by[band]++
		}
	}
	pairs := 0
	for _, n := range by {
		pairs += n * (n - 1) / 2
	}
	t.Logf("%d texts, %d pairs share a band", len(entries), pairs)
}

func TestTokensFindJapaneseAndWords(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"Invoice ＮＯ.42":        {"invoice", "no", "42"},
		"至急 送金のお願い":            {"至急", "急", "送金", "金の", "のお", "お願", "願い", "い"},
		"a@login.evil.example": {"a", "login", "evil", "example"},
		"Café":                 {"café"},
		"%%":                   nil,
	}
	for text, want := range tests {
		var got []string
		for _, token := range tokensOf(text, false) {
			got = append(got, token.text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func BenchmarkLikeness(b *testing.B) {
	for b.Loop() {
		likeness(english)
	}
}

func FuzzTextsNeverPanic(f *testing.F) {
	f.Add(english)
	f.Add(japanese)
	f.Add("\xff\x00 a ー")
	f.Fuzz(func(t *testing.T, text string) {
		likeness(text)
		for _, token := range tokensOf(text, true) {
			if token.text == "" || len(token.text) > tokenBytes {
				t.Errorf("%q", token.text)
			}
		}
		_ = plain(text, 10)
	})
}
