package api

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestScan(t *testing.T) {
	for _, tt := range []struct{ name, body, detail string }{
		{"an object", `{"a":[1,{"b":"c"}]}`, ""},
		{"sixteen levels", strings.Repeat("[", 16) + strings.Repeat("]", 16), ""},
		{"seventeen levels", strings.Repeat("[", 17) + strings.Repeat("]", 17), "more than 16 levels"},
		{"a bomb", strings.Repeat("[", 100_000), "more than 16 levels"},
		{"objects in objects", strings.Repeat(`{"a":`, 100_000), "more than 16 levels"},
		{"a field twice", `{"a":1,"a":2}`, `the field "a" stands twice`},
		{"a field twice, deep", `[{"x":{"a":1,"b":[],"a":2}}]`, `the field "a" stands twice`},
		{"a field twice, escaped", `{"a":1,"\u0061":2}`, `the field "a" stands twice`},
		{"the same field in two objects", `[{"a":1},{"a":2}]`, ""},
		{"a field in upper case", `{"Text":"x"}`, "unknown field"},
		{"a letter that folds to k", "{\"\u212Aind\":1}", "unknown field"},
		{"a long field", `{"` + strings.Repeat("a", 65) + `":1}`, "unknown field"},
		{"something behind", `{} {}`, "something follows"},
		{"space behind", "{}\n", ""},
		{"NUL", `{"a":"\u0000"}`, "NUL"},
		{"not UTF-8", "{\"a\":\"\xff\"}", "UTF-8"},
		{"cut off", `{"a":`, "not JSON"},
		{"nothing", ``, "not JSON"},
		{"XML", `<a/>`, "not JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := scan([]byte(tt.body))
			if tt.detail == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var r *refusal
			if !errors.As(err, &r) || r.fault != invalid || !strings.Contains(r.detail, tt.detail) {
				t.Errorf("got %v, want %q", err, tt.detail)
			}
		})
	}
}

// FuzzStrictBodiesReadTheSameEverywhere: what passes means the same to a program that reads names exactly and keeps the last
// of two as to encoding/json, which does neither.
func FuzzStrictBodiesReadTheSameEverywhere(f *testing.F) {
	for _, seed := range []string{`{"do":"block","reason":"x","indicators":[{"kind":"domain","value":"a.example"}]}`, `{"do":"block","Do":"unblock"}`,
		`{"do":"block","d\u006f":"hunt"}`, `{"do":"hunt"} {}`, `{"reason":"\u0000"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var direct, again IndicatorRequest
		if decodeStrictly(data, &direct) != nil {
			return
		}
		var exact any
		if err := json.Unmarshal(data, &exact); err != nil {
			t.Fatalf("%q passed: %v", data, err)
		}
		whole, err := json.Marshal(exact)
		if err != nil {
			t.Fatal(err)
		}
		if err := decodeStrictly(whole, &again); err != nil || !reflect.DeepEqual(direct, again) {
			t.Errorf("%q is %+v, and %+v after another program: %v", data, direct, again, err)
		}
	})
}

func TestEncode(t *testing.T) {
	if got, want := string(encode(map[string]string{"a": "<script>\u202Eexe\u009B\U000E0041 界"})), `{"a":"\u003cscript\u003e\u202eexe\u009b\udb40\udc41 界"}`+"\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFilled(t *testing.T) {
	type inner struct {
		List []string `json:"list"`
	}
	type outer struct {
		Inner inner           `json:"inner"`
		Many  []inner         `json:"many"`
		None  []inner         `json:"none"`
		Raw   json.RawMessage `json:"raw,omitempty"`
	}
	given := outer{Many: []inner{{}}}
	got, err := json.Marshal(filled(given))
	if want := `{"inner":{"list":[]},"many":[{"list":[]}],"none":[]}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if given.Many[0].List != nil {
		t.Error("what was given was changed")
	}
}

func TestLanguageRange(t *testing.T) {
	for item, want := range map[string]float64{"ja": 1, " en-GB ;q=0.8": 0.8, "ja;q=x": 0, "ja;level=1": 1, "": 1, "ja;q=0": 0} {
		if _, got := languageRange(item); got != want {
			t.Errorf("%q: %v, want %v", item, got, want)
		}
	}
}

func TestBaseName(t *testing.T) {
	for name, want := range map[string]string{
		"invoice.pdf":                        "invoice.pdf",
		"../../etc/passwd":                   "passwd",
		`C:\Users\a\..\b.exe`:                "b.exe",
		"..":                                 "",
		"/":                                  "",
		"a\x00b":                             "ab",
		"\u202Efdp.exe":                      "\u202Efdp.exe", // detectors read it
		"\xff.txt":                           "\uFFFD.txt",
		strings.Repeat("界", 100) + ".exe":    strings.Repeat("界", 83) + ".exe",
		"a\r\nSet-Cookie: x":                 "a\r\nSet-Cookie: x", // written in JSON only
		strings.Repeat("a/", 1000) + "b.txt": "b.txt",
	} {
		if got := baseName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestSafeName(t *testing.T) {
	if got, want := safeName("p-1\"\r\n/..\\;x"), "p-1--------x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMeters(t *testing.T) {
	m := &meters{rate: 10, burst: 2, parallel: 2, of: map[string]*meter{}}
	now := time.Unix(1_800_000_000, 0)
	for i, step := range []struct {
		token string
		after time.Duration
		end   bool
		ok    bool
		wait  time.Duration
	}{
		{token: "a", ok: true},
		{token: "a", ok: true},
		{token: "a", wait: time.Second},                       // two at once
		{token: "a", end: true, wait: 100 * time.Millisecond}, // the bucket is empty
		{token: "b", ok: true},                                // another token's is not
		{token: "a", after: 100 * time.Millisecond, ok: true}, // refilled by one
		{token: "a", after: time.Hour, end: true, ok: true},   // full again, and not more than full
		{token: "a", end: true, ok: true},
		{token: "a", end: true, wait: 100 * time.Millisecond},
	} {
		now = now.Add(step.after)
		if step.end {
			m.end(step.token)
		}
		wait, ok := m.begin(step.token, now)
		if ok != step.ok || wait.Round(time.Millisecond) != step.wait {
			t.Errorf("step %d: %v after %v, want %v after %v", i, ok, wait, step.ok, step.wait)
		}
	}
}
