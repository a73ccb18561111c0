package key

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sekisho/sekisho/derive"
	"golang.org/x/text/unicode/norm"
)

// layouts are the ways people write down words.
var layouts = map[string]func(words []string) string{
	"one line":       func(w []string) string { return strings.Join(w, " ") },
	"one a line":     func(w []string) string { return strings.Join(w, "\n") },
	"windows lines":  func(w []string) string { return strings.Join(w, "\r\n") },
	"numbered dot":   numbered("%d. %s\n"),
	"numbered glued": numbered("%d.%s "),
	"numbered paren": numbered("%d) %s\n"),
	"numbered hash":  numbered("#%d %s\n"),
	"numbered tab":   numbered("%d\t%s\n"),
	"numbered line":  numbered("%d. %s "),
	"table":          numbered("| %d | %s |\n"),
	"cells":          func(w []string) string { return "| " + strings.Join(w, " | ") + " |" },
	"padded":         padded,
	"columns":        columns,
	"tabs":           func(w []string) string { return strings.Join(w, "\t") },
	"commas":         func(w []string) string { return strings.Join(w, ",") },
	"comma spaces":   func(w []string) string { return strings.Join(w, ", ") },
	"ideographic":    func(w []string) string { return strings.Join(w, "\u3000") },
	"hyphens":        func(w []string) string { return strings.Join(w, "-") },
	"json array":     func(w []string) string { b, _ := json.Marshal(w); return string(b) },
	"json indent":    func(w []string) string { b, _ := json.MarshalIndent(w, "", "    "); return string(b) },
	"single quotes":  func(w []string) string { return "['" + strings.Join(w, "', '") + "']" },
	"json escape":    func(w []string) string { return `{"note":"` + strings.Join(w, `\n`) + `"}` },
	"csv quoted":     func(w []string) string { return `"` + strings.Join(w, `","`) + `"` },
	"upper case":     func(w []string) string { return strings.ToUpper(strings.Join(w, " ")) },
	"title case":     func(w []string) string { return strings.Join(titles(w), " ") },
	"html cells":     func(w []string) string { return "<tr><td>" + strings.Join(w, "</td>\n<td>") + "</td></tr>" },
	"html spans": func(w []string) string {
		return `<p><span class="word">` + strings.Join(w, `</span>&nbsp;<span class="word">`) + "</span></p>"
	},
	"html list":        func(w []string) string { return "<ol>\n<li>" + strings.Join(w, "</li>\n  <li>") + "</li>\n</ol>" },
	"quoted-printable": quotedPrintable,
	"quoted reply":     func(w []string) string { return "> " + strings.Join(w, "\n> ") },
	"bullets":          func(w []string) string { return "- " + strings.Join(w, "\n- ") },
	"six a line":       func(w []string) string { return rows(w, 6, " ", "\n") },
	"env":              func(w []string) string { return `MNEMONIC="` + strings.Join(w, " ") + `"` },
	"sentence": func(w []string) string {
		return "Hi, my seed phrase is " + strings.Join(w, " ") + " please keep it safe."
	},
	"yaml": func(w []string) string { return "wallet:\n  mnemonic: " + strings.Join(w, " ") + "\n  path: m/84'\n" },
}

func numbered(format string) func([]string) string {
	return func(w []string) string {
		var b strings.Builder
		for i, word := range w {
			fmt.Fprintf(&b, format, i+1, word)
		}
		return b.String()
	}
}

func padded(w []string) string {
	var b strings.Builder
	for i, word := range w {
		fmt.Fprintf(&b, "| %-4d | %-24s |\n", i+1, word)
	}
	return b.String()
}

// columns puts the words below one another in two columns.
func columns(w []string) string {
	var b strings.Builder
	half := (len(w) + 1) / 2
	for i := range half {
		fmt.Fprintf(&b, "%2d. %-12s", i+1, w[i])
		if i+half < len(w) {
			fmt.Fprintf(&b, " %2d. %s", i+half+1, w[i+half])
		}
		b.WriteString("\n")
	}
	return b.String()
}

func titles(w []string) []string {
	out := make([]string, len(w))
	for i, word := range w {
		r := []rune(word)
		out[i] = strings.ToUpper(string(r[:1])) + string(r[1:])
	}
	return out
}

func rows(w []string, n int, within, between string) string {
	var b strings.Builder
	for i, word := range w {
		switch {
		case i > 0 && i%n == 0:
			b.WriteString(between)
		case i > 0:
			b.WriteString(within)
		}
		b.WriteString(word)
	}
	return b.String()
}

