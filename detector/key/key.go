// Package key finds private keys, seed phrases and API secrets: what should be offline, and is not.
//
// A [Scanner] reads any stream of bytes once, at the speed of a disk, and reports each key with its kind, its place, a
// keyed fingerprint and the public addresses it controls; never any part of the key. The [Detector] does the same for the
// texts and files of the checkpoint, and says which of the organisation's wallets a key belongs to.
//
// Found: BIP-39 phrases in the ten official lists and any layout, SLIP-39 shares, Electrum and Monero seeds; WIF, extended
// keys, keys in hexadecimal where the surroundings name them; Solana, XRP Ledger, Cardano, Nostr and age keys; keystores of
// Ethereum, Polkadot and Java; wallet files of Bitcoin Core and Electrum; backups of hardware wallets; PEM, PKCS#8, PKCS#12,
// OpenSSH, PuTTY, OpenPGP and JWK private keys; API secrets of exchanges, custodians and, by the rules of gitleaks, of other
// services.
//
// Not found: a phrase split over two places, a phrase with a word misspelt, text in pictures, what is compressed or
// encrypted (openers unpack archives and documents first), Monero seeds in other languages than English, Chinese phrases
// written without spaces.
package key

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

// Facts is one key in one artifact.
type Facts struct {
	Kind        string   `json:"kind" doc:"what it is: phrase, private key, extended key, keystore, wallet file, hardware wallet backup or api secret"`
	Format      string   `json:"format" doc:"how it is written: bip39, slip39, electrum segwit, monero, wif, hex, pkcs8, ethereum ... or gitleaks' rule for an API secret"`
	Service     string   `json:"service" doc:"whose API the secret opens, empty for other kinds"`
	Words       int      `json:"words" doc:"words of a phrase, 0 for other kinds"`
	Language    string   `json:"language" doc:"the word list of a phrase, empty for other kinds"`
	Place       string   `json:"place" doc:"where it stands: text, hidden or quoted in a text, file in the bytes of a file, name, of a mail the header's name, header when it is that name itself, or envelope, of a link target or shown"`
	Line        int      `json:"line" doc:"line where it is first seen, from 1"`
	Count       int      `json:"count" doc:"how often it is seen in the artifact"`
	Checked     bool     `json:"checked" doc:"a checksum or a matching public half holds, or the structure was parsed; otherwise shape and surroundings say so"`
	Encrypted   bool     `json:"encrypted" doc:"a password is needed to use it"`
	Published   bool     `json:"published" doc:"printed in a standard or a tool's documentation, so that everyone has it"`
	Test        bool     `json:"test" doc:"it lies among the tests or examples of a project, by its path in the archive or repository it came in; never in a mail"`
	Source      bool     `json:"source" doc:"it lies in a source tree, in a file that its makers publish: not .env, wallet.dat, id_rsa and such; never in a mail"`
	Fingerprint string   `json:"fingerprint" doc:"keyed fingerprint of the key, the same wherever and however it is written"`
	Addresses   []string `json:"addresses" doc:"public addresses it controls, the first of each standard path; empty when none can be derived"`
	Chains      []string `json:"chains" doc:"the chains of these addresses"`
	Wallet      string   `json:"wallet" doc:"name of the organisation's wallet it controls, empty when none of its addresses is one"`
	WalletKind  string   `json:"wallet_kind" doc:"cold, warm or hot: the kind of that wallet, empty when there is none"`
}

// SecretFingerprint returns the fingerprint: reports that show code must not show that of a key.
func (f *Facts) SecretFingerprint() string { return f.Fingerprint }

