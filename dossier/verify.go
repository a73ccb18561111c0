package dossier

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/sekisho/sekisho/record"
	"golang.org/x/mod/sumdb/tlog"
)

// problemLimit is how many problems Verify names.
const problemLimit = 1000

// A Problem is something about a package that is not as it was made.
type Problem struct {
	File string `json:"file"` // of the package, empty when it is about the whole
	What string `json:"what"`
}

// Verify reads a package, which may be hostile, and names what is wrong with it, up to 1,000 problems; none means that every file is
// as the manifest says, that every entry is in the log whose head is signed, that every body is the one its entry was made of, and
// that every original is the one that an entry names. The manifest is not signed: the page and the tables, which say the same in
// other words, are vouched for by the digest of the whole package, which the log holds. verifier is the text of the log's key, had from elsewhere than the package; when it is empty the key in the package is taken,
// and what is shown is only that the package is whole. The error is one of reading, or says that this is no package.
//
// Nothing is extracted; what is read is bounded, to 4 GiB in 100,000 files.
func Verify(r io.ReaderAt, size int64, verifier string) ([]Problem, error) {
	v := &verification{erased: map[string]bool{}}
	var err error
	if v.archive, err = openArchive(r, size, v.found); err != nil {
		return nil, err
	}
	for _, step := range []func() error{v.digests, func() error { return v.head(verifier) }, v.entries, v.originals} {
		if err := step(); err != nil {
			return v.problems, err
		}
	}
	return v.problems, nil
}

type verification struct {
	archive  *archive
	problems []Problem
	tree     tlog.Tree
	signed   bool // the tree is one that the key signed
	bodiless []record.Entry
	erased   map[string]bool   // by what entries that tell of an erasure refer to
	named    map[string]string // SHA-256 of originals by passage, as the newest entry names them
}

func (v *verification) found(file, what string) {
	if len(v.problems) < problemLimit {
		v.problems = append(v.problems, Problem{file, what})
	}
}

// missing names a file that cannot be read. Only a package that is too large is an error.
func (v *verification) missing(file string, err error) error {
	switch {
	case errors.Is(err, errTooMuch):
		return err
	case errors.Is(err, fs.ErrNotExist):
		v.found(file, "missing")
	default:
		v.found(file, "cannot be read")
	}
	return nil
}

// digests holds every file against the manifest, and the manifest against the files.
func (v *verification) digests() error {
	listed, err := v.archive.manifest(v.found)
	if err != nil {
		return v.missing(fileManifest, err)
	}
	for _, name := range v.archive.order {
		if name == fileManifest {
			continue
		}
		want, ok := listed[name]
		if !ok {
			v.found(name, "not in the manifest")
			continue
		}
		delete(listed, name)
		digest, err := v.archive.sum(name)
		if err != nil {
			if err := v.missing(name, err); err != nil {
				return err
			}
			continue
		}
		if digest != want {
			v.found(name, "changed: its digest is not the one in the manifest")
		}
	}
	var gone []string
	for name := range listed {
		gone = append(gone, name)
	}
	slices.Sort(gone)
	for _, name := range gone {
		v.found(name, "missing: the manifest lists it")
	}
	return nil
}

// head verifies the signature of the log's head.
func (v *verification) head(verifier string) error {
	key, err := v.archive.read(fileKey)
	if err != nil {
		if err := v.missing(fileKey, err); err != nil {
			return err
		}
	}
	switch inside := strings.TrimSpace(string(key)); {
	case verifier == "":
		verifier = inside
	case strings.TrimSpace(verifier) != inside:
		v.found(fileKey, "not the key that was given")
	}
	head, err := v.archive.read(fileHead)
	if err != nil {
		return v.missing(fileHead, err)
	}
	if v.tree, err = openHead(string(head), verifier); err != nil {
		v.found(fileHead, err.Error())
		return nil
	}
	v.signed = true
	return nil
}

