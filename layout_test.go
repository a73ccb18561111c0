package sekisho_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sekisho/sekisho"

// layers is the drawing: what each package may import of this module. A name that ends in /* means every folder below,
// none of which may import another of them. Every package of the module is in it, and everything in it exists.
var layers = map[string][]string{
	".":        {},
	"fold":     {},
	"term":     {},
	"code":     {"term"},
	"manifest": {},
	"host":     {},
	"charset":  {},
	"rtf":      {"."},
	"coin":     {},
	"password": {"."},
	"opener/*": {".", "fold", "host", "charset", "rtf", "password", "coin"},
	"opener":   {".", "opener/*"},

	"detector/detectortest": {"."},
	"detector/*":            {".", "fold", "host", "term", "secret", "derive", "coin", "code", "manifest"},
	"detector":              {".", "detector/*"},

	"secret":            {},
	"secret/secrettest": {},
	"derive":            {},
	"yara":              {"."},

	"judge":       {"."},
	"checkpoint":  {".", "judge"},
	"rules":       {"."},
	"worker":      {"."},
	"source":      {"."},
	"report":      {".", "fold"},
	"org":         {".", "host", "fold"},
	"intel":       {".", "fold"},
	"intel/*":     {".", "host", "fold"},
	"intel/label": {".", "coin"},
	"intel/feed":  {".", "coin", "host", "intel/label"},

	"record":   {".", "fold", "host", "report"},
	"people":   {"record"},
	"dossier":  {".", "record", "report"},
	"effect/*": {".", "record", "report"},
	"config":   {},
	"milter":   {".", "checkpoint", "record", "effect/release"},
	"inbox":    {".", "checkpoint", "record", "report", "fold", "host", "effect/answer"},
	"watch":    {".", "checkpoint", "record", "source"},
	"api":      {".", "checkpoint", "record", "report", "people", "coin", "intel/label"},
	"console":  {".", "checkpoint", "record", "report", "people", "dossier"},

	"milter/postfixtest":  {},
	"record/postgrestest": {},
	"inbox/dovecottest":   {},

	"cmd/sekisho":   {"*"},
	"docs":          {},
	"docs/generate": {"*"},
	"docs/nxdomain": {},
	"docs/torture":  {".", "record", "record/postgrestest", "milter/postfixtest"},
	"docs/load":     {"*"},
}

// reasons says why a detector may import what detectors may not.
var reasons = map[string]map[string]string{
	"detector/auth": {"net": "the types in which SPF takes an address and a resolver its answers; it opens no connection"},
}

// outside is what detectors may not import: what is known outside the artifact comes through Intel.
var outside = []string{"net", "net/http", "os", "os/exec", "os/user", "syscall"}

// parsed is one Go file of the module that is not a test.
type parsed struct {
	path string // slash-separated, from the top
	file *ast.File
	set  *token.FileSet
	text string
}

func (p parsed) dir() string { return path.Dir(p.path) }

// goFiles parses every Go file of the module. It fails when it finds few: a test that reads nothing proves nothing.
func goFiles(t *testing.T) []parsed {
	t.Helper()
	var files []parsed
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || name != "." && strings.HasPrefix(entry.Name(), ".")) {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, parsed{filepath.ToSlash(name), file, set, string(text)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files found", len(files))
	}
	return files
}

// layerOf returns the entry of the drawing that dir belongs to.
func layerOf(dir string) (string, bool) {
	if _, ok := layers[dir]; ok {
		return dir, true
	}
	wide := path.Dir(dir) + "/*"
	_, ok := layers[wide]
	return wide, ok
}

func TestLayers(t *testing.T) {
	found, used := map[string]bool{}, map[string]bool{}
	for _, f := range goFiles(t) {
		layer, ok := layerOf(f.dir())
		if !ok {
			t.Errorf("%s: package %s is not in the drawing", f.path, f.dir())
			continue
		}
		found[layer] = true
		for _, spec := range f.file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			used[layer+" "+checkImport(t, f, layer, imported)] = true
		}
	}
	for layer, allowed := range layers {
		if !found[layer] {
			t.Errorf("the drawing names %s, which holds no Go file", layer)
		}
		for _, other := range allowed {
			if other != "*" && !used[layer+" "+other] {
				t.Errorf("the drawing lets %s import %s, which it does not", layer, other)
			}
		}
	}
}

// checkImport returns the entry of the drawing that allows the import, empty when none has to.
func checkImport(t *testing.T, f parsed, layer, imported string) string {
	t.Helper()
	if strings.HasPrefix(imported, "cel.dev/") && f.dir() != "judge" {
		t.Errorf("%s imports %s: only judge knows CEL", f.path, imported)
	}
	if layer == "detector/*" && slices.Contains(outside, imported) && reasons[f.dir()][imported] == "" {
		t.Errorf("%s imports %s: a detector knows the outside through Intel only", f.path, imported)
	}
	within, ok := strings.CutPrefix(imported, module)
	if !ok {
		if layer == "." && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
			t.Errorf("%s imports %s: the nouns need the standard library only", f.path, imported)
		}
		return ""
	}
	within = path.Clean("./" + within)
	allowed := layers[layer]
	target, _ := layerOf(within)
	switch {
	case slices.Contains(allowed, "*") || within == f.dir():
		return ""
	case slices.Contains(allowed, within):
		return within
	case !slices.Contains(allowed, target):
		t.Errorf("%s imports %s, which the drawing does not allow", f.path, within)
	}
	return target
}

