package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho/config"
)

// writeCertificate writes a certificate that ends after a while, and its key.
func writeCertificate(t *testing.T, c config.HTTP, valid time.Duration) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(valid)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{c.Cert: {Type: "CERTIFICATE", Bytes: der}, c.Key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCertificateIsRenewedWithoutARestart(t *testing.T) {
	folder := t.TempDir()
	files := config.HTTP{Cert: filepath.Join(folder, "tls.crt"), Key: filepath.Join(folder, "tls.key")}
	if _, err := openCertificate(files); err == nil {
		t.Fatal("opened files that are not there")
	}
	writeCertificate(t, files, -time.Hour)
	cert, err := openCertificate(files)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if got := cert.ended(now); !strings.Contains(got, "ended on") || cert.ending(now) != "" {
		t.Errorf("of a certificate that ended: %q, %q", got, cert.ending(now))
	}
	later := func() { cert.read = time.Time{} }
	writeCertificate(t, files, 24*time.Hour)
	later()
	if got := cert.ending(now); !strings.Contains(got, "ends on") || cert.ended(now) != "" {
		t.Errorf("of a certificate that ends tomorrow: %q, %q", got, cert.ended(now))
	}
	if err := os.WriteFile(files.Cert, []byte("half a"), 0o600); err != nil {
		t.Fatal(err)
	}
	later()
	if got := cert.ending(now); !strings.Contains(got, "ends on") {
		t.Errorf("while a certificate is written the last one goes on, got %q", got)
	}
	writeCertificate(t, files, 90*24*time.Hour)
	later()
	if got := cert.ended(now) + cert.ending(now); got != "" {
		t.Errorf("of a good certificate: %q", got)
	}
	if err := os.Chmod(files.Key, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openCertificate(files); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that everybody may read: %v", err)
	}
}
