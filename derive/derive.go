// Package derive computes the public addresses that a key controls, so that a found key can be told to be the key of a
// known wallet without showing it.
//
// A phrase (BIP-39, no passphrase) gives the addresses wallets make first: Bitcoin by BIP-44, 49, 84 and 86, Litecoin,
// Dogecoin, Bitcoin Cash, Ethereum and the chains that share its addresses, Tron, XRP and Solana, indexes 0 to 4 of account
// 0. A phrase with a BIP-39 passphrase controls other addresses, which cannot be known without it.
//
// Not derived: Cardano, Polkadot (sr25519) and Monero phrases.
//
// Errors never hold any part of a key. Nothing here signs.
package derive

import (
	"crypto/ed25519"
	"crypto/pbkdf2"
	"crypto/sha512"
	"errors"
	"slices"

	"golang.org/x/text/unicode/norm"
)

// Count is how many addresses of a path are derived: indexes 0 to Count-1.
const Count = 5

// ErrKey is returned for bytes that are no key.
var ErrKey = errors.New("not a valid key")

// An Address is a public address with the chain it is on.
type Address struct {
	Chain string // as package coin names it: "bitcoin", "bitcoin-cash", "xrp" ...; "bitcoin-testnet" for the coins of no worth
	Path  string // the derivation path, or the script type of a single key
	Text  string // the address as people write it
}

// Phrase derives from a BIP-39 phrase, words parted by single spaces, with an empty passphrase.
func Phrase(words string) ([]Address, error) {
	seed, err := pbkdf2.Key(sha512.New, norm.NFKD.String(words), []byte("mnemonic"), 2048, 64)
	if err != nil {
		return nil, err
	}
	defer clear(seed)
	return Seed(seed)
}

// Seed derives from a BIP-32 seed of 16 to 64 bytes.
func Seed(seed []byte) ([]Address, error) {
	root, err := master(seed)
	if err != nil {
		return nil, err
	}
	var all []Address
	for _, p := range paths {
		account, err := root.along(p.account)
		if err != nil {
			return nil, err
		}
		branch, err := account.along([]uint32{0})
		if err != nil {
			return nil, err
		}
		all = branch.addresses(all, p)
	}
	return append(all, solana(seed)...), nil
}

// Electrum derives from an Electrum 2 seed phrase; kind is "standard" or "segwit".
func Electrum(words, kind string) ([]Address, error) {
	seed, err := pbkdf2.Key(sha512.New, norm.NFKD.String(words), []byte("electrum"), 2048, 64)
	if err != nil {
		return nil, err
	}
	defer clear(seed)
	root, err := master(seed)
	if err != nil {
		return nil, err
	}
	p := path{name: "m/0/", chain: "bitcoin", text: p2pkh(0x00)}
	if kind == "segwit" {
		p = path{name: "m/0'/0/", chain: "bitcoin", text: p2wpkh("bc"), account: []uint32{hard}}
	}
	account, err := root.along(append(slices.Clone(p.account), 0))
	if err != nil {
		return nil, err
	}
	return account.addresses(nil, p), nil
}

// Secp256k1 lists the addresses of one 32-byte key on the chains named, or on every chain when none is.
func Secp256k1(secret []byte, chains ...string) ([]Address, error) {
	pub, err := public(secret)
	if err != nil {
		return nil, err
	}
	var all []Address
	for _, s := range singles {
		if len(chains) == 0 || slices.Contains(chains, s.chain) {
			all = append(all, Address{Chain: s.chain, Path: s.name, Text: s.text(pub)})
		}
	}
	return all, nil
}

// Ed25519 returns the Solana address of a 32-byte seed.
func Ed25519(seed []byte) ([]Address, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, ErrKey
	}
	return []Address{{Chain: "solana", Path: "key", Text: solanaAddress(seed)}}, nil
}
