package program

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
)

// A portable is an inert PE file: headers, one section, what is behind it. Its code is data and starts nowhere.
type portable struct {
	section string
	code    []byte
	dll     bool
	overlay string
	key     *rsa.PrivateKey // signs it if there is one
	chain   []*x509.Certificate
}

const (
	peStart    = 0x80
	peContents = 0x400
)

func (p portable) bytes(t testing.TB) []byte {
	t.Helper()
	head := make([]byte, peContents)
	copy(head, "MZ")
	binary.LittleEndian.PutUint32(head[60:], peStart)
	pe := head[peStart:]
	copy(pe, "PE\x00\x00")
	binary.LittleEndian.PutUint16(pe[4:], 0x8664)
	binary.LittleEndian.PutUint16(pe[6:], 1)
	binary.LittleEndian.PutUint16(pe[20:], 240)
	if p.dll {
		binary.LittleEndian.PutUint16(pe[22:], peDLL)
	}
	binary.LittleEndian.PutUint16(pe[peOptional:], 0x20B)
	binary.LittleEndian.PutUint16(pe[peOptional+68:], 2)
	section := pe[peOptional+240:]
	copy(section, p.section)
	binary.LittleEndian.PutUint32(section[8:], uint32(len(p.code)))
	binary.LittleEndian.PutUint32(section[12:], 0x1000)
	binary.LittleEndian.PutUint32(section[16:], uint32(len(p.code)))
	binary.LittleEndian.PutUint32(section[20:], peContents)
	binary.LittleEndian.PutUint32(section[36:], peCode|peExecute)
	file := append(append(head, p.code...), p.overlay...)
	if p.key == nil {
		return file
	}
	for len(file)%8 != 0 {
		file = append(file, 0)
	}
	return p.sign(t, file)
}

// sign appends an Authenticode signature with SHA-256.
func (p portable) sign(t testing.TB, file []byte) []byte {
	t.Helper()
	security := peStart + peOptional + 112 + 4*8
	hash := sha256.New()
	checksum := peStart + peOptional + 64
	hash.Write(file[:checksum])
	hash.Write(file[checksum+4 : security])
	hash.Write(file[security+8:])
	about := must(t)(asn1.Marshal(struct{ ID asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 1, 15}}))
	stated := must(t)(asn1.Marshal(digestInfo{pkix.AlgorithmIdentifier{Algorithm: pkcs7.OIDDigestAlgorithmSHA256}, hash.Sum(nil)}))
	signed, err := pkcs7.NewSignedData(append(about, stated...))
	if err != nil {
		t.Fatal(err)
	}
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := signed.AddSignerChain(p.chain[0], p.key, p.chain[1:], pkcs7.SignerInfoConfig{}); err != nil {
		t.Fatal(err)
	}
	der := must(t)(signed.Finish())
	entry := binary.LittleEndian.AppendUint32(nil, uint32(len(der)+8))
	entry = append(append(entry, 0, 2, 2, 0), der...)
	for len(entry)%8 != 0 {
		entry = append(entry, 0)
	}
	binary.LittleEndian.PutUint32(file[security:], uint32(len(file)))
	binary.LittleEndian.PutUint32(file[security+4:], uint32(len(entry)))
	return append(file, entry...)
}

func must(t testing.TB) func([]byte, error) []byte {
	return func(data []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
}

// issue makes a certificate for signing code, by itself when there is no issuer.
func issue(t testing.TB, name string, key *rsa.PrivateKey, issuer *x509.Certificate, issuerKey *rsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(name))), Subject: pkix.Name{CommonName: name, Organization: []string{name}},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: issuer == nil, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	if issuer == nil {
		issuer, issuerKey = template, key
	}
	der := must(t)(x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), issuerKey))
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func newKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// appleOf writes an inert Mach-O program of one segment with a code directory; flags are the directory's.
func appleOf(code []byte, flags uint32, entitlements string) []byte {
	const signatureAt = 0x2000
	file := make([]byte, signatureAt)
	order := binary.LittleEndian
	order.PutUint32(file, 0xFEEDFACF)
	order.PutUint32(file[4:], 0x0100000C)
	order.PutUint32(file[12:], 2)
	order.PutUint32(file[16:], 2)
	order.PutUint32(file[20:], 72+16)
	segment := file[32:]
	order.PutUint32(segment, loadSegment64)
	order.PutUint32(segment[4:], 72)
	copy(segment[8:], "__TEXT")
	order.PutUint64(segment[48:], signatureAt)
	order.PutUint32(segment[60:], 5)
	copy(file[0x1000:], code)
	ent := blobOf(0xFADE7171, []byte(entitlements))

	directory := make([]byte, 44)
	copy(directory[8:], "\x00\x02\x00\x01")
	pages, special := signatureAt/0x1000, 5
	identifier := "example.app\x00"
	hashes := 8 + 36 + len(identifier) + special*32
	binary.BigEndian.PutUint32(directory[12:], flags)
	binary.BigEndian.PutUint32(directory[16:], uint32(hashes))
	binary.BigEndian.PutUint32(directory[20:], 44)
	binary.BigEndian.PutUint32(directory[24:], uint32(special))
	binary.BigEndian.PutUint32(directory[28:], uint32(pages))
	binary.BigEndian.PutUint32(directory[32:], signatureAt)
	directory[36], directory[37], directory[39] = 32, 2, 12
	directory = append(directory, identifier...)
	sum := crypto.SHA256.New()
	sum.Write(ent)
	directory = append(append(directory, sum.Sum(nil)...), make([]byte, (special-1)*32)...)
	size := 12 + 2*8 + len(directory) + 2*32 + len(ent)
	command := file[32+72:]
	order.PutUint32(command, loadSignature)
	order.PutUint32(command[4:], 16)
	order.PutUint32(command[8:], signatureAt)
	order.PutUint32(command[12:], uint32(size))
	for i := range pages {
		page := sha256.Sum256(file[i*0x1000 : (i+1)*0x1000])
		directory = append(directory, page[:]...)
	}
	directory = blobOf(0xFADE0C02, directory[8:])
	var super bytes.Buffer
	for _, word := range []uint32{0xFADE0CC0, uint32(size), 2, slotDirectory, 28, slotEntitlements, uint32(28 + len(directory))} {
		super.Write(binary.BigEndian.AppendUint32(nil, word))
	}
	super.Write(directory)
	super.Write(ent)
	return append(file, super.Bytes()...)
}

func blobOf(magic uint32, data []byte) []byte {
	head := binary.BigEndian.AppendUint32(nil, magic)
	head = binary.BigEndian.AppendUint32(head, uint32(len(data)+8))
	return append(head, data...)
}
