package coin

import (
	"bytes"
	"math/bits"
)

// moneroTypes maps network bytes to type and network.
var moneroTypes = map[byte][2]string{
	18: {"standard", "mainnet"}, 19: {"integrated", "mainnet"}, 42: {"subaddress", "mainnet"},
	53: {"standard", "testnet"}, 54: {"integrated", "testnet"}, 63: {"subaddress", "testnet"},
	24: {"standard", "stagenet"}, 25: {"integrated", "stagenet"}, 36: {"subaddress", "stagenet"},
}

// parseMonero reads 69 or 77 bytes in CryptoNote's base58: blocks of eight bytes in eleven characters, the last of five in
// seven; the last four bytes are the head of the Keccak-256 of the rest.
func parseMonero(s string) (Address, bool) {
	a := Address{Chain: "monero", Canonical: s}
	raw := make([]byte, 0, 80)
	for i := 0; i < len(s); i += 11 {
		block := s[i:min(i+11, len(s))]
		size := 8
		if len(block) == 7 {
			size = 5
		}
		value := uint64(0)
		for j := range len(block) {
			high, low := bits.Mul64(value, 58)
			sum, carry := bits.Add64(low, uint64(base58Digit[block[j]]), 0)
			if high+carry > 0 {
				return a, false
			}
			value = sum
		}
		if size < 8 && value>>(8*size) > 0 {
			return a, false
		}
		for k := size - 1; k >= 0; k-- {
			raw = append(raw, byte(value>>(8*k)))
		}
	}
	kind, ok := moneroTypes[raw[0]]
	if !ok || (kind[0] == "integrated") != (len(raw) == 77) {
		return a, false
	}
	a.Type, a.Network = kind[0], kind[1]
	var sum [32]byte
	keccak(sum[:], raw[:len(raw)-4])
	a.Checksum = checksum(bytes.Equal(sum[:4], raw[len(raw)-4:]))
	return a, true
}
