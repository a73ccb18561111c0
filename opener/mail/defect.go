package mail

import "slices"

// The defects of a mail, as they stand in [sekisho.Mail.Defects] and, those of a part, in [sekisho.File.Defects]. Each
// is a fact for rules: two programs that read a broken mail differently show two mails.
const (
	NoFrom                      = "no-from"                       // no From header, or none with an address
	DuplicateFrom               = "duplicate-from"                // more than one From header
	DuplicateSubject            = "duplicate-subject"             // more than one Subject header
	DuplicateSender             = "duplicate-sender"              // more than one Sender, Reply-To or Date header
	DuplicateContentType        = "duplicate-content-type"        // a part with several Content-Type headers; the first is followed
	ConflictingTransferEncoding = "conflicting-transfer-encoding" // several transfer encodings, one on a multipart, or base64 that is not stated
	ConflictingName             = "conflicting-name"              // the names a part states for its file have different extensions
	GroupFrom                   = "group-from"                    // From holds an RFC 5322 group
	BadAddress                  = "bad-address"                   // an address header with text that is no mailbox, or two addresses for one name
	BadHeader                   = "bad-header"                    // a header line without a colon, or a name that no header can have
	HeaderTooLong               = "header-too-long"               // a header line over 998 bytes (RFC 5322 §2.1.1) or a header block over 256 KiB
	Raw8BitHeader               = "raw-8bit-header"               // bytes above 127 in a header, not encoded
	InvisibleInHeader           = "invisible-in-header"           // invisible or direction-changing characters in Subject, a name or an address
	InvisibleInName             = "invisible-in-name"             // the same in the name of a file
	BadEncodedWord              = "bad-encoded-word"              // an RFC 2047 word with a wrong ending or wrong content
	BadCharset                  = "bad-charset"                   // a charset that is unknown or that the bytes are not in
	BadContentType              = "bad-content-type"              // a Content-Type that is not type/subtype
	BadBase64                   = "bad-base64"                    // characters in base64 that do not belong there, or a part of a group at its end
	BadQuotedPrintable          = "bad-quoted-printable"          // = not followed by two hexadecimal digits
	BadUuencode                 = "bad-uuencode"                  // uuencoded data without a beginning or an end
	UnknownTransferEncoding     = "unknown-transfer-encoding"     // a transfer encoding that no standard has; the bytes are taken as they are
	MissingBoundary             = "missing-boundary"              // a multipart whose boundary is not stated or never comes
	UnclosedMultipart           = "unclosed-multipart"            // a multipart without its closing boundary
	ReopenedMultipart           = "reopened-multipart"            // parts after the closing boundary
	NulByte                     = "nul-byte"                      // NUL in a header, a file name or a text
	BareCR                      = "bare-cr"                       // CR without LF in a header
	BareLF                      = "bare-lf"                       // header lines ending in LF among others that end in CR LF
	PartialMessage              = "partial-message"               // message/partial: the rest is in other mails
	ExternalBody                = "external-body"                 // message/external-body: the content is elsewhere
)

// defects is a small ordered set.
type defects []string

func (d *defects) add(name string) {
	if !slices.Contains(*d, name) {
		*d = append(*d, name)
	}
}
