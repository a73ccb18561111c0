package office

import (
	"errors"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

// TestDecompress reads the examples of MS-OVBA §3.2.
func TestDecompress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, packed, want string }{
		{"no compression", "\x01\x19\xB0\x00abcdefgh\x00ijklmnop\x00qrstuv.", "abcdefghijklmnopqrstuv."},
		{"normal compression", "\x01\x2F\xB0\x00\x23\x61\x61\x61\x62\x63\x64\x65\x82\x66\x00\x70\x61\x67\x68\x69\x6A\x01\x38\x08\x61\x6B\x6C\x00\x30\x6D\x6E\x6F\x70\x06\x71\x02\x70\x04\x10" +
			"\x72\x73\x74\x75\x76\x10\x77\x78\x79\x7A\x00\x3C", "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"},
		{"maximum compression", "\x01\x03\xB0\x02\x61\x45\x00", strings.Repeat("a", 73)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := decompressVBA([]byte(tt.packed), 1<<20); string(got) != tt.want || err != nil {
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			}
		})
	}
	if _, err := decompressVBA([]byte("x"), 1); !errors.Is(err, sekisho.ErrMalformed) {
		t.Error(err)
	}
}
