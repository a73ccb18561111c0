package disk

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"testing"
	"unicode/utf16"
)

// payload is inert: a shortcut of the web that leads to another machine.
const (
	payloadName = "PLAN.URL"
	payload     = "[InternetShortcut]\r\nURL=file://192.0.2.7/share/plan.exe\r\n"
)

var le, be = binary.LittleEndian, binary.BigEndian

// fatOf writes a FAT12 volume with the payload in a folder. next is the table's entry for the payload's cluster.
func fatOf(next uint16) []byte {
	v := make([]byte, 64*sector)
	copy(v, "\xEB\x3C\x90MSDOS5.0")
	le.PutUint16(v[11:], sector)
	v[13], v[16] = 1, 1
	le.PutUint16(v[14:], 1)
	le.PutUint16(v[17:], 16)
	le.PutUint16(v[19:], 64)
	le.PutUint16(v[22:], 1)
	copy(v[54:], "FAT12   ")
	v[510], v[511] = 0x55, 0xAA
	table := v[sector:]
	copy(table, "\xF8\xFF\xFF\xFF\x0F\x00") // cluster 2, the folder, ends
	table[4] |= byte(next << 4)
	table[5] = byte(next >> 4) // cluster 3
	entry(v[2*sector:], "FOLDER     ", 0x10, 2, 0)
	entry(v[3*sector:], "PLAN    URL", 0x20, 3, uint32(len(payload)))
	copy(v[4*sector:], payload)
	return v
}

func entry(p []byte, name string, attributes byte, cluster uint16, size uint32) {
	copy(p, name)
	p[11] = attributes
	le.PutUint16(p[26:], cluster)
	le.PutUint32(p[28:], size)
}

func exfatOf() []byte {
	v := make([]byte, 64*sector)
	copy(v, "\xEB\x76\x90EXFAT   ")
	le.PutUint32(v[80:], 24)
	le.PutUint32(v[88:], 32)
	le.PutUint32(v[92:], 16)
	le.PutUint32(v[96:], 2)
	v[108] = 9
	v[510], v[511] = 0x55, 0xAA
	le.PutUint32(v[24*sector+8:], 0xFFFFFFFF)
	root := v[32*sector:]
	root[0], root[1] = 0x85, 2
	root[32], root[33], root[35] = 0xC0, 2, byte(len(payloadName))
	le.PutUint32(root[52:], 3)
	le.PutUint64(root[56:], uint64(len(payload)))
	root[64] = 0xC1
	copy(root[66:], wideOf(payloadName, le))
	copy(v[33*sector:], payload)
	return v
}

