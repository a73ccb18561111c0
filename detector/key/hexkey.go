package key

import (
	"bytes"
	"strings"

	"github.com/sekisho/sekisho/derive"
	"github.com/sekisho/sekisho/secret"
)

// Words that say what 32 bytes in hexadecimal are. The nearest one before the value decides: most such values are hashes.
var (
	keyWords = [][]byte{[]byte("private"), []byte("privkey"), []byte("priv_key"), []byte("prikey"), []byte("prvkey"),
		[]byte("secret"), []byte("mnemonic"), []byte("seed"), []byte("spend key"), []byte("spendkey"), []byte("spend_key"),
		[]byte("signing key"), []byte("signingkey"), []byte("signing_key"), []byte("signer_key"), []byte("deployer_key"),
		[]byte("wallet_key"), []byte("walletkey"), []byte("wallet key"), []byte("owner_key"), []byte("master key"),
		[]byte("秘密鍵"), []byte("私钥"), []byte("私鑰"), []byte("개인키"), []byte("シード")}
	otherWords = [][]byte{[]byte("hash"), []byte("txid"), []byte("sha256"), []byte("sha-256"), []byte("digest"),
		[]byte("commit"), []byte("checksum"), []byte("public"), []byte("pubkey"), []byte("pub"), []byte("block"),
		[]byte("signature"), []byte("merkle"), []byte("integrity"), []byte("hmac"), []byte("shared"), []byte("transaction"),
		[]byte("nonce"), []byte("salt"), []byte("topic"), []byte("proof"), []byte("cipher"), []byte("output"),
		[]byte("view key"), []byte("fingerprint"), []byte("keccak"), []byte("address"), []byte("bytes32"), []byte("root"),
		[]byte("storage"), []byte("selector"), []byte("expected"), []byte("result"), []byte("fuzz"), []byte("random")}

	// coinWords must stand near a value that is only called a secret or a seed.
	coinWords = [][]byte{[]byte("wallet"), []byte("bitcoin"), []byte("substrate"), []byte("polkadot"), []byte("monero"),
		[]byte("secp256k1"), []byte("ss58"), []byte("ウォレット"), []byte("secret_key"), []byte("secretkey"),
		[]byte("secret key"), []byte("secret seed"), []byte("account")}
)

// reach is how far before a value its name may stand, in bytes.
const reach = 72

// hexKey looks at 32 bytes in hexadecimal: a part of a keystore, or a private key where the surroundings say so.
func (t *text) hexKey(s, e int, hex []byte) {
	data := t.data
	name := t.nameBefore(s)
	if bytes.Equal(name, []byte("mac")) || bytes.Equal(name, []byte("ciphertext")) {
		t.keystore(s, e)
		return
	}
	word := t.keyWord(s, e)
	if word == "" || !varied(hex) {
		return
	}
	if (word == "secret" || word == "seed" || word == "mnemonic") && !beside(data, s, e, coinWords) {
		return
	}
	raw := fromHex(hex)
	defer clear(raw)
	addresses, err := derive.Secp256k1(raw)
	format := "hex"
	if strings.HasPrefix(word, "spend") {
		format, err = "monero spend key", nil
		addresses = nil
	}
	if err != nil {
		return
	}
	if format == "hex" {
		more, err := derive.Ed25519(raw)
		if err == nil {
			addresses = append(addresses, more...)
		}
	}
	t.report(Match{Kind: "private key", Format: format, Addresses: addresses}, s, e, secret.New(raw))
}

