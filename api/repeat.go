package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// repeatKey is the header by which a request can be sent again.
const repeatKey = "Idempotency-Key"

// repeatable returns the key under which what the request does is done once, "" when the client gave none, and what ends its being
// under way. The key is bound to the token and to what the client sent, name and SHA-256 of the bytes, so that nobody gets another's answer. A key that
// stands for another request is refused, whichever process of those that share the record it came to.
func (s *server) repeatable(c *call, name string, sum []byte) (key string, release func(), err error) {
	values := c.r.Header.Values(repeatKey)
	if len(values) == 0 {
		return "", func() {}, nil
	}
	if len(values) > 1 || values[0] == "" || len(values[0]) > 200 || !printable(values[0]) {
		return "", nil, refuse(invalid, "%s is to be 1 to 200 printable ASCII characters", repeatKey)
	}
	ref := "api:" + c.token.ID + ":" + digest(values[0])
	request := digest(c.r.Method, c.r.URL.EscapedPath(), c.query.Encode(), name, string(sum))
	if _, running := s.underWay.LoadOrStore(ref, true); running {
		return "", nil, &refusal{fault: conflict, detail: "a request with this " + repeatKey + " is under way", retry: time.Second}
	}
	release = func() { s.underWay.Delete(ref) }
	if err := s.claim(c.r.Context(), ref, "request:"+request); err != nil {
		release()
		return "", nil, err
	}
	return ref + ":" + request, release, nil
}

// claim notes that the key, ref, stands for the request. The first request under a key is the one that it stands for.
func (s *server) claim(ctx context.Context, ref, request string) error {
	first, err := s.claimed(ctx, ref)
	if err == nil && first == "" {
		if _, err = s.Record.Once(ctx, request, ref, func(context.Context) error { return nil }); err != nil {
			return err
		}
		first, err = s.claimed(ctx, ref)
	}
	switch {
	case err != nil:
		return err
	case first != request:
		return refuse(reused, "the %s stands for another request of this token", repeatKey)
	}
	return nil
}

func (s *server) claimed(ctx context.Context, ref string) (request string, err error) {
	effects, err := s.Record.Effects(ctx, ref)
	if err != nil || len(effects) == 0 {
		return "", err
	}
	return effects[0].Name, nil
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// digest returns 32 hexadecimal digits that tell the parts from any others.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		one := sha256.Sum256([]byte(p))
		h.Write(one[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
