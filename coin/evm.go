package coin

import "golang.org/x/crypto/sha3"

const hexDigits = "0123456789abcdef"

// parseHex reads EVM addresses with and without 0x, and Tron's hexadecimal form (41 and 20 bytes).
func parseHex(s string) ([]Address, bool) {
	switch {
	case len(s) == 42 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && isHex(s[2:]):
		return []Address{evm(s[2:])}, true
	case len(s) == 40 && isHex(s):
		return []Address{evm(s)}, true
	case len(s) == 42 && s[:2] == "41" && isHex(s):
		var raw [21]byte
		for i := range raw {
			raw[i] = nibble[s[2*i]]<<4 | nibble[s[2*i+1]]
		}
		return []Address{{Chain: "tron", Type: "account", Canonical: encodeCheck(raw[:]), Network: "mainnet", Checksum: Absent}}, true
	}
	return nil, false
}

// evm reads 40 hexadecimal digits by EIP-55: letters in one case carry no checksum.
func evm(digits string) Address {
	var lower [40]byte
	upper, small := false, false
	for i := range lower {
		c := digits[i]
		switch {
		case 'A' <= c && c <= 'F':
			upper = true
			c += 'a' - 'A'
		case 'a' <= c:
			small = true
		}
		lower[i] = c
	}
	var sum [32]byte
	keccak(sum[:], lower[:])
	out := [42]byte{'0', 'x'}
	for i, c := range lower {
		if c >= 'a' && sum[i/2]>>(4*(1-i%2))&8 != 0 {
			c -= 'a' - 'A'
		}
		out[i+2] = c
	}
	a := Address{Chain: "ethereum", Type: "account", Canonical: string(out[:]), Network: "mainnet", Checksum: Absent}
	if upper && small {
		a.Checksum = Invalid
		if a.Canonical[2:] == digits {
			a.Checksum = Valid
		}
	}
	return a
}

// keccak is Keccak-256 as Ethereum and Monero use it, from before SHA-3 was fixed.
func keccak(sum, data []byte) {
	h := sha3.NewLegacyKeccak256()
	h.Write(data)
	h.Sum(sum[:0])
}

// nibble holds the value of each hexadecimal digit, and 0xFF for every other byte.
var nibble = table(hexDigits, "0123456789ABCDEF")

// table maps the characters of each alphabet to their places, and other bytes to 0xFF.
func table(alphabets ...string) *[256]byte {
	var t [256]byte
	for i := range t {
		t[i] = 0xFF
	}
	for _, alphabet := range alphabets {
		for i := range alphabet {
			t[alphabet[i]] = byte(i)
		}
	}
	return &t
}

func isHex(s string) bool {
	for i := range len(s) {
		if nibble[s[i]] == 0xFF {
			return false
		}
	}
	return true
}
