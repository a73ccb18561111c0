package office

import (
	"os"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/auth"
	"github.com/sekisho/sekisho/detector/detectortest"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/rules"
)

func TestGolden(t *testing.T) { detectortest.Run(t, Detector, nil, nil) }

func TestRuleExamples(t *testing.T) {
	set, err := rules.Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	j, err := judge.Compile(set.Rules, set.Conditions, []*sekisho.Detector{Detector, auth.Detector})
	if err != nil {
		t.Fatal(err)
	}
	outcomes := j.Examples(t.Context())
	if len(outcomes) < 2*len(set.Rules) {
		t.Errorf("%d examples of %d rules", len(outcomes), len(set.Rules))
	}
	for _, o := range outcomes {
		if !o.OK() {
			t.Errorf("%+v", o)
		}
	}
}

func TestPlace(t *testing.T) {
	for _, tt := range []struct{ target, scheme, host string }{
		{`https://a.example/x`, "https", "a.example"}, {`\\a.example\x`, "unc", "a.example"}, {`\\a.example@SSL\x`, "unc", "a.example"}, {`file://a.example/x`, "unc", "a.example"},
		{`file:////a.example/x`, "unc", "a.example"}, {`file:///\\a.example\x`, "unc", "a.example"}, {`file:///C:/x`, "", ""}, {`C:\x`, "", ""}, {`x.docx`, "", ""},
		{`mailto:a@b.example`, "", ""}, {`mhtml:http://a.example/x!y`, "mhtml", "a.example"}, {`//a.example/x`, "unc", "a.example"},
	} {
		if scheme, host := place(tt.target); scheme != tt.scheme || host != tt.host {
			t.Errorf("%s: %q %q, want %q %q", tt.target, scheme, host, tt.scheme, tt.host)
		}
	}
}

func TestCalls(t *testing.T) {
	for _, tt := range []struct{ name, source, want string }{
		{"a call", "x = Shell(y, 1)", "Shell"}, {"a member", "Application.Shell", ""}, {"a part of a word", "Dim shellfish", ""}, {"a comment", "' Shell x\nRem Shell x\n", ""},
		{"a word in a text", `MsgBox "shell"`, ""}, {"a divided text", `CreateObject("WScr" & "ipt.Sh" + "ell")`, "WScript.Shell"}, {"a continued line", "Shell _\r\n x", "Shell"},
		{"a method of the same name", "re.Exec(x)", ""}, {"one of an Excel 4 macro", "EXEC(x)", ""}, {"a command", `x = "powershell -w 1"`, "powershell"},
	} {
		f := &Facts{}
		if f.readMacro(tt.source); strings.Join(f.Runs, " ") != tt.want {
			t.Errorf("%s: %v, want %q", tt.name, f.Runs, tt.want)
		}
	}
}

func BenchmarkMacro(b *testing.B) {
	source := strings.Repeat("Public Sub Refresh(ByVal row As Long)\r\n    Range(\"A1\").Value = \"Total of \" & row ' the row\r\nEnd Sub\r\n", 1000)
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		(&Facts{}).readMacro(source)
	}
}
