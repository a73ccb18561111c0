package api

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

// TestRefusedBodies: who is refused gets an answer and is gone, whether the body announced ever arrives or not.
func TestRefusedBodies(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	for name, head := range map[string]string{
		"no token":  "POST /v1/inspect/mail HTTP/1.1\r\nHost: localhost\r\nContent-Type: message/rfc822\r\nContent-Length: 100\r\n\r\n",
		"no path":   "POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n",
		"no body":   "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n",
		"in chunks": "POST /v1/inspect/mail HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := d.dial(head)
			if err := conn.SetReadDeadline(time.Now().Add(5 * lingers)); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(conn)
			if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 4") {
				t.Errorf("%q, %v: want an answer, and the connection closed", answer, err)
			}
		})
	}
}

// TestTokensAreNotASecondPerson: where two people release, one of them with tokens is still one.
func TestTokensAreNotASecondPerson(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := record.Open(t.Context(), record.Config{URL: filepath.Join(dir, "record.db"), Keys: filepath.Join(dir, "keys"), Process: "test", Releasers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	d := newDoor(t, func(c *Config) { c.TokensRelease, c.Record = true, store })
	d.token("one", 0, people.ScopeDecisions)
	d.token("other", 0, people.ScopeDecisions)
	root := &sekisho.Artifact{Kind: sekisho.KindMail, Name: "m", Blob: strings.NewReader(heldMail), Size: int64(len(heldMail))}
	held, err := waitingCheckpoint(t, store.Record, func() {}).Pass(t.Context(), sekisho.Arrival{Door: "milter", From: "192.0.2.7", Artifact: root,
		Decide: func(sekisho.Verdict) sekisho.Act { return sekisho.Act{Do: sekisho.DoHold, Keep: true} }})
	if err != nil {
		t.Fatal(err)
	}
	var first record.Decision
	d.do("POST", "/v1/passages/"+held.ID+"/decisions", "one", `{"do":"release","reason":"asked back"}`, nil).into(t, http.StatusCreated, &first)
	if !first.Waits {
		t.Errorf("%+v: want one that waits for a second person", first)
	}
	if a := d.do("POST", "/v1/passages/"+held.ID+"/decisions", "other", `{"do":"release","reason":"asked back"}`, nil); a.status != http.StatusForbidden {
		t.Errorf("%d %s", a.status, a.body)
	}
	if _, err := store.Decide(t.Context(), record.Decision{By: "pmio", Do: record.DecideRelease, Reason: "so did I", Passage: held.ID}); err != nil {
		t.Error(err)
	}
}

// TestParallel: a token has so many requests under way and no more.
func TestParallel(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *Config) { c.Limits.Parallel = 1 })
	d.token("one", 0, people.ScopeInspect, people.ScopeCases)
	for deadline := time.Now().Add(20 * time.Second); ; {
		d.dial(d.head("one") + "half of it") // again, for the one before may have come while the other request was under way
		time.Sleep(10 * time.Millisecond)
		if d.do("GET", "/v1/cases", "one", "", nil).status == http.StatusTooManyRequests {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("two requests at once where one is allowed")
		}
	}
}
