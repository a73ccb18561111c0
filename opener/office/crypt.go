package office

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"strconv"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
)

// defaultPassword is the one that Excel and PowerPoint try before they ask (MS-OFFCRYPTO §2.4.2.3), so that a document
// encrypted with it opens for everyone but for the filters on its way.
const defaultPassword = "VelvetSweatshop"

// mostSpins bounds the rounds of hashing a document may ask for; Office itself writes 100,000.
const mostSpins = 1_000_000

var errPassword = fmt.Errorf("%w: behind a password", sekisho.ErrEncrypted)

// decryptPackage opens an encrypted package (MS-OFFCRYPTO §2.3.4) with the default password.
func (s *storage) decryptPackage() {
	s.facts.Format, s.facts.Encrypted = "ooxml", true
	info, data := s.stream("encryptioninfo"), s.stream("encryptedpackage")
	clear, err := decryptPackage(info, data)
	if err != nil {
		s.fail(err)
		return
	}
	if !s.spend(len(clear)) {
		return
	}
	s.facts.Password = defaultPassword
	if bytes.HasPrefix(clear, []byte(compoundMagic)) {
		s.compound(clear, s.depth+1)
		return
	}
	s.ooxml(clear)
}

func decryptPackage(info, data []byte) ([]byte, error) {
	if len(info) < 8 || len(data) < 8 {
		return nil, fmt.Errorf("%w: an encrypted package without its parts", sekisho.ErrMalformed)
	}
	size := binary.LittleEndian.Uint64(data)
	data = data[8:]
	major, minor := binary.LittleEndian.Uint16(info), binary.LittleEndian.Uint16(info[2:])
	var clear []byte
	var err error
	switch {
	case major == 4 && minor == 4:
		clear, err = decryptAgile(info[8:], data)
	case minor == 2 && major >= 2 && major <= 4:
		clear, err = decryptStandard(info[8:], data)
	default:
		return nil, fmt.Errorf("%w: an encrypted package of version %d.%d", sekisho.ErrEncrypted, major, minor)
	}
	if err != nil {
		return nil, err
	}
	return clear[:min(size, uint64(len(clear)))], nil
}

// spin hashes the password as both schemes do (MS-OFFCRYPTO §2.3.4.7, §2.3.4.11).
func spin(h hash.Hash, salt []byte, rounds uint32) []byte {
	h.Write(salt)
	for _, unit := range utf16.Encode([]rune(defaultPassword)) {
		h.Write([]byte{byte(unit), byte(unit >> 8)})
	}
	sum := h.Sum(nil)
	var counter [4]byte
	for i := range rounds {
		binary.LittleEndian.PutUint32(counter[:], i)
		h.Reset()
		h.Write(counter[:])
		h.Write(sum)
		sum = h.Sum(sum[:0])
	}
	return sum
}

func digest(h hash.Hash, parts ...[]byte) []byte {
	h.Reset()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

// decryptStandard follows MS-OFFCRYPTO §2.3.4.5 to §2.3.4.9: AES in ECB mode and SHA-1.
func decryptStandard(info, data []byte) ([]byte, error) {
	malformed := fmt.Errorf("%w: encryption header", sekisho.ErrMalformed)
	if len(info) < 4 {
		return nil, malformed
	}
	length := uint64(binary.LittleEndian.Uint32(info))
	if length < 32 || 4+length+4+16+16+4+32 > uint64(len(info)) {
		return nil, malformed
	}
	header, verifier := info[4:4+length], info[4+length:]
	bits := binary.LittleEndian.Uint32(header[16:])
	if binary.LittleEndian.Uint32(verifier) != 16 || bits != 128 && bits != 192 && bits != 256 {
		return nil, malformed
	}
	salt, encrypted, check := verifier[4:20], verifier[20:36], verifier[40:72]
	sum := digest(sha1.New(), spin(sha1.New(), salt, 50_000), make([]byte, 4))
	key := append(pad36(sum, 0x36), pad36(sum, 0x5C)...)[:bits/8]
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
	}
	if want := sha1.Sum(ecb(block, encrypted)); subtle.ConstantTimeCompare(want[:], ecb(block, check)[:20]) != 1 {
		return nil, errPassword
	}
	return ecb(block, data), nil
}

func pad36(sum []byte, with byte) []byte {
	buffer := bytes.Repeat([]byte{with}, 64)
	subtle.XORBytes(buffer, buffer, sum)
	derived := sha1.Sum(buffer)
	return derived[:]
}

