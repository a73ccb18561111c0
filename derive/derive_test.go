package derive

import (
	"encoding/hex"
	"errors"
	"testing"
)

const abandon = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"

// The vectors are those printed in BIP-44/49/84/86 wallets' documentation for the phrase of the BIPs: BIP-84 and BIP-86
// state m/84'/0'/0'/0/0 and m/86'/0'/0'/0/0 themselves.
func TestPhraseMatchesPublishedVectors(t *testing.T) {
	got, err := Phrase(abandon)
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]string{}
	for _, a := range got {
		byPath[a.Chain+" "+a.Path] = a.Text
	}
	for path, want := range map[string]string{
		"bitcoin m/44'/0'/0'/0/0":        "1LqBGSKuX5yYUonjxT5qGfpUsXKYYWeabA",
		"bitcoin m/49'/0'/0'/0/0":        "37VucYSaXLCAsxYyAPfbSi9eh4iEcbShgf",
		"bitcoin m/84'/0'/0'/0/0":        "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu",
		"bitcoin m/84'/0'/0'/0/1":        "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g",
		"bitcoin m/86'/0'/0'/0/0":        "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
		"bitcoin m/86'/0'/0'/0/1":        "bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh",
		"ethereum m/44'/60'/0'/0/0":      "0x9858EfFD232B4033E47d90003D41EC34EcaEda94",
		"tron m/44'/195'/0'/0/0":         "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
		"litecoin m/84'/2'/0'/0/0":       "ltc1qjmxnz78nmc8nq77wuxh25n2es7rzm5c2rkk4wh",
		"dogecoin m/44'/3'/0'/0/0":       "DBus3bamQjgJULBJtYXpEzDWQRwF5iwxgC",
		"bitcoin-cash m/44'/145'/0'/0/0": "bitcoincash:qqyx49mu0kkn9ftfj6hje6g2wfer34yfnq5tahq3q6",
		"solana m/44'/501'/0'/0'":        "HAgk14JpMQLgt6rVgv7cBQFJWFto5Dqxi472uT3DKpqk",
		"xrp m/44'/144'/0'/0/0":          "rHsMGQEkVNJmpGWs8XUBoTBiAAbwxZN5v3",
	} {
		if byPath[path] != want {
			t.Errorf("%s: got %s, want %s", path, byPath[path], want)
		}
	}
}

// BIP-32, test vector 1, chain m.
func TestExtendedChecksTheChecksum(t *testing.T) {
	const xprv = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"
	got, err := Extended(xprv)
	if err != nil || len(got) == 0 {
		t.Fatalf("got %d addresses, %v", len(got), err)
	}
	fromSeed, err := Seed([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
	if err != nil || got[0] != fromSeed[0] {
		t.Errorf("got %v, want %v", got[0], fromSeed[0])
	}
	if _, err := Extended(xprv[:len(xprv)-1] + "j"); !errors.Is(err, ErrKey) {
		t.Errorf("wrong checksum: got %v, want %v", err, ErrKey)
	}
}

// The key 1 of secp256k1, and the genesis account of the XRP Ledger ("masterpassphrase").
func TestSingleKeys(t *testing.T) {
	one, _ := hex.DecodeString("0000000000000000000000000000000000000000000000000000000000000001")
	got, err := Secp256k1(one)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"bitcoin p2wpkh":             "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
		"bitcoin p2pkh":              "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH",
		"bitcoin p2pkh uncompressed": "1EHNa6Q4Jz2uvNExL497mE43ikXhwF6kZm",
		"ethereum key":               "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
	}
	for _, a := range got {
		if w, ok := want[a.Chain+" "+a.Path]; ok && w != a.Text {
			t.Errorf("%s %s: got %s, want %s", a.Chain, a.Path, a.Text, w)
		}
	}
	account, err := Ripple("snoPBrXtMeMyMHUVTgbuqAfg1SUTb")
	if err != nil || account[0].Text != "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh" {
		t.Errorf("got %v, %v", account, err)
	}
	if _, err := Secp256k1(make([]byte, 32)); !errors.Is(err, ErrKey) {
		t.Errorf("key 0: got %v, want %v", err, ErrKey)
	}
}

func BenchmarkPhrase(b *testing.B) {
	for b.Loop() {
		if _, err := Phrase(abandon); err != nil {
			b.Fatal(err)
		}
	}
}
