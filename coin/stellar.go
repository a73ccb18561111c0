package coin

import (
	"encoding/base32"
	"encoding/binary"
)

// The lengths of Stellar's accounts and muxed accounts (SEP-23).
const (
	stellarLen   = 56
	stellarMuxed = 69
)

// parseStellar reads strkeys of SEP-23: base32 of a version byte, the key, and CRC-16/XMODEM in little endian.
func parseStellar(s string) (Address, bool) {
	a := Address{Chain: "stellar", Type: "account", Canonical: s, Network: "mainnet", Checksum: Invalid}
	switch {
	case s[0] == 'G' && len(s) == stellarLen:
	case s[0] == 'M' && len(s) == stellarMuxed:
		a.Type = "muxed"
	default:
		return a, false
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s)
	if err != nil {
		return a, false
	}
	body := raw[:len(raw)-2]
	var crc uint16
	for _, b := range body {
		crc ^= uint16(b) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	if crc == binary.LittleEndian.Uint16(raw[len(body):]) {
		a.Checksum = Valid
	}
	return a, true
}
