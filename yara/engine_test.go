package yara

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/tetratelabs/wazero"
)

// engineVariable names the file of the engine, which is not part of the project: tests that need it are skipped
// without.
const engineVariable = "SEKISHO_YARA_ENGINE"

// compiled is the cache that all tests share: compiling the engine takes seconds.
var compiled = sync.OnceValue(wazero.NewCompilationCache)

func engineCode(t testing.TB) []byte {
	t.Helper()
	name := os.Getenv(engineVariable)
	if name == "" {
		t.Skipf("%s does not name the engine: nothing of YARA-X itself is tested", engineVariable)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	code, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func engineWith(t testing.TB, sources ...Source) (*Engine, Report) {
	t.Helper()
	e, err := start(t.Context(), engineCode(t), compiled())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	report, err := e.Compile(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	return e, report
}

// TestConformance wants of the engine that it imports nothing the host does not know, and that every function of the
// host is imported by it.
func TestConformance(t *testing.T) {
	code := engineCode(t)
	all, err := importsOf(code)
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	for _, f := range all.functions {
		if _, ok := hostFuncFor(f.name); !ok {
			t.Errorf("the engine imports %s, which the host does not know", f.name)
			continue
		}
		known++
	}
	if known < len(hostFuncs) {
		t.Errorf("the engine imports %d of the host's %d functions", known, len(hostFuncs))
	}
}

// TestMatches compares with what native YARA 4.2 and YARA-X answer.
func TestMatches(t *testing.T) {
	program := make([]byte, 512)
	copy(program, "MZ")
	program[0x3c] = 0x80
	copy(program[0x80:], "PE\x00\x00\x4c\x01\x00\x00") // i386, no sections
	tests := []struct {
		name, rule string
		data       string
		want       bool
	}{
		{"text", `strings: $a = "needle" condition: $a`, "hay needle hay", true},
		{"text elsewhere", `strings: $a = "needle" condition: $a`, "hay", false},
		{"nocase", `strings: $a = "NEEDLE" nocase condition: $a`, "needle", true},
		{"wide", `strings: $a = "abc" wide condition: $a`, "a\x00b\x00c\x00", true},
		{"fullword", `strings: $a = "abc" fullword condition: $a`, "xabc", false},
		{"xor", `strings: $a = "marker" xor(1-255) condition: $a`, "\x4c\x40\x53\x4a\x44\x53", true},
		{"base64", `strings: $a = "This program cannot" base64 condition: $a`, "VGhpcyBwcm9ncmFtIGNhbm5vdA==", true},
		{"hex with jumps", `strings: $a = { 61 ?? 63 [1-3] ( 64 | 65 ) } condition: $a`, "abcXXd", true},
		{"regex", `strings: $a = /b[0-9]{2,4}\.example/ condition: $a`, "b123.example", true},
		{"count and offset", `strings: $a = "x" condition: #a == 3 and @a[2] == 2 and !a[1] == 1`, "x-x-x", true},
		{"loop over offsets", `strings: $a = "x" condition: for all i in (1..#a) : (uint8(@a[i] + 1) == 0x2d)`, "x-x-", true},
		{"of a set", `strings: $a1 = "p" $a2 = "q" $b = "r" condition: 1 of ($a*) and not $b`, "q", true},
		{"integers", `condition: uint16(0) == 0x6261 and uint32be(0) == 0x61626364 and int8(4) == -1 and filesize == 5`, "abcd\xff", true},
		{"integer beyond the end", `condition: uint32(2) == 0`, "abcd", false},
		{"integer before the start", `condition: uint8(-1) == 0`, "abcd", false},
		{"entropy", `condition: math.entropy(0, filesize) > 1.9 and math.entropy(0, filesize) < 2.1`, "abcdabcd", true},
		{"digest", `condition: hash.md5(0, filesize) == "900150983cd24fb0d6963f7d28e17f72"`, "abc", true},
		{"another digest", `condition: hash.sha256(0, filesize) == "00"`, "abc", false},
		{"program", `condition: pe.is_pe and pe.machine == pe.MACHINE_I386 and pe.number_of_sections == 0`, string(program), true},
		{"external variable", `condition: filename == "" and not extension matches /exe/`, "x", true},
	}
	var sources []Source
	for i, test := range tests {
		sources = append(sources, Source{test.name, fmt.Sprintf("import \"pe\" import \"math\" import \"hash\" rule r%d { %s }", i, test.rule)})
	}
	e, report := engineWith(t, sources...)
	if len(report.Problems) > 0 || report.Rules != len(tests) {
		t.Fatalf("report %+v", report)
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			matches, err := e.Scan(t.Context(), []byte(test.data))
			if err != nil {
				t.Fatal(err)
			}
			got := false
			for _, m := range matches {
				got = got || m.Rule == fmt.Sprintf("r%d", i) && m.Namespace == test.name
			}
			if got != test.want {
				t.Errorf("match is %t, want %t", got, test.want)
			}
		})
	}
}

func TestMatchTellsWhatItsAuthorSays(t *testing.T) {
	e, _ := engineWith(t, Source{"own.yar", `
private rule helper { condition: true }
rule found : one two {
	meta: author = "A. Researcher" n = 5 yes = true author = "B"
	strings: $a = "ab" $b = /c{3}/ $c = "d" private
	condition: helper and all of them }`})
	matches, err := e.Scan(t.Context(), []byte("ab ccc d ab"))
	if err != nil || len(matches) != 1 {
		t.Fatalf("%v, %v", matches, err)
	}
	want := "{found own.yar [one two] [{author A. Researcher} {n 5} {yes true} {author B}] [{$a 0 2} {$a 9 2} {$b 3 3}] 3}"
	if got := fmt.Sprint(matches[0]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestBrokenRulesAreNamedAndLeftOut(t *testing.T) {
	e, report := engineWith(t,
		Source{"a.yar", "rule good { strings: $a = \"abc\" condition: $a }\nrule broken {\n condition: nonesuch }\n" +
			"rule leans { condition: broken } rule beside { condition: true }\nrule slip { strings: $a = condition }\nrule last { condition: filesize > 0 }"},
		Source{"b.yar", "import \"nonesuch\"\ninclude \"a.yar\"\nrule after { condition: true }"},
		Source{"c.yar", "nothing of a rule {{{\n"},
		Source{"d.yar", "rule open { condition: true\nrule closed { condition: true }"},
		Source{"empty.yar", ""})
	var got []string
	for _, p := range report.Problems {
		if p.Reason == "" {
			t.Errorf("%v has no reason", p)
		}
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s:%d %s", p.File, p.Line, p.Rule)))
	}
	slices.Sort(got)
	want := []string{"a.yar:3 broken", "a.yar:4 leans", "a.yar:5 slip", "b.yar:1", "b.yar:2", "c.yar:1", "d.yar:2 open"}
	if !slices.Equal(got, want) {
		t.Errorf("problems\n%q, want\n%q", got, want)
	}
	matches, err := e.Scan(t.Context(), []byte("abc"))
	if err != nil {
		t.Fatal(err)
	}
	var ran []string
	for _, m := range matches {
		ran = append(ran, m.Rule)
	}
	if got, want := strings.Join(ran, " "), "good beside last after closed"; got != want {
		t.Errorf("rules that run: %s, want %s", got, want)
	}
	if report.Rules != len(ran) || report.Files != 5 {
		t.Errorf("%d rules of %d files, want %d of 5", report.Rules, report.Files, len(ran))
	}
}

// TestScanEndsInTime scans what takes hours: in a condition, in functions that a condition calls, and in the search for
// strings.
func TestScanEndsInTime(t *testing.T) {
	tests := []struct {
		name, rule string
		data       []byte
	}{
		{"condition", `rule a { condition: for all i in (0..100000000000) : (i >= 0) }`, []byte("abc")},
		{"integers", `rule a { condition: for all i in (0..100000000000) : (uint8(i % 3) > 0) }`, []byte("abc")},
		{"functions", `import "math" rule a { condition: for all i in (0..100000000000) : (math.entropy(0, filesize) >= 0.0) }`, bytes.Repeat([]byte("ab"), 1<<20)},
		{"strings", `rule a { strings: $a = /aaaa[^z]{1,10000}xyz/ condition: $a }`, bytes.Repeat([]byte("a"), 8<<20)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, _ := engineWith(t, Source{"a.yar", test.rule})
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			begin := time.Now()
			_, err := e.Scan(ctx, test.data)
			if !errors.Is(err, sekisho.ErrTimeout) || !e.spent(err) {
				t.Errorf("error %v, want one that wraps ErrTimeout and ends the engine", err)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestScansLeaveLittle scans often with one engine: neither its memory nor the host's values grow. The engine forgets a
// few entries of its table.
func TestScansLeaveLittle(t *testing.T) {
	e, _ := engineWith(t, Source{"a.yar", `import "pe" rule a { strings: $a = "abc" condition: $a and not pe.is_pe }`})
	size := func() (uint32, uint64) { return e.main.Memory().Size(), e.tableCall(t.Context(), "size")[0] }
	scan := func() {
		if matches, err := e.Scan(t.Context(), []byte("xabcx")); err != nil || len(matches) != 1 {
			t.Fatal(matches, err)
		}
	}
	for range 3 {
		scan()
	}
	memory, table := size()
	for range 50 {
		scan()
	}
	if m, n := size(); m != memory || n > table+50*8 || len(e.values.values) != 0 || len(e.opened) != 0 {
		t.Errorf("memory %d to %d, table %d to %d, %d values, %d modules", memory, m, table, n, len(e.values.values), len(e.opened))
	}
}
