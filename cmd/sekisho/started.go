package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
)

// A startedNote is the entry of the record by which it can be told later what a mail was judged with.
type startedNote struct {
	Version string `json:"version"`
	Rules   string `json:"rules"`             // SHA-256 of all rules in force, as JSON
	Count   int    `json:"count"`             // of those
	Profile string `json:"profile,omitempty"` // SHA-256 of the file, empty for none
	Config  string `json:"config,omitempty"`  // SHA-256 of the file, empty for none
}

// noteStart adds that entry. A record that cannot be written keeps nothing from starting: what is not recorded is not judged.
func (s *serving) noteStart(ctx context.Context, configFile string) {
	note := startedNote{Version: version(), Count: len(s.parts.Judge.Rules())}
	text, err := json.Marshal(s.parts.Judge.Rules())
	if err == nil {
		note.Rules = digestOf(text)
		note.Profile, err = digestOfFile(s.profile)
	}
	if err == nil {
		note.Config, err = digestOfFile(configFile)
	}
	if err == nil {
		err = s.store.Note(ctx, "started", processName(), "", note)
	}
	if err != nil {
		s.log.Error("the start is not recorded", "error", err)
	}
}

func digestOfFile(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(path)
	return digestOf(text), err
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
