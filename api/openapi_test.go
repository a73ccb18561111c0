package api

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the description into the reference")

func TestOpenAPIIsWritten(t *testing.T) {
	path := filepath.Join("..", "docs", "reference", "openapi.json")
	if *update {
		if err := os.WriteFile(path, OpenAPI(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(written, OpenAPI()) {
		t.Error("docs/reference/openapi.json is not what the table says: go generate ./api")
	}
}

// A description is the OpenAPI document with its schemas ready to be used.
type description struct {
	t        testing.TB
	root     map[string]any
	compiler *jsonschema.Compiler
}

const descriptionURL = "https://sekisho.example/openapi.json"

func newDescription(t testing.TB) *description {
	t.Helper()
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(OpenAPI()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource(descriptionURL, root); err != nil {
		t.Fatal(err)
	}
	return &description{t, root.(map[string]any), compiler}
}

// at returns what lies at the JSON pointer, nil when nothing does.
func (d *description) at(pointer string) any {
	var here any = d.root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		here = here.(map[string]any)[strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")]
		if here == nil {
			return nil
		}
	}
	return here
}

// holds validates a value against the schema at the pointer.
func (d *description) holds(pointer string, value any) {
	d.t.Helper()
	schema, err := d.compiler.Compile(descriptionURL + "#" + pointer)
	if err != nil {
		d.t.Fatalf("%s: %v", pointer, err)
	}
	if err := schema.Validate(value); err != nil {
		d.t.Errorf("%s: %v", pointer, err)
	}
}

// answered validates the answer of an endpoint.
func (d *description) answered(e *endpoint, status int, media string, body []byte) {
	d.t.Helper()
	pointer := e.pointer() + "/responses/" + strconv.Itoa(status)
	answer, ok := d.at(pointer).(map[string]any)
	if !ok {
		d.t.Errorf("%s %s: status %d is not described", e.method, e.path, status)
		return
	}
	if len(body) == 0 && answer["content"] == nil {
		return
	}
	pointer += "/content/" + escapePointer(media)
	if d.at(pointer) == nil {
		d.t.Errorf("%s %s: %s is not described for status %d", e.method, e.path, media, status)
		return
	}
	if !strings.HasSuffix(media, "json") {
		return
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		d.t.Errorf("%s %s: %v", e.method, e.path, err)
		return
	}
	d.holds(pointer+"/schema", value)
}

func (e *endpoint) pointer() string {
	return "/paths/" + escapePointer(strings.ReplaceAll(e.path, "...}", "}")) + "/" + strings.ToLower(e.method)
}

func escapePointer(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
}

func TestEveryEndpointIsDescribed(t *testing.T) {
	d := newDescription(t)
	operations, names := 0, map[string]bool{}
	for _, path := range d.root["paths"].(map[string]any) {
		operations += len(path.(map[string]any))
	}
	table := endpoints()
	if operations != len(table) || len(table) < 25 {
		t.Errorf("%d operations are described, the table has %d", operations, len(table))
	}
	for i := range table {
		e := &table[i]
		operation, ok := d.at(e.pointer()).(map[string]any)
		if !ok {
			t.Errorf("%s %s is not described", e.method, e.path)
			continue
		}
		for _, want := range []string{"operationId", "summary", "description"} {
			if text, _ := operation[want].(string); text == "" {
				t.Errorf("%s %s has no %s", e.method, e.path, want)
			}
		}
		if names[e.name] {
			t.Errorf("two endpoints are called %s", e.name)
		}
		names[e.name] = true
	}
}

// TestExamplesHold validates every example beside its schema: of bodies, answers and parameters.
func TestExamplesHold(t *testing.T) {
	d := newDescription(t)
	examples := 0
	var walk func(pointer string, node any)
	walk = func(pointer string, node any) {
		switch n := node.(type) {
		case map[string]any:
			if example, ok := n["example"]; ok && n["schema"] != nil {
				examples++
				d.holds(pointer+"/schema", example)
			}
			for name, child := range n {
				if name != "example" {
					walk(pointer+"/"+escapePointer(name), child)
				}
			}
		case []any:
			for i, child := range n {
				walk(pointer+"/"+strconv.Itoa(i), child)
			}
		}
	}
	walk("/paths", d.root["paths"])
	if examples < 15 {
		t.Errorf("only %d examples were found", examples)
	}
}

// TestRequestsAreChecked: what the schema of a request refuses, the endpoint refuses, and the other way round.
func TestRequestsAreChecked(t *testing.T) {
	d := newDescription(t)
	for _, tt := range []struct {
		name, schema, body string
		ok                 bool
	}{
		{"whole", "ScreenRequest", `{"addresses":[{"address":"x"}]}`, true},
		{"no address", "ScreenRequest", `{"addresses":[]}`, false},
		{"nothing", "ScreenRequest", `{}`, false},
		{"unknown field", "ScreenRequest", `{"addresses":[{"address":"x","colour":"red"}]}`, false},
		{"too long", "AddressRequest", `{"address":"` + strings.Repeat("a", 513) + `"}`, false},
		{"as long as may be", "AddressRequest", `{"address":"` + strings.Repeat("界", 512) + `"}`, true},
		{"a number", "AddressRequest", `{"address":1}`, false},
		{"no such decision", "CaseDecision", `{"do":"release","reason":"x"}`, false},
		{"a decision", "CaseDecision", `{"do":"confirm","reason":"x"}`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			switch tt.schema {
			case "ScreenRequest":
				err = decodeStrictly([]byte(tt.body), &ScreenRequest{})
			case "AddressRequest":
				err = decodeStrictly([]byte(tt.body), &AddressRequest{})
			case "CaseDecision":
				err = decodeStrictly([]byte(tt.body), &CaseDecision{})
			}
			if (err == nil) != tt.ok {
				t.Errorf("decoded: %v, want ok %v", err, tt.ok)
			}
			schema, err := d.compiler.Compile(descriptionURL + "#/components/schemas/" + tt.schema)
			if err != nil {
				t.Fatal(err)
			}
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); (err == nil) != tt.ok {
				t.Errorf("schema: %v, want ok %v", err, tt.ok)
			}
		})
	}
}

// TestDocsAreOfFields: what is said of fields of other packages is said of ones that exist.
func TestDocsAreOfFields(t *testing.T) {
	types := newSchemas()
	for _, e := range endpoints() {
		e.describe(types)
	}
	known := map[string]bool{}
	for _, typ := range types.types {
		for _, f := range fieldsOf(typ) {
			known[typ.String()+"."+f.name] = true
		}
	}
	for name := range docs {
		if !known[name] {
			t.Errorf("docs tells of %s, which no answer has", name)
		}
	}
}
