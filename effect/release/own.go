package release

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// ownPrefix begins what stands in the place of a passage in the header of a mail that Sekisho wrote itself.
const ownPrefix = "own-"

// SignOwn returns the mail below a header by which the milter knows it as Sekisho's own: a notification or an answer, which quotes
// what was held and would be held as well. The signature is for these recipients alone.
func SignOwn(key []byte, to []string, mail []byte, now time.Time) []byte {
	value := Sign(key, ownPrefix+recipients(to), mail, now)
	return append([]byte(HeaderName+": "+value+"\r\n"), mail...)
}

// IsOwn reports whether what Verify returned says that the mail is Sekisho's own, to these recipients and no other.
func IsOwn(passage string, to []string) bool {
	return len(to) > 0 && passage == ownPrefix+recipients(to)
}

// recipients returns a digest of the addresses, whatever their order and case.
func recipients(to []string) string {
	list := make([]string, len(to))
	for i, address := range to {
		list[i] = strings.ToLower(strings.Trim(address, "<> "))
	}
	slices.Sort(list)
	digest := sha256.Sum256([]byte(strings.Join(slices.Compact(list), "\n")))
	return hex.EncodeToString(digest[:])
}
