package dependency

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
)

func TestGolden(t *testing.T) { detectortest.Run(t, Detector, nil, nil) }

func TestResembles(t *testing.T) {
	tests := []struct{ ecosystem, name, want string }{
		{"npm", "etehrs", "ethers"}, {"npm", "ethres", "ethers"}, {"npm", "ethhers", "ethers"}, {"npm", "vlem", "viem"}, {"npm", "vienm", ""}, {"npm", "weeb3", "web3"}, {"npm", "wbe3", "web3"}, {"npm", "cccxt", "ccxt"},
		{"npm", "xrp1", "xrpl"}, {"npm", "hardhta", "hardhat"}, {"npm", "hard-hat", "hardhat"}, {"npm", "bitcoin-js-lib", "bitcoinjs-lib"}, {"npm", "solana-web3js", "@solana/web3.js"}, {"npm", "@solana/web3js", "@solana/web3.js"},
		{"npm", "@so1ana/web3.js", "@solana/web3.js"}, {"npm", "wagml", "wagmi"}, {"npm", "trufle", "truffle"}, {"pypi", "we3b", "web3"}, {"pypi", "requsts", "requests"}, {"pypi", "eth_account", ""}, {"npm", "ethers", ""},
		{"npm", "@types/express", ""}, {"npm", "view", ""}, {"npm", "react-dom", ""}, {"cargo", "rust-decimal", "rust_decimal"},
	}
	for _, test := range tests {
		if got, how := field().resembles(test.ecosystem, test.name); got != test.want {
			t.Errorf("%s resembles %q (%s), want %q", test.name, got, how, test.want)
		}
	}
}

func TestKnownBad(t *testing.T) {
	tests := []struct {
		name, spec string
		lock, want bool
	}{
		{"xrpl", "4.2.2", true, true}, {"xrpl", "^4.2.1", false, true}, {"xrpl", "^4.2.5", false, false}, {"xrpl", "4.2.5", true, false}, {"flatmap-stream", "0.1.0", true, true}, {"chalk", "5.6.1", true, true}, {"chalk", "5.6.0", true, false},
	}
	for _, test := range tests {
		if what, source := knownBad("npm", test.name, test.spec, test.lock); (what != "") != test.want || test.want && source == "" {
			t.Errorf("%s %s: %q (%s), want %t", test.name, test.spec, what, source, test.want)
		}
	}
	if len(badVersions()) < 30 || len(field().own) < 80 {
		t.Errorf("%d bad versions and %d names: the tables are not read", len(badVersions()), len(field().own))
	}
}

// FuzzRunNeverPanics reads anything as every manifest and lock file.
func FuzzRunNeverPanics(f *testing.F) {
	for _, seed := range []string{`{"dependencies":{"a":"npm:b@1","c":"git+ssh://x/y"},"packages":{"":{},"node_modules/a":{"resolved":"http://x/-/y"}}}`, "a@1:\n  version \"1\"\n  resolved \"x\"\n", "a @ http://b\n-i c\n",
		"[dependencies]\na={git=\"x\"}\n", "require (\n a.b/c v1\n)\n", "gem 'a', git: 'b'\n", "packages:\n  /a@1:\n    resolution: {tarball: x}\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree := &sekisho.Artifact{ID: "0", Kind: sekisho.KindRepository}
		for _, name := range []string{"package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", ".npmrc", "requirements.txt", "pyproject.toml", "Cargo.toml", "go.mod", "Gemfile", "composer.json"} {
			tree.Parts = append(tree.Parts, &sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Up: tree, Blob: bytes.NewReader([]byte(text)), Size: int64(len(text))})
		}
		for _, part := range tree.Parts {
			pass := &sekisho.Pass{Context: context.Background(), Artifact: part, Org: &sekisho.Org{}, Intel: &sekisho.Intel{}}
			pass.Report = func(facts any, _ ...sekisho.Span) {
				if got := facts.(*Facts); got.Line < 1 || strings.TrimSpace(got.File) == "" {
					t.Errorf("%s: line %d", part.Name, got.Line)
				}
			}
			_ = Detector.Run(pass) // an error is a gap
		}
	})
}
