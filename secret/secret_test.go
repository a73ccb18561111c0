package secret_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/sekisho/sekisho/secret"
	"github.com/sekisho/sekisho/secret/secrettest"
)

const canary = "zebra-canary-4f9d1c77e0b8a2"

func TestSecretNeverShows(t *testing.T) {
	s := secret.New([]byte(canary))
	holder := struct{ Key secret.Secret }{s}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", s, &s, holder)
	}
	data, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(data)
	slog.New(slog.NewTextHandler(&out, nil)).Info("found", "key", s, "holder", holder)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("found", "key", s, "holder", holder)
	if err := gob.NewEncoder(&out).Encode(s); !errors.Is(err, secret.ErrStore) {
		t.Errorf("gob: got %v, want %v", err, secret.ErrStore)
	}
	if !bytes.Contains(out.Bytes(), []byte(secret.Redacted)) {
		t.Error("nothing was written")
	}
	secrettest.Absent(t, out.Bytes(), canary)
}

func TestWipeZeroesTheBytes(t *testing.T) {
	data := []byte(canary)
	s := secret.New(data)
	s.Wipe()
	if !bytes.Equal(data, make([]byte, len(canary))) {
		t.Error("the bytes are still there")
	}
	s.Expose(func(b []byte) {
		if len(b) != 0 {
			t.Error("a wiped secret exposes bytes")
		}
	})
}

func TestFingerprintDependsOnKeyAndData(t *testing.T) {
	a := secret.Fingerprint([]byte("k1"), []byte("d1"))
	if len(a) != 16 || a != secret.New([]byte("d1")).Fingerprint([]byte("k1")) {
		t.Errorf("got %q", a)
	}
	if a == secret.Fingerprint([]byte("k2"), []byte("d1")) || a == secret.Fingerprint([]byte("k1"), []byte("d2")) {
		t.Error("two fingerprints are the same")
	}
}
