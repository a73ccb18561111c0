package api

import (
	"io"
	"strings"
	"testing"
	"time"
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
