package key

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/sekisho/sekisho/derive"
	"github.com/sekisho/sekisho/secret"
)

// pemLimit is the longest private key block, in bytes: RSA-16384 and large PGP key rings fit.
const pemLimit = 48 << 10

var (
	begin   = []byte("-----BEGIN ")
	version = []byte(`"seed_version"`)
)

// markers looks for what fixed words announce.
func (t *text) markers(from, limit int) {
	data := t.data
	for at := from; at < limit; {
		i := bytes.Index(data[at:], begin)
		if i < 0 || at+i >= limit {
			break
		}
		at += i
		t.pem(at)
		at += len(begin)
	}
	if i := bytes.Index(data[from:], version); i >= 0 && from+i < limit {
		t.electrumWallet(from + i)
	}
}

// pem reports a private key block (RFC 7468, RFC 1421, OpenSSH, OpenPGP) that starts at at. A block without a key in it,
// as documentation prints them, is none.
func (t *text) pem(at int) {
	data := t.data[at:min(len(t.data), at+pemLimit)]
	label, rest, ok := bytes.Cut(data[len(begin):], []byte("-----"))
	if !ok || len(label) > 40 || !bytes.Contains(label, []byte("PRIVATE KEY")) {
		return
	}
	end := bytes.Index(rest, []byte("-----END "+string(label)))
	if end < 0 {
		return
	}
	body := rest[:end]
	raw := pemBytes(body)
	defer clear(raw)
	m := Match{Kind: "private key", Format: pemFormat(string(label)), Checked: true}
	switch {
	case m.Format == "pgp":
		// RFC 9580 §4.2: a packet has bit 7 set; tag 5 is a secret key.
		if len(raw) < 64 || raw[0]&0x80 == 0 {
			return
		}
	case m.Format == "openssh":
		if !bytes.HasPrefix(raw, []byte("openssh-key-v1\x00")) {
			return
		}
		m.Encrypted = !bytes.HasPrefix(raw[15:], []byte("\x00\x00\x00\x04none"))
	case bytes.Contains(body, []byte("ENCRYPTED")):
		m.Encrypted = true
	default:
		m.Encrypted = m.Format == "pkcs8 encrypted"
		if len(raw) < 32 || raw[0] != 0x30 {
			return
		}
	}
	m.Addresses = secp256k1Addresses(raw)
	stop := at + len(begin) + len(label) + 5 + end + len("-----END ") + len(label) + 5
	near := lower(nil, t.data[max(0, at-400):at])
	near = append(near, lower(nil, t.data[min(stop, len(t.data)):min(len(t.data), stop+400)])...)
	for _, s := range pemServices {
		if bytes.Contains(near, s.word) {
			m.Kind, m.Service = "api secret", s.name
		}
	}
	t.report(m, at, min(stop, len(t.data)), secret.New(raw))
}

// pemServices are those whose API secret is a private key in PEM, by a word near it.
var pemServices = []struct {
	name string
	word []byte
}{
	{"fireblocks", []byte("fireblocks")}, {"coinbase", []byte("organizations/")}, {"google cloud", []byte("service_account")},
}

func pemFormat(label string) string {
	switch {
	case strings.HasPrefix(label, "PGP"):
		return "pgp"
	case strings.HasPrefix(label, "OPENSSH"):
		return "openssh"
	case strings.HasPrefix(label, "RSA"):
		return "pkcs1"
	case strings.HasPrefix(label, "EC "):
		return "sec1"
	case strings.HasPrefix(label, "DSA"):
		return "dsa"
	case strings.HasPrefix(label, "ENCRYPTED"):
		return "pkcs8 encrypted"
	case label == "PRIVATE KEY":
		return "pkcs8"
	}
	return "pem"
}

var (
	pemHeader = regexp.MustCompile(`(?m)(^|\\n|")[A-Za-z-]{3,20}: [^\n\\"]*(\\n)?`)
	pemCRC    = regexp.MustCompile(`\n\s*=[A-Za-z0-9+/]{4}\s*$`)
)

// pemBytes decodes the base64 of a block, in spite of the quotes, escapes, commas and margins of source code around it.
func pemBytes(body []byte) []byte {
	body = pemCRC.ReplaceAll(pemHeader.ReplaceAll(body, nil), nil)
	clean := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '\\' && i+1 < len(body):
			i++ // \n, \r
		case isLetter(c), c >= '0' && c <= '9', c == '/':
			clean = append(clean, c)
		case c == '+' && (i == 0 || body[i-1] != ' ') && (i+1 == len(body) || body[i+1] != '\n' && body[i+1] != ' ' || i > 0 && classes[body[i-1]] != separator):
			clean = append(clean, c)
		}
	}
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, _ := base64.RawStdEncoding.Decode(raw, clean) // what is left of a damaged key is still told by its head
	clear(clean)
	return raw[:n]
}

// secp256k1Addresses derives from the private key of RFC 5915 inside raw, if it names the curve secp256k1.
func secp256k1Addresses(raw []byte) []derive.Address {
	if !bytes.Contains(raw, []byte{0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x0A}) {
		return nil
	}
	i := bytes.Index(raw, []byte{0x02, 0x01, 0x01, 0x04, 0x20})
	if i < 0 || i+37 > len(raw) {
		return nil
	}
	addresses, err := derive.Secp256k1(raw[i+5 : i+37])
	if err != nil {
		return nil
	}
	return addresses
}

// der reports a private key in base64 without its PEM lines, told by the head of its DER.
func (t *text) der(start, end int) {
	b := t.data[start:end]
	if len(b) < 48 || b[0] != 'M' {
		return
	}
	m := Match{Kind: "private key", Checked: true}
	switch {
	case bytes.HasPrefix(b, []byte("MII")) && bytes.Contains(b[:48], []byte("IBADANBgkqhkiG9w0BAQEFAASC")),
		bytes.HasPrefix(b, []byte("MIGHAgEAMBMGByqGSM49AgEG")), bytes.HasPrefix(b, []byte("MIGEAgEAMBAGByqGSM49AgEG")),
		bytes.HasPrefix(b, []byte("MC4CAQAwBQYDK2VwBCIEI")):
		m.Format = "pkcs8"
	case bytes.HasPrefix(b, []byte("MII")) && bytes.HasPrefix(b[6:], []byte("IBAAKC")):
		m.Format = "pkcs1"
	case bytes.HasPrefix(b, []byte("MHcCAQEEI")), bytes.HasPrefix(b, []byte("MHQCAQEEI")):
		m.Format = "sec1"
	case bytes.HasPrefix(b, []byte("MII")) && bytes.HasPrefix(b[6:], []byte("IBAzCC")):
		m.Format, m.Kind, m.Encrypted = "pkcs12", "keystore", true
	default:
		return
	}
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(b)))
	n, _ := base64.RawStdEncoding.Decode(raw, b)
	defer clear(raw)
	m.Addresses = secp256k1Addresses(raw[:n])
	t.report(m, start, end, secret.New(raw[:n]))
}
