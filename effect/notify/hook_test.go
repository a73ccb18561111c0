package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// secretPath is the part of a webhook's address that nobody may see.
const secretPath = "/services/T0SECRET/B0SECRET/xoxSECRETxyz"

func secretFile(t *testing.T, text string) Secret {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return Secret{File: path}
}

func TestAnErrorNeverHoldsTheAddress(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, "no such hook %s http://%s%s\x1b[31m%s", r.RequestURI, r.Host, r.RequestURI, strings.Repeat("x", 1<<20))
	}))
	defer echo.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or else nobody sees that the caller is gone
		<-r.Context().Done()
	}))
	defer hang.Close()
	untrusted := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a server was told whose certificate nobody signed") }))
	defer untrusted.Close()
	untrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	}))
	defer cut.Close()
	odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://[::1"+r.RequestURI)
		w.WriteHeader(http.StatusFound)
	}))
	defer odd.Close()

	for name, address := range map[string]string{
		"refused": closed.URL, "echoed": echo.URL, "timeout": hang.URL, "untrusted": untrusted.URL, "cut": cut.URL, "odd redirect": odd.URL,
	} {
		t.Run(name, func(t *testing.T) {
			h, err := newHook(secretFile(t, address+secretPath+"?sig=SECRETSIGNATURE"))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			err = h.post(ctx, []byte(`{}`), nil)
			if err == nil {
				t.Fatal("no error")
			}
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Error("failed", "error", err, "hook", h)
			for e := err; e != nil; e = errors.Unwrap(e) {
				for _, text := range []string{fmt.Sprintf("%v %+v %#v", e, e, e), fmt.Sprintf("%v %+v %#v", h, h, h), log.String()} {
					if strings.Contains(text, "SECRET") {
						t.Errorf("shown: %s", text)
					}
				}
			}
			if len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host was called") }))
	defer elsewhere.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/x", code))
		h, err := newHook(secretFile(t, server.URL+secretPath))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.post(t.Context(), []byte(`{}`), nil); err == nil || !strings.Contains(err.Error(), strconv.Itoa(code)) {
			t.Errorf("%d: %v", code, err)
		}
		server.Close()
	}
}

func TestHookTakesHTTPSOnly(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://hooks.slack.example/services/x": true, "http://127.0.0.1:8080/x": true, "http://[::1]/x": true, "http://localhost/x": true,
		"http://hooks.slack.example/services/x": false, "ftp://a.example/x": false, "https://user:word@a.example/x": false, "/x": false, "https://": false, ":": false,
	} {
		_, err := newHook(secretFile(t, address))
		if (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), address) && len(address) > 4 {
			t.Errorf("the error shows the address: %v", err)
		}
	}
}

func TestSecret(t *testing.T) {
	t.Setenv("SEKISHO_TEST_SECRET", " from the environment ")
	for _, tt := range []struct {
		name   string
		secret Secret
		want   string
	}{
		{"file", secretFile(t, "from a file"), "from a file"},
		{"environment", Secret{Env: "SEKISHO_TEST_SECRET"}, "from the environment"},
		{"none", Secret{}, ""},
		{"both", Secret{File: "a", Env: "b"}, ""},
		{"empty file", secretFile(t, ""), ""},
		{"too long", secretFile(t, strings.Repeat("x", secretLimit+2)), ""},
		{"missing file", Secret{File: filepath.Join(t.TempDir(), "none")}, ""},
		{"unset", Secret{Env: "SEKISHO_TEST_UNSET"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.secret.read(); got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// verifyWebhook is what docs/notify.md tells receivers to do.
func verifyWebhook(secret string, header http.Header, body []byte, now time.Time) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(header.Get("webhook-timestamp"), 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return errors.New("too old, or too new")
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.", header.Get("webhook-id"), header.Get("webhook-timestamp"))
	mac.Write(body)
	for signature := range strings.FieldsSeq(header.Get("webhook-signature")) {
		encoded, ok := strings.CutPrefix(signature, "v1,")
		given, err := base64.StdEncoding.DecodeString(encoded)
		if ok && err == nil && hmac.Equal(given, mac.Sum(nil)) {
			return nil
		}
	}
	return errors.New("no signature fits")
}

func TestWebhookIsSigned(t *testing.T) {
	key := "whsec_" + base64.StdEncoding.EncodeToString([]byte("a key of 32 bytes for the tests."))
	var header http.Header
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	w, err := newWebhook(Webhook{URL: secretFile(t, server.URL+secretPath), Key: secretFile(t, key)}, func() time.Time { return moment })
	if err != nil {
		t.Fatal(err)
	}
	if err := w.send(t.Context(), hostileMessage("x")); err != nil {
		t.Fatal(err)
	}
	if err := verifyWebhook(key, header, body, moment); err != nil {
		t.Error(err)
	}
	if err := verifyWebhook(key, header, append(body, ' '), moment); err == nil {
		t.Error("a changed body fits")
	}
	if err := verifyWebhook(key, header, body, moment.Add(time.Hour)); err == nil {
		t.Error("an old message fits")
	}
	if id := header.Get("webhook-id"); id != "sekisho.c1.hold.soc" {
		t.Errorf("id %q", id)
	}
	if shown := fmt.Sprintf("%v %+v %#v", w, w, w); strings.Contains(shown, "key of") || strings.Contains(shown, "SECRET") {
		t.Errorf("shown: %s", shown)
	}
}

// TestSignature holds the signature against the example of the Standard Webhooks reference libraries.
func TestSignature(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWebhookKeys(t *testing.T) {
	for _, key := range []string{"", "whsec_", "whsec_short", "secret", "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23)), "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))} {
		if _, err := newWebhook(Webhook{URL: secretFile(t, "https://a.example/x"), Key: secretFile(t, key)}, time.Now); err == nil {
			t.Errorf("%q is taken for a key", key)
		} else if len(key) > 8 && strings.Contains(err.Error(), key[6:]) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}
