package record

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/mod/sumdb/note"
)

// keys are what lies outside the database.
type keys struct {
	seal     cipher.AEAD
	signer   note.Signer
	verifier note.Verifier
	public   string // the text of the key that verifies heads
}

func (k *keys) origin() string { return k.signer.Name() }

const (
	sealKey = "seal.key"
	logKey  = "log.key"
	headLog = "heads" // the signed heads, out of reach of who can change the database
)

// loadKeys reads the keys, and makes those of a new record.
func (s *Store) loadKeys(ctx context.Context) error {
	folder := s.config.Keys
	if folder == "" {
		return errors.New("no folder for the keys is named (hint: one outside the folder of the database)")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	var size, originals int64
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		if err := t.QueryRow(ctx, `SELECT size FROM loghead WHERE id = 1`).Scan(&size); err != nil {
			return err
		}
		return t.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM original LIMIT 1) AS one`).Scan(&originals)
	})
	if err != nil {
		return err
	}
	seal, err := keyFile(filepath.Join(folder, sealKey), originals > 0, "it opens the originals of held mail", func() (string, error) {
		return random(chacha20poly1305.KeySize), nil
	})
	if err != nil {
		return err
	}
	k := &keys{}
	raw, err := hex.DecodeString(seal)
	if err != nil || len(raw) != chacha20poly1305.KeySize {
		return fmt.Errorf("%s: not 64 hexadecimal digits", filepath.Join(folder, sealKey))
	}
	if k.seal, err = chacha20poly1305.NewX(raw); err != nil {
		return err
	}
	signer, err := keyFile(filepath.Join(folder, logKey), size > 0, "it signs the log", func() (string, error) {
		private, _, err := note.GenerateKey(rand.Reader, "sekisho-"+random(4))
		return private, err
	})
	if err != nil {
		return err
	}
	if k.signer, err = note.NewSigner(signer); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(folder, logKey), err)
	}
	if k.public, err = publicKey(signer); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(folder, logKey), err)
	}
	if k.verifier, err = note.NewVerifier(k.public); err != nil {
		return err
	}
	s.keys, s.heads = k, newHeads(filepath.Join(folder, headLog))
	return nil
}

// keyFile reads a key, or makes it when nothing needs the one there was.
func keyFile(path string, needed bool, why string, make func() (string, error)) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if needed {
			return "", fmt.Errorf("%s is missing, and the record was written with it: %s (hint: restore it from the backup of the keys)", path, why)
		}
		text, err := make()
		if err != nil {
			return "", err
		}
		return writeKey(path, text)
	}
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s can be read by others: mode %04o (hint: chmod 600 %s)", path, info.Mode().Perm(), path)
	}
	data, err := os.ReadFile(path)
	return strings.TrimSpace(string(data)), err
}

// writeKey writes a key that no other process wrote in the meantime, and returns the one that stands. It is on disk before it is used.
func writeKey(path, text string) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name())
	if _, err = file.WriteString(text + "\n"); err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	if folder, err := os.Open(filepath.Dir(path)); err == nil {
		err = errors.Join(folder.Sync(), folder.Close())
		if err != nil {
			return "", err
		}
	}
	data, err := os.ReadFile(path)
	return strings.TrimSpace(string(data)), err
}
