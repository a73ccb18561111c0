package yara

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"testing"

	"github.com/sekisho/sekisho"
)

func packageWith(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	entries := tar.NewWriter(zipped)
	if err := entries.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := entries.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(entries.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRead(t *testing.T) {
	other := append(preamble[:len(preamble):len(preamble)], 0, 1, 0)
	tests := []struct {
		name string
		file []byte
		want error
		code []byte
	}{
		{"another module", other, ErrOther, other},
		{"another module in a package", packageWith(t, "package/pkg/"+FileName, other), ErrOther, other},
		{"a package of something else", packageWith(t, "package/index.js", other), sekisho.ErrMalformed, nil},
		{"no module in the package", packageWith(t, FileName, []byte("text")), sekisho.ErrMalformed, nil},
		{"half a package", packageWith(t, FileName, other)[:40], sekisho.ErrMalformed, nil},
		{"text", []byte("text"), sekisho.ErrMalformed, nil},
		{"nothing", nil, sekisho.ErrMalformed, nil},
		{"too much", make([]byte, FileBytes+1), sekisho.ErrLimit, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, err := Read(bytes.NewReader(test.file))
			if !errors.Is(err, test.want) || !bytes.Equal(code, test.code) {
				t.Errorf("%x, %v, want %x, %v", code[:min(len(code), 20)], err, test.code, test.want)
			}
		})
	}
}