// Detector states the keys in texts and files, and in what else of them, of mails and of links people are shown.
var Detector = &sekisho.Detector{
	Name: "key",
	Doc: `Private keys, seed phrases and API secrets

States every private key, seed phrase, wallet file and API secret in a text or file, with the public addresses it
controls and the organisation's wallet they belong to. No part of a key is stated, quoted or logged.
Phrases and private keys are also stated that stand in the headers and the envelope of a mail, in the target of a link
or what is shown for it, and in names. 64 hexadecimal digits there are a key only where they are called one: most are hashes.
A phrase split over two places, or in an image, is not seen.`,
	Kinds:   []sekisho.Kind{sekisho.KindMail, sekisho.KindText, sekisho.KindLink, sekisho.KindFile, sekisho.KindArchive},
	Facts:   Facts{},
	Prepare: prepare,
	Run:     run,
}

// prepared is the scanner with the organisation's wallets by address.
type prepared struct {
	scanner *Scanner
	wallets Wallets
}

func prepare(org *sekisho.Org, _ *sekisho.Intel) (any, error) {
	// The key is that of the organisation, so that a verdict can be replayed: a fingerprint tells two keys apart and
	// keys of 128 bits and more cannot be guessed from it.
	fingerprintKey := org.FingerprintKey
	if len(fingerprintKey) == 0 {
		sum := sha256.Sum256([]byte(org.Name.En + "\x00" + strings.Join(org.Domains, "\x00")))
		fingerprintKey = sum[:]
	}
	return &prepared{scanner: NewScanner(fingerprintKey), wallets: NewWallets(org)}, nil
}

// Wallets are the organisation's wallets by address.
type Wallets map[string]*sekisho.Wallet

// NewWallets indexes the wallets of the profile.
func NewWallets(org *sekisho.Org) Wallets {
	index := Wallets{}
	for i := range org.Wallets {
		for _, address := range org.Wallets[i].Addresses {
			index[foldAddress(address)] = &org.Wallets[i]
		}
	}
	return index
}

// Owner returns the wallet that the key of the match controls, or nil.
func (w Wallets) Owner(m Match) *sekisho.Wallet {
	for _, a := range m.Addresses {
		if wallet, ok := w[foldAddress(a.Text)]; ok {
			return wallet
		}
	}
	return nil
}

// foldAddress drops the case where it is no part of an address: hexadecimal and bech32.
func foldAddress(address string) string {
	address = strings.TrimPrefix(strings.TrimSpace(address), "bitcoincash:")
	folded := strings.ToLower(address)
	for _, prefix := range []string{"0x", "bc1", "tb1", "ltc1", "q", "addr1"} {
		if strings.HasPrefix(folded, prefix) && (folded == address || strings.ToUpper(address) == address || prefix == "0x") {
			return folded
		}
	}
	return address
}

func run(p *sekisho.Pass) error {
	a := p.Artifact
	if err := lookBeside(p); err != nil {
		return err
	}
	if text, ok := a.Form.(*sekisho.TextForm); ok {
		if readAsFile(a, text) {
			return nil
		}
		for _, part := range []struct{ where, text string }{{"text", text.Content}, {"hidden", text.Hidden}, {"quoted", text.Quoted}} {
			if part.text == "" {
				continue
			}
			if err := look(p, part.where, reading{Reader: strings.NewReader(part.text)}); err != nil {
				return err
			}
		}
		return nil
	}
	if a.Kind != sekisho.KindText && a.Kind != sekisho.KindFile || a.Blob == nil || isReadAsText(a) || isReadInside(a) {
		return nil
	}
	return look(p, "file", reading{Reader: io.NewSectionReader(a.Blob, 0, a.Size)})
}

// isReadAsText reports whether the bytes of the file are looked at as the text that an opener made of them.
func isReadAsText(a *sekisho.Artifact) bool {
	return slices.ContainsFunc(a.Parts, func(part *sekisho.Artifact) bool {
		_, ok := part.Form.(*sekisho.TextForm)
		return ok && part.Via == "content"
	})
}

