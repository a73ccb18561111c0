package intel

import (
	"io/fs"
	"sort"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sekisho/sekisho/host"
	"go.yaml.in/yaml/v4"
)

func TestBuiltin(t *testing.T) {
	known := Builtin()
	if len(known.Brands) < 250 {
		t.Errorf("%d brands, want 250", len(known.Brands))
	}
	for _, name := range []string{"freemail", "esp", "shortener", "redirector", "gateway", "hosting", "formhosting",
		"filehosting", "codehosting", "messenger", "meeting", "ddns", "tld", "lure", "pathword", "word", "department"} {
		if list := known.Lists[name]; len(list.Entries) < 40 || list.Doc == "" {
			t.Errorf("list %s has %d entries and doc %q", name, len(list.Entries), list.Doc)
		}
	}
	for _, brand := range known.Brands {
		for _, domain := range brand.Domains {
			if ascii, ok := host.ASCII(domain); !ok || ascii != domain {
				t.Errorf("%s: %s is looked up as %s", brand.Name, domain, ascii)
			}
			// Some own a whole public suffix: githubusercontent.com, service.gov.uk.
			if _, suffix, _ := host.Site(domain); suffix != domain && !host.Public(domain) {
				t.Errorf("%s: nobody can have registered %s", brand.Name, domain)
			}
		}
	}
}

func TestHostFindsEntriesAbove(t *testing.T) {
	known := Builtin()
	for _, tt := range []struct{ list, host, want string }{
		{"hosting", "kaede-ex.pages.dev", "pages.dev"},
		{"shortener", "bit.ly", "bit.ly"},
		{"freemail", "docomo.ne.jp", "docomo.ne.jp"},
		{"tld", "kaede.xyz", "xyz"},
		{"tld", "xyz.example", ""},
		{"freemail", "notgmail.com", ""},
	} {
		if got, ok := known.Host(tt.list, tt.host); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s of %s: %q, %v, want %q", tt.list, tt.host, got, ok, tt.want)
		}
	}
}

func TestDataIsSorted(t *testing.T) {
	files, err := fs.Glob(data, "*/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(data, file)
		if err != nil {
			t.Fatal(err)
		}
		keys := keys(t, text)
		if len(keys) == 0 {
			t.Errorf("%s is empty", file)
		}
		if !sort.StringsAreSorted(keys) {
			for i := 1; i < len(keys); i++ {
				if keys[i] < keys[i-1] {
					t.Errorf("%s: %q stands after %q", file, keys[i], keys[i-1])
				}
			}
		}
	}
}

// keys returns the names of brands, folded, or the entries of a list, in the order of the file.
func keys(t *testing.T, text []byte) []string {
	t.Helper()
	var file struct {
		Brands  []struct{ Name string }
		Entries yaml.Node
	}
	if err := yaml.Load(text, &file); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, brand := range file.Brands {
		keys = append(keys, strings.ToLower(brand.Name))
	}
	for i := 0; i < len(file.Entries.Content); i += 2 {
		keys = append(keys, file.Entries.Content[i].Value)
	}
	return keys
}

func TestLoadRefuses(t *testing.T) {
	const head = "source: by hand\ndate: 2026-11-01\n"
	for name, file := range map[string]struct{ path, text, want string }{
		"unknown key":     {"brand/a.yaml", head + "brand: []\n", "brand"},
		"no date":         {"list/a.yaml", "source: by hand\nentries: {a.example: }\n", "date"},
		"no domain":       {"brand/a.yaml", head + "brands: [{name: A}]\n", "at least one domain"},
		"bad domain":      {"brand/a.yaml", head + "brands: [{name: A, domains: [https://a.example]}]\n", "no domain"},
		"capital":         {"list/a.yaml", head + "entries: {A.example: }\n", "no host name"},
		"domain twice":    {"brand/a.yaml", head + "brands: [{name: A, domains: [a.example, a.example]}]\n", "twice"},
		"brand twice":     {"brand/a.yaml", head + "brands: [{name: A, domains: [a.example]}, {name: A, domains: [b.example]}]\n", "too"},
		"entry twice":     {"list/a.yaml", head + "entries: {a.example: , a.example: }\n", "already"},
		"label in a list": {"list/a.yaml", head + "entries: {example: }\n", "no host name"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(fstest.MapFS{file.path: {Data: []byte(file.text)}})
			if err == nil || !strings.Contains(err.Error(), file.want) || !strings.Contains(err.Error(), file.path) {
				t.Errorf("error %v, want one that names %s and %q", err, file.path, file.want)
			}
		})
	}
}
