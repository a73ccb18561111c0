package key

import (
	"bytes"

	"github.com/sekisho/sekisho/secret"
)

// A service is an exchange, custodian or node provider whose API secrets are told by its name near them and their shape.
// The shapes are those of the services' API documentation as of 2025.
type service struct {
	name  string
	words [][]byte
	shape func(b []byte) bool
	url   bool // the secret is the end of a URL that holds the word
}

var services = []service{
	{"binance", [][]byte{[]byte("binance")}, size(64, alnum), false},
	{"coinbase", [][]byte{[]byte("coinbase"), []byte("cdp_")}, either(size(32, alnum), size(86, b64), size(88, b64)), false},
	{"kraken", [][]byte{[]byte("kraken")}, either(size(86, b64), size(88, b64)), false},
	{"bybit", [][]byte{[]byte("bybit")}, size(36, alnum), false},
	{"okx", [][]byte{[]byte("okx"), []byte("okex")}, size(32, isHex), false},
	{"bitflyer", [][]byte{[]byte("bitflyer"), []byte("ビットフライヤー")}, either(size(43, b64), size(44, b64)), false},
	{"coincheck", [][]byte{[]byte("coincheck"), []byte("コインチェック")}, size(32, alnum), false},
	{"bitbank", [][]byte{[]byte("bitbank"), []byte("ビットバンク")}, size(64, isHex), false},
	{"gmo coin", [][]byte{[]byte("gmocoin"), []byte("gmo_"), []byte("gmo coin"), []byte("gmo-coin"), []byte("gmoコイン"), []byte("coin.z.com")}, size(64, b64), false},
	{"bitgo", [][]byte{[]byte("bitgo")}, either(size(67, alnum), size(64, isHex)), false},
	{"fireblocks", [][]byte{[]byte("fireblocks")}, size(64, alnum), false},
	{"alchemy", [][]byte{[]byte("alchemy.com/"), []byte("alchemyapi.io/")}, size(32, b64), true},
	{"alchemy", [][]byte{[]byte("alchemy")}, size(32, b64), false},
	{"infura", [][]byte{[]byte("infura.io/")}, size(32, isHex), true},
	{"infura", [][]byte{[]byte("infura")}, either(size(32, isHex), size(52, b64)), false},
}

func size(n int, of func([]byte) bool) func([]byte) bool {
	return func(b []byte) bool { return len(b) == n && of(b) }
}

func either(shapes ...func([]byte) bool) func([]byte) bool {
	return func(b []byte) bool {
		for _, shape := range shapes {
			if shape(b) {
				return true
			}
		}
		return false
	}
}

func alnum(b []byte) bool {
	for _, c := range b {
		if k := classes[c]; k != letter && k != digit {
			return false
		}
	}
	return true
}

func b64(b []byte) bool { return true } // a token is letters, digits and joints already

// secretWords name a value as a secret.
var secretWords = [][]byte{[]byte("secret"), []byte("private"), []byte("passphrase"), []byte("token"), []byte("api_key"),
	[]byte("apikey"), []byte("api-key"), []byte("api key"), []byte("access_key"), []byte("accesskey"), []byte("apisecret"),
	[]byte("シークレット"), []byte("秘密"), []byte("apiキー")}

var secretNames = newWordSet(secretWords)

// The reach of a service's name, in bytes: a block of configuration.
const serviceReach = 320

// exchange reports the API secret of an exchange or custodian.
func (t *text) exchange(start, end int) bool {
	data := t.data
	var buf [56]byte
	named := secretNames.in(lower(buf[:0], data[max(0, start-len(buf)):start]))
	s := start + bytes.LastIndexByte(data[start:end], '/') + 1
	if !named && s == start {
		return false
	}
	var folded []byte
	for _, v := range services {
		value, at := data[start:end], start
		if v.url {
			value, at = data[s:end], s
		}
		if !v.url && !named || !v.shape(value) {
			continue
		}
		if folded == nil {
			folded = lower(nil, data[max(0, start-serviceReach):min(len(data), end+nearBefore)])
		}
		head := folded[:min(start, serviceReach)+at-start]
		if v.url && !containsAny(head[max(0, len(head)-40):], v.words) || !containsAny(folded, v.words) {
			continue
		}
		if filler(string(value)) || entropy(string(value)) < 3 {
			continue
		}
		t.report(Match{Kind: "api secret", Format: v.name, Service: v.name}, at, end, secret.New(value))
		return true
	}
	return false
}
