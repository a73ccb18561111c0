package sekisho

import (
	"strings"
	"time"
)

// Mail is the form of a mail: its headers as a tolerant reader sees them. Body and attachments are parts.
type Mail struct {
	Headers    []Header  `json:"headers" doc:"every header in order, the top one first"`
	From       []Mailbox `json:"from" doc:"the mailboxes of all From headers"`
	Sender     []Mailbox `json:"sender" doc:"the mailboxes of Sender"`
	ReplyTo    []Mailbox `json:"reply_to" doc:"the mailboxes of Reply-To"`
	To         []Mailbox `json:"to" doc:"the mailboxes of To"`
	Cc         []Mailbox `json:"cc" doc:"the mailboxes of Cc"`
	ReturnPath string    `json:"return_path" doc:"the envelope sender: as the door saw it, otherwise from Return-Path; empty when null or unknown"`
	Subject    string    `json:"subject" doc:"the decoded subject"`
	Date       time.Time `json:"date" doc:"the Date header, zero when missing or unreadable"`
	MessageID  string    `json:"message_id" doc:"the Message-ID without angle brackets"`
	InReplyTo  []string  `json:"in_reply_to" doc:"the message ids of In-Reply-To"`
	References []string  `json:"references" doc:"the message ids of References"`
	Defects    []string  `json:"defects" doc:"what is wrong with the form: duplicate-from, no-from, nul-byte, bad-header, header-too-long, bad-charset, bad-base64, missing-boundary and so on"`
	Envelope   Envelope  `json:"envelope" doc:"what the receiving server saw of the connection"`
}

// A Header is one header field.
type Header struct {
	Name  string `json:"name" doc:"the canonical name: Reply-To"`
	Value string `json:"value" doc:"the value, unfolded, with encoded words decoded"`
	Raw   string `json:"raw" doc:"the value as it came, folded and encoded"`
}

// A Mailbox is a name and an address as a mail states them.
type Mailbox struct {
	Name    string `json:"name" doc:"the display name, decoded"`
	Address string `json:"address" doc:"the address as written, without angle brackets"`
	Local   string `json:"local" doc:"the part before the last @"`
	Domain  string `json:"domain" doc:"the part after the last @, in lower case, in its ASCII (punycode) form, without a trailing dot"`
	Group   string `json:"group" doc:"the name of the RFC 5322 group it stands in, empty if none"`
}

// Envelope is what a door saw of the SMTP connection. It is empty for a mail from a file.
type Envelope struct {
	From   string   `json:"from" doc:"MAIL FROM, empty for the null sender"`
	To     []string `json:"to" doc:"RCPT TO"`
	Client string   `json:"client" doc:"the client's IP address"`
	Helo   string   `json:"helo" doc:"the name the client gave"`
}

// Values returns the decoded values of the headers of that name, whose case does not matter.
func (m *Mail) Values(name string) []string {
	var values []string
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	return values
}

