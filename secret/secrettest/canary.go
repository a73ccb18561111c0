// Package secrettest plants canaries and looks for them in what a program shows.
package secrettest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// window is the length of the pieces of a canary that must not appear: long enough not to appear by chance.
const window = 12

// Absent fails the test when any piece of the canary, plain, reversed in case, in hexadecimal or in base64, is in output.
func Absent(t testing.TB, output []byte, canary string) {
	t.Helper()
	folded := bytes.ToLower(output)
	for _, form := range []string{canary, hex.EncodeToString([]byte(canary)), base64.StdEncoding.EncodeToString([]byte(canary))} {
		form = strings.ToLower(form)
		for i := 0; i < len(form); i++ {
			piece := form[i:min(i+window, len(form))]
			if len(piece) < min(window, len(form)) {
				break
			}
			if bytes.Contains(folded, []byte(piece)) {
				t.Errorf("the output shows a piece of the canary at its byte %d", i)
				return
			}
		}
	}
}
