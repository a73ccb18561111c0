package archive

import (
	"archive/zip"
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"github.com/sekisho/sekisho/password"
	"hash/crc32"
	"io"
	"io/fs"

	"github.com/sekisho/sekisho"
)

const linkMode = fs.ModeSymlink

var errPassword = errors.New("wrong password")

const (
	slowTries = 64   // passwords tried where each costs a thousand hashes or more
	fastTries = 1024 // passwords tried where each costs a few operations
)

// zipPassword returns the password beside the archive that opens the entry. ZipCrypto checks one byte only, so a
// password counts when the whole entry has its checksum.
func (x *box) zipPassword(e *zipEntry) (secret string, found bool) {
	tries := fastTries
	if e.Method == zipAES {
		tries = slowTries
	}
	for _, secret = range password.Beside(x.a, tries) {
		if x.ctx.Err() != nil {
			break
		}
		if r, err := e.open(secret); err == nil && x.sound(r) == nil {
			return secret, true
		}
	}
	return "", false
}

// probeLimit is the most bytes that are decompressed to see whether a password fits.
const probeLimit = 8 << 20

// sound reads r and says why it is not what was packed, as far as that can be told from the bytes allowed for it.
func (x *box) sound(r io.Reader) error {
	n, err := io.CopyN(io.Discard, r, probeLimit)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, x.b.Spend(n))
}

// decryptZipCrypto is the traditional encryption of PKWARE (APPNOTE 6.1).
func (e *zipEntry) decryptZipCrypto(password string) (io.Reader, error) {
	keys := zipKeys{0x12345678, 0x23456789, 0x34567890}
	for i := range len(password) {
		keys.update(password[i])
	}
	raw := e.raw()
	var head [12]byte
	if _, err := io.ReadFull(raw, head[:]); err != nil {
		return nil, err
	}
	keys.decrypt(head[:])
	check := byte(e.CRC32 >> 24)
	if e.Flags&zipDescriptor != 0 {
		check = byte(e.ModifiedTime >> 8)
	}
	if head[11] != check {
		return nil, errPassword
	}
	return &zipCrypto{raw, keys}, nil
}

type zipKeys [3]uint32

func (k *zipKeys) update(c byte) {
	k[0] = crc32.IEEETable[byte(k[0])^c] ^ k[0]>>8
	k[1] = (k[1]+k[0]&0xFF)*134775813 + 1
	k[2] = crc32.IEEETable[byte(k[2])^byte(k[1]>>24)] ^ k[2]>>8
}

func (k *zipKeys) decrypt(p []byte) {
	for i, c := range p {
		t := uint16(k[2] | 2)
		p[i] = c ^ byte(t*(t^1)>>8)
		k.update(p[i])
	}
}

type zipCrypto struct {
	r    io.Reader
	keys zipKeys
}

func (z *zipCrypto) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	z.keys.decrypt(p[:n])
	return n, err
}

// decryptAES is WinZip's encryption, versions AE-1 and AE-2: the second has no checksum, the authentication code is
// enough. It returns what is compressed by the method.
func (e *zipEntry) decryptAES(password string) (r io.Reader, method uint16, ae2 bool, err error) {
	version, strength, method, err := aesField(e.FileHeader)
	if err != nil {
		return nil, 0, false, err
	}
	const verifier, code = 2, 10
	salt, key := 4+4*strength, 8+8*strength
	raw, head := e.raw(), make([]byte, salt+verifier)
	if _, err := io.ReadFull(raw, head); err != nil {
		return nil, 0, false, err
	}
	derived, err := pbkdf2.Key(sha1.New, password, head[:salt], 1000, 2*key+verifier)
	if err != nil {
		return nil, 0, false, err
	}
	if !bytes.Equal(derived[2*key:], head[salt:]) {
		return nil, 0, false, errPassword
	}
	kept, err := io.ReadAll(raw)
	if err != nil {
		return nil, 0, false, err
	}
	if len(kept) < code {
		return nil, 0, false, fmt.Errorf("%w: too short for AES", sekisho.ErrMalformed)
	}
	body := kept[:len(kept)-code]
	mac := hmac.New(sha1.New, derived[key:2*key])
	mac.Write(body)
	if !hmac.Equal(mac.Sum(nil)[:code], kept[len(body):]) {
		return nil, 0, false, errPassword
	}
	if err := littleEndianCTR(derived[:key], body); err != nil {
		return nil, 0, false, err
	}
	return bytes.NewReader(body), method, version == 2, nil
}

// aesField reads extra field 0x9901: the version, the key's strength (1 to 3: 128, 192, 256 bits) and the method.
func aesField(h *zip.FileHeader) (version, strength int, method uint16, err error) {
	extra := h.Extra
	for len(extra) >= 4 {
		id, size := le16(extra), le16(extra[2:])
		if 4+size > len(extra) {
			break
		}
		if field := extra[4 : 4+size]; id == 0x9901 && size >= 7 && field[4] >= 1 && field[4] <= 3 {
			return le16(field), int(field[4]), uint16(le16(field[5:])), nil
		}
		extra = extra[4+size:]
	}
	return 0, 0, 0, fmt.Errorf("%w: AES without its extra field", sekisho.ErrMalformed)
}

// littleEndianCTR decrypts data in place. The counter starts at one and counts in little-endian order, which
// [crypto/cipher] does not.
func littleEndianCTR(key, data []byte) error {
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	var counter, stream [aes.BlockSize]byte
	for n := uint64(1); len(data) > 0; n++ {
		binary.LittleEndian.PutUint64(counter[:], n)
		block.Encrypt(stream[:], counter[:])
		size := min(len(data), len(stream))
		for i := range size {
			data[i] ^= stream[i]
		}
		data = data[size:]
	}
	return nil
}
