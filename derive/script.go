package derive

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/btcsuite/btcd/btcutil/bech32"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/mr-tron/base58"
	"golang.org/x/crypto/ripemd160" //lint:ignore SA1019 the hash of Bitcoin's addresses, not a choice
	"golang.org/x/crypto/sha3"
)

// A path is where wallets of a chain keep their first addresses, and how a public key becomes one.
type path struct {
	name    string // up to the last index
	chain   string
	account []uint32 // up to the account
	text    func(*secp256k1.PublicKey) string
}

// paths are the paths wallets use by default: BIP-44, 49, 84, 86 with the coin types of SLIP-44.
var paths = []path{
	{"m/44'/0'/0'/0/", "bitcoin", []uint32{hard + 44, hard, hard}, p2pkh(0x00)},
	{"m/49'/0'/0'/0/", "bitcoin", []uint32{hard + 49, hard, hard}, p2shP2wpkh(0x05)},
	{"m/84'/0'/0'/0/", "bitcoin", []uint32{hard + 84, hard, hard}, p2wpkh("bc")},
	{"m/86'/0'/0'/0/", "bitcoin", []uint32{hard + 86, hard, hard}, p2tr},
	{"m/44'/60'/0'/0/", "ethereum", []uint32{hard + 44, hard + 60, hard}, ethereum},
	{"m/44'/195'/0'/0/", "tron", []uint32{hard + 44, hard + 195, hard}, tron},
	{"m/44'/144'/0'/0/", "xrp", []uint32{hard + 44, hard + 144, hard}, ripple},
	{"m/44'/2'/0'/0/", "litecoin", []uint32{hard + 44, hard + 2, hard}, p2pkh(0x30)},
	{"m/84'/2'/0'/0/", "litecoin", []uint32{hard + 84, hard + 2, hard}, p2wpkh("ltc")},
	{"m/44'/3'/0'/0/", "dogecoin", []uint32{hard + 44, hard + 3, hard}, p2pkh(0x1E)},
	{"m/44'/145'/0'/0/", "bitcoin-cash", []uint32{hard + 44, hard + 145, hard}, cashaddr},
}

// singles are the addresses of one key without derivation.
var singles = []path{
	{name: "p2wpkh", chain: "bitcoin", text: p2wpkh("bc")},
	{name: "p2pkh", chain: "bitcoin", text: p2pkh(0x00)},
	{name: "p2sh-p2wpkh", chain: "bitcoin", text: p2shP2wpkh(0x05)},
	{name: "p2tr", chain: "bitcoin", text: p2tr},
	{name: "p2pkh uncompressed", chain: "bitcoin", text: p2pkhUncompressed(0x00)},
	{name: "p2wpkh", chain: "bitcoin-testnet", text: p2wpkh("tb")},
	{name: "p2pkh", chain: "bitcoin-testnet", text: p2pkh(0x6F)},
	{name: "key", chain: "ethereum", text: ethereum},
	{name: "key", chain: "tron", text: tron},
	{name: "p2pkh", chain: "litecoin", text: p2pkh(0x30)},
	{name: "p2wpkh", chain: "litecoin", text: p2wpkh("ltc")},
	{name: "p2pkh", chain: "dogecoin", text: p2pkh(0x1E)},
	{name: "p2pkh", chain: "bitcoin-cash", text: cashaddr},
	{name: "key", chain: "xrp", text: ripple},
}

func hash160(data []byte) []byte {
	sum := sha256.Sum256(data)
	h := ripemd160.New()
	h.Write(sum[:])
	return h.Sum(nil)
}

// check is base58 with four bytes of checksum.
func check(alphabet *base58.Alphabet, version byte, payload []byte) string {
	data := append([]byte{version}, payload...)
	sum := doubleSHA256(data)
	return base58.EncodeAlphabet(append(data, sum[:4]...), alphabet)
}

func p2pkh(version byte) func(*secp256k1.PublicKey) string {
	return func(pub *secp256k1.PublicKey) string {
		return check(base58.BTCAlphabet, version, hash160(pub.SerializeCompressed()))
	}
}

