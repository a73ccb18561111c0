package yara

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/sekisho/sekisho"
)

// The engine this package is written for: YARA-X as its makers build it for JavaScript.
const (
	Package  = "@virustotal/yara-x"
	Version  = "1.20.0"
	FileName = "yara_x_js_bg.wasm" // of the engine in the package

	// Digest is the SHA-256 of the engine, whichever way it comes.
	Digest = "fbee0d2495826bac5c62f5e77a0199f1f3e08339e153a76dcac338fc6d7067b5"
)

// FileBytes is the most a file that holds the engine may have.
const FileBytes = 64 << 20

// ErrOther is the error of Read for an engine that is not the one this package is written for.
var ErrOther = errors.New("not the engine of " + Package + " " + Version)

// Read returns the code of the engine in a file: the file itself, or the package it comes in. With an error wrapping
// ErrOther the code is returned too, for callers who were told to use it.
func Read(file io.Reader) ([]byte, error) {
	data, err := readAll(file)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		if data, err = unpack(data); err != nil {
			return nil, err
		}
	}
	if !bytes.HasPrefix(data, preamble) {
		return nil, fmt.Errorf("%w: neither %s nor the package %s", sekisho.ErrMalformed, FileName, Package)
	}
	if digest := sha256.Sum256(data); hex.EncodeToString(digest[:]) != Digest {
		return data, fmt.Errorf("%w: its SHA-256 is %x, want %s", ErrOther, digest, Digest)
	}
	return data, nil
}

func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, FileBytes+1))
	if err == nil && len(data) > FileBytes {
		err = fmt.Errorf("%w: more than %d MiB", sekisho.ErrLimit, FileBytes>>20)
	}
	return data, err
}

// packageEntries is how many files a package may list before the engine.
const packageEntries = 1000

func unpack(packed []byte) ([]byte, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: package: %w", sekisho.ErrMalformed, err)
	}
	entries := tar.NewReader(io.LimitReader(unzipped, 2*FileBytes))
	for range packageEntries {
		entry, err := entries.Next()
		if err != nil {
			return nil, fmt.Errorf("%w: package without %s: %w", sekisho.ErrMalformed, FileName, err)
		}
		if path.Base(entry.Name) == FileName {
			return readAll(entries)
		}
	}
	return nil, fmt.Errorf("%w: package of more than %d files", sekisho.ErrLimit, packageEntries)
}
