package lookalike

import "testing"

func TestHow(t *testing.T) {
	x := prepared(t)
	for _, tt := range []struct{ name, of, how string }{
		{"binance.top", "binance.com", "other-tld"},
		{"binace.com", "binance.com", "omission"},
		{"binanec.com", "binance.com", "transposition"},
		{"binannce.com", "binance.com", "repetition"},
		{"binxance.com", "binance.com", "insertion"},
		{"binancea.com", "binance.com", "insertion"},
		{"binances.com", "binance.com", "plural"},
		{"binanses.com", "", ""},
		{"bimance.com", "binance.com", "replacement"},
		{"binonce.com", "binance.com", "vowel-swap"},
		{"binancg.com", "binance.com", "bitsquatting"},
		{"bin-ance.com", "binance.com", "hyphenation"},
		{"bin.ance.com", "binance.com", "split"},
		{"bіnance.com", "binance.com", "punycode"},
		{"b1nance.com", "binance.com", "homoglyph"},
		{"blnance.com", "binance.com", "homoglyph"},
		{"rnetamask.io", "metamask.io", "homoglyph"},
		{"metamask.io.verify.example", "metamask.io", "written-out"},
		{"metamask-io.example", "metamask.io", "written-out"},
		{"metamask-io.com", "metamask.io", "written-out"},
		{"metamaskio.com", "metamask.io", "added-word"},
		{"wwwmetamask.io", "metamask.io", "www"},
		{"metama.sk", "metamask.io", "split"},
		{"metamask-login.example", "metamask.io", "added-word"},
		{"secure-metamask.example", "metamask.io", "added-word"},
		{"metamasksupport.example", "metamask.io", "added-word"},
		{"login.metamask.pages.dev", "metamask.io", "other-tld"},
		{"metamask.mydomain.example", "metamask.io", "subdomain"},
		{"trust-wallet.example", "trustwallet.com", "hyphenation"},
		{"trust-wallet-login.example", "trustwallet.com", "added-word"},
		{"apple-id-verify.example", "apple.com", "added-word"},
		{"аррӏе.com", "apple.com", "punycode"},
		{"メタマスク.jp", "metamask.io", "other-tld"},
		{"メ夕マスク.jp", "metamask.io", "punycode"},
		{"kaedeex.jp", "kaede-ex.jp", "other-tld"},
		{"kaede-ex.com", "kaede-ex.jp", "other-tld"},
		{"kaede-exx.jp", "kaede-ex.jp", "repetition"},
		{"kaede-exchange.jp", "kaede-ex.jp", "hyphenation"},
		{"kaede.ex.jp", "kaede-ex.jp", "split"},
		{"mornlji-custody.example", "momiji-custody.example", "homoglyph"},
		{"rnomiji-custody.example", "momiji-custody.example", "homoglyph"},
		{"momiji-custody-jobs.example", "momiji-custody.example", "added-word"},
		{"leclger.com", "ledger.com", "homoglyph"},
		{"amazon.co.jp.signin.example", "amazon.co.jp", "written-out"},
		{"dhl-tracking.example", "dhl.com", "added-word"},
		{"bybit-careers.example", "bybit.com", "added-word"},
		{"coinbaze.com", "coinbase.com", "replacement"},
		{"microsoft-login.github.io", "microsoft.com", "added-word"},
		{"rnicros0ft-login.com", "microsoft.com", "homoglyph"},
		// the real ones, and words that hold a name
		{"accounts.binance.com", "", ""},
		{"kaede-ex.jp", "", ""},
		{"mail.kaede-ex.jp", "", ""},
		{"google.co.jp", "", ""},
		{"pineapple.com", "", ""},
		{"snapple.com", "", ""},
		{"finance.example", "", ""},
		{"purchase.com", "", ""},
		{"online.example", "", ""},
		{"airline.example", "", ""},
		{"github.io", "", ""},
		{"targeting.example", "", ""},
		{"gmx.de", "", ""},
		{"ymail.com", "", ""},
		{"127.0.0.1", "", ""},
	} {
		seen := observe(t, x, tt.name)
		switch {
		case len(seen) == 0 && tt.of != "":
			t.Errorf("%s: nothing, want %s of %s", tt.name, tt.how, tt.of)
		case len(seen) > 0 && (seen[0].Of != tt.of || seen[0].How != tt.how):
			t.Errorf("%s: %s of %s (%s, %q), want %s of %s", tt.name, seen[0].How, seen[0].Of, seen[0].Brand, seen[0].Part, tt.how, tt.of)
		}
	}
}