// quotedPrintable encodes with soft line breaks at 76, inside words too.
func quotedPrintable(w []string) string {
	var b strings.Builder
	column := 0
	for _, c := range []byte("Content-Transfer-Encoding: quoted-printable and then these words, in this order, please: " + strings.Join(w, " ")) {
		code := string(c)
		if c >= 0x80 || c == '=' {
			code = fmt.Sprintf("=%02X", c)
		}
		if column+len(code) > 75 {
			b.WriteString("=\r\n")
			column = 0
		}
		b.WriteString(code)
		column += len(code)
	}
	return b.String()
}

func TestFindsEveryPhraseInEveryLayout(t *testing.T) {
	g := newGenerator()
	type phrase struct {
		name, format string
		words        []string
	}
	var phrases []phrase
	for lang := range 10 {
		for n := 12; n <= 24; n += 3 {
			phrases = append(phrases, phrase{fmt.Sprintf("bip39 %d in list %d", n, lang), "bip39", g.bip39(language(lang), n)})
		}
	}
	phrases = append(phrases,
		phrase{"electrum standard", "electrum standard", g.electrum("01")},
		phrase{"electrum segwit", "electrum segwit", g.electrum("100")},
		phrase{"slip39 20", "slip39", g.slip39(20)},
		phrase{"slip39 33", "slip39", g.slip39(33)},
		phrase{"monero", "monero", g.monero()},
	)
	s := NewScanner([]byte("test"))
	s.derive = func(string) ([]derive.Address, error) { return nil, nil } // tested by itself, and slow
	forms := map[string]func(string) string{"nfkd": norm.NFKD.String, "nfc": norm.NFC.String}
	tried := 0
	for _, p := range phrases {
		for layout, write := range layouts {
			for form, normal := range forms {
				if form == "nfkd" && len(p.words) != 12 && len(p.words) != 24 {
					continue
				}
				tried++
				input := "Dear colleague,\n\n" + normal(write(p.words)) + "\n\nRegards\n"
				var got []Match
				err := s.Scan(context.Background(), "", strings.NewReader(input), func(m Match) { got = append(got, m) })
				if err != nil {
					t.Fatal(err)
				}
				found := false
				for _, m := range got {
					found = found || m.Format == p.format && m.Words == len(p.words)
				}
				if !found {
					t.Errorf("%s, %s, %s: not found, got %+v", p.name, layout, form, got)
				}
			}
		}
	}
	t.Logf("%d phrases found", tried)
}

func TestFullWidthAndAccentless(t *testing.T) {
	g := newGenerator()
	wide := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'ａ'
		}
		return r
	}, strings.Join(g.bip39(english, 12), " "))
	if got := scan(t, "", strings.NewReader(wide)); len(got) != 1 {
		t.Errorf("full-width: got %d matches", len(got))
	}
	plain := foldWord(strings.Join(g.bip39(language(7), 24), " "))
	if got := scan(t, "", strings.NewReader(plain)); len(got) != 1 || got[0].Language != "spanish" {
		t.Errorf("accents left out: got %+v", got)
	}
}

// TestFindsPhrasesInSentences: what goes on around a phrase does not hide it, and words of the list beside it do not either.
func TestFindsPhrasesInSentences(t *testing.T) {
	g := newGenerator()
	s := NewScanner([]byte("test"))
	s.derive = func(string) ([]derive.Address, error) { return nil, nil }
	sentences := []string{"my %s", "please send %s", "the %s", "is %s", "%s thanks a lot", "now send %s thank you", "I lost %s, sorry", "word list: \"my %s\""}
	for _, lang := range []language{english, 5, 6, 7, 8, 9} {
		for n := 12; n <= 24; n += 3 {
			for _, sentence := range sentences {
				words := g.bip39(lang, n)
				for _, between := range []string{" ", ", ", "\r\n"} {
					input := "Hello,\n" + fmt.Sprintf(sentence, strings.Join(words, between)) + "\nRegards\n"
					found := false
					err := s.Scan(context.Background(), "", strings.NewReader(input), func(m Match) { found = found || m.Format == "bip39" && m.Words == n })
					if err != nil || !found && n == distinct(words) {
						t.Errorf("%s: %q, parted by %q: not found, %v", languageNames[lang], sentence, between, err)
					}
				}
			}
		}
	}
}
