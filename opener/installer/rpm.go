package installer

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/sekisho/sekisho"
)

// The format is that of rpm's docs/manual/format: a lead, a header of signatures, a header, the packed files.

const (
	rpmLead    = 96
	mostIndex  = 1 << 12
	headerData = 64 << 20
)

// rpmScripts are the tags of the scripts that run on installing and removing.
var rpmScripts = map[uint32]string{1023: "preinstall.sh", 1024: "postinstall.sh", 1025: "preuninstall.sh", 1026: "postuninstall.sh", 1079: "verify.sh", 1151: "pretransaction.sh", 1152: "posttransaction.sh"}

var rpmCompressors = map[string]string{"gzip": "gz", "bzip2": "bz2", "xz": "xz", "lzma": "lzma", "zstd": "zst"}

const rpmCompressor = 1125

func openRPM(x *box) error {
	at, err := x.rpmHeader(rpmLead, nil)
	if err != nil {
		return err
	}
	name := "payload.cpio"
	at, err = x.rpmHeader((at+7)/8*8, func(tag uint32, value string) {
		if script := rpmScripts[tag]; script != "" && value != "" {
			x.add(script, bytes.NewReader([]byte(value)), int64(len(value)))
		}
		if extension := rpmCompressors[value]; tag == rpmCompressor && extension != "" {
			name = "payload.cpio." + extension
		}
	})
	if err != nil {
		return err
	}
	x.add(name, x.section(at, x.size-at), x.size-at)
	return nil
}

// rpmHeader yields the strings of the header at an offset and returns where it ends.
func (x *box) rpmHeader(at int64, yield func(tag uint32, value string)) (end int64, err error) {
	head := x.read(at, 16)
	if len(head) < 16 || !bytes.HasPrefix(head, []byte("\x8E\xAD\xE8\x01")) {
		return 0, errBroken
	}
	count, size := int64(binary.BigEndian.Uint32(head[8:])), int64(binary.BigEndian.Uint32(head[12:]))
	if count > mostIndex || size > headerData {
		return 0, fmt.Errorf("%w: a header of %d entries and %d bytes", sekisho.ErrLimit, count, size)
	}
	store := at + 16 + 16*count
	if yield == nil {
		return store + size, nil
	}
	index, data := x.read(at+16, int(16*count)), x.read(store, int(size))
	for ; len(index) >= 16; index = index[16:] {
		kind, offset := binary.BigEndian.Uint32(index[4:]), int64(binary.BigEndian.Uint32(index[8:]))
		if kind != 6 || offset >= int64(len(data)) { // a string
			continue
		}
		value, _, _ := bytes.Cut(data[offset:], []byte{0})
		yield(binary.BigEndian.Uint32(index), string(value))
	}
	return store + size, nil
}
