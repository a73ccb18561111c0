package key

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/derive"
	"github.com/sekisho/sekisho/detector/detectortest"
	"github.com/sekisho/sekisho/secret/secrettest"
)

func TestGoldens(t *testing.T) {
	org := &sekisho.Org{Wallets: []sekisho.Wallet{
		{Name: "Cold vault", Chain: "bitcoin", Kind: "cold", Addresses: []string{"bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"}},
	}}
	detectortest.Run(t, Detector, org, nil)
}

func scan(t testing.TB, name string, r io.Reader) []Match {
	t.Helper()
	var all []Match
	if err := NewScanner([]byte("test")).Scan(context.Background(), name, r, func(m Match) { all = append(all, m) }); err != nil {
		t.Fatal(err)
	}
	return all
}

// contexts are the ways a single key is written.
var contexts = map[string]string{
	"alone":      "%s\n",
	"assignment": "PRIVATE_KEY=%s\n",
	"quoted":     "const privateKey = \"%s\";\n",
	"json":       "{\n  \"privateKey\": \"%s\",\n  \"n\": 1\n}\n",
	"yaml":       "wallet:\n  private_key: %s\n",
	"table":      "| private key | %s |\n",
	"csv":        "1,private key,%s,hot\n",
	"sentence":   "the private key of the wallet is %s.\n",
	"html":       "<p>private key:</p><p><code>%s</code></p>\n",
	"japanese":   "秘密鍵：%s です\n",
}

func TestFindsEverySingleKeyInEveryContext(t *testing.T) {
	g := newGenerator()
	pair := fromHex([]byte(strings.Repeat("00", 64)))
	copy(pair, solanaPair(g))
	keys := []struct {
		name, format, key string
		named             bool // found only where it is named
	}{
		{"wif uncompressed", "wif", g.wif(0x80, false), false},
		{"wif compressed", "wif", g.wif(0x80, true), false},
		{"wif testnet", "wif", g.wif(0xEF, true), false},
		{"wif litecoin", "wif", g.wif(0xB0, true), false},
		{"xprv", "xprv", g.extended(0x0488ADE4), false},
		{"yprv", "yprv", g.extended(0x049D7878), false},
		{"zprv", "zprv", g.extended(0x04B2430C), false},
		{"tprv", "tprv", g.extended(0x04358394), false},
		{"uprv", "uprv", g.extended(0x044A4E28), false},
		{"vprv", "vprv", g.extended(0x045F18BC), false},
		{"descriptor", "xprv", "wpkh([d34db33f/84h/0h/0h]" + g.extended(0x0488ADE4) + "/0/*)#8s5ek3sx", false},
		{"hex", "hex", fmt.Sprintf("%x", g.bytes(32)), true},
		{"0x hex", "hex", fmt.Sprintf("0x%x", g.bytes(32)), true},
		{"upper hex", "hex", fmt.Sprintf("%X", g.bytes(32)), true},
		{"solana base58", "solana base58", base58Text(solanaPair(g)), false},
		{"solana array", "solana array", g.solanaArray(), false},
		{"ripple", "ripple seed", g.ripple(0x21), false},
		{"ripple ed25519", "ripple seed", g.ripple(0x01, 0xE1, 0x4B), false},
		{"cardano root", "cardano", g.bech32(t, "root_xsk", 96), false},
		{"cardano address", "cardano", g.bech32(t, "addr_xsk", 96), false},
		{"cardano extended", "cardano", g.bech32(t, "ed25519e_sk", 64), false},
		{"cardano xprv", "cardano", g.bech32(t, "xprv", 96), false},
		{"nostr", "nostr", g.bech32(t, "nsec", 32), false},
		{"ed25519 hex pair", "ed25519 hex", fmt.Sprintf("%x", pair), false},
	}
	s := NewScanner([]byte("test"))
	for _, k := range keys {
		for name, format := range contexts {
			if k.named && name == "alone" {
				continue
			}
			var got []Match
			if err := s.Scan(context.Background(), "", strings.NewReader(fmt.Sprintf(format, k.key)), func(m Match) { got = append(got, m) }); err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || got[0].Format != k.format {
				t.Errorf("%s, %s: got %+v", k.name, name, got)
			}
		}
	}
}

