package coin

import "strings"

const bechAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

var bechDigit = table(bechAlphabet)

// The constants that the checksum must come to: BIP-173 and BIP-350.
const (
	bech32  = 1
	bech32m = 0x2bc830a3
)

// A human says what an address with this human-readable part is.
type human struct {
	chain, network string
	read           func(h human, data []byte, form uint32) (kind string, ok bool) // data without checksum, 5 bits a byte
	short, long    int                                                            // characters of the whole, for one that fails its checksum
}

// humans maps human-readable parts to what they introduce. Cosmos networks are by their registered prefixes (SLIP-173).
var humans = func() map[string]human {
	all := map[string]human{
		"bc":           {"bitcoin", "mainnet", witness, 40, 90},
		"tb":           {"bitcoin", "testnet", witness, 40, 90},
		"bcrt":         {"bitcoin", "regtest", witness, 42, 92},
		"ltc":          {"litecoin", "mainnet", witness, 41, 91},
		"tltc":         {"litecoin", "testnet", witness, 42, 92},
		"btg":          {"bitcoin-gold", "mainnet", witness, 41, 91},
		"zs":           {"zcash", "mainnet", sapling, 76, 80},
		"ztestsapling": {"zcash", "testnet", sapling, 86, 90},
		"u":            {"zcash", "mainnet", unified, 100, longest},
		"utest":        {"zcash", "testnet", unified, 104, longest},
		"addr":         {"cardano", "mainnet", shelley, 56, 105},
		"addr_test":    {"cardano", "testnet", shelley, 61, 110},
		"stake":        {"cardano", "mainnet", shelley, 57, 61},
		"stake_test":   {"cardano", "testnet", shelley, 62, 66},
	}
	for _, name := range []string{"agoric", "akash", "archway", "axelar", "band", "bnb", "celestia", "chihuahua", "coreum", "cosmos",
		"cre", "cro", "dydx", "dym", "evmos", "fetch", "gravity", "inj", "juno", "kava", "kujira", "mantra", "neutron", "noble",
		"nolus", "osmo", "persistence", "regen", "saga", "secret", "sei", "sif", "somm", "star", "stars", "stride", "terra", "thor", "umee"} {
		all[name] = human{"cosmos", name, account, len(name) + 38, len(name) + 60}
		all[name+"valoper"] = human{"cosmos", name, validator, len(name) + 45, len(name) + 67}
		all[name+"valcons"] = human{"cosmos", name, consensus, len(name) + 45, len(name) + 67}
	}
	return all
}()

// longestHuman is the length of the longest human-readable part.
const longestHuman = len("persistencevaloper")

// parseBech reads Bech32 and Bech32m addresses in lower or upper case.
func parseBech(s string) ([]Address, bool) {
	// The human-readable part ends at the last 1, which the data cannot hold.
	sep := strings.LastIndexByte(s, '1')
	if sep < 1 || sep > longestHuman {
		return nil, false
	}
	lower := strings.ToLower(s)
	h, known := humans[lower[:sep]]
	if !known {
		return nil, false
	}
	data, ok := digits(lower[sep+1:])
	if !ok || len(data) < 8 {
		return nil, false
	}
	a := Address{Chain: h.chain, Type: "unknown", Canonical: lower, Network: h.network, Checksum: Invalid}
	form := polymod(lower[:sep], data)
	if (lower == s || strings.ToUpper(s) == s) && (form == bech32 || form == bech32m) {
		if kind, ok := h.read(h, data[:len(data)-6], form); ok {
			a.Type, a.Checksum = kind, Valid
			return []Address{a}, true
		}
	}
	return []Address{a}, len(s) >= h.short && len(s) <= h.long
}

// digits returns the values of s's characters, or false when one is not of the alphabet.
func digits(s string) ([]byte, bool) {
	data := make([]byte, len(s))
	for i := range data {
		d := bechDigit[s[i]]
		if d == 0xFF {
			return nil, false
		}
		data[i] = d
	}
	return data, true
}

func polymod(hrp string, data []byte) uint32 {
	sum := uint32(1)
	step := func(v byte) {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for i := range len(hrp) {
		step(hrp[i] >> 5)
	}
	step(0)
	for i := range len(hrp) {
		step(hrp[i] & 31)
	}
	for _, d := range data {
		step(d)
	}
	return sum
}

// octets regroups 5 bits a byte into 8; the rest must be less than five bits, and zero.
func octets(data []byte) ([]byte, bool) {
	out := make([]byte, 0, len(data)*5/8)
	var bits uint
	var held uint32
	for _, d := range data {
		held = held<<5 | uint32(d)
		bits += 5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(held>>bits))
		}
	}
	return out, bits < 5 && held&(1<<bits-1) == 0
}

// witness is BIP-141 with the forms of BIP-173 and BIP-350: version 0 in Bech32, later ones in Bech32m.
func witness(_ human, data []byte, form uint32) (string, bool) {
	program, ok := octets(data[1:])
	if !ok || data[0] > 16 || (data[0] == 0) != (form == bech32) {
		return "", false
	}
	switch n := len(program); {
	case data[0] == 0 && n == 20:
		return "p2wpkh", true
	case data[0] == 0 && n == 32:
		return "p2wsh", true
	case data[0] == 1 && n == 32:
		return "p2tr", true
	default:
		return "witness", data[0] > 0 && n >= 2 && n <= 40
	}
}

// sapling is 43 bytes: diversifier and key.
func sapling(_ human, data []byte, form uint32) (string, bool) {
	raw, ok := octets(data)
	return "sapling", ok && form == bech32 && len(raw) == 43
}

// unified is at least one receiver and 16 bytes of padding; what is inside is jumbled and not read.
func unified(_ human, data []byte, form uint32) (string, bool) {
	raw, ok := octets(data)
	return "unified", ok && form == bech32m && len(raw) >= 48
}

// shelley reads the header of CIP-19: four bits of type, four of network.
func shelley(h human, data []byte, form uint32) (string, bool) {
	raw, ok := octets(data)
	if !ok || form != bech32 || len(raw) < 29 || (raw[0]&15 == 1) != (h.network == "mainnet") {
		return "", false
	}
	switch kind := raw[0] >> 4; {
	case kind <= 3:
		return "base", len(raw) == 57
	case kind <= 5:
		return "pointer", len(raw) <= 29+15
	case kind <= 7:
		return "enterprise", len(raw) == 29
	case kind >= 14:
		return "stake", len(raw) == 29
	}
	return "", false
}

func account(h human, data []byte, form uint32) (string, bool) { return cosmos("account", data, form) }
func validator(h human, data []byte, form uint32) (string, bool) {
	return cosmos("validator", data, form)
}
func consensus(h human, data []byte, form uint32) (string, bool) {
	return cosmos("consensus", data, form)
}

func cosmos(kind string, data []byte, form uint32) (string, bool) {
	raw, ok := octets(data)
	return kind, ok && form == bech32 && (len(raw) == 20 || len(raw) == 32)
}
