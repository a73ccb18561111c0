package derive

import (
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/binary"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/mr-tron/base58"
)

// rippleAlphabet is the base58 alphabet of the XRP Ledger.
var rippleAlphabet = base58.NewAlphabet("rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz")

func ripple(pub *secp256k1.PublicKey) string {
	return check(rippleAlphabet, 0x00, hash160(pub.SerializeCompressed()))
}

// Ripple derives the account of an XRP Ledger family seed: s..., or sEd... for ed25519 keys. ErrKey is returned when the
// checksum is wrong.
func Ripple(seed string) ([]Address, error) {
	raw, err := base58.DecodeAlphabet(seed, rippleAlphabet)
	if err != nil || len(raw) < 21 {
		return nil, ErrKey
	}
	defer clear(raw)
	body, sum := raw[:len(raw)-4], doubleSHA256(raw[:len(raw)-4])
	if string(sum[:4]) != string(raw[len(raw)-4:]) {
		return nil, ErrKey
	}
	var text string
	switch {
	case len(body) == 17 && body[0] == 0x21:
		pub, err := rippleKey(body[1:])
		if err != nil {
			return nil, err
		}
		text = ripple(pub)
	case len(body) == 19 && body[0] == 0x01 && body[1] == 0xE1 && body[2] == 0x4B:
		half := sha512.Sum512(body[3:])
		pub := ed25519.NewKeyFromSeed(half[:32]).Public().(ed25519.PublicKey)
		text = check(rippleAlphabet, 0x00, hash160(append([]byte{0xED}, pub...)))
	default:
		return nil, ErrKey
	}
	return []Address{{Chain: "xrp", Path: "seed", Text: text}}, nil
}

// rippleKey is the account key of a family seed: the root key plus the intermediate key of index 0.
func rippleKey(seed []byte) (*secp256k1.PublicKey, error) {
	root, err := rippleScalar(seed)
	if err != nil {
		return nil, err
	}
	public := secp256k1.NewPrivateKey(root).PubKey().SerializeCompressed()
	middle, err := rippleScalar(append(public, 0, 0, 0, 0))
	if err != nil {
		return nil, err
	}
	return secp256k1.NewPrivateKey(root.Add(middle)).PubKey(), nil
}

// rippleScalar takes the first half of SHA-512 over data and a counter that is a valid key.
func rippleScalar(data []byte) (*secp256k1.ModNScalar, error) {
	for counter := range uint32(16) {
		sum := sha512.Sum512(binary.BigEndian.AppendUint32(append([]byte{}, data...), counter))
		var scalar secp256k1.ModNScalar
		if !scalar.SetByteSlice(sum[:32]) && !scalar.IsZero() {
			return &scalar, nil
		}
	}
	return nil, ErrKey
}
