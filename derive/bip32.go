package derive

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"strconv"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/mr-tron/base58"
)

const hard = 0x80000000

// A node is an extended private key of BIP-32.
type node struct {
	key   [32]byte
	chain [32]byte
}

func master(seed []byte) (node, error) {
	if len(seed) < 16 || len(seed) > 64 {
		return node{}, ErrKey
	}
	return split(mac([]byte("Bitcoin seed"), seed))
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha512.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func split(sum []byte) (n node, err error) {
	copy(n.key[:], sum[:32])
	copy(n.chain[:], sum[32:])
	_, err = public(n.key[:])
	return n, err
}

// child is CKDpriv of BIP-32.
func (n node) child(index uint32) (node, error) {
	var tail [4]byte
	binary.BigEndian.PutUint32(tail[:], index)
	var sum []byte
	if index >= hard {
		sum = mac(n.chain[:], []byte{0}, n.key[:], tail[:])
	} else {
		pub, err := public(n.key[:])
		if err != nil {
			return node{}, err
		}
		sum = mac(n.chain[:], pub.SerializeCompressed(), tail[:])
	}
	var tweak, key secp256k1.ModNScalar
	if tweak.SetByteSlice(sum[:32]) {
		return node{}, ErrKey
	}
	key.SetBytes(&n.key)
	if key.Add(&tweak).IsZero() {
		return node{}, ErrKey
	}
	var next node
	next.key = key.Bytes()
	copy(next.chain[:], sum[32:])
	return next, nil
}

func (n node) along(path []uint32) (node, error) {
	var err error
	for _, index := range path {
		if n, err = n.child(index); err != nil {
			return node{}, err
		}
	}
	return n, nil
}

// addresses appends the first Count addresses below n.
func (n node) addresses(all []Address, p path) []Address {
	for i := range uint32(Count) {
		leaf, err := n.child(i)
		if err != nil {
			continue // BIP-32: proceed with the next index
		}
		if pub, err := public(leaf.key[:]); err == nil {
			all = append(all, Address{Chain: p.chain, Path: p.name + strconv.Itoa(int(i)), Text: p.text(pub)})
		}
	}
	return all
}

func public(key []byte) (*secp256k1.PublicKey, error) {
	var scalar secp256k1.ModNScalar
	if len(key) != 32 || scalar.SetByteSlice(key) || scalar.IsZero() {
		return nil, ErrKey
	}
	return secp256k1.NewPrivateKey(&scalar).PubKey(), nil
}

// versions are the version bytes of extended private keys (BIP-32, SLIP-132) with the script they stand for.
var versions = map[uint32]struct {
	chain  string
	script func(*secp256k1.PublicKey) string
}{
	0x0488ADE4: {"bitcoin", nil},                      // xprv: the script is not said
	0x049D7878: {"bitcoin", p2shP2wpkh(0x05)},         // yprv
	0x04B2430C: {"bitcoin", p2wpkh("bc")},             // zprv
	0x04358394: {"bitcoin-testnet", nil},              // tprv
	0x044A4E28: {"bitcoin-testnet", p2shP2wpkh(0xC4)}, // uprv
	0x045F18BC: {"bitcoin-testnet", p2wpkh("tb")},     // vprv
	0x0295B005: {"bitcoin", nil},                      // Yprv: multisig
	0x02AA7A99: {"bitcoin", nil},                      // Zprv: multisig
	0x024285B5: {"bitcoin-testnet", nil},              // Uprv: multisig
	0x02575048: {"bitcoin-testnet", nil},              // Vprv: multisig
	0x019D9CFE: {"litecoin", p2pkh(0x30)},             // Ltpv
	0x01B26792: {"litecoin", p2shP2wpkh(0x32)},        // Mtpv
	0x02FAC398: {"dogecoin", p2pkh(0x1E)},             // dgpv
}

// Extended derives from an extended private key in base58: the addresses of its first branch, as an account key, and,
// when its depth is 0, of the standard paths. ErrKey is returned when the checksum or the version is wrong.
func Extended(text string) ([]Address, error) {
	raw, err := base58.Decode(text)
	if err != nil || len(raw) != 82 || raw[45] != 0 {
		return nil, ErrKey
	}
	defer clear(raw)
	if check := doubleSHA256(raw[:78]); string(check[:4]) != string(raw[78:]) {
		return nil, ErrKey
	}
	version, ok := versions[binary.BigEndian.Uint32(raw)]
	if !ok {
		return nil, ErrKey
	}
	var n node
	copy(n.chain[:], raw[13:45])
	copy(n.key[:], raw[46:78])
	if _, err := public(n.key[:]); err != nil {
		return nil, err
	}
	var all []Address
	if raw[4] == 0 && version.chain == "bitcoin" {
		all = n.standard(all)
	}
	branch, err := n.child(0)
	if err != nil {
		return all, nil
	}
	scripts := []path{{name: "0/", chain: version.chain, text: version.script}}
	if version.script == nil {
		scripts = scriptsOf(version.chain)
	}
	for _, p := range scripts {
		all = branch.addresses(all, p)
	}
	return all, nil
}

func (n node) standard(all []Address) []Address {
	for _, p := range paths {
		if branch, err := n.along(append(append([]uint32{}, p.account...), 0)); err == nil {
			all = branch.addresses(all, p)
		}
	}
	return all
}

func scriptsOf(chain string) []path {
	if chain == "bitcoin-testnet" {
		return []path{{name: "0/", chain: chain, text: p2wpkh("tb")}, {name: "0/", chain: chain, text: p2pkh(0x6F)}}
	}
	return []path{
		{name: "0/", chain: chain, text: p2wpkh("bc")}, {name: "0/", chain: chain, text: p2shP2wpkh(0x05)},
		{name: "0/", chain: chain, text: p2pkh(0x00)}, {name: "0/", chain: chain, text: p2tr},
		{name: "0/", chain: "ethereum", text: ethereum},
	}
}

func doubleSHA256(data []byte) [32]byte {
	first := sha256.Sum256(data)
	return sha256.Sum256(first[:])
}

// EthereumKeys returns the first n private keys of m/44'/60'/0'/0 of a BIP-32 seed. They are secrets: it is for keys that
// everyone knows.
func EthereumKeys(seed []byte, n int) [][]byte {
	root, err := master(seed)
	if err != nil {
		return nil
	}
	branch, err := root.along([]uint32{hard + 44, hard + 60, hard, 0})
	if err != nil {
		return nil
	}
	var keys [][]byte
	for i := range uint32(n) {
		if leaf, err := branch.child(i); err == nil {
			keys = append(keys, leaf.key[:])
		}
	}
	return keys
}
