package key

import (
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

func TestIsTest(t *testing.T) {
	for _, tt := range []struct {
		name string
		path []string
		want bool
	}{
		{"a Go test", []string{"crypto/tls/tls_test.go"}, true},
		{"test data", []string{"crypto/x509/testdata/key.pem"}, true},
		{"an archive among test data", []string{"testdata/keys.zip", "server.key"}, true},
		{"a test in JavaScript", []string{"src/sign.spec.ts"}, true},
		{"a test in Python", []string{"test_wallet.py"}, true},
		{"a certificate for tests", []string{"net/http/internal/testcert/testcert.go"}, true},
		{"the key of a server", []string{"deploy/server.key"}, false},
		{"a name with test in it", []string{"latest/contest.pem"}, false},
		{"the network for tests is no test", []string{"testnet/wallet.json"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, root := range []struct {
				kind sekisho.Kind
				want bool
			}{{sekisho.KindRepository, tt.want}, {sekisho.KindMail, false}} {
				a := &sekisho.Artifact{Kind: root.kind, Name: "/home/hanako/test/it"}
				for _, name := range tt.path {
					a = &sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Up: a}
				}
				if got := isTest(a); got != root.want {
					t.Errorf("below a %s isTest is %t", root.kind, got)
				}
			}
		})
	}
}

func TestIsSource(t *testing.T) {
	for name, want := range map[string]bool{"certs/server.key": true, "src/HdKey.ts": true, ".env.example": true, ".env": false, "app/.env.local": false, "keys/wallet.dat": false, ".ssh/id_rsa": false} {
		tree := &sekisho.Artifact{Kind: sekisho.KindRepository}
		a := &sekisho.Artifact{Kind: sekisho.KindText, Via: "content", Up: &sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Via: "tree", Up: tree}}
		if got := isSource(a); got != want {
			t.Errorf("%s: isSource is %t", name, got)
		}
	}
	if isSource(&sekisho.Artifact{Kind: sekisho.KindFile, Name: "certs/server.key"}) {
		t.Error("a file by itself is of a source tree")
	}
}

func TestIsReadInside(t *testing.T) {
	entry := func(size int64) *sekisho.Artifact {
		return &sekisho.Artifact{Kind: sekisho.KindFile, Via: "entry", Blob: strings.NewReader(""), Size: size}
	}
	for _, tt := range []struct {
		name    string
		media   string
		size    int64
		entries []*sekisho.Artifact
		want    bool
	}{
		{"every entry is there", "application/x-tar", 2*512 + 100<<10 + 1<<20 + 10240, []*sekisho.Artifact{entry(100 << 10), entry(1 << 20)}, true},
		{"an entry is missing", "application/x-tar", 2*512 + 100<<10 + 1<<20 + 10240, []*sekisho.Artifact{entry(1 << 20)}, false},
		{"nothing was opened", "application/x-tar", 1 << 20, nil, false},
		{"no tar", "application/zip", 1 << 20, []*sekisho.Artifact{entry(1 << 20)}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			archive := &sekisho.Artifact{Kind: sekisho.KindArchive, Parts: tt.entries}
			a := &sekisho.Artifact{Kind: sekisho.KindFile, Size: tt.size, Form: &sekisho.File{Type: tt.media}, Parts: []*sekisho.Artifact{archive}}
			if got := isReadInside(a); got != tt.want {
				t.Errorf("isReadInside is %t", got)
			}
		})
	}
}
