package mail

import (
	"bytes"
	"strings"
)

// An encodedFile is a file that stands uuencoded or yEncoded in a text.
type encodedFile struct {
	name, via string
	data      []byte
	bad       bool
}

// uuFiles returns up to limit files that stand uuencoded or yEncoded in text, as mail programs show them.
func uuFiles(text []byte, limit int) (files []encodedFile) {
	for pos := nextEncoded(text, 0); pos >= 0 && len(files) < limit; pos = nextEncoded(text, pos) {
		end := lineEnd(text, pos)
		line := string(bytes.TrimRight(text[pos:end], "\r\n"))
		pos = end
		if name, ok := uuName(line); ok {
			file := encodedFile{name: name, via: "uuencode"}
			pos += file.decodeUU(text[end:])
			if len(file.data) > 0 {
				files = append(files, file)
			}
		} else if strings.HasPrefix(line, "=ybegin ") {
			file := encodedFile{via: "yenc"}
			_, name, _ := strings.Cut(line, " name=")
			file.name = strings.TrimSpace(name)
			pos += file.decodeY(text[end:])
			files = append(files, file)
		}
	}
	return files
}

// nextEncoded returns where the first line from pos on starts that may begin a file, -1 if there is none.
func nextEncoded(text []byte, pos int) int {
	for pos < len(text) {
		if hasBegin(text[pos:]) {
			return pos
		}
		i := bytes.IndexByte(text[pos:], '\n')
		if i < 0 {
			return -1
		}
		pos += i + 1
	}
	return -1
}

func hasBegin(line []byte) bool {
	return bytes.HasPrefix(line, []byte("begin ")) || bytes.HasPrefix(line, []byte("=ybegin "))
}

// uuName reads "begin 644 name".
func uuName(line string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(line, "begin ")
	mode, name, _ := strings.Cut(rest, " ")
	if !ok || len(mode) < 3 || len(mode) > 5 || strings.Trim(mode, "01234567") != "" {
		return "", false
	}
	return strings.TrimSpace(name), true
}

// decodeUU decodes lines up to "end" or the first that is none, and returns how many bytes it took.
func (f *encodedFile) decodeUU(text []byte) (n int) {
	for n < len(text) {
		end := lineEnd(text, n)
		line := bytes.TrimRight(text[n:end], "\r\n")
		if string(bytes.TrimSpace(line)) == "end" {
			return end
		}
		if len(line) == 0 || line[0] < ' ' || line[0] > '`' {
			break
		}
		size := int(line[0]-' ') & 63
		if (size+2)/3*4 > len(line)-1+3 { // trailing spaces may be lost
			break
		}
		f.uuLine(line[1:], size)
		n = end
	}
	f.bad = true
	return n
}

func (f *encodedFile) uuLine(line []byte, size int) {
	at := func(i int) byte {
		if i < len(line) {
			return (line[i] - ' ') & 63
		}
		return 0
	}
	for i := 0; size > 0; i += 4 {
		group := [3]byte{at(i)<<2 | at(i+1)>>4, at(i+1)<<4 | at(i+2)>>2, at(i+2)<<6 | at(i+3)}
		take := min(size, 3)
		f.data = append(f.data, group[:take]...)
		size -= take
	}
}

// decodeY decodes yEnc lines up to =yend, and returns how many bytes it took.
func (f *encodedFile) decodeY(text []byte) (n int) {
	for n < len(text) {
		end := lineEnd(text, n)
		line := bytes.TrimRight(text[n:end], "\r\n")
		n = end
		switch {
		case bytes.HasPrefix(line, []byte("=yend")):
			return n
		case bytes.HasPrefix(line, []byte("=ypart")):
			continue
		}
		for i := 0; i < len(line); i++ {
			if line[i] == '=' && i+1 < len(line) {
				i++
				f.data = append(f.data, line[i]-64-42)
				continue
			}
			f.data = append(f.data, line[i]-42)
		}
	}
	f.bad = true
	return n
}
