package program

import (
	"bytes"
	"crypto"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/smallstep/pkcs7"

	"github.com/sekisho/sekisho"
)

// The layout is that of Apple's cs_blobs.h (xnu osfmk/kern/cs_blobs.h): a super blob of blobs, all numbers big-endian.

const (
	slotDirectory    = 0
	slotEntitlements = 5
	slotAlternate    = 0x1000 // and the four after it
	slotSignature    = 0x10000
	slotTicket       = 0x10002

	flagAdhoc   = 0x2
	flagRuntime = 0x10000

	mostBlobs = 64
	mostPages = 1 << 18
)

var appleHashes = map[byte]crypto.Hash{1: crypto.SHA1, 2: crypto.SHA256, 3: crypto.SHA256, 4: crypto.SHA384}

// codeSignature reads the signature that lies at offset of the program at base.
func (p *image) codeSignature(base, offset, size int64) error {
	s := &p.form.Signature
	s.Format = "apple"
	data := p.read(base+offset, int(min(size, signatureLimit)))
	if len(data) < 12 || binary.BigEndian.Uint32(data) != 0xFADE0CC0 {
		s.Problem = "the signature cannot be read"
		return nil
	}
	blobs := map[uint32][]byte{}
	for i := range int(min(binary.BigEndian.Uint32(data[8:]), mostBlobs)) {
		if len(data) < 12+8*(i+1) {
			break
		}
		kind, at := binary.BigEndian.Uint32(data[12+8*i:]), int64(binary.BigEndian.Uint32(data[16+8*i:]))
		if at+8 > int64(len(data)) {
			continue
		}
		length := int64(binary.BigEndian.Uint32(data[at+4:]))
		if length >= 8 && at+length <= int64(len(data)) {
			blobs[kind] = data[at : at+length]
		}
	}
	directory := blobs[slotDirectory]
	if len(directory) < 44 {
		s.Problem = "the signature holds no code directory"
		return nil
	}
	s.Notarised = len(blobs[slotTicket]) > 8
	if err := p.directories(base, offset, blobs); err != nil {
		return err
	}
	p.entitlements(blobs[slotEntitlements])
	flags := binary.BigEndian.Uint32(directory[12:])
	s.Hardened = flags&flagRuntime != 0
	cms := blobs[slotSignature]
	if s.Adhoc = flags&flagAdhoc != 0 || len(cms) <= 8; s.Adhoc {
		return nil
	}
	p7, err := pkcs7.Parse(cms[8:])
	if err != nil {
		s.Problem = "the signature cannot be read: " + clean(err.Error())
		return nil
	}
	p7.Content = directory
	signedBy(s, p7)
	return nil
}

// directories checks every code directory, for systems differ in which they choose: all must cover the program.
func (p *image) directories(base, offset int64, blobs map[uint32][]byte) error {
	s := &p.form.Signature
	s.Covers = true
	for _, slot := range []uint32{slotDirectory, slotAlternate, slotAlternate + 1, slotAlternate + 2, slotAlternate + 3, slotAlternate + 4} {
		directory := blobs[slot]
		if directory == nil {
			continue
		}
		problem, err := p.directory(base, offset, directory, blobs)
		if err != nil {
			s.Covers = false
			return err
		}
		if problem != "" {
			s.Covers, s.Problem = false, problem
		}
	}
	return nil
}

// directory compares the digests of a code directory with the pages of the program and the blobs beside it.
func (p *image) directory(base, offset int64, d []byte, blobs map[uint32][]byte) (problem string, err error) {
	if len(d) < 44 {
		return "a code directory is cut short", nil
	}
	version := binary.BigEndian.Uint32(d[8:])
	hashes, special, count := int64(binary.BigEndian.Uint32(d[16:])), int64(binary.BigEndian.Uint32(d[24:])), int64(binary.BigEndian.Uint32(d[28:]))
	limit, length, kind, shift := int64(binary.BigEndian.Uint32(d[32:])), int64(d[36]), appleHashes[d[37]], d[39]
	if version >= 0x20300 && len(d) >= 64 {
		if wide := int64(binary.BigEndian.Uint64(d[56:])); wide > 0 {
			limit = wide
		}
	}
	s := &p.form.Signature
	s.Identifier = directoryString(d, 20)
	if version >= 0x20200 && len(d) >= 52 {
		s.Team = directoryString(d, 48)
	}
	switch {
	case kind == 0 || length == 0 || length > int64(kind.Size()) || shift > 24 || special > 64 || hashes < special*length || hashes+count*length > int64(len(d)):
		return "a code directory is of a form that is not known", nil
	case limit > offset || limit < offset-64:
		return "the code directory does not reach up to the signature", nil
	}
	page := limit
	if shift > 0 {
		page = 1 << shift
	}
	if count > mostPages {
		return "", fmt.Errorf("%w: %d pages of code", sekisho.ErrLimit, count)
	}
	if page == 0 || count != (limit+page-1)/page {
		return "the code directory does not hold a digest for every page", nil
	}
	for i := range count {
		h := kind.New()
		if err := p.digest(h, base+i*page, base+min((i+1)*page, limit)); err != nil {
			return "", err
		}
		if !bytes.Equal(h.Sum(nil)[:length], d[hashes+i*length:hashes+(i+1)*length]) {
			return fmt.Sprintf("page %d is not the one that was signed", i), nil
		}
	}
	for slot := int64(2); slot <= special; slot++ { // 1 and 3 are files of the bundle
		blob := blobs[uint32(slot)]
		if slot == 3 || blob == nil {
			continue
		}
		h := kind.New()
		h.Write(blob)
		if !bytes.Equal(h.Sum(nil)[:length], d[hashes-slot*length:hashes-(slot-1)*length]) {
			return "entitlements or requirements are not those that were signed", nil
		}
	}
	return "", nil
}

// directoryString returns the string whose offset stands in the directory at field.
func directoryString(d []byte, field int) string {
	at := int64(binary.BigEndian.Uint32(d[field:]))
	if at <= 0 || at >= int64(len(d)) {
		return ""
	}
	text, _, _ := bytes.Cut(d[at:], []byte{0})
	return clean(string(text))
}

const mostEntitlements = 100

// entitlements reads the keys of a property list in XML whose value is true.
func (p *image) entitlements(blob []byte) {
	if len(blob) < 8 {
		return
	}
	rest := string(blob[8:])
	for len(p.form.Entitlements) < mostEntitlements {
		_, after, ok := strings.Cut(rest, "<key>")
		if !ok {
			return
		}
		key, value, ok := strings.Cut(after, "</key>")
		if !ok {
			return
		}
		if strings.HasPrefix(strings.TrimSpace(value), "<true") {
			p.form.Entitlements = append(p.form.Entitlements, clean(strings.TrimSpace(key)))
		}
		rest = value
	}
}
