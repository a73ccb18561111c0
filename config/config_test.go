package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestDescribedFileSaysTheDefaults reads what Describe writes.
func TestDescribedFileSaysTheDefaults(t *testing.T) {
	var text bytes.Buffer
	if err := Describe(&text); err != nil {
		t.Fatal(err)
	}
	got, problems := Parse("sekisho.yaml", text.Bytes(), "")
	if len(problems) > 0 {
		t.Fatalf("problems in the described file: %v\n%s", problems, text.String())
	}
	if want, _ := Parse("sekisho.yaml", nil, ""); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEveryKeyIsDocumented(t *testing.T) {
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if f.Tag.Get("yaml") == "" || f.Tag.Get("doc") == "" {
				t.Errorf("%s.%s has no yaml or doc tag", typ, f.Name)
			}
			inner := f.Type
			if inner.Kind() == reflect.Slice {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				walk(inner)
			}
		}
	}
	walk(reflect.TypeFor[Config]())
}

func TestParse(t *testing.T) {
	c, problems := Parse("/etc/sekisho/sekisho.yaml", []byte(`
data: /var/lib/sekisho
record: {retention: 30d, releasers: 2}
milter: {mode: enforce, bytes: 30MiB, internal: [10.0.0.0/8]}
watch: [{folder: in}]
http: {listen: '127.0.0.1:9000'}
`), "")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if c.Record.URL != "/var/lib/sekisho/sekisho.db" || c.Record.Keys != "/var/lib/sekisho/keys" || c.Watch[0].Folder != "/etc/sekisho/in" {
		t.Errorf("paths: %q %q %q", c.Record.URL, c.Record.Keys, c.Watch[0].Folder)
	}
	if c.HTTP.URL != "http://localhost:9000" {
		t.Errorf("the URL is %q", c.HTTP.URL)
	}
	if time.Duration(c.Record.Retention) != 30*24*time.Hour || c.Milter.Bytes != 30<<20 || time.Duration(c.Watch[0].Settle) != 3*time.Second {
		t.Errorf("values: %+v", c)
	}
}

func TestProblemsAreNamed(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"an unknown key":         {"milter: {mod: shadow}", `f.yaml:1: milter has no key "mod"`},
		"a key twice":            {"data: a\ndata: b", `f.yaml:2: the file has the key "data" twice`},
		"an unknown word":        {"milter:\n  mode: on", `f.yaml:2: milter.mode is "on", want one of shadow, enforce`},
		"no duration":            {"record: {retention: long}", "want a time such as 90d"},
		"a negative size":        {"milter: {bytes: -1}", "want a number of bytes"},
		"a list for a value":     {"data: [a]", "data wants one value"},
		"a value for keys":       {"record: here", "record wants keys and values"},
		"an alias":               {"data: &a x\nrules: *a", "anchor or alias"},
		"not YAML":               {"data: [", "not YAML"},
		"a password in a URL":    {"record: {url: 'postgres://u:p@db/x'}", "holds a password"},
		"open without TLS":       {"http: {listen: '0.0.0.0:8440'}", "without certificate and key"},
		"http beyond loopback":   {"http: {url: 'http://sekisho.example'}", "has to be https"},
		"an inbox without user":  {"inbox: {server: 'imap.example:993'}", "no user"},
		"a plain inbox far away": {"inbox: {server: 'imap.example:143', user: u, password_file: p, plaintext: true}", "this machine only"},
		"a webhook unsigned":     {"notify: {channels: [{kind: webhook, url_file: u}]}", "wants key_file"},
		"syslog to nowhere":      {"siem: {syslog: 'siem.example'}", "want an address such as"},
		"three releasers":        {"record: {releasers: 3}", "want 1 or 2"},
		"where releasers are":    {"data: d\nrecord:\n  releasers: 3", "f.yaml:3: record.releasers"},
		"no URL but TLS":         {"http: {listen: '0.0.0.0:443', certificate: c, key: k}", "f.yaml:1: http.url is not set"},
		"where a group is":       {"data: d\nhttp:\n  certificate: c", "f.yaml:2: http: certificate"},
		"a URL by default":       {"http: {listen: '0.0.0.0:8440'}", "f.yaml:1: http.listen"},
		"a socket without path":  {"milter: {listen: 'unix:'}", "f.yaml:1: milter.listen"},
		"a milter without port":  {"milter: {listen: localhost}", "want HOST:PORT or unix:PATH"},
		"a mail server bare":     {"smtp: {server: mail.example}", "want HOST:PORT"},
		"a folder of itself":     {"watch: [{folder: in, move_to: in/}]", "to itself"},
		"our own data":           {"data: in/data\nwatch: [{folder: in}]", "f.yaml:2: watch: the data folder"},
		"our own SIEM file":      {"watch: [{folder: in}]\nsiem: {file: in/siem.jsonl}", "siem.file"},
		"no time for a mail":     {"milter: {timeout: 0s}", "milter.timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := Parse("f.yaml", []byte(test.text), "")
			var all strings.Builder
			for _, p := range problems {
				all.WriteString(p.String() + "\n")
			}
			if !strings.Contains(all.String(), test.want) {
				t.Errorf("problems:\n%swant one that says %q", all.String(), test.want)
			}
		})
	}
}

func TestSecretFiles(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string, mode os.FileMode) File {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return File(path)
	}
	if got, err := write("good", "s3cret\n", 0o600).Read(); err != nil || got != "s3cret" {
		t.Errorf("got %q, %v", got, err)
	}
	for name, f := range map[string]File{"open": write("open", "x", 0o644), "empty": write("empty", "\n", 0o600), "missing": File(folder + "/none"), "folder": File(folder)} {
		if got, err := f.Read(); err == nil {
			t.Errorf("%s: read %q", name, got)
		}
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	var text bytes.Buffer
	if err := Describe(&text); err != nil {
		f.Fatal(err)
	}
	f.Add(text.Bytes())
	f.Add([]byte("watch: [{folder: a}, b, {settle: 1}]\nsiem: {}\n"))
	f.Fuzz(func(t *testing.T, data []byte) { Parse("f.yaml", data, "") })
}