func wideOf(s string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// ntfsOf writes a volume whose master file table lies at cluster 4; record 24 is the payload, its content at cluster 2.
func ntfsOf() []byte {
	const record = 1024
	v := make([]byte, 128*sector)
	copy(v[3:], "NTFS    ")
	le.PutUint16(v[11:], sector)
	v[13], v[64] = 1, 0xF6 // 1,024 bytes a record
	le.PutUint64(v[48:], 4)
	v[510], v[511] = 0x55, 0xAA
	copy(v[2*sector:], payload)
	write := func(number int, attributes ...[]byte) {
		r := v[4*sector+number*record:]
		copy(r, "FILE")
		le.PutUint16(r[4:], 48)
		le.PutUint16(r[6:], 1)
		le.PutUint16(r[20:], 56)
		r[22] = 1
		at := 56
		for _, a := range attributes {
			at += copy(r[at:], a)
		}
		le.PutUint32(r[at:], 0xFFFFFFFF)
	}
	data := func(cluster, count byte, size int) []byte {
		a := make([]byte, 72)
		a[0], a[4], a[8], a[32] = 0x80, 72, 1, 64
		le.PutUint64(a[48:], uint64(size))
		a[64], a[65], a[66] = 0x11, count, cluster
		return a
	}
	name := make([]byte, 24+66+2*len(payloadName)+6)
	name[0], name[4], name[16], name[20] = 0x30, byte(len(name)), byte(66+2*len(payloadName)), 24
	name[24], name[24+64], name[24+65] = ntfsRoot, byte(len(payloadName)), 1
	copy(name[24+66:], wideOf(payloadName, le))
	write(0, data(4, 60, 30*record))
	write(24, name, data(2, 1, len(payload)))
	return v
}

// udfOf writes a disc of UDF: recognition, anchor, descriptors, and a root folder with the payload inside its entry.
func udfOf() []byte {
	v := make([]byte, 300*udfSector)
	for i, id := range []string{"BEA01", "NSR02", "TEA01"} {
		copy(v[(16+i)*udfSector+1:], id)
	}
	at := func(n, tag int) []byte {
		le.PutUint16(v[n*udfSector:], uint16(tag))
		return v[n*udfSector:]
	}
	anchor := at(256, tagAnchor)
	le.PutUint32(anchor[16:], 3*udfSector)
	le.PutUint32(anchor[20:], 32)
	le.PutUint32(at(32, tagPartition)[188:], 40)
	logical := at(33, tagVolume)
	le.PutUint32(logical[252:], 0) // the set of files is block 0 of the partition
	le.PutUint32(logical[268:], 1)
	at(34, tagTerminator)
	le.PutUint32(at(40, tagFileSet)[404:], 1)
	identifier := make([]byte, 48)
	le.PutUint16(identifier, tagIdentifier)
	identifier[19] = byte(1 + len(payloadName))
	le.PutUint32(identifier[24:], 2)
	identifier[38] = 8
	copy(identifier[39:], payloadName)
	file := func(n int, content string) {
		f := at(n, tagFile)
		f[34] = 3
		le.PutUint64(f[56:], uint64(len(content)))
		le.PutUint32(f[172:], uint32(len(content)))
		copy(f[176:], content)
	}
	file(41, string(identifier))
	file(42, payload)
	return v
}

// hfsOf writes a volume whose catalogue has a header and one leaf.
func hfsOf() []byte {
	const block = 512
	v := make([]byte, 64*block)
	copy(v[1024:], "H+\x00\x04")
	be.PutUint32(v[1024+40:], block)
	fork := func(p []byte, start, count, size int) {
		be.PutUint64(p, uint64(size))
		be.PutUint32(p[16:], uint32(start))
		be.PutUint32(p[20:], uint32(count))
	}
	fork(v[1024+272:], 8, 2, 2*block)
	tree := v[8*block:]
	be.PutUint32(tree[14+10:], 1)
	be.PutUint16(tree[14+18:], block)
	leaf := v[9*block : 10*block]
	leaf[8] = 0xFF
	be.PutUint16(leaf[10:], 1)
	be.PutUint16(leaf[block-2:], 14)
	key := 6 + 2*len(payloadName)
	be.PutUint16(leaf[14:], uint16(key))
	be.PutUint32(leaf[16:], hfsRoot)
	be.PutUint16(leaf[20:], uint16(len(payloadName)))
	copy(leaf[22:], wideOf(payloadName, be))
	record := leaf[16+key:]
	be.PutUint16(record, 2)
	fork(record[88:], 12, 1, len(payload))
	copy(v[12*block:], payload)
	return v
}

// mbrOf puts a volume into a partition; gptOf into one of a GUID table.
func mbrOf(volume []byte) []byte {
	head := make([]byte, sector)
	head[446+4] = 0x0C
	le.PutUint32(head[446+8:], 1)
	le.PutUint32(head[446+12:], uint32(len(volume)/sector))
	head[510], head[511] = 0x55, 0xAA
	return append(head, volume...)
}

func gptOf(volume []byte) []byte {
	head := make([]byte, 4*sector)
	head[446+4], head[446+8], head[446+12] = 0xEE, 1, 0xFF
	head[510], head[511] = 0x55, 0xAA
	copy(head[sector:], "EFI PART")
	le.PutUint64(head[sector+72:], 2)
	le.PutUint32(head[sector+80:], 1)
	le.PutUint32(head[sector+84:], 128)
	head[2*sector] = 1
	le.PutUint64(head[2*sector+32:], 4)
	le.PutUint64(head[2*sector+40:], uint64(4+len(volume)/sector-1))
	return append(head, volume...)
}

// vhdOf writes a disk of a length, fixed or dynamic; of the dynamic one only the first block is there.
func vhdOf(disk []byte, dynamic bool, length uint64) []byte {
	footer := make([]byte, sector)
	copy(footer, "conectix")
	be.PutUint64(footer[48:], length)
	footer[63] = 2
	if !dynamic {
		return append(bytes.Clone(disk), footer...)
	}
	const block = 1 << 16
	footer[63] = 3
	be.PutUint64(footer[16:], sector)
	header := make([]byte, 1024)
	copy(header, "cxsparse")
	be.PutUint64(header[16:], 3*sector)
	be.PutUint32(header[28:], uint32(min(length/block, 1<<20)))
	be.PutUint32(header[32:], block)
	table := bytes.Repeat([]byte{0xFF}, sector)
	be.PutUint32(table, 4)
	data := append(make([]byte, sector), disk...) // the bitmap of the block, and the block
	data = append(data, make([]byte, block+sector-len(data))...)
	return bytes.Join([][]byte{footer, header, table, data, footer}, nil)
}

func vhdxOf(disk []byte) []byte {
	const mb = 1 << 20
	v := make([]byte, 4*mb)
	copy(v, "vhdxfile")
	region := v[192<<10:]
	copy(region, "regi")
	for i, r := range []struct {
		id string
		at uint64
	}{{regionTable, 2 * mb}, {regionMetadata, mb}} {
		copy(region[16+32*i:], r.id)
		le.PutUint64(region[32+32*i:], r.at)
	}
	items := v[mb:]
	copy(items, "metadata")
	for i, item := range []struct {
		id    string
		value uint64
	}{{itemParameters, mb}, {itemSize, mb}, {itemSector, sector}} {
		copy(items[32+32*i:], item.id)
		le.PutUint32(items[48+32*i:], uint32(1000+8*i))
		le.PutUint64(items[1000+8*i:], item.value)
	}
	le.PutUint64(v[2*mb:], 3<<20|6)
	copy(v[3*mb:], disk)
	return v
}

// dmgOf writes a disk in one chunk of a kind.
func dmgOf(t testing.TB, disk []byte, kind uint32) []byte {
	t.Helper()
	data := disk
	if kind == chunkZlib {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		if _, err := w.Write(disk); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		data = b.Bytes()
	}
	if kind == chunkADC {
		data = nil
		for rest := disk; len(rest) > 0; rest = rest[min(128, len(rest)):] {
			run := rest[:min(128, len(rest))]
			data = append(append(data, 0x80|byte(len(run)-1)), run...)
		}
	}
	table := make([]byte, 204+40)
	copy(table, "mish")
	be.PutUint32(table[204:], kind)
	be.PutUint64(table[204+16:], uint64(len(disk)/sector))
	be.PutUint64(table[204+32:], uint64(len(data)))
	plist := fmt.Sprintf("<plist><dict><key>resource-fork</key><dict><key>blkx</key><array><dict><key>Data</key><data>\n%s\n</data></dict></array></dict></dict></plist>",
		base64.StdEncoding.EncodeToString(table))
	koly := make([]byte, kolySize)
	copy(koly, "koly\x00\x00\x00\x04")
	be.PutUint64(koly[216:], uint64(len(data)))
	be.PutUint64(koly[224:], uint64(len(plist)))
	return bytes.Join([][]byte{data, []byte(plist), koly}, nil)
}
