package coin

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"

	"filippo.io/edwards25519"
	"github.com/mr-tron/base58"
	"golang.org/x/crypto/blake2b"
)

const (
	base58Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	xrpAlphabet    = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
)

var (
	base58Digit = table(base58Alphabet)
	ripple      = base58.NewAlphabet(xrpAlphabet)
)

// A version is what a version byte of base58check means on one chain. Canonical is written with as, where a chain has
// two version bytes for one script.
type version struct {
	chain, kind, network string
	as                   byte
}

// versions lists the chains of each version byte, the likeliest first, from the chains' parameters.
var versions = [256][]version{
	0x00: {{"bitcoin", "p2pkh", "mainnet", 0x00}, {"bitcoin-cash", "p2pkh", "mainnet", 0x00}},
	0x05: {{"bitcoin", "p2sh", "mainnet", 0x05}, {"litecoin", "p2sh", "mainnet", 0x32}, {"bitcoin-cash", "p2sh", "mainnet", 0x05}},
	0x6F: {{"bitcoin", "p2pkh", "testnet", 0x6F}, {"litecoin", "p2pkh", "testnet", 0x6F}, {"bitcoin-cash", "p2pkh", "testnet", 0x6F}},
	0xC4: {{"bitcoin", "p2sh", "testnet", 0xC4}, {"litecoin", "p2sh", "testnet", 0x3A}, {"bitcoin-cash", "p2sh", "testnet", 0xC4}},
	0x30: {{"litecoin", "p2pkh", "mainnet", 0x30}},
	0x32: {{"litecoin", "p2sh", "mainnet", 0x32}},
	0x3A: {{"litecoin", "p2sh", "testnet", 0x3A}},
	0x1E: {{"dogecoin", "p2pkh", "mainnet", 0x1E}},
	0x16: {{"dogecoin", "p2sh", "mainnet", 0x16}},
	0x71: {{"dogecoin", "p2pkh", "testnet", 0x71}},
	0x4C: {{"dash", "p2pkh", "mainnet", 0x4C}},
	0x10: {{"dash", "p2sh", "mainnet", 0x10}},
	0x8C: {{"dash", "p2pkh", "testnet", 0x8C}},
	0x13: {{"dash", "p2sh", "testnet", 0x13}},
	0x26: {{"bitcoin-gold", "p2pkh", "mainnet", 0x26}},
	0x17: {{"bitcoin-gold", "p2sh", "mainnet", 0x17}},
	0x41: {{"tron", "account", "mainnet", 0x41}},
}

// zcash maps Zcash's two version bytes.
var zcash = map[[2]byte]version{
	{0x1C, 0xB8}: {chain: "zcash", kind: "p2pkh", network: "mainnet"},
	{0x1C, 0xBD}: {chain: "zcash", kind: "p2sh", network: "mainnet"},
	{0x1D, 0x25}: {chain: "zcash", kind: "p2pkh", network: "testnet"},
	{0x1C, 0xBA}: {chain: "zcash", kind: "p2sh", network: "testnet"},
}

// longestBase58 is the length of the longest address in base58: Byron addresses with a derivation path.
const longestBase58 = 130

// parseBase58 reads every address that is written in base58.
func parseBase58(s string) []Address {
	if len(s) > longestBase58 {
		return nil
	}
	for i := range len(s) {
		if base58Digit[s[i]] == 0xFF {
			return nil
		}
	}
	switch {
	case len(s) == 95 || len(s) == 106:
		if a, ok := parseMonero(s); ok {
			return []Address{a}
		}
	case s[0] == 'r' && len(s) <= 36, (s[0] == 'X' || s[0] == 'T') && len(s) == 47:
		if a, ok := parseXRP(s); ok {
			return []Address{a}
		}
	}
	raw, err := base58.Decode(s)
	if err != nil {
		return nil
	}
	switch len(raw) {
	case 25:
		return check(s, raw)
	case 26:
		if v, ok := zcash[[2]byte(raw)]; ok {
			return []Address{{v.chain, v.kind, s, v.network, checksum(sumOK(raw))}}
		}
	case 32:
		return []Address{{"solana", curve(raw), s, "mainnet", Absent}}
	case 35, 36:
		return substrate(s, raw)
	}
	if a, ok := byron(s, raw); ok {
		return []Address{a}
	}
	return nil
}

// check reads 25 bytes of base58check: a version, 20 bytes, and the checksum.
func check(s string, raw []byte) []Address {
	ok := sumOK(raw)
	var all []Address
	for _, v := range versions[raw[0]] {
		a := Address{v.chain, v.kind, s, v.network, checksum(ok)}
		switch {
		case !ok:
			return []Address{a}
		case v.chain == "bitcoin-cash":
			prefix := "bitcoincash"
			if v.network == "testnet" {
				prefix = "bchtest"
			}
			kind := byte(0)
			if v.kind == "p2sh" {
				kind = 1
			}
			a.Canonical = cash(prefix, kind, raw[1:21])
		case v.as != raw[0]:
			a.Canonical = encodeCheck(append([]byte{v.as}, raw[1:21]...))
		}
		all = append(all, a)
	}
	return all
}

