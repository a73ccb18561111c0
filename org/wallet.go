package org

import (
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

// chains are the chains a wallet can be on. Those that share Ethereum's addresses and keys are in evm too.
var chains = []string{"bitcoin", "bitcoin-cash", "litecoin", "dogecoin", "ethereum", "arbitrum", "avalanche", "base", "bnb",
	"optimism", "polygon", "solana", "tron", "xrp", "stellar", "cardano", "polkadot", "cosmos", "ton", "aptos", "sui", "near"}

var evm = []string{"ethereum", "arbitrum", "avalanche", "base", "bnb", "optimism", "polygon"}

var temperatures = []string{"cold", "warm", "hot"}

func (c *checker) wallet(w *wallet) sekisho.Wallet {
	found := sekisho.Wallet{Name: w.Name.Value, Chain: strings.ToLower(w.Chain.Value), Kind: strings.ToLower(w.Kind.Value)}
	if found.Name == "" {
		c.fail(w.Line, "add name, as the organisation calls it", "a wallet without a name")
	}
	c.oneOf(w.Chain, w.Line, chains, "chain of wallet "+found.Name)
	c.oneOf(w.Kind, w.Line, temperatures, "kind of wallet "+found.Name)
	for _, a := range w.Addresses {
		if secretShape(found.Chain, a.Value) {
			c.fail(a.Line, "remove it from the file at once and treat the key as leaked if the file was shared; only public addresses belong here", "an address of wallet %s has the shape of a private key", found.Name)
			continue
		}
		if !addressShape(found.Chain, a.Value) {
			c.fail(a.Line, "copy the public address whole", "what stands here is not an address of %s", found.Chain)
			continue
		}
		key := a.Value
		if slices.Contains(evm, found.Chain) {
			key = strings.ToLower(key)
		}
		key = found.Chain + " " + key
		if first, twice := c.wallets[key]; twice {
			c.fail(a.Line, "list an address once", "%s is also an address of wallet %s in line %d", a.Value, first.what, first.line)
			continue
		}
		c.wallets[key] = place{what: found.Name, line: a.Line}
		found.Addresses = append(found.Addresses, a.Value)
	}
	if len(w.Addresses) == 0 {
		c.warn(w.Line, "add addresses", "wallet %s has no addresses: one that looks like them is not recognised", found.Name)
	}
	return found
}

func (c *checker) oneOf(t text, line int, words []string, what string) {
	value := strings.ToLower(t.Value)
	if slices.Contains(words, value) {
		return
	}
	if t.Line > 0 {
		line = t.Line
	}
	hint := "one of " + strings.Join(words, ", ")
	if near := nearest(value, words); near != "" {
		hint = "did you mean " + near + "?"
	}
	if value == "" {
		c.fail(line, hint, "the %s is missing", what)
		return
	}
	c.fail(line, hint, "the %s is %q, which is not known", what, t.Value)
}

// secretShape tells a key or phrase pasted by mistake. It is never quoted, nor is anything else that is not an address.
func secretShape(chain, s string) bool {
	bare := strings.TrimPrefix(strings.ToLower(s), "0x")
	switch {
	case strings.Count(s, " ") >= 11:
		return true // a recovery phrase has 12 to 24 words
	case len(bare) == 64 && !strings.ContainsFunc(bare, notHex):
		return !slices.Contains([]string{"aptos", "sui", "near"}, chain) // whose addresses look the same
	case len(s) == 51 || len(s) == 52:
		return strings.ContainsAny(s[:1], "5KL") // wallet import format
	default:
		return strings.HasPrefix(s, "xprv") || len(s) >= 86 && len(s) <= 88 && chain == "solana"
	}
}

// addressShape tells an address from a slip of the pen: a name, a path, half an address. The checksum is for the
// detector of addresses, which knows each chain.
func addressShape(chain, s string) bool {
	if slices.Contains(evm, chain) {
		return len(s) == 42 && strings.EqualFold(s[:2], "0x") && !strings.ContainsFunc(s[2:], notHex)
	}
	return len(s) >= 25 && len(s) <= 128 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != ':' && r != '_' && r != '-'
	})
}

func notHex(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F')
}
