package siem

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
)

const fileLine = 64 << 10

// A file is a file of JSON lines. It is looked at before each batch: when it was renamed or removed, a new one is made.
type file struct {
	path string
	open *os.File
}

func (f *file) limit() int { return fileLine }

// send returns when the lines are on disk.
func (f *file) send(_ context.Context, lines []line) error {
	if err := f.reopen(); err != nil {
		return err
	}
	var b bytes.Buffer
	for _, l := range lines {
		b.Write(l.json)
		b.WriteByte('\n')
	}
	if _, err := f.open.Write(b.Bytes()); err != nil {
		// What was half written is ended when the file is opened again.
		return errors.Join(err, f.close())
	}
	return f.open.Sync()
}

func (f *file) reopen() error {
	if f.open != nil {
		there, err := os.Stat(f.path)
		if err == nil {
			if mine, err := f.open.Stat(); err == nil && os.SameFile(there, mine) {
				return nil
			}
		}
		if err := f.close(); err != nil {
			return err
		}
	}
	opened, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	f.open = opened
	return f.endLine()
}

// endLine ends a line that a crash cut, so that the next one stands by itself.
func (f *file) endLine() error {
	info, err := f.open.Stat()
	if err != nil || info.Size() == 0 || !info.Mode().IsRegular() {
		return err
	}
	last := make([]byte, 1)
	if _, err := f.open.ReadAt(last, info.Size()-1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if last[0] == '\n' {
		return nil
	}
	_, err = f.open.Write([]byte{'\n'})
	return err
}

func (f *file) close() error {
	if f.open == nil {
		return nil
	}
	err := f.open.Close()
	f.open = nil
	return err
}
