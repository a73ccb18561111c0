package postfixtest

import (
	"net/smtp"
	"testing"
)

// TestRun: a mail is taken, and Postfix says so.
func TestRun(t *testing.T) {
	s := Run(t, Config{})
	if err := smtp.SendMail(s.Address, nil, "a@custody.example", []string{"aoi.mori@kaede-ex.jp"}, []byte("Subject: x\r\n\r\nx\r\n")); err != nil {
		t.Fatal(err)
	}
}
