package office_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
)

// What Office does to lock a document with a password, written from MS-OFFCRYPTO apart from the reader.

var salt = []byte("0123456789abcdef")

func password() []byte { return utf16z("VelvetSweatshop") }

func hashed(h hash.Hash, parts ...[]byte) []byte {
	h.Reset()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func spun(h hash.Hash, rounds uint32) []byte {
	sum := hashed(h, salt, password())
	for i := range rounds {
		sum = hashed(h, binary.LittleEndian.AppendUint32(nil, i), sum)
	}
	return sum
}

func blocks(data []byte) []byte { return append(data, make([]byte, (16-len(data)%16)%16)...) }

func lockStandard(data []byte) []byte {
	sum := hashed(sha1.New(), spun(sha1.New(), 50_000), make([]byte, 4))
	pad := make([]byte, 64)
	for i := range pad {
		pad[i] = 0x36
		if i < len(sum) {
			pad[i] ^= sum[i]
		}
	}
	key := hashed(sha1.New(), pad)[:16]
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	ecb := func(in []byte) []byte {
		out := make([]byte, len(in))
		for at := 0; at < len(in); at += 16 {
			block.Encrypt(out[at:], in[at:at+16])
		}
		return out
	}
	header := make([]byte, 32)
	binary.LittleEndian.PutUint32(header[16:], 128)
	info := []byte{3, 0, 2, 0, 0x24, 0, 0, 0}
	info = append(binary.LittleEndian.AppendUint32(info, uint32(len(header))), header...)
	info = append(binary.LittleEndian.AppendUint32(info, 16), salt...)
	verifier := []byte("verifier of test")
	info = append(info, ecb(verifier)...)
	info = binary.LittleEndian.AppendUint32(info, 20)
	info = append(info, ecb(blocks(hashed(sha1.New(), verifier)))...)
	return compound("", entry{"EncryptionInfo", info}, entry{"EncryptedPackage", append(binary.LittleEndian.AppendUint64(nil, uint64(len(data))), ecb(blocks(data))...)})
}

func lockAgile(data []byte) []byte {
	const spins = 1000
	cbc := func(key, iv, in []byte) []byte {
		block, err := aes.NewCipher(key)
		if err != nil {
			panic(err)
		}
		out := make([]byte, len(in))
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, in)
		return out
	}
	base := spun(sha512.New(), spins)
	seal := func(kind string, in []byte) string {
		key := hashed(sha512.New(), base, []byte(kind))[:32]
		return base64.StdEncoding.EncodeToString(cbc(key, salt, in))
	}
	verifier, key := []byte("verifier of test"), []byte("a key for the test, 32 bytes lo.")
	encoded := base64.StdEncoding.EncodeToString(salt)
	common := `saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="` + encoded + `"`
	info := fmt.Sprintf("\x04\x00\x04\x00\x40\x00\x00\x00"+`<?xml version="1.0"?><encryption><keyData %s/><keyEncryptors><keyEncryptor><p:encryptedKey spinCount="%d" %s encryptedVerifierHashInput="%s" `+
		`encryptedVerifierHashValue="%s" encryptedKeyValue="%s"/></keyEncryptor></keyEncryptors></encryption>`, common, spins, common,
		seal("\xFE\xA7\xD2\x76\x3B\x4B\x9E\x79", verifier), seal("\xD7\xAA\x0F\x6D\x30\x61\x34\x4E", hashed(sha512.New(), verifier)), seal("\x14\x6E\x0B\xE7\xAB\xAC\xD0\xD6", key))
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	data = blocks(data)
	for i := uint32(0); len(data) > 0; i++ {
		n := min(len(data), 4096)
		out = append(out, cbc(key, hashed(sha512.New(), salt, binary.LittleEndian.AppendUint32(nil, i))[:16], data[:n])...)
		data = data[n:]
	}
	return compound("", entry{"EncryptionInfo", []byte(info)}, entry{"EncryptedPackage", out})
}

// lockWorkbook locks a workbook stream with 40-bit RC4.
func lockWorkbook(stream []byte) []byte {
	first := md5.Sum(password())
	var once []byte
	for range 16 {
		once = append(append(once, first[:5]...), salt...)
	}
	base := md5.Sum(once)
	pad := func(length int) (out []byte) {
		for block := uint32(0); len(out) < length; block++ {
			key := md5.Sum(binary.LittleEndian.AppendUint32(append([]byte(nil), base[:5]...), block))
			c, err := rc4.NewCipher(key[:])
			if err != nil {
				panic(err)
			}
			part := make([]byte, 1024)
			c.XORKeyStream(part, part)
			out = append(out, part...)
		}
		return out
	}
	verifier := []byte("verifier of test")
	sum := md5.Sum(verifier)
	secret := append(append([]byte(nil), verifier...), sum[:]...)
	for i, c := range pad(len(secret))[:len(secret)] {
		secret[i] ^= c
	}
	pass := append([]byte{1, 0, 1, 0, 1, 0}, salt...)
	pass = append(pass, secret...)
	bof := 4 + int(binary.LittleEndian.Uint16(stream[2:]))
	out := join(stream[:bof], biff(0x2F, pass...), stream[bof:])
	mask := pad(len(out))
	for at := 0; at+4 <= len(out); {
		kind, size := binary.LittleEndian.Uint16(out[at:]), int(binary.LittleEndian.Uint16(out[at+2:]))
		start, end := at+4, at+4+size
		at = end
		if kind == 0x809 || kind == 0x2F {
			continue
		}
		if kind == 0x85 {
			start += 4
		}
		for i := start; i < end; i++ {
			out[i] ^= mask[i]
		}
	}
	return out
}