// entries verifies each proof, and that there is no entry without one.
func (v *verification) entries() error {
	data, err := v.archive.read(fileProofs)
	if err != nil {
		return v.missing(fileProofs, err)
	}
	var proofs proofFile
	if err := json.Unmarshal(data, &proofs); err != nil {
		v.found(fileProofs, "not the JSON of proofs")
		return nil
	}
	if len(proofs.Proofs) == 0 {
		v.found(fileProofs, "proves nothing")
	}
	if head, err := v.archive.read(fileHead); err == nil && string(head) != proofs.Head {
		v.found(fileProofs, "not of this head")
	}
	proved := map[string]bool{}
	last := int64(-1)
	for _, p := range proofs.Proofs {
		if p.Entry.Seq <= last {
			v.found(fileProofs, fmt.Sprintf("entry %d is not where it belongs", p.Entry.Seq))
		}
		last = p.Entry.Seq
		for _, extension := range []string{".line", ".body.json", ".salt", ".proof"} {
			proved[entryFile(p.Entry.Seq, extension)] = true
		}
		if err := v.entry(p); err != nil {
			return err
		}
	}
	for _, e := range v.bodiless {
		if !v.erased[e.Ref] {
			v.found(entryFile(e.Seq, ".body.json"), "missing, and no entry says that it was erased")
		}
	}
	for _, name := range v.archive.order {
		if strings.HasPrefix(name, entriesFolder) && !proved[name] {
			v.found(name, "of an entry without a proof")
		}
	}
	return nil
}

// entry verifies one entry: its line, that it is in the log, its body.
func (v *verification) entry(p record.Proof) error {
	name := entryFile(p.Entry.Seq, ".line")
	line, err := v.archive.read(name)
	if err != nil {
		return v.missing(name, err)
	}
	if string(line) != p.Line {
		v.found(name, "not the line that is proved")
	}
	var said record.Entry
	if err := json.Unmarshal(line, &said); err != nil {
		v.found(name, "not the line of an entry")
		return nil
	}
	if e := p.Entry; said.Seq != e.Seq || !said.Time.Equal(e.Time) || said.Kind != e.Kind || said.By != e.By || said.Ref != e.Ref || said.Digest != e.Digest {
		v.found(fileProofs, fmt.Sprintf("entry %d does not say what its line says", e.Seq))
	}
	if err := v.inLog(p, name, line); err != nil {
		return err
	}
	return v.body(p, said)
}

// inLog verifies that the line leads to the head's root, by the proof, which tlog reads, and by the way that is written beside it.
func (v *verification) inLog(p record.Proof, name string, line []byte) error {
	steps, err := walk(p)
	if err != nil {
		v.found(fileProofs, fmt.Sprintf("entry %d: %v", p.Entry.Seq, err))
		return nil
	}
	if !v.signed {
		return nil // the head is a problem that was named
	}
	proof := make(tlog.RecordProof, len(steps))
	var way bytes.Buffer
	for i, s := range steps {
		proof[i] = s.hash
		fmt.Fprintf(&way, "%s %s\n", s.side, hex.EncodeToString(s.hash[:]))
	}
	if p.Size != v.tree.N || tlog.CheckRecord(proof, v.tree.N, v.tree.Hash, p.Entry.Seq, tlog.RecordHash(line)) != nil {
		v.found(name, "not in the log of the head")
	}
	written, err := v.archive.read(entryFile(p.Entry.Seq, ".proof"))
	if err != nil {
		return v.missing(entryFile(p.Entry.Seq, ".proof"), err)
	}
	if !bytes.Equal(written, way.Bytes()) {
		v.found(entryFile(p.Entry.Seq, ".proof"), "not the proof of its entry")
	}
	return nil
}

// body verifies that the body, if it was not erased, is the one that the line's digest was made of.
func (v *verification) body(p record.Proof, said record.Entry) error {
	name := entryFile(p.Entry.Seq, ".body.json")
	body, err := v.archive.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		v.bodiless = append(v.bodiless, said)
		return nil
	}
	if err != nil {
		return v.missing(name, err)
	}
	salt, err := hex.DecodeString(p.Salt)
	if err != nil {
		v.found(fileProofs, fmt.Sprintf("entry %d: the salt is not hexadecimal", p.Entry.Seq))
		return nil
	}
	sum := sha256.Sum256(append(salt, body...))
	if hex.EncodeToString(sum[:]) != said.Digest {
		v.found(name, "not the body that was recorded")
		return nil
	}
	v.packed(said, body)
	var erasure struct{ What string }
	if said.Kind == "erase" && json.Unmarshal(body, &erasure) == nil && erasure.What != "original" {
		v.erased[said.Ref] = true // of an original the entry keeps its body
	}
	return nil
}