// Value returns the first header of that name, or "".
func (m *Mail) Value(name string) string {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// TextForm is the form of a text.
type TextForm struct {
	Content string `json:"content" doc:"the text as a person sees it, in UTF-8"`
	Folded  string `json:"folded" doc:"Content for matching: NFKC, lower case, invisible characters removed, runs of space one space"`
	Hidden  string `json:"hidden" doc:"text that is present and not visible: zero-size, hidden, in the background's colour"`
	Quoted  string `json:"quoted" doc:"the text of quoted earlier mails, which Content and Folded do not hold"`
}

// Page is the form of an HTML document. Its visible text and its links are parts.
type Page struct {
	Title   string   `json:"title" doc:"the title"`
	Forms   []Form   `json:"forms" doc:"its forms"`
	Scripts []string `json:"scripts" doc:"the text of inline scripts and event handlers"`
	Loads   []string `json:"loads" doc:"what it loads by itself: script, style, frame, image, refresh targets"`
	Alts    []string `json:"alts" doc:"the alternative texts of images"`
	Words   int      `json:"words" doc:"words of visible text"`
	Images  int      `json:"images" doc:"images shown"`
}

// Form is a form in a page.
type Form struct {
	Action   string `json:"action" doc:"where it posts, as written"`
	Method   string `json:"method" doc:"get or post"`
	Password bool   `json:"password" doc:"asks for a password"`
	Fields   int    `json:"fields" doc:"inputs that are shown"`
}

// Link is the form of a link. An opener states Href, Shown and Element; the link opener fills in the rest as the WHATWG URL
// standard, which browsers follow, reads it.
type Link struct {
	Href     string `json:"href" doc:"the target as written"`
	Shown    string `json:"shown" doc:"what the person sees for it"`
	Element  string `json:"element" doc:"where it stands: a, area, form, img, script, refresh, text, qr, header"`
	URL      string `json:"url" doc:"the target as a browser normalises it, empty if it refuses it"`
	Scheme   string `json:"scheme" doc:"http, https, mailto, data, javascript, file ..."`
	Host     string `json:"host" doc:"the host in ASCII: punycode, IPv4 in dotted decimal, no trailing dot"`
	Unicode  string `json:"unicode" doc:"the host as a person reads it"`
	Port     string `json:"port" doc:"the port when it is not the scheme's default"`
	User     string `json:"user" doc:"what stands before the @ of the authority"`
	Path     string `json:"path" doc:"the path"`
	Query    string `json:"query" doc:"the query without ?"`
	Fragment string `json:"fragment" doc:"the fragment without #"`
	Site     string `json:"site" doc:"the registrable domain: the public suffix and one label, or the IP address"`
	IP       bool   `json:"ip" doc:"the host is an IP address, in whatever base it was written"`
	Odd      bool   `json:"odd" doc:"written in a way that people and simple parsers misread: backslashes, an IP in an odd base, a percent-encoded or full-width host, control characters inside"`
}

// Domain is the form of a domain.
type Domain struct {
	Name    string `json:"name" doc:"the host name in ASCII, lower case, no trailing dot"`
	Unicode string `json:"unicode" doc:"the host name as a person reads it"`
	Site    string `json:"site" doc:"the registrable domain"`
	Suffix  string `json:"suffix" doc:"its public suffix"`
	Shared  bool   `json:"shared" doc:"the suffix is a private one of the public suffix list: anyone can have a name under it"`
}

// File is the form of a file.
type File struct {
	Type      string   `json:"type" doc:"content type by the bytes: application/zip"`
	Declared  string   `json:"declared" doc:"content type the sender declared, empty if none"`
	Extension string   `json:"extension" doc:"the last extension of the name, lower case, without the dot"`
	Inline    bool     `json:"inline" doc:"shown inside the mail rather than attached"`
	Defects   []string `json:"defects" doc:"what is wrong with its transport: bad-base64, truncated"`
	Document  Document `json:"document,omitzero" doc:"what an office document holds beside its words; empty for other files"`
	PDF       PDF      `json:"pdf,omitzero" doc:"what a PDF does beside its words and links; empty for other files"`
	Shortcut  Shortcut `json:"shortcut,omitzero" doc:"what a shortcut opens; empty for other files"`
	Program   Program  `json:"program,omitzero" doc:"what a program says of itself, and what signs it; empty for other files"`
}

// Document is what an office document does, as it says itself. Its words, macros, links, pictures and the files inside
// are parts: via "content", "macro", "href", "image" and "embedded".
type Document struct {
	Format     string      `json:"format" doc:"ooxml, ole, rtf, opendocument or onenote; empty for other files"`
	Encrypted  bool        `json:"encrypted" doc:"its content is encrypted"`
	Password   string      `json:"password" doc:"the password with which it was opened, one that office programs try by themselves; empty if none"`
	Macros     []string    `json:"macros" doc:"the languages its macros are in: vba, excel4, basic, python, javascript, beanshell"`
	Handlers   []string    `json:"handlers" doc:"what it wires to macros beside their names: an event or a name, and the macro"`
	Commands   []string    `json:"commands" doc:"its DDE links: the program and what it is told"`
	References []Reference `json:"references" doc:"what it takes from outside"`
	Objects    []Object    `json:"objects" doc:"what is embedded in it, pictures aside"`
	Sheets     []Sheet     `json:"sheets" doc:"its sheets that are hidden or hold Excel 4 macros"`
}

// Reference is something a document takes from outside when it is opened or updated. What only a click opens is a link.
type Reference struct {
	Kind   string `json:"kind" doc:"template, object, frame, image, subdocument, include, workbook, data, media or script"`
	Target string `json:"target" doc:"a URL or a path, as written"`
}

// Object is something embedded in a document.
type Object struct {
	Kind  string `json:"kind" doc:"package (a file of any type), ole, activex or file"`
	Class string `json:"class" doc:"the program it belongs to: a ProgID or a CLSID in lower case"`
	Name  string `json:"name" doc:"the file's name, empty if it has none"`
}

// Sheet is a sheet of a workbook that is not just seen.
type Sheet struct {
	Name  string `json:"name" doc:"its name"`
	State string `json:"state" doc:"visible, hidden, or very-hidden: not offered for showing"`
	Macro bool   `json:"macro" doc:"it holds Excel 4 macros"`
}

// Archive is the form of an archive. Its entries are parts.
type Archive struct {
	Format    string `json:"format" doc:"zip, tar, gzip, 7z, rar, iso ..."`
	Entries   int    `json:"entries" doc:"entries listed"`
	Encrypted bool   `json:"encrypted" doc:"at least one entry is encrypted"`
	Hidden    bool   `json:"hidden" doc:"the names of the entries are encrypted"`
	Password  bool   `json:"password" doc:"it was opened with a password found beside it"`
}

// AddressForm is the form of a blockchain address. Package coin documents chains and types.
type AddressForm struct {
	Written   string   `json:"written" doc:"the address as written"`
	Chain     string   `json:"chain" doc:"the chain it is most likely of: bitcoin, ethereum (every EVM chain), tron ..."`
	Chains    []string `json:"chains" doc:"every chain it fits, the likeliest first"`
	Canonical string   `json:"canonical" doc:"its one spelling on the likeliest chain, by which addresses are compared"`
	Type      string   `json:"type" doc:"p2pkh, p2wpkh, account, program ..."`
	Network   string   `json:"network" doc:"mainnet, testnet, or which chain of a family"`
	Checksum  string   `json:"checksum" doc:"valid, absent (the spelling or the chain has none) or invalid"`
	Context   string   `json:"context" doc:"up to 40 characters of the text before it, folded"`
}

// Forms holds a zero value of the form of each kind that has one. It is the vocabulary of `it` in rules.
var Forms = map[Kind]any{
	KindMail:    Mail{},
	KindText:    TextForm{},
	KindLink:    Link{},
	KindDomain:  Domain{},
	KindPage:    Page{},
	KindFile:    File{},
	KindArchive: Archive{},

	KindRepository: Repository{},
	KindAddress:    AddressForm{},
}
