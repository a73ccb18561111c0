// Package program states what a program is, what signs it, and whose name it bears: the brand that its file name or version
// resource claims against the organisation that signed it. It reads the form that the opener of the same name made.
package program

import (
	"path"
	"strings"

	"github.com/sekisho/sekisho"
)

// Facts is what is seen of one program.
type Facts struct {
	Name        string   `json:"name" doc:"the file's name without folders"`
	Format      string   `json:"format" doc:"pe (Windows), macho (macOS) or elf (Linux)"`
	Role        string   `json:"role" doc:"exe, dll, driver, efi, bundle, object or core"`
	Arch        []string `json:"arch" doc:"the processors it is for"`
	Signed      bool     `json:"signed" doc:"it holds a signature, of whatever worth; ad-hoc ones, which are by nobody, do not count"`
	Covers      bool     `json:"covers" doc:"the digests in its signature, ad-hoc ones too, are those of the file"`
	Valid       bool     `json:"valid" doc:"the signature is by the key of the signer's certificate; whether its root deserves trust is not known"`
	Adhoc       bool     `json:"adhoc" doc:"an Apple signature by nobody"`
	SelfSigned  bool     `json:"self_signed" doc:"the signer's certificate signs itself: anyone can make one"`
	Chained     bool     `json:"chained" doc:"other certificates in the file vouch for the signer's"`
	Timestamped bool     `json:"timestamped" doc:"a timestamp stands beside the signature"`
	Notarised   bool     `json:"notarised" doc:"a notarisation ticket is stapled to it"`
	Hardened    bool     `json:"hardened" doc:"an Apple signature with the hardened runtime"`
	Signer      string   `json:"signer" doc:"the organisation or name of the signer's certificate; empty if none"`
	Issuer      string   `json:"issuer" doc:"who issued the signer's certificate"`
	Team        string   `json:"team" doc:"the team identifier of an Apple signature"`
	Problem     string   `json:"problem" doc:"why the signature does not cover the file or is not valid"`
	Packer      string   `json:"packer" doc:"the packer its sections name; empty if none"`
	Entropy     float64  `json:"entropy" doc:"bits a byte of its densest code, 0 to 8"`
	Overlay     int      `json:"overlay" doc:"bytes behind its end that are no signature"`
	Installer   string   `json:"installer" doc:"the kind of installer or bundled interpreter it is: nsis, inno, pyinstaller, autoit ...; empty if none is recognised"`
	Managed     bool     `json:"managed" doc:"a program of .NET"`
	Company     string   `json:"company" doc:"the company its version resource names"`
	Product     string   `json:"product" doc:"the product its version resource names"`
	Original    string   `json:"original" doc:"the file name its version resource names"`
	Renamed     bool     `json:"renamed" doc:"its file name differs from the one its version resource names"`
	Claims      []string `json:"claims" doc:"the brands its file name or version resource names"`
	Groups      []string `json:"groups" doc:"the groups of those brands: wallet, exchange, custody, mail, meeting ..."`
	SignerFits  bool     `json:"signer_fits" doc:"the signer's name holds a brand it claims"`
	Bundle      bool     `json:"bundle" doc:"it lies in an application of macOS: .app/Contents/MacOS"`
	Loosened    []string `json:"loosened" doc:"entitlements that let other code in: cs.disable-library-validation, get-task-allow ..."`
}

// Detector states what programs are and what signs them.
var Detector = &sekisho.Detector{
	Name: "program",
	Doc: `Programs: format, signature, packer, and the name they bear
Whether a signature covers the file and is valid, by whom, ad-hoc and self-signed ones, notarisation, packers and overlays,
brands claimed against the signer. Roots of trust and revocation are not known; code is not disassembled.`,
	Kinds:   []sekisho.Kind{sekisho.KindFile},
	Facts:   Facts{},
	Prepare: prepare,
	Run:     run,
}

func run(pass *sekisho.Pass) error {
	file, ok := pass.Artifact.Form.(*sekisho.File)
	if !ok || file.Program.Format == "" {
		return nil
	}
	p, s := &file.Program, &file.Program.Signature
	full := strings.ReplaceAll(pass.Artifact.Name, `\`, "/")
	f := &Facts{
		Name: path.Base(full), Format: p.Format, Role: p.Role, Arch: p.Arch, Signed: s.Format != "" && !s.Adhoc, Covers: s.Covers, Valid: s.Valid, Adhoc: s.Adhoc,
		SelfSigned: s.SelfSigned, Chained: len(s.Chain) > 0, Timestamped: s.Timestamped, Notarised: s.Notarised, Hardened: s.Hardened, Signer: s.Signer, Issuer: s.Issuer, Team: s.Team,
		Problem: s.Problem, Packer: p.Packer, Entropy: p.Entropy, Overlay: p.Overlay, Installer: p.Installer, Managed: p.Managed, Company: p.Company, Product: p.Product, Original: p.Original,
	}
	f.Bundle = strings.Contains(full, ".app/Contents/MacOS/")
	f.Renamed = p.Original != "" && !strings.EqualFold(stem(p.Original), stem(f.Name))
	for _, key := range p.Entitlements {
		if short, ok := strings.CutPrefix(key, "com.apple.security."); ok && loosening[short] {
			f.Loosened = append(f.Loosened, short)
		}
	}
	name := f.Name
	if f.Bundle {
		name = path.Base(full[:strings.Index(full, ".app/Contents/MacOS/")])
	}
	if brands, ok := pass.Prepared.(*brands); ok {
		brands.claim(f, name, p)
	}
	spans := []sekisho.Span{sekisho.Quote("name", f.Name)}
	if f.Signer != "" {
		spans = append(spans, sekisho.Quote("signer", f.Signer))
	}
	if f.Company+f.Product != "" {
		spans = append(spans, sekisho.Quote("version", strings.TrimSpace(f.Company+" "+f.Product)))
	}
	pass.Report(f, spans...)
	return nil
}

// stem is a file name as it is compared: without extensions and what browsers add to second copies.
func stem(name string) string {
	name, _, _ = strings.Cut(path.Base(strings.ReplaceAll(name, `\`, "/")), ".")
	name, _, _ = strings.Cut(name, " (")
	return strings.TrimSpace(name)
}

var loosening = map[string]bool{
	"cs.disable-library-validation": true, "cs.allow-dyld-environment-variables": true, "cs.allow-unsigned-executable-memory": true,
	"cs.disable-executable-page-protection": true, "get-task-allow": true,
}
