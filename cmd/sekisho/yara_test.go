package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestYara installs the engine that SEKISHO_YARA_ENGINE names, checks rules and inspects with them.
func TestYara(t *testing.T) {
	engine := os.Getenv("SEKISHO_YARA_ENGINE")
	if engine == "" {
		t.Skip("SEKISHO_YARA_ENGINE does not name the engine: rules of YARA are not tested")
	}
	folder := t.TempDir()
	t.Setenv("XDG_DATA_HOME", filepath.Join(folder, "data"))
	t.Setenv("XDG_CACHE_HOME", filepath.Join(folder, "cache"))
	write := func(name, content string) string {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	rules := filepath.Dir(write("rules/own.yar", `rule marker { meta: author = "A. Researcher" severity = "high" strings: $a = "inert marker" condition: $a }
rule broken { condition: nonesuch }`))
	marked, plain := write("marked.txt", "an inert marker"), write("plain.txt", "nothing")
	tests := []struct {
		args []string
		code int
		want string
	}{
		{[]string{"yara", "install", engine}, exitClean, "yara_x_js_bg.wasm"},
		{[]string{"yara", "check", rules}, exitFound, "own.yar:2: rule broken: unknown identifier `nonesuch`"},
		{[]string{"yara", "check", rules}, exitFound, "1 rules of 1 files run, 1 problems"},
		{[]string{"inspect", "--yara", rules, marked}, exitFound, "Your YARA rule marker (own.yar, by A. Researcher)"},
		{[]string{"inspect", "--yara", rules, plain}, exitClean, "inspected 1"},
	}
	for _, test := range tests {
		var out, errs bytes.Buffer
		code := run(t.Context(), test.args, terminal{strings.NewReader(""), &out, &errs})
		if said := strings.Join(strings.Fields(out.String()), " "); code != test.code || !strings.Contains(said, test.want) {
			t.Errorf("%v exits with %d, want %d, and says\n%s%s\nwant %q", test.args, code, test.code, &out, &errs, test.want)
		}
	}
}
