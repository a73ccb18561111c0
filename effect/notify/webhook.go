package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// webhook tells a program, as Standard Webhooks 1.0 says: the headers webhook-id, webhook-timestamp and webhook-signature, and a
// payload with type, timestamp and data.
type webhook struct {
	hook *hook
	key  []byte
	now  func() time.Time
}

// String keeps the key out of everything that is formatted.
func (w *webhook) String() string { return "(a webhook)" }

// GoString does what String does.
func (w *webhook) GoString() string { return w.String() }

func newWebhook(c Webhook, now func() time.Time) (service, error) {
	h, err := newHook(c.URL)
	if err != nil {
		return nil, err
	}
	text, err := c.Key.read()
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	encoded, ok := strings.CutPrefix(text, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("key: want whsec_ and the base64 of 24 to 64 bytes")
	}
	return &webhook{h, key, now}, nil
}

// send signs each try with its own moment; the id stays, so that a receiver can tell a message that came before.
func (w *webhook) send(ctx context.Context, m message) error {
	body, err := json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      any       `json:"data"`
	}{m.kind, m.time, m.data})
	if err != nil {
		return err
	}
	timestamp := strconv.FormatInt(w.now().Unix(), 10)
	return w.hook.post(ctx, body, http.Header{
		"Webhook-Id":        {m.id},
		"Webhook-Timestamp": {timestamp},
		"Webhook-Signature": {sign(w.key, m.id, timestamp, body)},
	})
}

// sign returns the symmetric signature of Standard Webhooks: "v1," and the base64 of HMAC-SHA256 over id.timestamp.body.
func sign(key []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.", id, timestamp)
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