// keyWord returns the word that says that data[s:e] is a private key, or "".
func (t *text) keyWord(s, e int) string {
	data := t.data
	var buf [reach]byte
	before := lower(buf[:0], data[max(0, s-reach):s])
	best, at := "", -1
	for _, w := range keyWords {
		if i := bytes.LastIndex(before, w); i > at {
			best, at = string(w), i
		}
	}
	if at >= 0 {
		for _, w := range otherWords {
			if i := bytes.LastIndex(before[at+len(best):], w); i >= 0 {
				return ""
			}
		}
		gap := before[at+len(best):]
		if bytes.Count(gap, []byte{'\n'}) > 1 || bytes.IndexByte(gap, ';') >= 0 || bytes.Count(gap, []byte{','}) > 1 || bytes.Contains(gap, []byte("0x")) && len(gap) > 40 {
			return ""
		}
		if len(gap) > 0 && gap[0] == '-' && best == "private" {
			return ""
		}
		return best
	}
	line, _, _ := bytes.Cut(data[e:min(len(data), e+48)], []byte{'\n'})
	if after := lower(buf[:0], line); bytes.Contains(after, []byte("private key")) || bytes.Contains(after, []byte("秘密鍵")) {
		return "private"
	}
	return ""
}

// varied tells key bytes from fillers: at least 9 different digits and no long stretch of one or of counting.
func varied(hex []byte) bool {
	var seen [16]bool
	different, steps := 0, 0
	for i, c := range hex {
		v := unhex(c)
		if !seen[v&15] {
			seen[v&15], different = true, different+1
		}
		if i > 0 {
			if d := (v - unhex(hex[i-1])) & 15; d == 0 || d == 1 || d == 15 {
				steps++
			}
		}
	}
	period := false
	for p := 2; p <= 32; p *= 2 {
		period = period || bytes.Equal(hex[:len(hex)-p], hex[p:])
	}
	return different >= 9 && steps < len(hex)/3 && !period
}

// keystore reports the Ethereum keystore (Web3 Secret Storage, versions 1 and 3) around one of its values.
func (t *text) keystore(s, e int) {
	data := t.data
	from := max(0, s-2048)
	near := data[from:min(len(data), e+2048)]
	folded := bytes.ToLower(near)
	cipher := bytes.Index(folded, []byte(`"ciphertext"`))
	if cipher < 0 || !bytes.Contains(folded, []byte(`"mac"`)) || !bytes.Contains(folded, []byte("cipher\"")) ||
		!bytes.Contains(folded, []byte("scrypt")) && !bytes.Contains(folded, []byte("pbkdf2")) {
		return
	}
	value := valueOf(near, string(near[cipher:cipher+len(`"ciphertext"`)]))
	if len(value) < 32 || !isHex(value) {
		return
	}
	m := Match{Kind: "keystore", Format: "ethereum", Checked: true, Encrypted: true}
	if address := strings.TrimPrefix(string(valueOf(near, `"address"`)), "0x"); len(address) == 40 && isHex([]byte(address)) {
		m.Addresses = []derive.Address{{Chain: "ethereum", Path: "keystore", Text: "0x" + strings.ToLower(address)}}
	}
	t.report(m, from+cipher, max(e, from+cipher+len(`"ciphertext"`)), secret.New(value))
}

// valueOf returns the string that follows a name in JSON.
func valueOf(data []byte, name string) []byte {
	_, rest, ok := bytes.Cut(data, []byte(name))
	if !ok {
		return nil
	}
	rest = bytes.TrimLeft(rest, " \t\r\n:")
	if len(rest) == 0 || rest[0] != '"' {
		return nil
	}
	value, _, ok := bytes.Cut(rest[1:], []byte{'"'})
	if !ok {
		return nil
	}
	return value
}

// nameBefore returns the name that a value at s is given, in lower case: "mac" in {"mac": "...".
func (t *text) nameBefore(s int) []byte {
	data := t.data
	p := s
	for p > 0 && s-p < 24 && bytes.IndexByte([]byte(" \t\r\n\"':=`>\\"), data[p-1]) >= 0 {
		p--
	}
	end := p
	for p > 0 && end-p < 40 && (isToken(data[p-1])) {
		p--
	}
	return lower(nil, data[p:end])
}
