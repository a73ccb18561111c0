package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/password"
)

// A lock decrypts with the standard security handler (7.6.3; ISO 32000-2 7.6.4 for revisions 5 and 6) with the empty
// password, which every reader tries without asking, or one that stands beside the file.
type lock struct {
	key     []byte
	strings method
	streams method
	number  int // of the encryption dictionary, which is not encrypted itself
}

type method string // of a crypt filter: V2 is RC4, AESV2 and AESV3 are AES, anything else is identity

// padding fills passwords up to 32 bytes (7.6.3.3).
var padding = []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

// unlock finds the encryption dictionary and sets lock.
func (d *document) unlock() error {
	object, id := d.encryption()
	about := d.dict(object)
	if about == nil {
		return nil
	}
	l := &lock{}
	if r, ok := object.(ref); ok {
		l.number = r.number
	}
	version, revision := d.integer(about["V"]), d.integer(about["R"])
	if d.resolve(about["Filter"]) != name("Standard") {
		return fmt.Errorf("%w: with a security handler that is not the standard one", sekisho.ErrEncrypted)
	}
	switch version {
	case 1, 2:
		l.strings, l.streams = "V2", "V2"
	case 4, 5:
		l.strings, l.streams = d.filter(about, "StrF"), d.filter(about, "StmF")
	default:
		return fmt.Errorf("%w: version %d of the standard handler", sekisho.ErrEncrypted, version)
	}
	d.form.Encrypted = true
	try := func(secret string) []byte {
		if revision >= 5 {
			return d.key256(about, revision, secret)
		}
		return d.key128(about, keying{id, version, revision, secret})
	}
	if l.key = try(""); l.key == nil {
		l.key = d.passwordKey(try)
	}
	if l.key == nil {
		return fmt.Errorf("%w: it asks for a password, and none beside it fits", sekisho.ErrEncrypted)
	}
	d.lock = l
	d.loaded = map[int]any{} // what was read so far was not decrypted
	return nil
}

// encryption looks for Encrypt and ID in every trailer (7.5.5) and cross-reference stream (7.5.8).
func (d *document) encryption() (object any, id []byte) {
	take := func(trailer dict) {
		if e, ok := trailer["Encrypt"]; ok {
			object = e
			if ids := d.array(trailer["ID"]); len(ids) > 0 {
				id, _ = d.resolve(ids[0]).([]byte)
			}
		}
	}
	if !bytes.Contains(d.data, []byte("/Encrypt")) {
		return nil, nil
	}
	for pos := 0; ; {
		i := bytes.Index(d.data[pos:], []byte("trailer"))
		if i < 0 {
			break
		}
		pos += i + len("trailer")
		p := parser{data: d.data, pos: pos}
		if o, _ := p.next(); o != nil {
			if trailer, ok := o.(dict); ok {
				take(trailer)
				pos = p.pos
			}
		}
	}
	for _, number := range d.order {
		if s, ok := d.load(number).(stream); ok && s.dict["Type"] == name("XRef") {
			take(s.dict)
		}
	}
	return object, id
}

func (d *document) filter(about dict, which name) method {
	chosen, _ := d.resolve(about[which]).(name)
	m, _ := d.resolve(d.dict(d.dict(about["CF"])[chosen])["CFM"]).(name)
	return method(m)
}

func (d *document) bytes(object any) []byte {
	b, _ := d.resolve(object).([]byte)
	return b
}

// mostTries bounds the passwords that are tried. Each costs up to some thousand blocks of AES.
const mostTries = 128

func (d *document) passwordKey(try func(string) []byte) []byte {
	for _, secret := range password.Beside(d.a, mostTries) {
		if d.ctx.Err() != nil {
			break
		}
		if key := try(secret); key != nil {
			d.form.Password = true
			return key
		}
	}
	return nil
}

// A keying is what a key is made of besides the encryption dictionary.
type keying struct {
	id                []byte
	version, revision int
	secret            string
}

