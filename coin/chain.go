package coin

import "strings"

// chains maps names and currency codes, in lower case, to chains. Tokens stand for the chain they mostly live on; a list
// that calls a Tron address USDT is read by the address.
var chains = map[string]string{
	"bitcoin": "bitcoin", "btc": "bitcoin", "xbt": "bitcoin", "omni": "bitcoin",
	"bitcoin-cash": "bitcoin-cash", "bitcoincash": "bitcoin-cash", "bitcoin cash": "bitcoin-cash", "bch": "bitcoin-cash", "bchtest": "bitcoin-cash",
	"bitcoin-gold": "bitcoin-gold", "bitcoingold": "bitcoin-gold", "btg": "bitcoin-gold",
	"litecoin": "litecoin", "ltc": "litecoin",
	"dogecoin": "dogecoin", "doge": "dogecoin",
	"dash":  "dash",
	"zcash": "zcash", "zec": "zcash",
	"ethereum": "ethereum", "eth": "ethereum", "etc": "ethereum", "evm": "ethereum", "erc20": "ethereum", "ethereum-classic": "ethereum",
	"bsc": "ethereum", "bnb": "ethereum", "binance-smart-chain": "ethereum", "polygon": "ethereum", "matic": "ethereum",
	"arbitrum": "ethereum", "arb": "ethereum", "optimism": "ethereum", "op": "ethereum", "base": "ethereum",
	"avalanche": "ethereum", "avax": "ethereum", "fantom": "ethereum", "linea": "ethereum", "usdc": "ethereum",
	"tron": "tron", "trx": "tron", "trc20": "tron",
	"solana": "solana", "sol": "solana",
	"xrp": "xrp", "ripple": "xrp",
	"stellar": "stellar", "xlm": "stellar",
	"cardano": "cardano", "ada": "cardano",
	"monero": "monero", "xmr": "monero",
	"polkadot": "polkadot", "dot": "polkadot", "kusama": "polkadot", "ksm": "polkadot", "substrate": "polkadot",
	"cosmos": "cosmos", "atom": "cosmos", "osmosis": "cosmos", "osmo": "cosmos", "juno": "cosmos", "terra": "cosmos", "luna": "cosmos",
	"injective": "cosmos", "inj": "cosmos", "sei": "cosmos", "celestia": "cosmos", "tia": "cosmos",
}

// Chain returns the chain that a name or currency code stands for, in any case; EVM chains are all "ethereum".
func Chain(name string) (chain string, ok bool) {
	name = strings.TrimSpace(name)
	if len(name) > 24 {
		return "", false
	}
	chain, ok = chains[strings.ToLower(name)]
	return chain, ok
}
