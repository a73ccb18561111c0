package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho/intel/ruleset"
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
	pullRules(t, filepath.Join(folder, "data", "sekisho"), `rule of_others { meta: author = "B. Author" strings: $a = "another marker" condition: $a }`)
	foreign := write("foreign.txt", "another marker")
	marked, plain := write("marked.txt", "an inert marker"), write("plain.txt", "nothing")
	tests := []struct {
		args []string
		code int
		want string
	}{
		{[]string{"yara", "install", engine}, exitClean, "yara_x_js_bg.wasm"},
		{[]string{"yara", "check", rules}, exitFound, "own.yar:2: rule broken: unknown identifier `nonesuch`"},
		{[]string{"yara", "check", rules}, exitFound, "2 rules of 2 files run, 1 problems"},
		{[]string{"yara", "check"}, exitClean, "1 rules of 1 files run, 0 problems"},
		{[]string{"inspect", "--yara", rules, "--fail-on", "warn", foreign}, exitFound, "The YARA rule of_others (public/rules.yar, by B. Author) matches"},
		{[]string{"intel", "status"}, exitClean, "public 1 1 0 h"},
		{[]string{"inspect", "--yara", rules, marked}, exitFound, "The YARA rule marker (own.yar, by A. Researcher)"},
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

// pullRules pulls a set named public that holds the rules, from a server on this machine, into the data folder.
func pullRules(t *testing.T, data, rules string) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, rules) }))
	defer server.Close()
	library := ruleset.Library{Folder: data, Client: server.Client(), Now: time.Now()}
	if _, err := library.Pull(t.Context(), ruleset.Source{Name: "public", URL: server.URL, Licence: "DRL-1.1"}); err != nil {
		t.Fatal(err)
	}
}