// sumOK reports whether the last four bytes are the head of the double SHA-256 of the rest.
func sumOK(raw []byte) bool {
	body := raw[:len(raw)-4]
	sum := sha256.Sum256(body)
	sum = sha256.Sum256(sum[:])
	return bytes.Equal(sum[:4], raw[len(body):])
}

func encodeCheck(body []byte) string {
	sum := sha256.Sum256(body)
	sum = sha256.Sum256(sum[:])
	return base58.Encode(append(body[:len(body):len(body)], sum[:4]...))
}

func checksum(ok bool) Checksum {
	if ok {
		return Valid
	}
	return Invalid
}

// curve tells a key, which someone may hold, from an address derived by a program, which nobody signs for.
func curve(raw []byte) string {
	if _, err := new(edwards25519.Point).SetBytes(raw); err != nil {
		return "program"
	}
	return "wallet"
}

// parseXRP reads classic addresses and X-addresses, which carry a destination tag (XLS-5).
func parseXRP(s string) (Address, bool) {
	a := Address{Chain: "xrp", Type: "account", Canonical: s, Network: "mainnet"}
	raw, err := base58.DecodeAlphabet(s, ripple)
	switch {
	case err != nil:
		return a, false
	case len(raw) == 25 && raw[0] == 0:
		a.Checksum = checksum(sumOK(raw))
		return a, true
	case len(raw) != 35:
		return a, false
	case raw[0] == 0x05 && raw[1] == 0x44:
	case raw[0] == 0x04 && raw[1] == 0x93:
		a.Network = "testnet"
	default:
		return a, false
	}
	a.Type, a.Checksum = "x-address", checksum(sumOK(raw))
	if a.Checksum == Valid {
		body := append([]byte{0}, raw[2:22]...)
		sum := sha256.Sum256(body)
		sum = sha256.Sum256(sum[:])
		a.Canonical = base58.EncodeAlphabet(append(body, sum[:4]...), ripple)
	}
	return a, true
}

// ss58 names the networks of the Substrate registry that are met most.
var ss58 = map[uint16]string{0: "polkadot", 2: "kusama", 5: "astar", 7: "edgeware", 8: "karura", 10: "acala", 12: "polymesh",
	13: "bittensor", 18: "darwinia", 27: "nodle", 28: "shift", 30: "phala", 31: "litentry", 36: "centrifuge", 38: "kilt", 42: "substrate",
	63: "hydration", 66: "ajuna", 88: "polkadex", 90: "frequency", 105: "contextfree", 128: "clover", 136: "altair", 137: "tangle",
	172: "parallel", 252: "social", 1284: "moonbeam", 1285: "moonriver", 2032: "interlay", 2092: "kintsugi", 2254: "subspace"}

// substrate reads SS58: a network of one or two bytes, a 32-byte account, two bytes of BLAKE2b.
func substrate(s string, raw []byte) []Address {
	network := uint16(raw[0])
	switch {
	case raw[0] < 64 && len(raw) == 35:
	case raw[0] >= 64 && raw[0] < 128 && len(raw) == 36:
		network = uint16(raw[0]&0x3F)<<2 | uint16(raw[1])>>6 | uint16(raw[1]&0x3F)<<8
	default:
		return nil
	}
	name, known := ss58[network]
	sum := blake2b.Sum512(append([]byte("SS58PRE"), raw[:len(raw)-2]...))
	ok := bytes.Equal(sum[:2], raw[len(raw)-2:])
	if !known {
		name = "other"
	}
	if !ok && !known {
		return nil
	}
	return []Address{{"polkadot", "account", s, name, checksum(ok)}}
}

// byron reads Cardano's first addresses: CBOR of tagged bytes and their CRC-32.
func byron(s string, raw []byte) (Address, bool) {
	a := Address{Chain: "cardano", Type: "byron", Canonical: s, Network: "mainnet"}
	// [#6.24(bytes .size n), uint32]: 82 D8 18 58 n ... 1A crc
	if len(raw) < 40 || !bytes.HasPrefix(raw, []byte{0x82, 0xD8, 0x18, 0x58}) || len(raw) != 5+int(raw[4])+5 {
		return a, false
	}
	a.Checksum = checksum(raw[len(raw)-5] == 0x1A && crc32.ChecksumIEEE(raw[5:len(raw)-5]) == binary.BigEndian.Uint32(raw[len(raw)-4:]))
	return a, true
}