func TestNoClockInDetectors(t *testing.T) {
	for _, f := range goFiles(t) {
		if layer, _ := layerOf(f.dir()); layer == "detector/*" && (strings.Contains(f.text, "time.Now(") || strings.Contains(f.text, "time.Since(")) {
			t.Errorf("%s reads the clock: a verdict could not be replayed", f.path)
		}
	}
}

// TestNames refuses package names that say nothing.
func TestNames(t *testing.T) {
	for _, f := range goFiles(t) {
		switch f.file.Name.Name {
		case "util", "utils", "common", "helper", "helpers", "misc", "base", "types", "models", "internal", "pkg":
			t.Errorf("%s: package %s is named for nothing in it", f.path, f.file.Name.Name)
		}
	}
}

// The most lines of a file and of a function. Tables, generated files and switches over a format's tags may be longer
// where longer says so.
const (
	fileLines     = 420
	functionLines = 70
)

var longer = map[string]string{}

func TestSizes(t *testing.T) {
	for _, f := range goFiles(t) {
		if lines := strings.Count(f.text, "\n"); lines > fileLines && longer[f.path] == "" && !ast.IsGenerated(f.file) {
			t.Errorf("%s has %d lines, want at most %d", f.path, lines, fileLines)
		}
		for _, decl := range f.file.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := f.set.Position(function.End()).Line - f.set.Position(function.Pos()).Line
			if key := f.path + ":" + function.Name.Name; lines > functionLines && longer[key] == "" {
				t.Errorf("%s has %d lines, want at most %d", key, lines, functionLines)
			}
		}
	}
}

// TestDocumented wants a package comment for every package and a comment for every exported name outside main.
func TestDocumented(t *testing.T) {
	packages := map[string]bool{}
	for _, f := range goFiles(t) {
		packages[f.dir()] = packages[f.dir()] || f.file.Doc != nil
		if f.file.Name.Name == "main" {
			continue
		}
		for _, decl := range f.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) && d.Doc == nil {
					t.Errorf("%s: func %s has no comment", f.path, d.Name.Name)
				}
			case *ast.GenDecl:
				checkSpecs(t, f, d)
			}
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		if !packages[dir] {
			t.Errorf("package %s has no comment", dir)
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	receiver := d.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	name, ok := receiver.(*ast.Ident)
	return !ok || name.IsExported()
}

func checkSpecs(t *testing.T, f parsed, d *ast.GenDecl) {
	t.Helper()
	for _, spec := range d.Specs {
		var names []*ast.Ident
		var doc *ast.CommentGroup
		switch s := spec.(type) {
		case *ast.TypeSpec:
			names, doc = []*ast.Ident{s.Name}, s.Doc
		case *ast.ValueSpec:
			names, doc = s.Names, cmp.Or(s.Doc, s.Comment)
		}
		for _, name := range names {
			if name.IsExported() && d.Doc == nil && doc == nil {
				t.Errorf("%s: %s has no comment", f.path, name.Name)
			}
		}
	}
}

// TestDependenciesAreReasoned wants a line in develop.md for every module that is required directly.
func TestDependenciesAreReasoned(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("develop.md")
	if err != nil {
		t.Fatal(err)
	}
	direct, _, _ := strings.Cut(string(mod), "\n)") // the first block of requirements
	found := 0
	for line := range strings.Lines(direct) {
		fields := strings.Fields(line)
		if len(fields) != 2 || !strings.HasPrefix(fields[1], "v") {
			continue
		}
		found++
		if !strings.Contains(string(page), fields[0]) {
			t.Errorf("develop.md does not say what %s is for", fields[0])
		}
	}
	if found < 10 {
		t.Errorf("only %d direct requirements found", found)
	}
}

// TestPathsInDocsExist holds the folders and files that pages name against the tree.
func TestPathsInDocsExist(t *testing.T) {
	link := regexp.MustCompile(`\]\(([a-zA-Z0-9_./-]+)\)`)
	checked := 0
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "README.md", "develop.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			checked++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			}
		}
	}
	if checked == 0 {
		t.Error("no link found in any page")
	}
}

// TestTestsInSecurityPageExist holds the tests that docs/security.md names against the tree.
func TestTestsInSecurityPageExist(t *testing.T) {
	page, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z/]+)` ((?:Test|Fuzz)[A-Za-z0-9]+)").FindAllStringSubmatch(string(page), -1)
	if len(named) < 30 {
		t.Fatalf("only %d tests found in docs/security.md", len(named))
	}
	for _, m := range named {
		if !declares(t, m[1], m[2]) {
			t.Errorf("docs/security.md names %s of %s, which is not there", m[2], m[1])
		}
	}
}

// declares reports whether a test file of the folder declares the function.
func declares(t *testing.T, dir, function string) bool {
	t.Helper()
	files, err := filepath.Glob(dir + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+function+"(") {
			return true
		}
	}
	return false
}
