package office

import (
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
)

// locked reports whether a workbook stream is encrypted: the record that says so stands among the first.
func locked(data []byte) bool { return filePass(data) != nil }

func filePass(data []byte) []byte {
	for n := 0; n < 20 && len(data) >= 4; n++ {
		size := int(binary.LittleEndian.Uint16(data[2:]))
		if size > len(data)-4 {
			return nil
		}
		if binary.LittleEndian.Uint16(data) == recordFilePass {
			return data[4 : 4+size]
		}
		data = data[4+size:]
	}
	return nil
}

// unlockWorkbook returns the stream decrypted with the default password (MS-XLS §2.2.10). What stays in the clear in an
// encrypted stream (headers of records and a few records) stays as it is.
func unlockWorkbook(data []byte) ([]byte, error) {
	pass := filePass(data)
	if len(pass) < 6 || binary.LittleEndian.Uint16(pass) != 1 {
		return nil, fmt.Errorf("%w: an obfuscated workbook", sekisho.ErrEncrypted)
	}
	blockKey, err := workbookKey(pass)
	if err != nil {
		return nil, err
	}
	stream := make([]byte, len(data))
	for block := 0; block*1024 < len(data); block++ {
		c, err := rc4.NewCipher(blockKey(uint32(block)))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
		}
		part := stream[block*1024 : min(len(data), block*1024+1024)]
		c.XORKeyStream(part, part)
	}
	out := append([]byte(nil), data...)
	for at := 0; at+4 <= len(data); {
		kind, size := binary.LittleEndian.Uint16(data[at:]), int(binary.LittleEndian.Uint16(data[at+2:]))
		start, end := at+4, min(at+4+size, len(data))
		at = end
		switch kind {
		case recordBOF, recordFilePass, 0x194, 0x195, 0x196, 0xE1, 0x138:
			continue
		case recordSheet:
			start = min(start+4, end) // the place of the sheet stays in the clear
		}
		for i := start; i < end; i++ {
			out[i] = data[i] ^ stream[i]
		}
	}
	return out, nil
}

// workbookKey returns the key of each block, after checking the password against the verifier.
func workbookKey(pass []byte) (func(block uint32) []byte, error) {
	major := binary.LittleEndian.Uint16(pass[2:])
	switch {
	case major == 1 && len(pass) >= 54:
		return check(md5.New(), shortKey(pass[6:22]), pass[22:38], pass[38:54])
	case major >= 2 && major <= 4 && len(pass) > 14:
		header := uint64(binary.LittleEndian.Uint32(pass[10:]))
		if header < 20 || header > 4096 || 14+header+60 > uint64(len(pass)) {
			break
		}
		bits := binary.LittleEndian.Uint32(pass[14+16:])
		verifier := pass[14+header:]
		return check(sha1.New(), longKey(verifier[4:20], bits), verifier[20:36], verifier[40:60])
	}
	return nil, fmt.Errorf("%w: a workbook in a cipher that is not read", sekisho.ErrEncrypted)
}

func wideDefault() (out []byte) {
	for _, unit := range utf16.Encode([]rune(defaultPassword)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

// shortKey makes the keys of 40-bit encryption (MS-OFFCRYPTO §2.3.6.2).
func shortKey(salt []byte) func(uint32) []byte {
	first := md5.Sum(wideDefault())
	h := md5.New()
	for range 16 {
		h.Write(first[:5])
		h.Write(salt)
	}
	base := h.Sum(nil)[:5]
	return func(block uint32) []byte {
		sum := md5.Sum(binary.LittleEndian.AppendUint32(append([]byte(nil), base...), block))
		return sum[:]
	}
}

// longKey makes the keys of CryptoAPI encryption (MS-OFFCRYPTO §2.3.5.2).
func longKey(salt []byte, bits uint32) func(uint32) []byte {
	base := digest(sha1.New(), salt, wideDefault())
	return func(block uint32) []byte {
		sum := digest(sha1.New(), base, binary.LittleEndian.AppendUint32(nil, block))
		switch {
		case bits == 0 || bits == 40: // a key of 40 bits is padded to 128
			return fit(sum[:5], 16, 0)
		case bits >= 48 && bits <= 128:
			return sum[:bits/8]
		}
		return sum[:16]
	}
}

// check decrypts the verifier and its hash, one after the other in block 0.
func check(h hash.Hash, key func(uint32) []byte, verifier, sum []byte) (func(uint32) []byte, error) {
	c, err := rc4.NewCipher(key(0))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
	}
	clear, want := make([]byte, len(verifier)), make([]byte, len(sum))
	c.XORKeyStream(clear, verifier)
	c.XORKeyStream(want, sum)
	if string(digest(h, clear)) != string(want) {
		return nil, errPassword
	}
	return key, nil
}