func TestFindsBlocksAndFiles(t *testing.T) {
	g := newGenerator()
	pemKeys := blocks(t)
	cases := []struct {
		name, file, input, kind, format string
		encrypted                       bool
	}{
		{"keystore v3", "", g.keystore([4]string{"crypto", "ciphertext", "kdfparams", "mac"}), "keystore", "ethereum", true},
		{"keystore v1", "", g.keystore([4]string{"Crypto", "CipherText", "KdfParams", "MAC"}), "keystore", "ethereum", true},
		{"polkadot", "", `{"encoded":"` + b64text(g.bytes(150)) + `","encoding":{"content":["pkcs8","sr25519"],"type":["scrypt","xsalsa20-poly1305"],"version":"3"},"address":"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"}`, "keystore", "polkadot", true},
		{"jwk", "", `{"kty":"EC","crv":"secp256k1","x":"` + g.text(43, alphanumeric) + `","d":"` + g.text(43, alphanumeric[:52]) + `"}`, "private key", "jwk", false},
		{"monero spend key", "", fmt.Sprintf("Spend key: %x\n", g.bytes(32)), "private key", "monero spend key", false},
		{"substrate seed", "", fmt.Sprintf("  Secret seed: 0x%x\n  Public key (hex): 0x%x\n", g.bytes(32), g.bytes(32)), "private key", "hex", false},
		{"pkcs12", "a.p12", "\x30\x82\x0a\x2f\x02\x01\x03\x30\x82" + string(g.bytes(300)), "keystore", "pkcs12", true},
		{"pkcs12 base64", "", b64text(append([]byte("\x30\x82\x0a\x2f\x02\x01\x03\x30\x82"), g.bytes(300)...)), "keystore", "pkcs12", true},
		{"wallet.dat", "wallet.dat", strings.Repeat("\x00", 12) + "\x62\x31\x05\x00" + strings.Repeat("\x00", 500) + "\x04mkey\x01", "wallet file", "bitcoin core", true},
		{"sqlite wallet", "wallet.dat", "SQLite format 3\x00" + strings.Repeat("\x00", 52) + "\xf9\xbe\xb4\xd9" + strings.Repeat("\x00", 600), "wallet file", "bitcoin core", false},
		{"electrum", "", `{"keystore":{"seed":"` + b64text(g.bytes(64)) + `","type":"bip32"},"seed_version":18,"use_encryption":true,"wallet_type":"standard"}`, "wallet file", "electrum", true},
		{"electrum encrypted", "default_wallet", b64text(append([]byte("BIE1\x02"), g.bytes(300)...)), "wallet file", "electrum", true},
		{"coldcard", "backup-20250101.7z", "7z\xBC\xAF\x27\x1C" + string(g.bytes(200)), "hardware wallet backup", "coldcard", true},
		{"bitbox", "backup_Mon_2025.bin", "\x0a" + string(g.bytes(200)), "hardware wallet backup", "bitbox02", false},
		{"bip38", "", "6PRVWUbkzzsbcVac2qwfssoUJAN1Xhrg6bNk8J7Nzm5H7kxEbn2Nh2ZoGg", "private key", "bip38", true}, // BIP-38's vector
		{"pem pkcs1", "", pemKeys["pkcs1"], "private key", "pkcs1", false},
		{"pem pkcs8", "", pemKeys["pkcs8"], "private key", "pkcs8", false},
		{"pem sec1", "", pemKeys["sec1"], "private key", "sec1", false},
		{"pem pkcs8 encrypted", "", pemKeys["pkcs8 encrypted"], "private key", "pkcs8 encrypted", true},
		{"pem pkcs1 encrypted", "", pemKeys["pkcs1 encrypted"], "private key", "pkcs1", true},
		{"openssh", "", pemKeys["openssh"], "private key", "openssh", false},
		{"openssh encrypted", "", pemKeys["openssh locked"], "private key", "openssh", true},
		{"pgp", "", pemKeys["pgp"], "private key", "pgp", false},
		{"pem in json", "", `{"private_key": "` + strings.ReplaceAll(pemKeys["pkcs8"], "\n", `\n`) + `"}`, "private key", "pkcs8", false},
		{"pem in code", "", `"` + strings.ReplaceAll(pemKeys["pkcs1"], "\n", "\\n\" +\n\t\"") + `"`, "private key", "pkcs1", false},
		{"fireblocks", "", "# Fireblocks\nFB_API_KEY=1\n" + pemKeys["pkcs8"], "api secret", "pkcs8", false},
		{"coinbase cdp", "", `{"name":"organizations/1/apiKeys/2","privateKey":"` + strings.ReplaceAll(pemKeys["sec1"], "\n", `\n`) + `"}`, "api secret", "sec1", false},
		{"google service account", "", `{"type":"service_account","private_key":"` + strings.ReplaceAll(pemKeys["pkcs8"], "\n", `\n`) + `"}`, "api secret", "pkcs8", false},
	}
	for _, c := range cases {
		got := scan(t, c.file, strings.NewReader(c.input))
		if len(got) != 1 || got[0].Kind != c.kind || got[0].Format != c.format || got[0].Encrypted != c.encrypted {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
}

func TestFindsAPISecrets(t *testing.T) {
	g := newGenerator()
	hexa := func(n int) string { return fmt.Sprintf("%x", g.bytes(n/2)) }
	for service, line := range map[string]string{
		"binance":   "BINANCE_API_SECRET=" + g.text(64, alphanumeric),
		"coinbase":  "coinbase:\n  api_secret: " + b64text(g.bytes(64)),
		"kraken":    `kraken = Client(key="x", secret="` + b64text(g.bytes(64)) + `")`,
		"bybit":     "[bybit]\napi_secret = " + g.text(36, alphanumeric),
		"okx":       "OKX_SECRET_KEY=" + strings.ToUpper(hexa(32)),
		"bitflyer":  "bitFlyer API secret: " + b64text(g.bytes(32)),
		"coincheck": "COINCHECK_SECRET_ACCESS_KEY=" + g.text(32, alphanumeric),
		"bitbank":   "bitbank api secret: " + hexa(64),
		"gmo coin":  "GMOコイン\nシークレット: " + g.text(64, alphanumeric+"+/"),
		"bitgo":     "BITGO_ACCESS_TOKEN=v2x" + hexa(64),
		"alchemy":   "https://eth-mainnet.g.alchemy.com/v2/" + g.text(32, alphanumeric),
		"infura":    "https://mainnet.infura.io/v3/" + hexa(32),
		"aws":       "aws_access_key_id = AKIA" + g.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
		"github":    "token: ghp_" + g.text(36, alphanumeric),
		"slack":     "SLACK=xoxb-" + g.text(12, "123456789") + "-" + g.text(12, "123456789") + "-" + g.text(24, alphanumeric),
		"gitlab":    "GITLAB=glpat-" + g.text(20, alphanumeric),
		"npm":       "//registry/:_authToken=npm_" + g.text(36, "abcdefghijklmnopqrstuvwxyz0123456789"),
		"stripe":    "stripe.api_key = 'sk_live_" + g.text(24, alphanumeric) + "'",
		"gcp":       "GOOGLE=AIza" + g.text(35, alphanumeric),
		"sendgrid":  "SENDGRID=SG." + g.text(22, alphanumeric) + "." + g.text(43, alphanumeric),
		"telegram":  "telegram_bot_token = " + g.text(10, "123456789") + ":AA" + g.text(33, alphanumeric),
		"openai":    "OPENAI=sk-" + g.text(20, alphanumeric) + "T3BlbkFJ" + g.text(20, alphanumeric),
		"twilio":    "TWILIO=SK" + hexa(32),
		"azure":     "azure_client_secret = '" + "Abc8Q~" + g.text(34, alphanumeric) + "'",
		"discord":   "discord_token = '" + hexa(64) + "'",
	} {
		got := scan(t, "", strings.NewReader("# settings\n"+line+"\n# end\n"))
		if len(got) != 1 || got[0].Kind != "api secret" || !strings.HasPrefix(got[0].Service, service) {
			t.Errorf("%s: got %+v", service, got)
		}
	}
}

func TestHonestTextHasNoKeys(t *testing.T) {
	g := newGenerator()
	hexa := func(n int) string { return fmt.Sprintf("%x", g.bytes(n/2)) }
	list := words().words[english]
	for name, input := range map[string]string{
		"tx hash":           "The private key stays offline. Transaction hash: 0x" + hexa(64),
		"txid":              "txid " + hexa(64),
		"commit":            "commit " + hexa(40) + "\nsha256 " + hexa(64),
		"sha256sums":        hexa(64) + "  wallet.tar.gz\n" + hexa(64) + "  seed.txt\n",
		"uuid":              "secret: 123e4567-e89b-12d3-a456-426614174000",
		"go.sum":            "golang.org/x/crypto v0.1.0 h1:" + b64text(g.bytes(32)) + "\n",
		"package-lock":      `"integrity": "sha512-` + b64text(g.bytes(64)) + `",`,
		"base64 image":      `<img src="data:image/png;base64,` + b64text(g.bytes(4000)) + `">`,
		"word list":         strings.Join(list, "\n"),
		"word array":        `["` + strings.Join(list, `","`) + `"]`,
		"shuffled list":     shuffled(g, list),
		"sorted dozen":      strings.Join(list[100:112], " "),
		"lorem":             strings.Repeat("Lorem ipsum dolor sit amet, consectetur adipiscing elit. ", 50),
		"prose":             "If you can, always enjoy the picture of your family, the small garden, the river and the old tree above the wall. Every day we use that door, you know.",
		"filler key":        "PRIVATE_KEY=0x" + strings.Repeat("0", 63) + "1\nprivate_key: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"address":           "private wallet address 0x" + hexa(40),
		"public key":        "Private key: (kept offline)\nPublic key: " + hexa(64),
		"pem documented":    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
		"certificate":       "-----BEGIN CERTIFICATE-----\n" + b64text(append([]byte{0x30, 0x82}, g.bytes(600)...)) + "\n-----END CERTIFICATE-----",
		"placeholder":       "BINANCE_API_SECRET=your_api_secret_here_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nAWS=AKIAIOSFODNN7EXAMPLE",
		"number table":      strings.Repeat("12, 34, 56, 78, 90, 255, 0, 1, ", 40),
		"minified":          strings.Repeat(`!function(e,t){"object"==typeof exports?module.exports=t():e.Foo1=t()}(this,function(){return a2b3c4.d5e6});`, 40),
		"broken wif":        "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK",
		"watching electrum": `{"keystore":{"xpub":"xpub6"},"seed_version":18,"wallet_type":"standard"}`,
		"keystore in prose": "The keystore has a ciphertext, a mac and a kdf such as scrypt.",
	} {
		if got := scan(t, "", strings.NewReader(input)); len(got) != 0 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func shuffled(g generator, list []string) string {
	list = append([]string{}, list...)
	g.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return strings.Join(list, " ")
}

func TestPlacesAreThoseOfTheStream(t *testing.T) {
	g := newGenerator()
	key := g.wif(0x80, true)
	var input bytes.Buffer
	var want []int64
	for input.Len() < 5<<20 {
		input.WriteString(strings.Repeat("an honest line of a log, number one\n", 1+g.IntN(2000)))
		input.WriteString(strings.Repeat("x ", g.IntN(300)))
		want = append(want, int64(input.Len()))
		input.WriteString(key + "\n")
	}
	got := scan(t, "", iotestReader{bytes.NewReader(input.Bytes())})
	if len(got) != len(want) {
		t.Fatalf("got %d matches, want %d", len(got), len(want))
	}
	for i, m := range got {
		if m.Start != want[i] || m.End != want[i]+int64(len(key)) {
			t.Fatalf("match %d: got %d to %d, want %d", i, m.Start, m.End, want[i])
		}
		if line := 1 + bytes.Count(input.Bytes()[:want[i]], []byte{'\n'}); m.Line != line {
			t.Fatalf("match %d: got line %d, want %d", i, m.Line, line)
		}
	}
}

// iotestReader returns odd amounts of bytes.
type iotestReader struct{ r io.Reader }

func (r iotestReader) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), 4093)]) }

