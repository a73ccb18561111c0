package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// fullSize is the size of the small file system: the record and its WAL, which is cut back to 64 MB, do not fill it alone.
const fullSize = "128m"

// full lets the record's file system fill up under load.
func full(ctx context.Context, program string) (err error) {
	folder, err := os.MkdirTemp("", "torture")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	data := filepath.Join(folder, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size="+fullSize); err != nil {
		fmt.Println("full disk: skipped, no small file system can be mounted:", err)
		return nil
	}
	defer func() { err = errors.Join(err, syscall.Unmount(data, syscall.MNT_DETACH)) }()
	s, err := newStage(ctx, program, folder)
	if err != nil {
		return err
	}
	defer s.close()
	filler := filepath.Join(data, "filler")
	load := &load{address: s.postfix.Address, accepted: map[string]bool{}}
	phase := func(what string, most time.Duration) (accepted, deferred int) {
		before, refused := len(load.accepted), load.deferred
		sending, stop := context.WithTimeout(ctx, most)
		defer stop()
		load.run(sending)
		accepted, deferred = len(load.accepted)-before, load.deferred-refused
		fmt.Printf("%s: %d mails accepted, %d told to come again\n", what, accepted, deferred)
		return accepted, deferred
	}
	if accepted, _ := phase("with room", 2*time.Second); accepted == 0 {
		return errors.New("no mail was accepted although there was room")
	}
	if err := fill(filler); err != nil {
		return err
	}
	if _, deferred := phase("disk full", 4*time.Second); deferred == 0 {
		return errors.New("no mail was deferred although the disk was full")
	}
	if err := os.Remove(filler); err != nil {
		return err
	}
	if accepted, _ := phase("with room again", 3*time.Second); accepted == 0 {
		return errors.New("no mail is accepted although there is room again")
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	if err := s.sekisho.stop(); err != nil {
		return err
	}
	return s.report(load, 0)
}

// fill writes until there is no room.
func fill(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	block := make([]byte, 64<<10)
	for size := len(block); size > 0; {
		if _, err := file.Write(block[:size]); err != nil {
			size /= 2
		}
	}
	return file.Close()
}
