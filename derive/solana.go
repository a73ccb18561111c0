package derive

import (
	"crypto/ed25519"
	"encoding/binary"
	"strconv"

	"github.com/mr-tron/base58"
)

// solana derives m/44'/501'/i'/0', as Phantom and Solflare do, and m/44'/501'/i', by SLIP-10.
func solana(seed []byte) []Address {
	sum := mac([]byte("ed25519 seed"), seed)
	sum = hardChild(hardChild(sum, 44), 501)
	var all []Address
	for i := range uint32(Count) {
		account := hardChild(sum, i)
		name := "m/44'/501'/" + strconv.Itoa(int(i)) + "'"
		all = append(all,
			Address{Chain: "solana", Path: name + "/0'", Text: solanaAddress(hardChild(account, 0)[:32])},
			Address{Chain: "solana", Path: name, Text: solanaAddress(account[:32])})
	}
	return all
}

// hardChild is the hardened child of SLIP-10 for ed25519; key and chain code are one slice of 64 bytes.
func hardChild(parent []byte, index uint32) []byte {
	return mac(parent[32:], []byte{0}, parent[:32], binary.BigEndian.AppendUint32(nil, hard+index))
}

func solanaAddress(seed []byte) string {
	return base58.Encode(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
}
