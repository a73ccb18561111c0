package coin

import "strings"

// wordByte marks the bytes that addresses are made of: ASCII letters and digits.
var wordByte = func() *[256]bool {
	var t [256]bool
	for _, c := range []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		t[c] = true
	}
	return &t
}()

// Scan finds addresses in running text and calls found with the place and the readings of each, until it returns false.
//
// An address is a whole run of ASCII letters and digits, so it is found in prose, in Japanese without spaces, in URIs
// ("bitcoin:...") and in the links of explorers. What is only shaped like an address counts when the shape is telling:
// Bech32 and CashAddr behind their prefix, EIP-55, and base58 where the words before it speak of an address. Solana
// addresses, which have no checksum, count when nothing of a URL's or token's syntax touches them, or behind
// "/address/" and the like. Scan takes time linear in len(text).
func Scan(text string, found func(start, end int, all []Address) bool) {
	// Words are shorter than addresses: looking at every 25th byte passes over nearly all of them.
	done := 0 // everything before is scanned
	for at := shortest - 1; at < len(text); {
		if !wordByte[text[at]] {
			done = at + 1
			at += shortest
			continue
		}
		start := at
		for start > done && wordByte[text[start-1]] {
			start--
		}
		if at-start+1 < shortest && start+shortest-1 > at {
			// The run may still be long enough, if it goes on to start+24.
			next := start + shortest - 1
			end := at + 1
			for end < len(text) && end <= next && wordByte[text[end]] {
				end++
			}
			if end <= next {
				done = end
				at = end + shortest
				continue
			}
			at = end - 1
		}
		end := at + 1
		for end < len(text) && wordByte[text[end]] {
			end++
		}
		if !report(text, start, end, found) {
			return
		}
		done = end
		at = end + shortest
	}
}

// report parses the run text[start:end] if it can be an address in its surroundings.
func report(text string, start, end int, found func(start, end int, all []Address) bool) bool {
	if end-start > longest {
		return true
	}
	start = widen(text, start, end)
	s := text[start:end]
	if len(s) == 40 && isHex(s) || len(s) == 42 && s[:2] == "41" && isHex(s) {
		return true // a digest, most likely: in running text an EVM address has its 0x
	}
	all := Parse(s)
	if len(all) == 0 || !stands(text, start, end, all[0]) {
		return true
	}
	return found(start, end, all)
}

// widen takes in the part of an address before its run that is not of letters and digits.
func widen(text string, start, end int) int {
	before := text[max(0, start-len("bitcoincash:")):start]
	if strings.IndexByte("qpzrQPZR", text[start]) >= 0 && end-start >= cashLen-1 && end-start < cashLen+20 {
		for prefix := range cashNetworks {
			if n := len(prefix) + 1; len(before) >= n && before[len(before)-1] == ':' && strings.EqualFold(before[len(before)-n:len(before)-1], prefix) {
				return start - n
			}
		}
	}
	if strings.HasPrefix(text[start:end], "test1") {
		for _, prefix := range [...]string{"addr_", "stake_"} {
			if strings.HasSuffix(before, prefix) {
				return start - len(prefix)
			}
		}
	}
	return start
}

// stands reports whether an address is one in its surroundings, as [Scan] tells.
func stands(text string, start, end int, a Address) bool {
	switch {
	case a.Checksum == Valid || a.Chain == "ethereum":
		return true
	case a.Chain == "solana":
		return alone(text, start, end) && mixed(text[start:end]) || explored(text[:start])
	case strings.Contains(a.Canonical, ":") || a.Type == "unknown":
		return true // a prefix told what it is
	default:
		return alone(text, start, end) && spoken(text[:start])
	}
}

// alone reports whether nothing that URLs and tokens are made of touches text[start:end].
func alone(text string, start, end int) bool {
	const glue = "/=&?_-%+#~.@\\"
	if start > 0 && strings.IndexByte(glue, text[start-1]) >= 0 {
		return false
	}
	if end >= len(text) || strings.IndexByte(glue, text[end]) < 0 {
		return true
	}
	// A full stop ends a sentence; before another letter it is part of a name.
	return text[end] == '.' && (end+1 >= len(text) || !wordByte[text[end+1]])
}

// mixed reports whether s has capitals, small letters and digits, as nearly all addresses have and few words.
func mixed(s string) bool {
	var upper, lower, digit bool
	for i := range len(s) {
		switch c := s[i]; {
		case c <= '9':
			digit = true
		case c <= 'Z':
			upper = true
		default:
			lower = true
		}
	}
	return upper && lower && digit
}

// explored reports whether what stands before is an explorer's or a wallet's path to an address.
func explored(before string) bool {
	tail := strings.ToLower(before[max(0, len(before)-12):])
	for _, path := range [...]string{"/address/", "/account/", "/accounts/", "/token/", "/wallet/", "solana:"} {
		if strings.HasSuffix(tail, path) {
			return true
		}
	}
	return false
}

// spoken reports whether the words before speak of an address.
func spoken(before string) bool {
	tail := strings.ToLower(before[max(0, len(before)-60):])
	for _, word := range [...]string{"address", "wallet", "btc", "bitcoin", "xbt", "ltc", "litecoin", "doge", "dash", "zec", "tron", "trx",
		"trc20", "usdt", "xrp", "ripple", "xmr", "monero", "deposit", "send to", "pay to", "アドレス", "ウォレット", "送金", "送付", "入金", "ビットコイン"} {
		if strings.Contains(tail, word) {
			return true
		}
	}
	return false
}
