package checkpoint

import (
	"bytes"
	"path"
)

// origin returns the file and line, without folders, where the panic of a stack trace happened.
func origin(stack []byte) string {
	lines := bytes.Split(stack, []byte("\n"))
	for i, line := range lines {
		if !bytes.HasPrefix(line, []byte("panic(")) || i+3 >= len(lines) {
			continue
		}
		place, _, _ := bytes.Cut(bytes.TrimSpace(lines[i+3]), []byte(" +"))
		return path.Base(string(place))
	}
	return "an unknown place"
}