func TestPhrasesAcrossWindows(t *testing.T) {
	g := newGenerator()
	var input bytes.Buffer
	count := 0
	for input.Len() < 3<<20 {
		input.WriteString(strings.Repeat("nothing here to see\n", 1+g.IntN(900)))
		input.WriteString("\n" + strings.Join(g.bip39(english, 12), "\n") + "\n\n")
		count++
	}
	s := NewScanner(nil)
	s.derive = func(string) ([]derive.Address, error) { return nil, nil }
	got := 0
	if err := s.Scan(context.Background(), "", &input, func(Match) { got++ }); err != nil || got != count {
		t.Errorf("got %d phrases, want %d, %v", got, count, err)
	}
}

func TestUTF16IsRead(t *testing.T) {
	g := newGenerator()
	input := []byte{0xFF, 0xFE}
	for _, r := range "復元フレーズ " + strings.Join(g.bip39(language(1), 24), "\u3000") {
		input = append(input, byte(r), byte(r>>8))
	}
	if got := scan(t, "", bytes.NewReader(input)); len(got) != 1 || got[0].Language != "japanese" {
		t.Errorf("got %+v", got)
	}
}

func TestScanStopsWithWhatWasFound(t *testing.T) {
	g := newGenerator()
	ctx, stop := context.WithCancel(context.Background())
	found := 0
	input := io.MultiReader(strings.NewReader(g.wif(0x80, true)+"\n"+strings.Repeat(" ", 4<<20)), strings.NewReader(g.wif(0x80, true)))
	err := NewScanner(nil).Scan(ctx, "", input, func(Match) { found++; stop() })
	if !errors.Is(err, sekisho.ErrTimeout) || found != 1 {
		t.Errorf("got %v with %d found", err, found)
	}
}

