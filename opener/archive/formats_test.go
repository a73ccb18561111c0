package archive

import (
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
)

var le = binary.LittleEndian

// wide returns s in UTF-16.
func wide(order binary.AppendByteOrder, s string) (p []byte) {
	for _, unit := range utf16.Encode([]rune(s)) {
		p = order.AppendUint16(p, unit)
	}
	return p
}

// sevenOf writes one stored file, encrypted when there is a password, with its name encrypted too when hidden.
func sevenOf(t testing.TB, name, data, password string, hidden bool) []byte {
	t.Helper()
	packed, streams := sevenStream(t, 0, []byte(data), password)
	names := append([]byte{0}, wide(le, name+"\x00")...)
	header := append([]byte{1}, append(append([]byte{4}, streams...), 0)...)
	header = append(header, 5, 1, 0x11, byte(len(names)))
	header = append(append(header, names...), 0, 0)
	if hidden {
		sealed, about := sevenStream(t, len(packed), header, password)
		packed = append(packed, sealed...)
		header = append(append([]byte{0x17}, about...), 0)
	}
	start := le.AppendUint64(nil, uint64(len(packed)))
	start = le.AppendUint64(start, uint64(len(header)))
	start = le.AppendUint32(start, crc32.ChecksumIEEE(header))
	file := le.AppendUint32([]byte("7z\xBC\xAF\x27\x1C\x00\x04"), crc32.ChecksumIEEE(start))
	return append(append(append(file, start...), packed...), header...)
}

// sevenStream returns the packed bytes and the PackInfo and UnpackInfo that describe them. All sizes are below 128.
func sevenStream(t testing.TB, pos int, data []byte, password string) (packed, info []byte) {
	t.Helper()
	coder := []byte{0x01, 0x00}
	packed = data
	if password != "" {
		const rounds = 2 // as a power of two
		sum := sha256.New()
		for i := range uint64(1 << rounds) {
			sum.Write(wide(le, password))
			sum.Write(le.AppendUint64(nil, i))
		}
		block, err := aes.NewCipher(sum.Sum(nil))
		if err != nil {
			t.Fatal(err)
		}
		packed = append(bytes.Clone(data), make([]byte, -len(data)&15)...)
		cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(packed, packed)
		coder = append([]byte{0x24, 0x06, 0xF1, 0x07, 0x01, 18, rounds | 0x40, 0x0F}, make([]byte, 16)...)
	}
	info = append([]byte{6, byte(pos), 1, 9, byte(len(packed)), 0, 7, 0x0B, 1, 0, 1}, coder...)
	info = append(info, 0x0C, byte(len(data)), 0x0A, 1)
	return packed, append(le.AppendUint32(info, crc32.ChecksumIEEE(data)), 0)
}

func TestSeven(t *testing.T) {
	const text = "解凍パスワード：Kaede#2026"
	tests := []struct {
		name, password, text        string
		hidden                      bool
		want                        string
		encrypted, opened, unopened bool
	}{
		{"plain", "", "", false, "../note.txt=inert", false, false, false},
		{"password in the mail", "Kaede#2026", text, false, "../note.txt=inert", true, true, false},
		{"names hidden, password in the mail", "Kaede#2026", text, true, "../note.txt=inert", true, true, false},
		{"no password", "Kaede#2026", "", false, "../note.txt=(no blob)", true, false, true},
		{"names hidden, no password", "Kaede#2026", "", true, "", true, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := open(t, "a.7z", sevenOf(t, "../note.txt", "inert", tt.password, tt.hidden), tt.text)
			if tt.want == "" {
				got.want(t)
			} else {
				got.want(t, tt.want)
			}
			if got.Encrypted != tt.encrypted || got.Password != tt.opened || got.Hidden != tt.hidden {
				t.Errorf("%+v", got.Archive)
			}
			if errors.Is(got.err, sekisho.ErrEncrypted) != tt.unopened || !tt.unopened && got.err != nil {
				t.Errorf("error %v", got.err)
			}
		})
	}
}

