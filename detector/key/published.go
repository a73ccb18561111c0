package key

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"slices"
	"strings"
	"sync"

	"github.com/sekisho/sekisho/derive"
)

// published are phrases that standards and tools print: the vectors of BIP-39, and the accounts of Hardhat, Foundry and
// Ganache. Everyone has them, so finding one is worth knowing and no alarm.
var published = []string{
	strings.Repeat("abandon ", 11) + "about",
	strings.Repeat("abandon ", 17) + "agent",
	strings.Repeat("abandon ", 23) + "art",
	strings.Repeat("test ", 11) + "junk",
	strings.Repeat("zoo ", 11) + "wrong",
	strings.Repeat("zoo ", 17) + "when",
	strings.Repeat("zoo ", 23) + "vote",
	"legal winner thank year wave sausage worth useful legal winner thank yellow",
	"legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal will",
	"legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title",
	"letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
	"letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter always",
	"letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless",
	"candy maple cake sugar pudding cream honey rich smooth crumble sweet treat",
	"myth like bonus scare over problem client lizard pioneer submit female collect",
}

// publishedKeys are the phrases and the first keys of those that tools make accounts from.
var publishedKeys = sync.OnceValue(func() [][]byte {
	keys := [][]byte{[]byte("_gg7wSSi0KMBsdKnGVfHDueq6xMB9EkC")} // the shared Alchemy key that ethers 6 ships
	for _, phrase := range published {
		keys = append(keys, []byte(phrase))
	}
	for _, phrase := range []string{published[3], published[13], published[14]} {
		seed, err := pbkdf2.Key(sha512.New, phrase, []byte("mnemonic"), 2048, 64)
		if err != nil {
			continue
		}
		keys = append(keys, derive.EthereumKeys(seed, 20)...)
	}
	return keys
})

// printedSums are the first eight bytes of the SHA-256 of keys that documentation prints as examples, seen in the released
// packages on 2026-11-21. Only sums stand here, so that the list is no list of keys.
var printedSums = []string{
	// web3 4.16.0, web3-eth-accounts 4.3.1
	"210a22c735a52c5c", "ca1207affa65aa5e", "e11dc959f1759cc5", "0d012c8ea3049085", "1c01a7596b9ea5b2", "33c7f96253189c9c",
	"34f9ba519e9aa978", "4f80b25bf420800a", "ceae561ce25de370", "d4abfc2195c62f7a",
	// @noble/curves, ethereum-cryptography, micro-eth-signer
	"770a7cfff04dac31", "d2066138b3ce2cb3", "1c613f1b168d9d65", "f7951f4484aa9980", "9975f0d4e003b737",
	// ethers 6.17.0: the shared API key of a default provider
	"571879308055493f",
}

// printed reports whether documentation prints the key.
func printed(key []byte) bool {
	sum := sha256.Sum256(key)
	return slices.Contains(printedSums, hex.EncodeToString(sum[:8]))
}