// The facts, spans and errors of every kind of key are searched for any piece of it.
func TestNoPartOfAKeyIsStated(t *testing.T) {
	g := newGenerator()
	canaries := map[string]string{
		"phrase":     strings.Join(g.bip39(english, 12), " "),
		"japanese":   strings.Join(g.bip39(language(1), 24), "\u3000"),
		"wif":        g.wif(0x80, true),
		"xprv":       g.extended(0x0488ADE4),
		"hex":        fmt.Sprintf("%x", g.bytes(32)),
		"ripple":     g.ripple(0x21),
		"github":     "ghp_" + g.text(36, alphanumeric),
		"binance":    g.text(64, alphanumeric),
		"solana":     base58Text(solanaPair(g)),
		"cardano":    g.bech32(t, "root_xsk", 96),
		"pem":        blocks(t)["pkcs1"],
		"monero":     strings.Join(g.monero(), " "),
		"array":      g.solanaArray(),
		"ciphertext": fmt.Sprintf("%x", g.bytes(32)),
	}
	for name, canary := range canaries {
		input := "binance wallet api_secret private key: " + canary + "\n"
		if name == "ciphertext" {
			input = `{"crypto":{"cipher":"aes-128-ctr","ciphertext":"` + canary + `","kdf":"scrypt","mac":"` + fmt.Sprintf("%x", g.bytes(32)) + `"}}`
		}
		var output bytes.Buffer
		seen := 0
		for _, m := range scan(t, "", strings.NewReader(input)) {
			fmt.Fprintf(&output, "%v %+v %#v\n", m, m, m)
		}
		prepared, err := Detector.Prepare(&sekisho.Org{}, &sekisho.Intel{})
		if err != nil {
			t.Fatal(err)
		}
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Name: name, Blob: strings.NewReader(input), Size: int64(len(input))}
		pass := &sekisho.Pass{Context: context.Background(), Artifact: a, Prepared: prepared}
		pass.Report = func(facts any, at ...sekisho.Span) {
			seen++
			data, err := json.Marshal(facts)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&output, "%s %+v %+v\n", data, facts, at)
		}
		fmt.Fprintln(&output, Detector.Run(pass))
		if seen == 0 {
			t.Errorf("%s: nothing was found", name)
		}
		secrettest.Absent(t, output.Bytes(), canary)
	}
}