// rarBlock writes a RAR 5 block; everything in it is below 128.
func rarBlock(fields []byte, data string) []byte {
	head := append([]byte{byte(len(fields))}, fields...)
	return append(append(le.AppendUint32(nil, crc32.ChecksumIEEE(head)), head...), data...)
}

func rarOf(name, data string) []byte {
	file := []byte{2, 2, byte(len(data)), 4, byte(len(data)), 0x20}
	file = append(le.AppendUint32(file, crc32.ChecksumIEEE([]byte(data))), 0, 1, byte(len(name)))
	b := append([]byte("Rar!\x1A\x07\x01\x00"), rarBlock([]byte{1, 0, 0}, "")...)
	b = append(b, rarBlock(append(file, name...), data)...)
	return append(b, rarBlock([]byte{5, 0, 0}, "")...)
}

func TestRar(t *testing.T) {
	got := open(t, "a.rar", rarOf("dir/見積.txt", "inert"))
	got.want(t, "dir/見積.txt=inert")
	if got.err != nil || got.Format != "rar" {
		t.Errorf("%+v, error %v", got.Archive, got.err)
	}
	broken := rarOf("a.txt", "inert")
	broken[len(broken)-10] ^= 1
	if got := open(t, "a.rar", broken); !errors.Is(got.err, sekisho.ErrMalformed) {
		t.Errorf("error %v, want malformed", got.err)
	}
}

// cabOf writes one folder of two blocks with two files, which meet in the middle of the first block.
func cabOf(t testing.TB, method int) []byte {
	t.Helper()
	whole := strings.Repeat("0123456789abcdef", 3000)
	var blocks []byte
	for start := 0; start < len(whole); start += cabBlock {
		block := whole[start:min(start+cabBlock, len(whole))]
		packed := []byte(block)
		if method == cabMSZIP {
			var b bytes.Buffer
			b.WriteString("CK")
			w, err := flate.NewWriterDict(&b, 9, []byte(whole[max(0, start-cabBlock):start]))
			if err == nil {
				_, err = w.Write(packed)
			}
			if err := errors.Join(err, w.Close()); err != nil {
				t.Fatal(err)
			}
			packed = b.Bytes()
		}
		blocks = le.AppendUint32(blocks, 0)
		blocks = le.AppendUint16(blocks, uint16(len(packed)))
		blocks = append(le.AppendUint16(blocks, uint16(len(block))), packed...)
	}
	file := func(name string, size, offset int) []byte {
		p := le.AppendUint32(le.AppendUint32(nil, uint32(size)), uint32(offset))
		return append(append(p, make([]byte, 8)...), name+"\x00"...)
	}
	files := append(file("first.txt", 10, 0), file(`dir\second.txt`, len(whole)-10, 10)...)
	head := make([]byte, 44)
	copy(head, "MSCF")
	le.PutUint32(head[16:], 44)
	le.PutUint16(head[26:], 1)
	le.PutUint16(head[28:], 2)
	le.PutUint32(head[36:], uint32(44+len(files)))
	le.PutUint16(head[40:], 2)
	le.PutUint16(head[42:], uint16(method))
	return append(append(head, files...), blocks...)
}

func TestCab(t *testing.T) {
	whole := strings.Repeat("0123456789abcdef", 3000)
	for _, method := range []int{cabStored, cabMSZIP} {
		got := open(t, "a.cab", cabOf(t, method))
		got.want(t, "first.txt="+whole[:10], "dir/second.txt="+whole[10:])
		if got.err != nil {
			t.Error(got.err)
		}
	}
	lzx := cabOf(t, cabStored)
	le.PutUint16(lzx[42:], 3)
	got := open(t, "a.cab", lzx)
	got.want(t, "first.txt=(no blob)", "dir/second.txt=(no blob)")
	if !errors.Is(got.err, sekisho.ErrUnavailable) {
		t.Errorf("error %v, want unavailable", got.err)
	}
}

