package release

import (
	"strings"
	"testing"
	"time"
)

func TestOwnMailIsKnownByItsRecipients(t *testing.T) {
	key, now := []byte(strings.Repeat("k", 32)), time.Unix(1_790_000_000, 0)
	mail := []byte("Subject: a case\r\n\r\nheld\r\n")
	signed := string(SignOwn(key, []string{"CISO@kaede-ex.jp", "soc@kaede-ex.jp"}, mail, now))
	header, below, ok := strings.Cut(signed, "\r\n")
	value, isOurs := strings.CutPrefix(header, HeaderName+": ")
	if !ok || !isOurs || below != string(mail) {
		t.Fatalf("signed: %q", signed)
	}
	passage, ok := Verify(key, value, []byte(below), now.Add(time.Hour))
	if !ok || !IsOwn(passage, []string{"<soc@kaede-ex.jp>", "ciso@kaede-ex.jp"}) {
		t.Errorf("own mail is not known: %q, %v", passage, ok)
	}
	for name, to := range map[string][]string{"another": {"victim@kaede-ex.jp"}, "one more": {"soc@kaede-ex.jp", "ciso@kaede-ex.jp", "victim@kaede-ex.jp"}, "nobody": nil} {
		if IsOwn(passage, to) {
			t.Errorf("believed for %s", name)
		}
	}
	if _, ok := Verify(key, value, []byte(below+"more"), now); ok {
		t.Error("believed with other words")
	}
	if _, ok := Verify(key, value, []byte(below), now.Add(25*time.Hour)); ok {
		t.Error("believed a day later")
	}
}
