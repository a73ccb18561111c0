package key

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"

	"github.com/btcsuite/btcd/btcutil/bech32"
	"github.com/mr-tron/base58"
	"github.com/sekisho/sekisho/derive"
	"github.com/sekisho/sekisho/secret"
)

// blobLimit is the longest token that is looked at in full, in bytes; longer ones are data, of which the head is.
const blobLimit = 2048

// run looks at a token of letters, digits and joints.
func (t *text) run(start, end int) {
	t.der(start, end)
	if end-start > blobLimit {
		return
	}
	if t.bech32(start, end) || t.encoded(start, end) {
		return
	}
	data := t.data
	for s := start; s < end; {
		for s < end && classes[data[s]] == joint {
			s++
		}
		e := s
		for e < end && classes[data[e]] != joint {
			e++
		}
		if e-s >= 28 {
			t.plainRun(s, e)
		}
		s = e
	}
	if random(data[start:end]) {
		t.apiSecret(start, end)
	}
}

// plainRun looks at letters and digits: base58 and hexadecimal. Length and first letter leave few to decode.
func (t *text) plainRun(s, e int) {
	data := t.data
	if s > 0 && data[s-1] == '\\' && (data[s] == 'n' || data[s] == 't' || data[s] == 'r') {
		s++
	}
	b := data[s:e]
	switch n := len(b); {
	case n == 64 && isHex(b):
		t.hexKey(s, e, b)
	case n == 66 && b[0] == '0' && b[1]|0x20 == 'x' && isHex(b[2:]):
		t.hexKey(s, e, b[2:])
	case (n == 128 || n == 130 && b[1]|0x20 == 'x') && isHex(b[n-128:]):
		t.hexPair(s, e, b[n-128:])
	case n == 51 || n == 52:
		t.wif(s, e)
	case n == 58 && b[0] == '6' && b[1] == 'P':
		t.bip38(s, e)
	case n >= 111 && n <= 112 && (bytes.Equal(b[1:4], []byte("prv")) || bytes.Equal(b[1:4], []byte("tpv")) || bytes.Equal(b[1:4], []byte("gpv"))):
		if addresses, err := derive.Extended(string(b)); err == nil {
			t.report(Match{Kind: "extended key", Format: string(b[:4]), Checked: true, Addresses: addresses}, s, e, secret.New(b))
		}
	case n >= 28 && n <= 31 && b[0] == 's':
		if addresses, err := derive.Ripple(string(b)); err == nil {
			t.report(Match{Kind: "private key", Format: "ripple seed", Checked: true, Addresses: addresses}, s, e, secret.New(b))
		}
	case n == 87 || n == 88:
		if raw, err := base58.Decode(string(b)); err == nil {
			t.pair(raw, "solana base58", s, e)
		}
	}
}

func isHex(b []byte) bool {
	for _, c := range b {
		if unhex(c) > 15 {
			return false
		}
	}
	return true
}

// wifVersions are the version bytes of the Wallet Import Format, by chain.
var wifVersions = map[byte]string{0x80: "bitcoin", 0xEF: "bitcoin-testnet", 0xB0: "litecoin", 0x9E: "dogecoin"}

func (t *text) wif(s, e int) {
	b := t.data[s:e]
	if bytes.IndexByte([]byte("5KL9cT6Q"), b[0]) < 0 {
		return
	}
	raw, ok := checked(b)
	defer clear(raw)
	if !ok || len(raw) < 33 || len(raw) > 34 || len(raw) == 34 && raw[33] != 1 {
		return
	}
	chain, ok := wifVersions[raw[0]]
	if !ok {
		return
	}
	chains := []string{chain}
	if chain == "bitcoin" {
		chains = append(chains, "bitcoin-cash", "ethereum")
	}
	addresses, err := derive.Secp256k1(raw[1:33], chains...)
	if err != nil {
		return
	}
	t.report(Match{Kind: "private key", Format: "wif", Checked: true, Addresses: addresses}, s, e, secret.New(raw[1:33]))
}

func (t *text) bip38(s, e int) {
	raw, ok := checked(t.data[s:e])
	if ok && len(raw) == 39 && raw[0] == 0x01 && (raw[1] == 0x42 || raw[1] == 0x43) {
		t.report(Match{Kind: "private key", Format: "bip38", Checked: true, Encrypted: true}, s, e, secret.New(raw))
	}
}

// checked decodes base58 with four bytes of checksum.
func checked(b []byte) ([]byte, bool) {
	raw, err := base58.Decode(string(b))
	if err != nil || len(raw) < 5 {
		return nil, false
	}
	body := raw[:len(raw)-4]
	first := sha256.Sum256(body)
	second := sha256.Sum256(first[:])
	return body, bytes.Equal(second[:4], raw[len(raw)-4:])
}

// pair reports an ed25519 key of 64 bytes whose second half is the public key of the first.
func (t *text) pair(raw []byte, format string, s, e int) bool {
	if len(raw) != 64 {
		return false
	}
	defer clear(raw)
	if !bytes.Equal(ed25519.NewKeyFromSeed(raw[:32])[32:], raw[32:]) {
		return false
	}
	addresses, err := derive.Ed25519(raw[:32])
	if err != nil {
		return false
	}
	t.report(Match{Kind: "private key", Format: format, Checked: true, Addresses: addresses}, s, e, secret.New(raw[:32]))
	return true
}

