package code

import (
	"path"
	"strings"
)

// Language returns the language by the file's name or the first line; "" when neither tells.
func Language(name, text string) string {
	base := lowerASCII(path.Base(strings.ReplaceAll(name, `\`, "/")))
	if language := languages[strings.TrimPrefix(path.Ext(base), ".")]; language != "" {
		return language
	}
	if language := files[base]; language != "" {
		return language
	}
	first, _, _ := strings.Cut(text[:min(len(text), 200)], "\n")
	if !strings.HasPrefix(first, "#!") {
		return ""
	}
	for _, interpreter := range [...]struct{ word, language string }{{"python", "python"}, {"node", "javascript"}, {"deno", "javascript"}, {"ruby", "ruby"}, {"perl", "perl"},
		{"php", "php"}, {"pwsh", "powershell"}, {"osascript", "applescript"}, {"sh", "shell"}} {
		if strings.Contains(first, interpreter.word) {
			return interpreter.language
		}
	}
	return ""
}

var files = map[string]string{"gemfile": "ruby", "rakefile": "ruby", "makefile": "make", "gnumakefile": "make", "dockerfile": "shell", ".envrc": "shell", "configure": "shell", "pkgbuild": "shell",
	".bashrc": "shell", ".profile": "shell", ".zshrc": "shell", "gradlew": "shell", "mvnw": "shell"}

var languages = byExtension(map[string]string{
	"javascript":  "js mjs cjs jsx jse ts tsx mts cts vue svelte",
	"python":      "py pyw pyi pth ipynb",
	"shell":       "sh bash zsh fish ksh command",
	"powershell":  "ps1 psm1 psd1 ps1xml",
	"batch":       "bat cmd",
	"vbscript":    "vbs vbe wsf wsh sct hta vb bas",
	"applescript": "scpt scptd applescript",
	"ruby":        "rb gemspec rake",
	"php":         "php phtml",
	"perl":        "pl pm",
	"lua":         "lua",
	"go":          "go",
	"rust":        "rs",
	"java":        "java kt kts groovy gradle scala",
	"c":           "c h cc cpp cxx hpp m mm cs",
	"make":        "mk",
	"elisp":       "el",
	"nix":         "nix",
})

func byExtension(lists map[string]string) map[string]string {
	byExt := map[string]string{}
	for language, list := range lists {
		for _, ext := range strings.Fields(list) {
			byExt[ext] = language
		}
	}
	return byExt
}