// key128 is algorithm 2, checked with algorithms 4 and 5 (7.6.3.3, 7.6.3.4). It is nil when the password is not right.
func (d *document) key128(about dict, k keying) []byte {
	id, version, revision := k.id, k.version, k.revision
	padded := append([]byte(k.secret), padding...)[:len(padding)]
	size := 5
	if version > 1 {
		size = d.integer(about["Length"]) / 8
		if version == 4 {
			size = 16
		}
		size = min(max(size, 5), 16)
	}
	permissions := binary.LittleEndian.AppendUint32(nil, uint32(int64(d.integer(about["P"]))))
	hash := md5.New()
	for _, part := range [][]byte{padded, d.bytes(about["O"]), permissions, id} {
		hash.Write(part[:min(len(part), 32)])
	}
	if revision >= 4 && d.resolve(about["EncryptMetadata"]) == false {
		hash.Write([]byte{0xFF, 0xFF, 0xFF, 0xFF})
	}
	key := hash.Sum(nil)
	user, check := d.bytes(about["U"]), padding
	if revision >= 3 {
		for range 50 {
			sum := md5.Sum(key[:size])
			key = sum[:]
		}
		sum := md5.Sum(append(bytes.Clone(padding), id...))
		check = sum[:]
	}
	key = key[:size]
	check = bytes.Clone(check)
	rounds := 1
	if revision >= 3 {
		rounds = 20
	}
	for i := range rounds {
		turned := bytes.Clone(key)
		for j := range turned {
			turned[j] ^= byte(i)
		}
		check = rc4Of(turned, check)
	}
	if !bytes.HasPrefix(user, check) {
		return nil
	}
	return key
}

func rc4Of(key, data []byte) []byte {
	c, err := rc4.NewCipher(key)
	if err != nil {
		return data
	}
	out := make([]byte, len(data))
	c.XORKeyStream(out, data)
	return out
}

// key256 is algorithm 2.A. It is nil when the password is not right.
func (d *document) key256(about dict, revision int, secret string) []byte {
	user, sealed := d.bytes(about["U"]), d.bytes(about["UE"])
	if len(user) < 48 || len(sealed) < 32 {
		return nil
	}
	if !bytes.Equal(hash256(secret, user[32:40], revision), user[:32]) {
		return nil
	}
	key := bytes.Clone(sealed[:32])
	block, err := aes.NewCipher(hash256(secret, user[40:48], revision))
	if err != nil {
		return nil
	}
	cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(key, key)
	return key
}

// hash256 is algorithm 2.B for a user's password; revision 5 is its first step only.
func hash256(secret string, salt []byte, revision int) []byte {
	sum := sha256.Sum256(append([]byte(secret), salt...))
	key := sum[:]
	if revision == 5 {
		return key
	}
	for round, last := 0, 0; round < 64 || last > round-32; round++ {
		text := bytes.Repeat(append([]byte(secret), key...), 64)
		block, err := aes.NewCipher(key[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(block, key[16:32]).CryptBlocks(text, text)
		remainder := 0
		for _, c := range text[:16] {
			remainder += int(c)
		}
		switch remainder % 3 {
		case 0:
			sum := sha256.Sum256(text)
			key = sum[:]
		case 1:
			sum := sha512.Sum384(text)
			key = sum[:]
		default:
			sum := sha512.Sum512(text)
			key = sum[:]
		}
		last = int(text[len(text)-1])
	}
	return key[:32]
}

// open decrypts the strings in an object, in place where it can.
func (l *lock) open(object any, at place) any {
	if at.number == l.number {
		return object
	}
	switch o := object.(type) {
	case []byte:
		return l.decrypt(l.strings, o, at)
	case array:
		for i := range o {
			o[i] = l.open(o[i], at)
		}
	case dict:
		for k := range o {
			o[k] = l.open(o[k], at)
		}
	}
	return object
}

func (l *lock) stream(head dict, raw []byte, at place) []byte {
	if l == nil || head["Type"] == name("XRef") {
		return raw
	}
	return l.decrypt(l.streams, raw, at)
}

// decrypt is algorithms 1 and 1.A (7.6.2).
func (l *lock) decrypt(m method, data []byte, at place) []byte {
	key := l.key
	if m == "V2" || m == "AESV2" {
		n, g := at.number, at.gen
		salted := append(bytes.Clone(key), byte(n), byte(n>>8), byte(n>>16), byte(g), byte(g>>8))
		if m == "AESV2" {
			salted = append(salted, "sAlT"...)
		}
		sum := md5.Sum(salted)
		key = sum[:min(len(l.key)+5, 16)]
	}
	switch m {
	case "V2":
		return rc4Of(key, data)
	case "AESV2", "AESV3":
		return cbc(key, data)
	}
	return data
}

// cbc decrypts bytes that begin with their initialisation vector and end with padding.
func cbc(key, data []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil || len(data) < 2*aes.BlockSize {
		return nil
	}
	iv, rest := data[:aes.BlockSize], data[aes.BlockSize:]
	out := make([]byte, len(rest)/aes.BlockSize*aes.BlockSize)
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, rest[:len(out)])
	if pad := int(out[len(out)-1]); pad >= 1 && pad <= aes.BlockSize {
		out = out[:len(out)-pad]
	}
	return out
}
