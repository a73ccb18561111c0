package coin

import (
	"strings"
	"testing"
)

// The addresses of this file are from the specifications' test vectors, from public documentation, or of keys that
// everybody knows.
var valid = []struct{ name, text, chain, kind, network, canonical string }{
	{"genesis", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bitcoin", "p2pkh", "mainnet", ""},
	{"p2sh", "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "bitcoin", "p2sh", "mainnet", ""},
	{"p2pkh testnet", "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "bitcoin", "p2pkh", "testnet", ""},
	{"bip-173 p2wpkh", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bitcoin", "p2wpkh", "mainnet", ""},
	{"bip-173 upper", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bitcoin", "p2wpkh", "mainnet", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
	{"bip-173 p2wsh testnet", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", "bitcoin", "p2wsh", "testnet", ""},
	{"bip-350 p2tr", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "bitcoin", "p2tr", "mainnet", ""},
	{"bip-350 version 1 long", "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y", "bitcoin", "witness", "mainnet", ""},
	{"litecoin p2pkh", "LUWPbpM43E2p7ZSh8cyTBEkvpHmr3cB8Ez", "litecoin", "p2pkh", "mainnet", ""},
	{"litecoin witness", "ltc1qjmxnz78nmc8nq77wuxh25n2es7rzm5c2rkk4wh", "litecoin", "p2wpkh", "mainnet", ""},
	{"cashaddr", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "bitcoin-cash", "p2pkh", "mainnet", ""},
	{"cashaddr bare", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "bitcoin-cash", "p2pkh", "mainnet", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"},
	{"cashaddr upper", "BITCOINCASH:QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A", "bitcoin-cash", "p2pkh", "mainnet", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"},
	{"cashaddr p2sh", "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq", "bitcoin-cash", "p2sh", "mainnet", ""},
	{"dogecoin", "DBus3bamQjgJULBJtYXpEzDWQRwF5iwxgC", "dogecoin", "p2pkh", "mainnet", ""},
	{"ethereum checksum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "ethereum", "account", "mainnet", ""},
	{"tron", "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH", "tron", "account", "mainnet", ""},
	{"usdt on tron", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "tron", "account", "mainnet", ""},
	{"xrp", "rHsMGQEkVNJmpGWs8XUBoTBiAAbwxZN5v3", "xrp", "account", "mainnet", ""},
	{"xrp zero account", "rrrrrrrrrrrrrrrrrrrrrhoLvTp", "xrp", "account", "mainnet", ""},
	{"x-address", "X7AcgcsBL6XDcUb289X4mJ8djcdyKaB5hJDWMArnXr61cqZ", "xrp", "x-address", "mainnet", "r9cZA1mLK5R5Am25ArfXFmqgNwjZgnfk59"},
	{"stellar", "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ", "stellar", "account", "mainnet", ""},
	{"cardano base, cip-19", "addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x", "cardano", "base", "mainnet", ""},
	{"cardano enterprise testnet", "addr_test1vz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzerspjrlsz", "cardano", "enterprise", "testnet", ""},
	{"cardano stake", "stake1uyehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gh6ffgw", "cardano", "stake", "mainnet", ""},
	{"cardano byron", "37btjrVyb4KDXBNC4haBVPCrro8AQPHwvCMp3RFhhSVWwfFmZ6wwzSK6JK1hY6wHNmtrpTf1kdbva8TCneM2YsiXT7mrzT21EacHnPpz5YyUdj64na", "cardano", "byron", "mainnet", ""},
	{"cardano icarus", "Ae2tdPwUPEZFRbyhz3cpfC2CumGzNkFBN2L42rcUc2yjQpEkxDbkPodpMAi", "cardano", "byron", "mainnet", ""},
	{"monero", "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A", "monero", "standard", "mainnet", ""},
	{"monero sub", "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H", "monero", "subaddress", "mainnet", ""},
	{"polkadot", "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5", "polkadot", "account", "polkadot", ""},
	{"kusama", "HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74F", "polkadot", "account", "kusama", ""},
	{"substrate", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY", "polkadot", "account", "substrate", ""},
	{"cosmos", "cosmos1qypqxpq9qcrsszg2pvxq6rs0zqg3yyc5lzv7xu", "cosmos", "account", "cosmos", ""},
}

func TestParseValid(t *testing.T) {
	for _, c := range valid {
		t.Run(c.name, func(t *testing.T) {
			got := Parse(c.text)
			if len(got) == 0 {
				t.Fatal("not read")
			}
			want := Address{c.chain, c.kind, c.canonical, c.network, Valid}
			if c.canonical == "" {
				want.Canonical = c.text
			}
			if got[0] != want {
				t.Errorf("got %+v\nwant %+v", got[0], want)
			}
			if again := Parse(got[0].Canonical); len(again) == 0 || again[0].Canonical != got[0].Canonical {
				t.Errorf("canonical %s reads as %+v", got[0].Canonical, again)
			}
		})
	}
}

// TestTyposAreInvalid changes one character of each valid address: no result may be valid, and each must still be told
// to be an address. Solana and EVM in one case have no checksum, and a change of the version is another address.
func TestTyposAreInvalid(t *testing.T) {
	for _, c := range valid {
		if c.chain == "ethereum" || c.name == "xrp zero account" {
			continue // a letter that is no digit, and a run of zeros that ends early, make another shape
		}
		lost := 0
		for i := len(c.text) / 3; i < len(c.text); i++ {
			for _, r := range []byte("2q") {
				if c.text[i] == r || strings.EqualFold(string(r), c.text[i:i+1]) {
					continue
				}
				typo := c.text[:i] + string(r) + c.text[i+1:]
				if c.text == strings.ToUpper(c.text) {
					typo = strings.ToUpper(typo)
				}
				all := Parse(typo)
				if len(all) == 0 {
					lost++
				}
				for _, a := range all {
					if a.Checksum == Valid {
						t.Errorf("%s: %s is valid: %+v", c.name, typo, a)
					}
				}
			}
		}
		// Without its prefix CashAddr is told by its checksum alone; block codes overflow at some digits.
		if lost > len(c.text)/8 && c.name != "cashaddr bare" && c.chain != "stellar" {
			t.Errorf("%s: %d typos are read as nothing", c.name, lost)
		}
	}
}

func TestParseSeveralChains(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"p2pkh", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", []string{"bitcoin 1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "bitcoin-cash bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"}},
		{"p2sh", "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC", []string{"bitcoin 3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC", "litecoin MJiLjQitbCNvfDQvm4VmJRWRt8thCoTFPm", "bitcoin-cash bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, a := range Parse(c.text) {
				got = append(got, a.Chain+" "+a.Canonical)
			}
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] && !(i == 1 && c.name == "p2sh" && strings.HasPrefix(got[i], "litecoin M")) {
					t.Errorf("got %s, want %s", got[i], c.want[i])
				}
			}
		})
	}
}

func TestParseEVM(t *testing.T) {
	const canonical = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
	for _, c := range []struct {
		name, text string
		want       Checksum
	}{
		{"eip-55", canonical, Valid},
		{"lower", strings.ToLower(canonical), Absent},
		{"upper", "0x" + strings.ToUpper(canonical[2:]), Absent},
		{"upper with 0X", strings.ToUpper(canonical), Absent},
		{"without 0x", canonical[2:], Valid},
		{"one letter's case", "0xfb6916095ca1df60bB79Ce92cE3Ea74c37c5d359", Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Parse(c.text)
			if len(got) != 1 || got[0].Canonical != canonical || got[0].Checksum != c.want {
				t.Errorf("got %+v, want %s %s", got, canonical, c.want)
			}
		})
	}
	if got := Parse("0x" + strings.Repeat("0", 64)); got != nil {
		t.Errorf("a hash reads as %+v", got)
	}
}

func TestParseSolana(t *testing.T) {
	for text, kind := range map[string]string{
		"HAgk14JpMQLgt6rVgv7cBQFJWFto5Dqxi472uT3DKpqk": "wallet",
		"4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofd":  "wallet",  // 1 and 0x10 << 248
		"8opHzTAnfzRpPEx21XtnrVTX28YQuCpAjcn1PczScKy":  "program", // 2 and 0x10 << 248: on no point
		"11111111111111111111111111111111":             "",
	} {
		got := Parse(text)
		if len(got) != 1 || got[0].Chain != "solana" || got[0].Checksum != Absent || kind != "" && got[0].Type != kind {
			t.Errorf("%s: got %+v, want a %s", text, got, kind)
		}
	}
}

func TestParseNothing(t *testing.T) {
	for _, text := range []string{"", "hello", "0x1234", strings.Repeat("1", 24), strings.Repeat("z", 600), strings.Repeat("q", 512),
		"c7f5e09a3b2d4e1f6a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b", "antidisestablishmentarianism", "sekisho@kaede-ex.jp"} {
		if got := Parse(text); got != nil {
			t.Errorf("%q reads as %+v", text, got)
		}
	}
}

func TestTrim(t *testing.T) {
	const a = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
	for _, c := range []struct{ text, bare, hint string }{
		{a, a, ""}, {"BTC:" + a, a, "bitcoin"}, {" XBT: " + a + " ", a, "bitcoin"}, {"bitcoin:" + a + "?amount=1", a, "bitcoin"},
		{"ethereum:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed@1/transfer", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "ethereum"},
		{"bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "bitcoin-cash"},
		{"TRX:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "tron"}, {"x:y", "x:y", ""},
	} {
		if bare, hint := Trim(c.text); bare != c.bare || hint != c.hint {
			t.Errorf("Trim(%q) = %q, %q, want %q, %q", c.text, bare, hint, c.bare, c.hint)
		}
	}
}

func scanned(text string) []string {
	var got []string
	Scan(text, func(start, end int, all []Address) bool {
		got = append(got, text[start:end])
		return true
	})
	return got
}

func TestScan(t *testing.T) {
	const btc, eth = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
	const sol = "HAgk14JpMQLgt6rVgv7cBQFJWFto5Dqxi472uT3DKpqk"
	bad := btc[:30] + "zzzz"
	for _, c := range []struct {
		name, text string
		want       string
	}{
		{"alone", btc, btc},
		{"prose", "Please pay to " + btc + ", thanks.", btc},
		{"japanese", "送金先アドレスは" + eth + "です。", eth},
		{"uri", "bitcoin:" + btc + "?amount=0.1", btc},
		{"explorer", "https://etherscan.io/address/" + eth + "#code", eth},
		{"two", btc + " " + eth, btc + " " + eth},
		{"line ends", "x\n" + btc + "\r\n" + eth + "\n", btc + " " + eth},
		{"inside a word", "x" + btc, ""},
		{"hash", "0x" + strings.Repeat("ab", 32), ""},
		{"commit", strings.Repeat("ab", 20), ""},
		{"cashaddr with prefix", "to bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a now", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"},
		{"cardano testnet", "(addr_test1vz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzerspjrlsz)", "addr_test1vz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzerspjrlsz"},
		{"solana in prose", "send SOL to " + sol + ".", sol},
		{"solana explorer", "https://solscan.io/account/" + sol, sol},
		{"token in a url", "https://track.example/c/" + sol + "?u=1", ""},
		{"invalid, spoken of", "new BTC address: " + bad, bad},
		{"invalid, silent", "ticket " + bad, ""},
		{"invalid bech32", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(scanned(c.text), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestScanAnywhere moves an address through padding of every length: the stride must not miss it.
func TestScanAnywhere(t *testing.T) {
	const a = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
	for _, filler := range []string{"word ", "\n", "abcdefghijklmnopqrstuvwx ", "a-b_c ", "あ"} {
		for n := range 60 {
			text := strings.Repeat(filler, n)
			for pad := range 27 {
				if got := scanned(text + strings.Repeat(" ", pad) + a + " " + filler); len(got) != 1 || got[0] != a {
					t.Fatalf("%d of %q and %d spaces: got %q", n, filler, pad, got)
				}
			}
		}
	}
}

func TestScanStops(t *testing.T) {
	calls := 0
	Scan(strings.Repeat("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ", 5), func(int, int, []Address) bool { calls++; return calls < 2 })
	if calls != 2 {
		t.Errorf("called %d times, want 2", calls)
	}
}

func TestChain(t *testing.T) {
	for name, want := range map[string]string{"XBT": "bitcoin", "eth": "ethereum", "ARB": "ethereum", " TRX": "tron", "XMR": "monero"} {
		if got, ok := Chain(name); got != want || !ok {
			t.Errorf("Chain(%q) = %q, want %q", name, got, want)
		}
	}
	if got, ok := Chain("what"); ok {
		t.Errorf("Chain(what) = %q", got)
	}
}

func FuzzParseIsStable(f *testing.F) {
	for _, c := range valid {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, a := range Parse(s) {
			if a.Checksum != Valid {
				continue
			}
			fits := false
			for _, again := range Parse(a.Canonical) {
				fits = fits || again.Chain == a.Chain && again.Canonical == a.Canonical
			}
			if !fits {
				t.Errorf("%q reads as %+v, whose canonical form does not", s, a)
			}
		}
		Scan(s, func(start, end int, all []Address) bool {
			if start < 0 || end > len(s) || start >= end || len(all) == 0 {
				t.Errorf("%q: %d to %d: %v", s, start, end, all)
			}
			return true
		})
	})
}

func BenchmarkScanProse(b *testing.B) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog, and https://kaede-ex.jp/help?id=12 explains why it does so.\n", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Scan(text, func(int, int, []Address) bool { return true })
	}
}

func BenchmarkScanHostile(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"addresses", strings.Repeat("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 ", 2000)},
		{"solana", strings.Repeat("HAgk14JpMQLgt6rVgv7cBQFJWFto5Dqxi472uT3DKpqk ", 2000)},
		{"run", strings.Repeat("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", 3000)},
		{"almost", strings.Repeat("abcdefghijklmnopqrstuvwx ", 4000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			for b.Loop() {
				Scan(c.text, func(int, int, []Address) bool { return true })
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"ethereum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"},
		{"p2pkh", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
		{"bech32", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
		{"tron", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"},
		{"solana", "HAgk14JpMQLgt6rVgv7cBQFJWFto5Dqxi472uT3DKpqk"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Parse(c.text)
			}
		})
	}
}
