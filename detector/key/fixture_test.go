package key

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	mathrand "math/rand/v2"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil/bech32"
	"github.com/mr-tron/base58"
)

// generator makes throw-away keys: the same ones every time.
type generator struct{ *mathrand.Rand }

func newGenerator() generator {
	return generator{mathrand.New(mathrand.NewPCG(39, 1))}
}

func (g generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

func (g generator) text(n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.IntN(len(alphabet))]
	}
	return string(b)
}

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// bip39 makes a phrase of n words.
func (g generator) bip39(lang language, n int) []string {
	entropy := g.bytes(n / 3 * 4)
	sum := sha256.Sum256(entropy)
	bits := append(entropy, sum[0])
	list := make([]string, n)
	for i := range list {
		v := 0
		for b := range 11 {
			at := i*11 + b
			v = v<<1 | int(bits[at/8]>>(7-at%8)&1)
		}
		list[i] = words().words[lang][v]
	}
	return list
}

// electrum searches a seed of 12 words with the version prefix.
func (g generator) electrum(prefix string) []string {
	for {
		list := make([]string, 12)
		for i := range list {
			list[i] = words().words[english][g.IntN(2048)]
		}
		mac := hmac.New(sha512.New, []byte("Seed version"))
		mac.Write([]byte(strings.Join(list, " ")))
		numbers := make([]int, 12)
		for i, w := range list {
			numbers[i] = words().index[english][w]
		}
		if strings.HasPrefix(hex.EncodeToString(mac.Sum(nil)), prefix) && !bip39Checks(numbers) {
			return list
		}
	}
}

// slip39 makes a share of n words with a valid checksum.
func (g generator) slip39(n int) []string {
	generators := [10]uint32{0xE0E040, 0x1C1C080, 0x3838100, 0x7070200, 0xE0E0009, 0x1C0C2412, 0x38086C24, 0x3090FC48, 0x21B1F890, 0x3F3F120}
	sum := uint32(1)
	step := func(v int) {
		top := sum >> 20
		sum = sum&0xFFFFF<<10 ^ uint32(v)
		for i, gen := range generators {
			if top>>i&1 == 1 {
				sum ^= gen
			}
		}
	}
	for _, c := range []byte("shamir") {
		step(int(c))
	}
	list := make([]string, 0, n)
	for range n - 3 {
		v := g.IntN(1024)
		step(v)
		list = append(list, words().words[shares][v])
	}
	for range 3 {
		step(0)
	}
	sum ^= 1
	for i := range 3 {
		list = append(list, words().words[shares][sum>>(10*(2-i))&1023])
	}
	return list
}

// monero makes a seed: any words of four letters and more do, for the check reads their first three letters only.
func (g generator) monero() []string {
	var list []string
	var heads []byte
	for len(list) < 24 {
		if w := words().words[english][g.IntN(2048)]; len(w) >= 4 {
			list = append(list, w)
			heads = append(heads, w[:3]...)
		}
	}
	return append(list, list[crc32.ChecksumIEEE(heads)%24])
}

func checksummed(payload []byte) []byte {
	first := sha256.Sum256(payload)
	second := sha256.Sum256(first[:])
	return append(payload, second[:4]...)
}

func (g generator) wif(version byte, compressed bool) string {
	payload := append([]byte{version}, g.bytes(32)...)
	if compressed {
		payload = append(payload, 1)
	}
	return base58.Encode(checksummed(payload))
}

func (g generator) extended(version uint32) string {
	payload := binary.BigEndian.AppendUint32(nil, version)
	payload = append(payload, 3, 1, 2, 3, 4, 0x80, 0, 0, 0)
	payload = append(append(append(payload, g.bytes(32)...), 0), g.bytes(32)...)
	return base58.Encode(checksummed(payload))
}

func (g generator) ripple(prefix ...byte) string {
	alphabet := base58.NewAlphabet("rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz")
	return base58.EncodeAlphabet(checksummed(append(prefix, g.bytes(16)...)), alphabet)
}

func (g generator) bech32(t testing.TB, hrp string, n int) string {
	groups, err := bech32.ConvertBits(g.bytes(n), 8, 5, true)
	if err != nil {
		t.Fatal(err)
	}
	text, err := bech32.Encode(hrp, groups)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (g generator) solanaArray() string {
	key := ed25519.NewKeyFromSeed(g.bytes(32))
	return strings.ReplaceAll(fmt.Sprint([]byte(key)), " ", ",")
}

func (g generator) keystore(names [4]string) string {
	return fmt.Sprintf(`{"version":3,"address":"%x","%s":{"cipher":"aes-128-ctr","%s":"%x","cipherparams":{"iv":"%x"},"kdf":"scrypt","%s":{"dklen":32,"n":262144,"p":1,"r":8,"salt":"%x"},"%s":"%x"}}`,
		g.bytes(20), names[0], names[1], g.bytes(32), g.bytes(16), names[2], g.bytes(32), names[3], g.bytes(32))
}

// blocks are PEM private keys, which are random: nothing about them is compared but that they are found.
func blocks(t testing.TB) map[string]string {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	block := func(label string, der []byte, headers map[string]string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der, Headers: headers}))
	}
	openssh := append([]byte("openssh-key-v1\x00\x00\x00\x00\x04none"), x509.MarshalPKCS1PrivateKey(rsaKey)[:200]...)
	locked := append([]byte("openssh-key-v1\x00\x00\x00\x00\x0aaes256-ctr"), x509.MarshalPKCS1PrivateKey(rsaKey)[:200]...)
	return map[string]string{
		"pkcs1":           block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), nil),
		"pkcs8":           block("PRIVATE KEY", pkcs8, nil),
		"sec1":            block("EC PRIVATE KEY", sec1, nil),
		"pkcs8 encrypted": block("ENCRYPTED PRIVATE KEY", pkcs8, nil),
		"pkcs1 encrypted": block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00112233445566778899AABBCCDDEEFF"}),
		"openssh":         block("OPENSSH PRIVATE KEY", openssh, nil),
		"openssh locked":  block("OPENSSH PRIVATE KEY", locked, nil),
		"pgp":             block("PGP PRIVATE KEY BLOCK", append([]byte{0x95, 0x03, 0x98, 4}, x509.MarshalPKCS1PrivateKey(rsaKey)...), nil),
	}
}

func b64text(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func solanaPair(g generator) []byte { return ed25519.NewKeyFromSeed(g.bytes(32)) }

func base58Text(b []byte) string { return base58.Encode(b) }