// isReadInside reports whether the file is a tar of which every entry was opened: in those, which it holds as they are, keys are
// looked for at their own places.
func isReadInside(a *sekisho.Artifact) bool {
	form, ok := a.Form.(*sekisho.File)
	if !ok || form.Type != "application/x-tar" {
		return false
	}
	const block, header, end = 512, 4 * 512, 20 * 512 // of an entry with the longer names of POSIX; of the archive
	rest := a.Size - end
	var count func(*sekisho.Artifact)
	count = func(a *sekisho.Artifact) {
		for _, part := range a.Parts {
			switch {
			case part.Kind == sekisho.KindArchive, part.Kind == sekisho.KindRepository:
				count(part)
			case part.Via == "entry", part.Via == "tree":
				rest -= header
				if part.Blob != nil {
					rest -= (part.Size + block - 1) / block * block
				}
			}
		}
	}
	count(a)
	return rest <= 0
}

// readAsFile reports whether the text is the very bytes of the file it is the content of, in which keys are looked for as
// well. A file in another encoding than UTF-8 has fewer bytes than its text.
func readAsFile(a *sekisho.Artifact, text *sekisho.TextForm) bool {
	return a.Up != nil && a.Up.Kind == sekisho.KindFile && a.Up.Blob != nil && a.Via == "content" &&
		a.Up.Size == int64(len(text.Content)) && text.Hidden == "" && text.Quoted == ""
}

// observationLimit is the most keys stated of one artifact.
const observationLimit = 200

// look states the keys in the readings of one place. What is in more than one of them is counted once.
func look(p *sekisho.Pass, place string, readings ...reading) error {
	prep := p.Prepared.(*prepared)
	ctx, stop := context.WithCancel(p.Context)
	defer stop()
	var order []*Facts
	spans := map[*Facts][]sekisho.Span{}
	byKey := map[string]*Facts{}
	var more error
	state := func(m Match) {
		f := byKey[m.Fingerprint]
		if f == nil {
			if len(order) >= observationLimit {
				more = fmt.Errorf("%w: more than %d keys", sekisho.ErrLimit, observationLimit)
				stop()
				return
			}
			f = NewFacts(m, prep.wallets)
			f.Place, f.Test, f.Source = place, isTest(p.Artifact), isSource(p.Artifact)
			byKey[m.Fingerprint] = f
			order = append(order, f)
		}
		f.Count++
		if len(spans[f]) < 20 {
			spans[f] = append(spans[f], sekisho.Span{Where: place, Start: int(m.Start), End: int(m.End)})
		}
	}
	var err error
	for i := 0; i < len(readings) && err == nil; i++ {
		before := len(order)
		err = prep.scanner.Scan(ctx, p.Artifact.Name, readings[i], func(m Match) {
			if readings[i].keep != nil && !readings[i].keep(m) {
				return
			}
			if f := byKey[m.Fingerprint]; f == nil || slices.Contains(order[before:], f) {
				state(m)
			}
		})
	}
	for _, f := range order {
		p.Report(f, spans[f]...)
	}
	if more != nil {
		return more
	}
	return err
}

// NewFacts states a match, with a count of 0.
func NewFacts(m Match, wallets Wallets) *Facts {
	f := &Facts{Kind: m.Kind, Format: m.Format, Service: m.Service, Words: m.Words, Language: m.Language, Line: m.Line,
		Checked: m.Checked, Encrypted: m.Encrypted, Published: m.Published, Fingerprint: m.Fingerprint,
		Addresses: []string{}, Chains: []string{}}
	for _, a := range m.Addresses {
		if !slices.Contains(f.Addresses, a.Text) {
			f.Addresses = append(f.Addresses, a.Text)
		}
		if !slices.Contains(f.Chains, a.Chain) {
			f.Chains = append(f.Chains, a.Chain)
		}
	}
	if wallet := wallets.Owner(m); wallet != nil {
		f.Wallet, f.WalletKind = wallet.Name, wallet.Kind
	}
	return f
}
