package key

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/sekisho/sekisho/secret"
)

// bitbox is the name of a backup on a BitBox02's card.
var bitbox = regexp.MustCompile(`(?i)(^|/)backup_[^/]*\.bin$`)

// coldcard is the name of a Coldcard's encrypted backup.
var coldcard = regexp.MustCompile(`(?i)(^|/)(backup-[^/]*|ccbk[^/]*)\.7z$`)

// bdbMarks are names of records in a wallet of Bitcoin Core.
var bdbMarks = [][]byte{[]byte("\x04mkey"), []byte("\x04ckey"), []byte("\x07keymeta"), []byte("defaultkey"), []byte("bestblock"), []byte("\x03key")}

// header looks at the first bytes of a stream: wallet files and key stores told by their magic.
func (w *window) header() {
	data := w.data
	m := Match{Checked: true}
	span := min(len(data), 64)
	switch {
	case len(data) > 512 && bytes.Equal(data[12:16], []byte{0x62, 0x31, 0x05, 0x00}) && containsAny(data, bdbMarks):
		m.Kind, m.Format = "wallet file", "bitcoin core"
		m.Encrypted = bytes.Contains(data, bdbMarks[0])
	case len(data) > 512 && bytes.HasPrefix(data, []byte("SQLite format 3\x00")) && isCore(data):
		m.Kind, m.Format = "wallet file", "bitcoin core"
		m.Encrypted = bytes.Contains(data, []byte("mkey"))
	case bytes.HasPrefix(data, []byte("QklFMQ")) && len(data) > 120 || bytes.HasPrefix(data, []byte("QklFMg")) && len(data) > 120:
		m.Kind, m.Format, m.Encrypted = "wallet file", "electrum", true
	case bytes.HasPrefix(data, []byte("7z\xBC\xAF\x27\x1C")) && coldcard.MatchString(w.name):
		m.Kind, m.Format, m.Encrypted = "hardware wallet backup", "coldcard", true
	case bitbox.MatchString(w.name) && len(data) < 4096 && len(data) > 64 && data[0] == 0x0A:
		m.Kind, m.Format = "hardware wallet backup", "bitbox02"
	case bytes.HasPrefix(data, []byte{0xFE, 0xED, 0xFE, 0xED}) || bytes.HasPrefix(data, []byte{0xCE, 0xCE, 0xCE, 0xCE}):
		m.Kind, m.Format, m.Encrypted = "keystore", "java", true
	case len(data) > 64 && data[0] == 0x30 && data[1] == 0x82:
		m = derHeader(data)
	case bytes.HasPrefix(data, []byte("PuTTY-User-Key-File-")):
		m.Kind, m.Format = "private key", "putty"
		m.Encrypted = !bytes.Contains(data[:min(len(data), 512)], []byte("Encryption: none"))
	case pgpSecret(data, w.name):
		m.Kind, m.Format = "private key", "pgp"
	}
	if m.Kind != "" {
		t := &text{window: w, data: data}
		t.report(m, 0, span, secret.New(data[:min(len(data), 64<<10)]))
	}
}

// derHeader tells PKCS#12 (RFC 7292) and private keys in DER by their first fields.
func derHeader(data []byte) Match {
	m := Match{Checked: true}
	body := data[4:]
	switch {
	case bytes.HasPrefix(body, []byte{0x02, 0x01, 0x03, 0x30}):
		m.Kind, m.Format, m.Encrypted = "keystore", "pkcs12", true
	case bytes.HasPrefix(body, []byte{0x02, 0x01, 0x00, 0x30}) && bytes.Contains(data[:48], []byte{0x2A, 0x86, 0x48}):
		m.Kind, m.Format = "private key", "pkcs8"
	case bytes.HasPrefix(body, []byte{0x02, 0x01, 0x00, 0x02, 0x82}):
		m.Kind, m.Format = "private key", "pkcs1"
	}
	return m
}

// pgpSecret tells a binary OpenPGP secret key (RFC 9580 §4.2): an old or new packet of tag 5, version 3 to 6, by name too,
// for the magic is short.
func pgpSecret(data []byte, name string) bool {
	name = strings.ToLower(name)
	if !strings.HasSuffix(name, ".gpg") && !strings.HasSuffix(name, ".pgp") && !strings.HasSuffix(name, ".key") || len(data) < 64 {
		return false
	}
	return data[0] == 0x95 && data[3] >= 3 && data[3] <= 6 || data[0] == 0xC5 || data[0] == 0x94
}

// isCore tells Bitcoin Core's SQLite wallets: the network's magic as application id, or the table main of records.
func isCore(data []byte) bool {
	for _, magic := range [][]byte{{0xF9, 0xBE, 0xB4, 0xD9}, {0x0B, 0x11, 0x09, 0x07}, {0xFA, 0xBF, 0xB5, 0xDA}, {0x0A, 0x03, 0xCF, 0x40}, {0x1C, 0x16, 0x3F, 0x28}} {
		if bytes.Equal(data[68:72], magic) {
			return true
		}
	}
	return bytes.Contains(data, []byte("walletdescriptor"))
}

func containsAny(data []byte, words [][]byte) bool {
	for _, w := range words {
		if bytes.Contains(data, w) {
			return true
		}
	}
	return false
}

// electrumWallet reports the wallet file of Electrum around its seed_version. Keys written in it in the clear are reported
// by themselves as well.
func (t *text) electrumWallet(at int) {
	data := t.data
	near := data[max(0, at-ahead/2):min(len(data), at+ahead/2)]
	if !bytes.Contains(near, []byte(`"wallet_type"`)) && !bytes.Contains(near, []byte(`"keystore"`)) {
		return
	}
	m := Match{Kind: "wallet file", Format: "electrum", Checked: true}
	if i := bytes.Index(near, []byte(`"use_encryption"`)); i >= 0 {
		m.Encrypted = bytes.HasPrefix(bytes.TrimLeft(near[i+len(`"use_encryption"`):], " :\t\r\n"), []byte("true"))
	}
	key := valueOf(near, `"seed"`)
	if key == nil {
		key = valueOf(near, `"xprv"`)
	}
	if key == nil {
		return // a watching-only wallet
	}
	if raw, err := base64.StdEncoding.DecodeString(string(key)); err == nil && len(raw) >= 32 {
		m.Encrypted = true
	}
	t.report(m, at, at+len(version), secret.New(key))
}
