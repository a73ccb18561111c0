package link

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

// urlLimit is how much of a path, a query and a fragment is read for words and addresses.
const urlLimit = 4096

// download says what the last segment of a path names, by its extension.
func download(path string) (class, extension string) {
	last := path[strings.LastIndexByte(path, '/')+1:]
	dot := strings.LastIndexByte(last, '.')
	if dot < 0 || len(last)-dot > 12 {
		return "", ""
	}
	extension = strings.ToLower(last[dot+1:])
	switch extension {
	case "exe", "msi", "msix", "appx", "appinstaller", "scr", "pif", "cpl", "dll", "jar", "apk", "xapk", "ipa", "dmg", "pkg",
		"mpkg", "deb", "rpm", "appimage", "xpi", "crx", "run", "bin": // not com and app: host names in paths more often than programs
		return "program", extension
	case "jse", "vbs", "vbe", "wsf", "wsh", "hta", "ps1", "bat", "cmd", "sh", "command", "scpt", "applescript", "py", "reg",
		"chm", "sct": // not js, which pages load
		return "script", extension
	case "zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz", "cab", "ace", "arj", "lzh", "zst", "uue":
		return "archive", extension
	case "iso", "img", "vhd", "vhdx", "udf", "wim":
		return "image", extension
	case "lnk", "url", "website", "webloc", "desktop", "scf", "library-ms", "search-ms", "settingcontent-ms", "rdp":
		return "shortcut", extension
	case "docm", "dotm", "xlsm", "xltm", "xlam", "xll", "pptm", "potm", "ppam", "one", "slk", "iqy":
		return "macro", extension
	}
	return "", extension
}

// pathWords returns the words of the list that stand in the path.
func pathWords(list sekisho.List, path string) []string {
	if len(list.Entries) == 0 || len(path) < 2 {
		return nil
	}
	var found []string
	path = strings.ToLower(path[:min(len(path), urlLimit)])
	keep := func(word string) {
		if _, ok := list.Entries[word]; ok && len(found) < 8 && !slices.Contains(found, word) {
			found = append(found, word)
		}
	}
	for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '.' || r == '_' || r == '=' || r == ';' }) {
		keep(segment)
		if strings.Contains(segment, "-") {
			for word := range strings.SplitSeq(segment, "-") {
				keep(word)
			}
		}
	}
	return found
}

// random measures how machine-made the labels before the public suffix look.
func random(name string) float64 {
	_, suffix, _ := host.Site(name)
	name = strings.TrimSuffix(name, suffix)
	most := 0.0
	for label := range strings.SplitSeq(name, ".") {
		if len(label) >= 8 && !strings.HasPrefix(label, "xn--") {
			most = max(most, machineMade(label))
		}
	}
	return most
}

func machineMade(label string) float64 {
	odd, run := 0, 0
	for i := 0; i < len(label); i++ {
		c := label[i]
		if consonant(c) {
			run++
			if run == 4 {
				odd += 4
			} else if run > 4 {
				odd++
			}
			continue
		}
		run = 0
		if i > 0 && isDigit(c) != isDigit(label[i-1]) && c != '-' && label[i-1] != '-' {
			odd++
		}
	}
	return min(1, float64(odd)/float64(len(label)))
}

func consonant(c byte) bool { return c >= 'a' && c <= 'z' && strings.IndexByte("aeiouy", c) < 0 }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// recipients returns the addresses a mail is sent to, in lower case, at most 32.
func recipients(m *sekisho.Mail) []string {
	var to []string
	add := func(address string) {
		if strings.Contains(address, "@") && len(address) > 5 && len(to) < 32 {
			to = append(to, strings.ToLower(address))
		}
	}
	for _, list := range [][]sekisho.Mailbox{m.To, m.Cc} {
		for _, box := range list {
			add(box.Address)
		}
	}
	for _, address := range m.Envelope.To {
		add(address)
	}
	return to
}

// names reports whether the URL carries one of the addresses.
func names(form *sekisho.Link, addresses []string) bool {
	if len(addresses) == 0 {
		return false
	}
	for _, part := range [...]string{form.Query, form.Fragment, form.Path} {
		part = part[:min(len(part), urlLimit)]
		if part == "" {
			continue
		}
		lower := strings.ToLower(part)
		if strings.Contains(lower, "%40") {
			lower = strings.ReplaceAll(lower, "%40", "@")
		}
		if holds(lower, addresses) {
			return true
		}
		for word := range strings.FieldsFuncSeq(part, func(r rune) bool { return strings.ContainsRune("&=/?#;,:!%$*", r) }) {
			if len(word) >= 8 && holds(decode(word), addresses) {
				return true
			}
		}
	}
	return false
}

func holds(text string, addresses []string) bool {
	if !strings.Contains(text, "@") {
		return false
	}
	for _, address := range addresses {
		if strings.Contains(text, address) {
			return true
		}
	}
	return false
}

// decode returns what the word says in base64, in lower case, or "".
func decode(word string) string {
	if strings.ContainsAny(word, "-_") {
		word = strings.NewReplacer("-", "+", "_", "/").Replace(word)
	}
	if len(word)%4 == 1 {
		word = word[:len(word)-1]
	}
	decoded, err := base64.RawStdEncoding.DecodeString(word)
	if err != nil {
		return ""
	}
	return strings.ToLower(string(decoded))
}
