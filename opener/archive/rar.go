package archive

import (
	"errors"
	"github.com/sekisho/sekisho/password"
	"io"
	"time"

	"github.com/nwaples/rardecode/v2"
)

func openRar(x *box) error {
	password := ""
	if x.lockedRar() {
		x.form.Encrypted = true
		password, x.form.Password = x.rarPassword()
		if x.form.Hidden && !x.form.Password {
			return nil
		}
	}
	r, err := x.rar(password)
	if err != nil {
		return err
	}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.IsDir {
			continue
		}
		e := entry{name: text(h.Name), packed: x.a.Size, link: h.LinkType != 0 || h.Mode()&linkMode != 0}
		e.locked = h.Encrypted && !x.form.Password
		e.open = func() (io.Reader, error) { return r, nil }
		if !x.add(e) {
			return nil
		}
	}
}

func (x *box) rar(password string) (*rardecode.Reader, error) {
	options := []rardecode.Option{rardecode.MaxDictionarySize(dictionaryLimit)}
	if password != "" {
		options = append(options, rardecode.Password(password))
	}
	return rardecode.NewReader(x.section(), options...)
}

// lockedRar reports whether the first file that has bytes, or the whole archive, is encrypted.
func (x *box) lockedRar() bool {
	r, err := x.rar("")
	for err == nil {
		var h *rardecode.FileHeader
		if h, err = r.Next(); err == nil && (h.Encrypted || x.ctx.Err() != nil) {
			return h.Encrypted
		}
	}
	x.form.Hidden = errors.Is(err, rardecode.ErrArchiveEncrypted)
	return x.form.Hidden
}

// rarPassword returns the password beside the archive that opens its first encrypted file. A key takes tens of
// thousands of hashes, so passwords are tried for a part of the time only.
func (x *box) rarPassword() (secret string, found bool) {
	deadline, bounded := x.ctx.Deadline()
	end := time.Now().Add(time.Until(deadline) / 2)
	for _, secret = range password.Beside(x.a, slowTries) {
		if x.ctx.Err() != nil || bounded && time.Now().After(end) {
			break
		}
		if x.opensRar(secret) {
			return secret, true
		}
	}
	return "", false
}

func (x *box) opensRar(password string) bool {
	r, err := x.rar(password)
	for err == nil {
		var h *rardecode.FileHeader
		if h, err = r.Next(); err == nil && h.Encrypted && !h.IsDir {
			return x.sound(r) == nil
		}
		if err == nil && h.HeaderEncrypted {
			return true
		}
	}
	return false
}
