package sekisho

// Shortcut is what a shortcut opens. The URLs it leads to are parts.
type Shortcut struct {
	Format      string   `json:"format" doc:"lnk, url, webloc or desktop"`
	Target      string   `json:"target" doc:"what it opens: a path or a URL; the one the system follows first when there are several"`
	Others      []string `json:"others" doc:"targets it also states, that differ from Target"`
	Arguments   string   `json:"arguments" doc:"the arguments of the target; for a desktop file what follows the program"`
	Folder      string   `json:"folder" doc:"the working folder"`
	Icon        string   `json:"icon" doc:"the file its icon is taken from"`
	Description string   `json:"description" doc:"the comment a person sees"`
	Show        string   `json:"show" doc:"normal, maximized or minimized; terminal for a desktop file that opens one"`
	Overlay     int      `json:"overlay" doc:"bytes behind the end of the shortcut"`
}

// Program is what a program says of itself. Nothing of it is believed but the digests.
type Program struct {
	Format       string    `json:"format" doc:"pe, macho or elf"`
	Arch         []string  `json:"arch" doc:"the processors it is for: amd64, arm64, 386 ..."`
	Role         string    `json:"role" doc:"exe, dll, driver, efi, bundle, object or core"`
	Window       bool      `json:"window" doc:"a program of Windows that opens no console"`
	Managed      bool      `json:"managed" doc:"a program of .NET"`
	Company      string    `json:"company" doc:"CompanyName of the version resource"`
	Product      string    `json:"product" doc:"ProductName of the version resource"`
	Description  string    `json:"description" doc:"FileDescription of the version resource"`
	Original     string    `json:"original" doc:"OriginalFilename of the version resource"`
	Installer    string    `json:"installer" doc:"nsis, inno, 7z-sfx, rar-sfx, wix, electron-squirrel; empty if none is recognised"`
	Packer       string    `json:"packer" doc:"the packer its sections name: upx, themida, vmprotect ...; empty if none"`
	Entropy      float64   `json:"entropy" doc:"bits a byte of the densest executable section, 0 to 8; above 7.2 it is packed or encrypted"`
	Overlay      int       `json:"overlay" doc:"bytes behind the last section that are no signature"`
	Sections     []string  `json:"sections" doc:"the names of its sections or segments"`
	Entitlements []string  `json:"entitlements" doc:"the entitlements of an Apple signature, by key, that are true"`
	Signature    Signature `json:"signature" doc:"what signs it"`
}

// Signature is what signs a program. Whether the top of the chain is a root that anyone trusts is not known here: the
// roots of the systems are not at hand.
type Signature struct {
	Format      string   `json:"format" doc:"authenticode or apple; empty when there is none"`
	Covers      bool     `json:"covers" doc:"the digests in the signature are those of the file"`
	Valid       bool     `json:"valid" doc:"the signature over the digests is by the key of the signer's certificate"`
	Adhoc       bool     `json:"adhoc" doc:"an Apple signature by nobody: digests only"`
	Signer      string   `json:"signer" doc:"the organisation of the signer's certificate, otherwise its common name"`
	Name        string   `json:"name" doc:"the common name of the signer's certificate"`
	Issuer      string   `json:"issuer" doc:"the common name of who issued it"`
	Chain       []string `json:"chain" doc:"the common names of the certificates above, each of which signed the one before"`
	Rooted      bool     `json:"rooted" doc:"the chain ends in a certificate that signs itself, which need not be a trusted one"`
	SelfSigned  bool     `json:"self_signed" doc:"the signer's certificate signs itself"`
	Timestamped bool     `json:"timestamped" doc:"a timestamp stands beside the signature"`
	Notarised   bool     `json:"notarised" doc:"a notarisation ticket is stapled to it"`
	Hardened    bool     `json:"hardened" doc:"an Apple signature with the hardened runtime"`
	Team        string   `json:"team" doc:"the team identifier of an Apple signature"`
	Identifier  string   `json:"identifier" doc:"the identifier of an Apple signature"`
	Problem     string   `json:"problem" doc:"why it does not cover the file or is not valid"`
}

// PDF is what a PDF does. Its texts, links, files and pictures are parts.
type PDF struct {
	Pages         int      `json:"pages" doc:"number of pages"`
	Words         int      `json:"words" doc:"words of text"`
	Pictures      int      `json:"pictures" doc:"pictures of 200 by 200 pixels or more"`
	Links         int      `json:"links" doc:"different web addresses that links and buttons lead to"`
	Fields        int      `json:"fields" doc:"fields of a form"`
	Actions       []Effect `json:"actions" doc:"what it does beside leading to pages and web addresses"`
	Scripts       []string `json:"scripts" doc:"its scripts in JavaScript"`
	Files         []string `json:"files" doc:"the names of embedded files"`
	Encrypted     bool     `json:"encrypted" doc:"it is encrypted"`
	Password      bool     `json:"password" doc:"it was opened with a password found beside it"`
	ObjectStreams int      `json:"object_streams" doc:"streams that hold other objects"`
	Updates       int      `json:"updates" doc:"times the file was added to after it was made"`
	Defects       []string `json:"defects" doc:"what is wrong with it: no-header, late-header, no-xref, broken-xref, escaped-names, objects-in-comments"`
}

// Effect is something a PDF does.
type Effect struct {
	Kind   string `json:"kind" doc:"javascript, launch, submit, import, goto-remote, goto-embedded, uri, media, named"`
	On     string `json:"on" doc:"open, event (a page is shown, a field changes, the document closes or prints), or click"`
	Target string `json:"target" doc:"the file, program or address it concerns; empty for a script"`
}