// bech32Keys are the prefixes of private keys in bech32: Cardano (CIP-5), Nostr (NIP-19), age.
var bech32Keys = map[string]string{"addr_xsk": "cardano", "addr_sk": "cardano", "root_xsk": "cardano", "root_sk": "cardano",
	"acct_xsk": "cardano", "acct_sk": "cardano", "stake_xsk": "cardano", "stake_sk": "cardano", "ed25519e_sk": "cardano",
	"ed25519_sk": "cardano", "xprv": "cardano", "policy_sk": "cardano", "pool_sk": "cardano", "nsec": "nostr",
	"age-secret-key-": "age"}

func (t *text) bech32(start, end int) bool {
	b := t.data[start:end]
	one := bytes.LastIndexByte(b[:min(17, len(b))], '1')
	if one < 4 || len(b) < one+50 || len(b) > 260 {
		return false
	}
	format, ok := bech32Keys[string(lower(nil, b[:one]))]
	if !ok {
		return false
	}
	_, payload, err := bech32.DecodeNoLimit(string(lower(nil, b)))
	if err != nil {
		return false
	}
	defer clear(payload)
	t.report(Match{Kind: "private key", Format: format, Checked: true}, start, end, secret.New(payload))
	return true
}

// hexPair looks at 64 bytes in hexadecimal: an ed25519 key with its public half, or a BIP-32 seed where it is named one.
func (t *text) hexPair(s, e int, hex []byte) {
	if t.pair(fromHex(hex), "ed25519 hex", s, e) {
		return
	}
	if name := t.nameBefore(s); bytes.Contains(name, []byte("seed")) || bytes.Contains(name, []byte("privatekey")) {
		if addresses, err := derive.Seed(fromHex(hex)); err == nil && varied(hex) {
			t.report(Match{Kind: "private key", Format: "hex seed", Addresses: addresses}, s, e, secret.New(hex))
		}
	}
}

func fromHex(b []byte) []byte {
	raw := make([]byte, len(b)/2)
	for i := range raw {
		raw[i] = unhex(b[2*i])<<4 | unhex(b[2*i+1])
	}
	return raw
}

// numbers looks at a list of numbers from start: a Solana key file is a JSON array of 64 bytes. It returns where the
// list ends.
func (t *text) numbers(start int) int {
	data := t.data
	p, count := start, 0
	for count < 8 {
		n, next := number(data, p)
		if n < 0 {
			return p
		}
		p, count = next, count+1
	}
	open := bytes.LastIndexByte(data[max(t.floor, start-1024):start+1], '[')
	if open < 0 {
		return p
	}
	open += max(t.floor, start-1024)
	raw := make([]byte, 0, 64)
	defer func() { clear(raw) }()
	p = open + 1
	for len(raw) < 64 {
		for p < len(data) && isSpace(data[p]) {
			p++
		}
		n, next := number(data, p)
		if n < 0 || n > 255 {
			return max(p, start+1)
		}
		raw, p = append(raw, byte(n)), next
	}
	if bytes.HasSuffix(bytes.TrimRight(data[open:p], " \t\r\n"), []byte{']'}) {
		t.pair(raw, "solana array", open, p)
	}
	return p
}

// number reads a number with the comma or bracket and the space after it. It returns -1 when there is none.
func number(data []byte, p int) (n, next int) {
	from := p
	for p < len(data) && data[p] >= '0' && data[p] <= '9' && p-from < 4 {
		n = n*10 + int(data[p]-'0')
		p++
	}
	if p == from {
		return -1, p
	}
	for p < len(data) && isSpace(data[p]) {
		p++
	}
	if p >= len(data) || data[p] != ',' && data[p] != ']' {
		return -1, p
	}
	p++
	for p < len(data) && isSpace(data[p]) && p-from < 64 {
		p++
	}
	return n, p
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// encoded looks at values that their name in JSON tells: the private part of a JWK (RFC 7518 §6), a Polkadot key file.
func (t *text) encoded(start, end int) bool {
	data := t.data
	if start < 4 || data[start-1] != '"' || end-start < 40 {
		return false
	}
	near := data[max(0, start-2048):min(len(data), end+2048)]
	switch name := t.nameBefore(start); {
	case bytes.Equal(name, []byte("d")) && bytes.Contains(near, []byte(`"kty"`)):
		if _, err := base64.RawURLEncoding.DecodeString(string(data[start:end])); err != nil {
			return false
		}
		t.report(Match{Kind: "private key", Format: "jwk", Checked: true}, start, end, secret.New(data[start:end]))
		return true
	case bytes.Equal(name, []byte("encoded")) && bytes.Contains(near, []byte(`"pkcs8"`)):
		m := Match{Kind: "keystore", Format: "polkadot", Checked: true, Encrypted: bytes.Contains(near, []byte("scrypt"))}
		if address := valueOf(near, `"address"`); len(address) > 40 {
			m.Addresses = []derive.Address{{Chain: "polkadot", Path: "keystore", Text: string(address)}}
		}
		t.report(m, start, end, secret.New(data[start:end]))
		return true
	}
	return false
}