func ecb(block cipher.Block, data []byte) []byte {
	out := make([]byte, len(data)/aes.BlockSize*aes.BlockSize)
	for at := 0; at < len(out); at += aes.BlockSize {
		block.Decrypt(out[at:], data[at:at+aes.BlockSize])
	}
	return out
}

// The block keys of agile encryption (MS-OFFCRYPTO §2.3.4.11 to §2.3.4.13).
var (
	blockInput = []byte{0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79}
	blockValue = []byte{0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E}
	blockKey   = []byte{0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6}
)

// agile is one of the two sets of parameters in the XML of agile encryption.
type agile struct {
	salt, input, value, key []byte
	hash                    func() hash.Hash
	cipher, chaining        string
	bits                    int
	spins                   uint32
}

func readAgile(m *markup) agile {
	decode := func(name string) []byte {
		data, err := base64.StdEncoding.DecodeString(m.attr(name))
		if err != nil {
			return nil
		}
		return data
	}
	number := func(name string) int {
		n, err := strconv.ParseUint(m.attr(name), 10, 31)
		if err != nil {
			return 0
		}
		return int(n)
	}
	hashes := map[string]func() hash.Hash{"SHA1": sha1.New, "SHA-1": sha1.New, "SHA256": sha256.New, "SHA384": sha512.New384, "SHA512": sha512.New}
	return agile{
		salt: decode("saltValue"), input: decode("encryptedVerifierHashInput"), value: decode("encryptedVerifierHashValue"), key: decode("encryptedKeyValue"),
		hash: hashes[m.attr("hashAlgorithm")], cipher: m.attr("cipherAlgorithm"), chaining: m.attr("cipherChaining"), bits: number("keyBits"), spins: uint32(number("spinCount")),
	}
}

func (a agile) valid() bool {
	return a.hash != nil && a.cipher == "AES" && a.chaining == "ChainingModeCBC" && (a.bits == 128 || a.bits == 192 || a.bits == 256) && len(a.salt) > 0
}

// decryptAgile follows MS-OFFCRYPTO §2.3.4.10 to §2.3.4.15 for AES in CBC mode. The integrity of the data is not checked.
func decryptAgile(info, data []byte) ([]byte, error) {
	var content, password agile
	for m := newMarkup(info); m.next(); {
		switch {
		case m.kind == openTag && m.name == "keyData":
			content = readAgile(m)
		case m.kind == openTag && m.name == "encryptedKey" && m.attr("spinCount") != "":
			password = readAgile(m)
		}
	}
	switch {
	case !content.valid() || !password.valid():
		return nil, fmt.Errorf("%w: a cipher that is not read", sekisho.ErrEncrypted)
	case password.spins > mostSpins:
		return nil, fmt.Errorf("%w: a password hashed %d times", sekisho.ErrLimit, password.spins)
	}
	base := spin(password.hash(), password.salt, password.spins)
	open := func(block, data []byte) []byte {
		key := fit(digest(password.hash(), base, block), password.bits/8, 0x36)
		return cbc(key, fit(password.salt, aes.BlockSize, 0x36), data)
	}
	input, value := open(blockInput, password.input), open(blockValue, password.value)
	want := digest(password.hash(), input)
	if len(value) < len(want) || subtle.ConstantTimeCompare(want, value[:len(want)]) != 1 {
		return nil, errPassword
	}
	key := open(blockKey, password.key)
	if len(key) < content.bits/8 {
		return nil, fmt.Errorf("%w: encryption key", sekisho.ErrMalformed)
	}
	key = key[:content.bits/8]
	out := make([]byte, 0, len(data))
	for i := uint32(0); len(data) > 0; i++ {
		segment := data[:min(len(data), 4096)]
		data = data[len(segment):]
		iv := fit(digest(content.hash(), content.salt, binary.LittleEndian.AppendUint32(nil, i)), aes.BlockSize, 0x36)
		out = append(out, cbc(key, iv, segment)...)
	}
	return out, nil
}

// fit cuts or pads to a length.
func fit(data []byte, length int, with byte) []byte {
	out := bytes.Repeat([]byte{with}, length)
	copy(out, data)
	return out
}

// cbc decrypts the whole blocks of data.
func cbc(key, iv, data []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	out := make([]byte, len(data)/aes.BlockSize*aes.BlockSize)
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data[:len(out)])
	return out
}
