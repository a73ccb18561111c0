package key

import (
	"crypto/pbkdf2"
	"crypto/sha512"
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
