package derive

import (
	"testing"

	"github.com/sekisho/sekisho/coin"
)

// TestChainsAreThoseOfCoin: an address that a key controls and the same address in a text are of one chain by name.
func TestChainsAreThoseOfCoin(t *testing.T) {
	addresses, err := Phrase("abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about")
	if err != nil {
		t.Fatal(err)
	}
	key, err := Secp256k1([]byte("a key of thirty-two bytes length"))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range append(addresses, key...) {
		if chain, ok := coin.Chain(a.Chain); a.Chain != "bitcoin-testnet" && (!ok || chain != a.Chain) {
			t.Errorf("chain %q of %s is %q", a.Chain, a.Text, chain)
		}
	}
}
