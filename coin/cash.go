package coin

import "strings"

// cashNetworks are the prefixes of CashAddr.
var cashNetworks = map[string]string{"bitcoincash": "mainnet", "bchtest": "testnet", "bchreg": "regtest"}

// cashLen is the length of the payload of a 20-byte hash: version and hash in 34 characters, checksum in 8.
const cashLen = 42

// cashTypes are the types of the version byte. The last two say that the wallet takes tokens; the script is the same.
var cashTypes = [...]string{"p2pkh", "p2sh", "p2pkh", "p2sh"}

// parseCash reads CashAddr, with its prefix and without. Without, only a valid one counts.
func parseCash(s string) ([]Address, bool) {
	lower := strings.ToLower(s)
	prefix, payload, written := strings.Cut(lower, ":")
	if !written {
		prefix, payload = "bitcoincash", lower
	}
	network, known := cashNetworks[prefix]
	if !known || len(payload) < cashLen-1 || len(payload) > cashLen+20 || strings.IndexByte("qpzr", payload[0]) < 0 {
		return nil, false
	}
	a := Address{Chain: "bitcoin-cash", Type: "unknown", Canonical: prefix + ":" + payload, Network: network, Checksum: Invalid}
	data, ok := digits(payload)
	if !ok {
		return nil, false
	}
	oneCase := lower == s || strings.ToUpper(s) == s || written && payload == s[len(prefix)+1:]
	if oneCase && cashmod(prefix, data) == 0 {
		raw, ok := octets(data[:len(data)-8])
		if ok && len(raw) == 21 && raw[0]&7 == 0 && int(raw[0]>>3) < len(cashTypes) {
			a.Type, a.Checksum = cashTypes[raw[0]>>3], Valid
			a.Canonical = cash(prefix, raw[0]>>3&1, raw[1:])
			return []Address{a}, true
		}
	}
	return []Address{a}, written
}

// cash writes a 20-byte hash as CashAddr; kind is 0 for p2pkh, 1 for p2sh.
func cash(prefix string, kind byte, hash []byte) string {
	data := make([]byte, 0, cashLen)
	held, bits := uint32(kind<<3), uint(8)
	emit := func() {
		for bits >= 5 {
			bits -= 5
			data = append(data, byte(held>>bits)&31)
		}
	}
	for _, b := range hash {
		emit()
		held = held<<8 | uint32(b)
		bits += 8
	}
	emit()
	if bits > 0 {
		data = append(data, byte(held<<(5-bits))&31)
	}
	data = append(data, 0, 0, 0, 0, 0, 0, 0, 0)
	sum := cashmod(prefix, data)
	for i := range 8 {
		data[len(data)-8+i] = byte(sum>>(5*(7-i))) & 31
	}
	out := make([]byte, 0, len(prefix)+1+len(data))
	out = append(append(out, prefix...), ':')
	for _, d := range data {
		out = append(out, bechAlphabet[d])
	}
	return string(out)
}

// cashmod is the checksum of CashAddr: 40 bits, 0 when right.
func cashmod(prefix string, data []byte) uint64 {
	sum := uint64(1)
	step := func(v byte) {
		top := sum >> 35
		sum = sum&0x07ffffffff<<5 ^ uint64(v)
		for i, g := range [...]uint64{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for i := range len(prefix) {
		step(prefix[i] & 31)
	}
	step(0)
	for _, d := range data {
		step(d)
	}
	return sum ^ 1
}