func TestWalletsAreKnownByAnySpelling(t *testing.T) {
	wallets := NewWallets(&sekisho.Org{Wallets: []sekisho.Wallet{
		{Name: "hot", Kind: "hot", Addresses: []string{"0x9858effd232b4033e47d90003d41ec34ecaeda94"}},
		{Name: "cold", Kind: "cold", Addresses: []string{"BC1QCR8TE4KR609GCAWUTMRZA0J4XV80JY8Z306FYU"}},
	}})
	for want, address := range map[string]string{"hot": "0x9858EfFD232B4033E47d90003D41EC34EcaEda94", "cold": "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"} {
		if got := wallets.Owner(Match{Addresses: []derive.Address{{Text: address}}}); got == nil || got.Name != want {
			t.Errorf("%s: got %v", address, got)
		}
	}
	if got := wallets.Owner(Match{Addresses: []derive.Address{{Text: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}}}); got != nil {
		t.Errorf("a stranger's address: got %v", got)
	}
}

// Many phrases in one file stop the detector at its limit, not at its time.
func TestTooManyKeysAreALimit(t *testing.T) {
	g := newGenerator()
	var input strings.Builder
	for range observationLimit + 50 {
		input.WriteString(g.wif(0x80, true) + "\n")
	}
	prepared, err := Detector.Prepare(&sekisho.Org{}, &sekisho.Intel{})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindText, Form: &sekisho.TextForm{Content: input.String()}}
	err = Detector.Run(&sekisho.Pass{Context: context.Background(), Artifact: a, Prepared: prepared, Report: func(any, ...sekisho.Span) { seen++ }})
	if !errors.Is(err, sekisho.ErrLimit) || seen != observationLimit {
		t.Errorf("got %v with %d keys", err, seen)
	}
}

// TestAFileIsReadOnce runs the detector on a file and on the text that was opened from it.
func TestAFileIsReadOnce(t *testing.T) {
	key := newGenerator().wif(0x80, true)
	prepared, err := Detector.Prepare(&sekisho.Org{}, &sekisho.Intel{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name       string
		blob, text string
		want       int
	}{
		{"the same bytes", key, key, 1},
		{"decoded", "\xe9 " + key, "é " + key, 2},
	}
	for _, test := range tests {
		file := &sekisho.Artifact{Kind: sekisho.KindFile, Blob: strings.NewReader(test.blob), Size: int64(len(test.blob))}
		text := &sekisho.Artifact{Kind: sekisho.KindText, Via: "content", Form: &sekisho.TextForm{Content: test.text}, Up: file}
		seen := 0
		for _, a := range []*sekisho.Artifact{file, text} {
			report := func(any, ...sekisho.Span) { seen++ }
			if err := Detector.Run(&sekisho.Pass{Context: context.Background(), Artifact: a, Prepared: prepared, Report: report}); err != nil {
				t.Error(err)
			}
		}
		if seen != test.want {
			t.Errorf("%s: stated %d times, want %d", test.name, seen, test.want)
		}
	}
}