// isoOf writes a disc with one directory below the root, one file in it, and the directory itself as its own child.
func isoOf(joliet bool, dir, name, system, data string) []byte {
	be := binary.BigEndian
	encode := func(s string) string {
		if joliet && s > "\x01" {
			return string(wide(be, s))
		}
		return s
	}
	record := func(name, system string, sector, size, flags int) []byte {
		name = encode(name)
		p := make([]byte, 33)
		le.PutUint32(p[2:], uint32(sector))
		le.PutUint32(p[10:], uint32(size))
		p[25], p[32] = byte(flags), byte(len(name))
		p = append(p, name...)
		if len(name)%2 == 0 {
			p = append(p, 0)
		}
		p = append(p, system...)
		p[0] = byte(len(p))
		return p
	}
	disc := make([]byte, 22*isoSector)
	at := func(sector int) []byte { return disc[sector*isoSector:] }
	for i, kind := range []byte{1, 255} {
		if joliet && kind == 1 {
			kind = 2
			copy(at(16 + i)[88:], "%/E")
		}
		at(16 + i)[0] = kind
		copy(at(16 + i)[1:], "CD001")
		copy(at(16 + i)[156:], record("\x00", "", 19, isoSector, isoIsDir))
	}
	copy(at(19), record(dir, "", 20, isoSector, isoIsDir))
	loop := record("LOOP", "", 20, isoSector, isoIsDir)
	copy(at(20), loop)
	copy(at(20)[len(loop):], record(name, system, 21, len(data), 0))
	copy(at(21), data)
	return disc
}

func TestISO(t *testing.T) {
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"plain", isoOf(false, "DIR", "NOTE.TXT;1", "", "inert"), "DIR/NOTE.TXT=inert"},
		{"Rock Ridge", isoOf(false, "DIR", "NOTE.TXT;1", "NM\x0B\x01\x00a.docx", "inert"), "DIR/a.docx=inert"},
		{"Joliet", isoOf(true, "資料", "請求書.pdf.lnk;1", "", "inert"), "資料/請求書.pdf.lnk=inert"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := open(t, "a.iso", tt.data)
			got.want(t, tt.want)
			if got.err != nil || got.Format != "iso" {
				t.Errorf("%+v, error %v", got.Archive, got.err)
			}
		})
	}
	udf := make([]byte, 20*isoSector)
	copy(udf[isoStart+1:], "BEA01")
	copy(udf[isoStart+isoSector+1:], "NSR02")
	if got := open(t, "a.iso", udf); !errors.Is(got.err, sekisho.ErrUnavailable) {
		t.Errorf("UDF only: error %v, want unavailable", got.err)
	}
}

// FuzzOpenNeverExceedsBudget leaves out 7z and rar, which are read by libraries that may run out of memory: what they do
// is bounded by the worker.
func FuzzOpenNeverExceedsBudget(f *testing.F) {
	f.Add(zipOf(f, "dir/note.txt=inert", "../up.lnk=link"))
	f.Add(lockedZip(f, zipCryptoMethod, "1234", "note.txt=inert"))
	f.Add(lockedZip(f, aes256, "Kaede#2026", "note.txt=inert"))
	f.Add(cabOf(f, cabMSZIP))
	f.Add(isoOf(false, "DIR", "NOTE.TXT;1", "NM\x0B\x01\x00a.docx", "inert"))
	f.Add(isoOf(true, "資料", "請求書.pdf.lnk;1", "", "inert"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("7z")) || bytes.HasPrefix(data, []byte("Rar!")) {
			return
		}
		limits := sekisho.Limits{Bytes: 1 << 20, Entry: 1 << 18, Parts: 50}
		b := sekisho.NewBudget(limits)
		a := inMail("a", data, "password: Kaede#2026")
		_ = Opener.Run(t.Context(), a, b)
		kept := int64(0)
		for _, part := range a.Parts {
			if part.Size > limits.Entry {
				t.Errorf("a part of %d bytes", part.Size)
			}
			kept += part.Size
		}
		if left, _ := b.Left(); kept > limits.Bytes-left || len(a.Parts) > limits.Parts {
			t.Errorf("%d bytes in %d parts, %d bytes left", kept, len(a.Parts), left)
		}
	})
}