func p2pkhUncompressed(version byte) func(*secp256k1.PublicKey) string {
	return func(pub *secp256k1.PublicKey) string {
		return check(base58.BTCAlphabet, version, hash160(pub.SerializeUncompressed()))
	}
}

func p2shP2wpkh(version byte) func(*secp256k1.PublicKey) string {
	return func(pub *secp256k1.PublicKey) string {
		script := append([]byte{0x00, 0x14}, hash160(pub.SerializeCompressed())...)
		return check(base58.BTCAlphabet, version, hash160(script))
	}
}

func p2wpkh(hrp string) func(*secp256k1.PublicKey) string {
	return func(pub *secp256k1.PublicKey) string {
		return segwit(hrp, 0, hash160(pub.SerializeCompressed()))
	}
}

// p2tr is the key-path-only output of BIP-86: the key tweaked as BIP-341 says.
func p2tr(pub *secp256k1.PublicKey) string {
	x := pub.SerializeCompressed()[1:]
	even, err := secp256k1.ParsePubKey(append([]byte{0x02}, x...))
	if err != nil {
		return ""
	}
	tag := sha256.Sum256([]byte("TapTweak"))
	sum := sha256.Sum256(append(append(tag[:], tag[:]...), x...))
	var tweak secp256k1.ModNScalar
	tweak.SetBytes(&sum)
	var point, internal, output secp256k1.JacobianPoint
	secp256k1.ScalarBaseMultNonConst(&tweak, &point)
	even.AsJacobian(&internal)
	secp256k1.AddNonConst(&internal, &point, &output)
	output.ToAffine()
	return segwit("bc", 1, output.X.Bytes()[:])
}

// segwit is BIP-173 for version 0 and BIP-350 for later ones.
func segwit(hrp string, version byte, program []byte) string {
	groups, err := bech32.ConvertBits(program, 8, 5, true)
	if err != nil {
		return ""
	}
	encode := bech32.Encode
	if version > 0 {
		encode = bech32.EncodeM
	}
	text, err := encode(hrp, append([]byte{version}, groups...))
	if err != nil {
		return ""
	}
	return text
}

func keccak(data []byte) []byte {
	h := sha3.NewLegacyKeccak256()
	h.Write(data)
	return h.Sum(nil)
}

// ethereum is the last 20 bytes of the key's hash with the checksum of EIP-55.
func ethereum(pub *secp256k1.PublicKey) string {
	text := []byte(hex.EncodeToString(keccak(pub.SerializeUncompressed()[1:])[12:]))
	sum := keccak(text)
	for i, c := range text {
		if c >= 'a' && sum[i/2]>>(4*(1-i%2))&8 != 0 {
			text[i] = c - 'a' + 'A'
		}
	}
	return "0x" + string(text)
}

func tron(pub *secp256k1.PublicKey) string {
	return check(base58.BTCAlphabet, 0x41, keccak(pub.SerializeUncompressed()[1:])[12:])
}

// cashaddr is the address of Bitcoin Cash's CashAddr specification, type P2PKH.
func cashaddr(pub *secp256k1.PublicKey) string {
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	const prefix = "bitcoincash"
	groups, err := bech32.ConvertBits(append([]byte{0}, hash160(pub.SerializeCompressed())...), 8, 5, true)
	if err != nil {
		return ""
	}
	input := make([]byte, 0, 64)
	for _, c := range []byte(prefix) {
		input = append(input, c&31)
	}
	input = append(append(append(input, 0), groups...), make([]byte, 8)...)
	sum := cashPolymod(input)
	text := []byte(prefix + ":")
	for _, g := range groups {
		text = append(text, alphabet[g])
	}
	for i := range 8 {
		text = append(text, alphabet[sum>>(5*(7-i))&31])
	}
	return string(text)
}

func cashPolymod(values []byte) uint64 {
	generators := [5]uint64{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470}
	sum := uint64(1)
	for _, v := range values {
		top := sum >> 35
		sum = (sum&0x07ffffffff)<<5 ^ uint64(v)
		for i, g := range generators {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum ^ 1
}
