package key

import (
	"path"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

// testFolders are the names of folders, besides those that begin with test, in which projects keep what only their tests and
// examples read.
var testFolders = []string{"__tests__", "spec", "specs", "fixture", "fixtures", "__fixtures__",
	"example", "examples", "mock", "mocks", "__mocks__"}

// isTest reports whether the artifact is test data of the project or archive it came in, by its path there: the name of a
// folder, or a name that the tools of its language take for a test's. Where the whole lies, and what a mail says, tells nothing.
func isTest(a *sekisho.Artifact) bool {
	test := false
	for ; a.Up != nil; a = a.Up {
		test = test || testPath(a.Name)
		if a.Up.Kind == sekisho.KindMail || a.Up.Kind == sekisho.KindMessage {
			return false
		}
	}
	return test
}

// isSource reports whether the artifact belongs to a source tree as its makers publish it, and not to the machine that it lies
// on: settings and keys of a person are kept out of one.
func isSource(a *sekisho.Artifact) bool {
	for up := a; up != nil; up = up.Up {
		if up.Via == "tree" {
			return !personal(path.Base(up.Name))
		}
		if up.Kind == sekisho.KindMail || up.Kind == sekisho.KindMessage {
			return false
		}
	}
	return false
}

// personal reports the names of files that hold what a person or a machine signs with.
func personal(base string) bool {
	base = strings.ToLower(base)
	for _, example := range [...]string{"example", "sample", "template", "dist"} {
		if strings.HasSuffix(base, "."+example) {
			return false
		}
	}
	if strings.HasPrefix(base, ".env") || strings.HasSuffix(base, ".env") || strings.HasPrefix(base, "wallet.") {
		return true
	}
	switch base {
	case "id_rsa", "id_ed25519", "id_ecdsa", "id_dsa", ".npmrc", ".pypirc", ".netrc", ".git-credentials", "credentials", "id.json":
		return true
	}
	return false
}

func testPath(name string) bool {
	folder, base := path.Split(strings.ToLower(strings.ReplaceAll(name, `\`, "/")))
	for element := range strings.SplitSeq(folder, "/") {
		if slices.Contains(testFolders, element) || forTests(element) {
			return true
		}
	}
	stem, ext, _ := strings.Cut(base, ".")
	return forTests(stem) || strings.HasSuffix(stem, "_test") || strings.HasSuffix(stem, "-test") || stem == "conftest" ||
		strings.HasPrefix(ext, "test.") || strings.HasPrefix(ext, "spec.")
}

// forTests reports names such as testdata, test_wallet and testcert. What is of a test network is of no test: it works there.
func forTests(name string) bool {
	rest, ok := strings.CutPrefix(name, "test")
	return ok && !strings.HasPrefix(strings.TrimLeft(rest, "-_"), "net")
}
