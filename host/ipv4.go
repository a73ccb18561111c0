package host

import (
	"net/netip"
	"strconv"
	"strings"
)

// IPv4 reads host as the IPv4 parser of the WHATWG URL standard §3.5 does: one to four numbers, each decimal, octal
// (leading 0) or hexadecimal (leading 0x), the last of which fills all remaining bytes. So 0x7f.1, 017700000001 and
// 2130706433 are all 127.0.0.1. It returns dotted decimal, or false when a browser does not see an IPv4 address.
func IPv4(host string) (string, bool) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(parts) > 4 {
		return "", false
	}
	var address uint64
	for i, part := range parts {
		n, ok := number(part)
		if !ok {
			return "", false
		}
		last := i == len(parts)-1
		if !last && n > 255 || last && n >= 1<<(8*(5-len(parts))) {
			return "", false
		}
		if last {
			address |= n
		} else {
			address |= n << (8 * (3 - i))
		}
	}
	bytes := [4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)}
	return netip.AddrFrom4(bytes).String(), true
}

// Numeric reports whether the last label of host is a number in any base, so that a browser takes host for an IPv4
// address and refuses it when [IPv4] cannot read it ("ends in a number" of the WHATWG URL standard §3.5).
func Numeric(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" {
		return false
	}
	if strings.Trim(last, "0123456789") == "" {
		return true // 08 too, which is no number
	}
	_, ok := number(last)
	return ok
}

// number reads one part of an IPv4 address; those of 2^32 and above all come back as 2^32.
func number(s string) (uint64, bool) {
	if s == "" {
		return 0, false
	}
	base := 10
	switch {
	case len(s) >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'):
		s, base = s[2:], 16
	case len(s) >= 2 && s[0] == '0':
		s, base = s[1:], 8
	}
	if s == "" {
		return 0, true
	}
	n := uint64(0)
	for i := 0; i < len(s); i++ {
		digit, err := strconv.ParseUint(s[i:i+1], base, 8)
		if err != nil {
			return 0, false
		}
		n = min(n*uint64(base)+digit, 1<<32)
	}
	return n, true
}
