package lookalike

import "strings"

// edit says which single edit turns the real name into the one seen. It is false when none does.
func edit(seen, real string) (how, bool) {
	i := 0
	for i < len(seen) && i < len(real) && seen[i] == real[i] {
		i++
	}
	switch len(seen) - len(real) {
	case 0:
		return exchanged(seen, real, i)
	case 1:
		if seen[i+1:] != real[i:] {
			return 0, false
		}
		switch {
		case seen[i] == '-':
			return hyphenation, true
		case i > 0 && seen[i] == seen[i-1]:
			return repetition, true
		case i == len(real) && seen[i] == 's':
			return plural, true
		}
		return insertion, true
	case 2:
		return plural, seen == real+"es"
	case -1:
		return omission, seen[i:] == real[i+1:]
	}
	return 0, false
}

func exchanged(seen, real string, i int) (how, bool) {
	if i == len(seen) {
		return 0, false
	}
	if seen[i+1:] == real[i+1:] {
		x := seen[i] ^ real[i]
		switch {
		case vowel(seen[i]) && vowel(real[i]):
			return vowelSwap, true
		case x&(x-1) == 0:
			return bitsquatting, true
		}
		return replacement, true
	}
	if i+1 < len(seen) && seen[i] == real[i+1] && seen[i+1] == real[i] && seen[i+2:] == real[i+2:] {
		return transposition, true
	}
	return 0, false
}

func vowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }
