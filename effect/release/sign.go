package release

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// HeaderName is the header field that a released mail carries above its original bytes.
const HeaderName = "X-Sekisho-Release"

// lifetime is how long a signature is believed: a mail server between here and the milter may keep the mail that long.
const lifetime = 24 * time.Hour

// Sign returns the value of the header for a passage: its ID, until when it is believed, and an HMAC-SHA-256 over both and the
// original's bytes.
func Sign(key []byte, passage string, original []byte, now time.Time) string {
	until := now.Add(lifetime).Unix()
	return fmt.Sprintf("%s %d %s", passage, until, hex.EncodeToString(mac(key, passage, until, original)))
}

// Verify returns the passage that the header's value signs, if it signs these bytes, which are all that follows the header in the
// mail, and is not too old. An empty key signs nothing.
func Verify(key []byte, value string, original []byte, now time.Time) (passage string, ok bool) {
	fields := strings.Fields(value)
	if len(key) == 0 || len(fields) != 3 {
		return "", false
	}
	until, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil || now.Unix() > until {
		return "", false
	}
	theirs, err := hex.DecodeString(fields[2])
	if err != nil || !hmac.Equal(theirs, mac(key, fields[0], until, original)) {
		return "", false
	}
	return fields[0], true
}

func mac(key []byte, passage string, until int64, original []byte) []byte {
	digest := sha256.New()
	canonical(original, func(p []byte) { _, _ = digest.Write(p) }) // a hash takes everything
	h := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(h, "sekisho release\n%s\n%d\n%x\n", passage, until, digest.Sum(nil))
	return h.Sum(nil)
}

// canonical calls write with the bytes as SMTP carries them: every line ends in CRLF, the last one, too.
func canonical(original []byte, write func([]byte)) {
	for len(original) > 0 {
		line, rest, _ := bytes.Cut(original, []byte("\n"))
		write(bytes.TrimSuffix(line, []byte("\r")))
		write([]byte("\r\n"))
		original = rest
	}
}
