package installer

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho"
)

const arHead = 60

// openAr reads the archive of System V that a Debian package is (deb(5)).
func openAr(x *box) error {
	for at := int64(8); at < x.size; {
		head := x.read(at, arHead)
		if len(head) < arHead || string(head[58:]) != "`\n" {
			return errBroken
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(head[48:58])), 10, 64)
		if err != nil || size < 0 {
			return errBroken
		}
		name := strings.TrimRight(strings.TrimSpace(string(head[:16])), "/")
		if !x.add(name, x.section(at+arHead, size), size) {
			return nil
		}
		if size > x.size-at-arHead {
			return fmt.Errorf("%w: %q ends before its %d bytes do", sekisho.ErrMalformed, name, size)
		}
		at += arHead + size + size%2
	}
	return nil
}
