package dossier

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

// The names of the files in a package.
const (
	fileReadme      = "README.txt"
	filePage        = "case.html"
	fileCSV         = "indicators.csv"
	fileSTIX        = "indicators.stix.json"
	fileProofs      = "proofs.json"
	fileHead        = "head.txt"
	fileKey         = "key.txt"
	fileScript      = "verify.sh.txt"
	fileManifest    = "manifest.sha256"
	entriesFolder   = "entries/"
	originalsFolder = "originals-do-not-open/"
	fileOriginals   = originalsFolder + "originals.sha256.txt"

	originalsExtension = ".eml.b64"
)

// A packer writes files into a zip and remembers their digests.
type packer struct {
	zip      *zip.Writer
	modified time.Time
	manifest bytes.Buffer
	err      error
}

func (p *packer) add(name string, data []byte) {
	if p.err != nil {
		return
	}
	file, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.modified})
	if err == nil {
		_, err = file.Write(data)
	}
	if err != nil {
		p.err = fmt.Errorf("write %s: %w", name, err)
	}
	sum := sha256.Sum256(data)
	fmt.Fprintf(&p.manifest, "%s  %s\n", hex.EncodeToString(sum[:]), name)
}

// newPacker returns a packer of a zip in which every file has the same moment.
func newPacker(w io.Writer, modified time.Time) *packer {
	return &packer{zip: zip.NewWriter(w), modified: modified.UTC().Truncate(2 * time.Second)}
}

// pack writes everything but the originals, and ends the zip.
func (c *contents) pack(p *packer) error {
	readme, err := c.readme()
	if err != nil {
		return err
	}
	page, err := c.page()
	if err != nil {
		return err
	}
	indicators := c.indicators()
	stix, err := c.stix(indicators)
	if err != nil {
		return err
	}
	table, err := indicatorTable(indicators)
	if err != nil {
		return err
	}
	proofs, err := json.MarshalIndent(proofFile{c.head, c.proofs}, "", "  ")
	if err != nil {
		return err
	}
	p.add(fileReadme, readme)
	p.add(filePage, page)
	p.add(fileCSV, table)
	p.add(fileSTIX, stix)
	p.add(fileHead, []byte(c.head))
	p.add(fileKey, []byte(strings.TrimSpace(c.key)+"\n"))
	p.add(fileProofs, append(proofs, '\n'))
	p.add(fileScript, []byte(script))
	for i, e := range c.entries {
		if err := p.entry(e, c.proofs[i]); err != nil {
			return err
		}
	}
	manifest := bytes.Clone(p.manifest.Bytes())
	p.add(fileManifest, manifest)
	return errors.Join(p.err, p.zip.Close())
}

// A proofFile is proofs.json.
type proofFile struct {
	Head   string         `json:"head"`
	Proofs []record.Proof `json:"proofs"`
}

// entryFile returns the name of a file of an entry: .line, .body.json, .salt or .proof.
func entryFile(seq int64, extension string) string {
	return fmt.Sprintf("%s%012d%s", entriesFolder, seq, extension)
}

// entry writes the line that is hashed, the body and the salt of its digest, and the way to the head's root.
func (p *packer) entry(e record.Entry, proof record.Proof) error {
	steps, err := walk(proof)
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	var way strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&way, "%s %s\n", s.side, hex.EncodeToString(s.hash[:]))
	}
	p.add(entryFile(e.Seq, ".line"), []byte(proof.Line))
	if e.Body != nil {
		p.add(entryFile(e.Seq, ".body.json"), e.Body)
		p.add(entryFile(e.Seq, ".salt"), []byte(proof.Salt+"\n"))
	}
	p.add(entryFile(e.Seq, ".proof"), []byte(way.String()))
	return nil
}

// packOriginals writes the originals that are kept, one after the other.
func (c *contents) packOriginals(p *packer, read func(passage string) ([]byte, error)) error {
	total := 0
	for _, passage := range c.passages {
		if !passage.Kept || !isName(passage.ID) {
			continue
		}
		o := original{Passage: passage.ID}
		if total >= originalLimit {
			o.Why = sekisho.Text{En: "left out: too large together", Ja: "合計サイズが大きすぎるため省略"}
			c.originals = append(c.originals, o)
			continue
		}
		data, err := read(passage.ID)
		switch {
		case errors.Is(err, record.ErrGone):
			o.Why = sekisho.Text{En: "no longer kept", Ja: "保存期間が終了"}
		case err != nil:
			return fmt.Errorf("read the original of %s: %w", passage.ID, err)
		default:
			total += len(data)
			sum := sha256.Sum256(data)
			o.Size, o.SHA256 = len(data), hex.EncodeToString(sum[:])
			p.add(originalsFolder+o.Passage+originalsExtension, encode(data))
		}
		c.originals = append(c.originals, o)
	}
	if len(c.originals) == 0 {
		return p.err
	}
	var list strings.Builder
	for _, o := range c.originals {
		if o.SHA256 == "" {
			fmt.Fprintf(&list, "# %s: %s / %s\n", o.Passage, o.Why.Ja, o.Why.En)
			continue
		}
		fmt.Fprintf(&list, "%s  %s.eml\n", o.SHA256, o.Passage)
	}
	p.add(fileOriginals, []byte(list.String()))
	return p.err
}
