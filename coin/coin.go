// Package coin tells blockchain addresses: which chains a string is an address of, of what type, whether its checksum
// is right, and its canonical spelling, under which two spellings of one address are equal.
//
// [Parse] takes one string, [Scan] finds addresses in running text, [Trim] takes off what people write around an address
// ("BTC:", "bitcoin:...?amount=1").
//
// Chains and types:
//
//	bitcoin       p2pkh, p2sh (base58check), p2wpkh, p2wsh (BIP-173), p2tr and later witness versions (BIP-350)
//	bitcoin-cash  p2pkh, p2sh: CashAddr with and without prefix, and the legacy form; canonical is CashAddr with prefix
//	bitcoin-gold, litecoin, dogecoin, dash   p2pkh, p2sh; litecoin also the witness types
//	zcash         p2pkh, p2sh, sapling (ZIP-32), unified (ZIP-316)
//	ethereum      account: every EVM chain shares these; canonical is EIP-55
//	tron          account
//	solana        wallet (on the curve), program (off it: an address derived by a program); there is no checksum
//	xrp           account, x-address (XLS-5); canonical is the classic address
//	stellar       account (SEP-23), muxed
//	cardano       base, enterprise, pointer, stake (CIP-19), byron
//	monero        standard, subaddress, integrated
//	polkadot      account in SS58; network says polkadot, kusama or which other of the Substrate family
//	cosmos        account, validator, consensus (BIP-173); network says which of the family: cosmos, osmo, inj ...
//
// A string that has the shape of an address and fails its checksum is an [Address] too, with Checksum [Invalid].
package coin

import "strings"

// A Checksum says what an address's checksum says of it.
type Checksum string

// What a checksum can say.
const (
	Valid   Checksum = "valid"
	Absent  Checksum = "absent"  // written without one (EVM in one case) or a chain without any (Solana)
	Invalid Checksum = "invalid" // mistyped, cut, or altered
)

// An Address is a string read as an address of one chain.
type Address struct {
	Chain     string   // "bitcoin", "ethereum" ...
	Type      string   // "p2pkh", "account" ...; see the package comment
	Canonical string   // the one spelling that stands for all; as written when the checksum of the whole is invalid
	Network   string   // "mainnet", "testnet", or which chain of a family
	Checksum  Checksum // what the checksum says
}

// The shortest and the longest string that is looked at, in bytes. Unified addresses of Zcash are the longest.
const (
	shortest = 25
	longest  = 512
)

// Parse returns how s reads as an address, once for every chain it fits, the likeliest first; nothing when it has the
// shape of none. When it is valid on some chain, chains on which it is not are left out. s is taken whole: see [Trim]
// and [Scan] for strings with something around an address. Parse allocates little and takes time linear in len(s),
// which it refuses above 512 bytes.
func Parse(s string) []Address {
	if len(s) < shortest || len(s) > longest {
		return nil
	}
	if a, ok := parseHex(s); ok {
		return a
	}
	if a, ok := parseBech(s); ok {
		return a
	}
	if a, ok := parseCash(s); ok {
		return a
	}
	if len(s) == stellarLen || len(s) == stellarMuxed {
		if a, ok := parseStellar(s); ok {
			return []Address{a}
		}
	}
	return parseBase58(s)
}

// Trim takes off white space, a chain's name or currency code with a colon ("BTC:", "bitcoin:", "TRX: "), and what a
// payment URI (BIP-21, EIP-681) carries after the address. hint is the chain that was named, or "".
func Trim(s string) (bare, hint string) {
	bare = strings.TrimSpace(s)
	if name, rest, ok := strings.Cut(bare, ":"); ok {
		if chain, known := Chain(name); known {
			hint = chain
			bare = strings.TrimPrefix(strings.TrimSpace(rest), "//")
			bare = strings.TrimPrefix(bare, "pay-")
			if i := strings.IndexAny(bare, "?@/"); i >= 0 {
				bare = bare[:i]
			}
		}
	}
	return bare, hint
}
