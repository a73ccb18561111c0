//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// told waits until the text was written so often.
func (r *running) told(t *testing.T, text string, times int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); strings.Count(r.out.String(), text) < times; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q is not said %d times", text, times)
		}
	}
}

func hangup(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

// TestServeReadsAgain: a configuration that cannot be used changes nothing, one that can is used.
func TestServeReadsAgain(t *testing.T) {
	r := serveHere(t, filepath.Join(t.TempDir(), "data"), "milter: {listen: 'MILTER'}")
	r.told(t, `"msg":"started"`, 1)
	good, err := os.ReadFile(r.config)
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(r.config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(string(good) + "rules: nowhere\n")
	hangup(t)
	r.told(t, "not read again: everything goes on as it was", 1)
	if code := string(r.send(t, "Your wallet is suspended", phishing).Code); code != "c" {
		t.Errorf("after a configuration that cannot be used the milter answers %q, want continue", code)
	}
	write(strings.Replace(string(good), "listen: '"+r.milter+"'", "mode: enforce, listen: '"+r.milter+"'", 1))
	hangup(t)
	r.told(t, `"msg":"started"`, 2)
	r.await(t, "http://"+r.metrics+"/metrics", `sekisho_up{service="milter",where="`+r.milter+`"} 1`)
	if code := string(r.send(t, "Your wallet is suspended", phishing).Code); code != "d" {
		t.Errorf("read again, the milter answers %q, want discard", code)
	}
	if code := r.stop(); code != exitClean {
		t.Errorf("serve ended with %d", code)
	}
}

// TestLogLinesHoldNoMail: what mails say, and who wrote and got them, stands in no log line.
func TestLogLinesHoldNoMail(t *testing.T) {
	r := serveHere(t, filepath.Join(t.TempDir(), "data"), "milter: {listen: 'MILTER'}\nlog: debug")
	r.send(t, "Your wallet is suspended", phishing)
	r.stop()
	for _, secret := range []string{"suspended", "wallet-check", "aoi.mori", "recovery phrase"} {
		if strings.Contains(r.out.String(), secret) {
			t.Errorf("the log says %q", secret)
		}
	}
}
