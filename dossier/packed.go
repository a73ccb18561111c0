package dossier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sekisho/sekisho/record"
)

// packedKind is the kind of the entry that names the originals of a package. The entry is in the package with its proof, so that an
// original cannot be put in the place of another together with its digest in the manifest, which nobody signs.
const packedKind = "packed"

// packedBody is the body of that entry.
type packedBody struct {
	Originals map[string]string `json:"originals"` // SHA-256 in hexadecimal by passage
}

// note notes which originals are in the package.
func (c *contents) note(ctx context.Context, store *record.Store, by string) error {
	body := packedBody{map[string]string{}}
	for _, o := range c.originals {
		if o.SHA256 != "" {
			body.Originals[o.Passage] = o.SHA256
		}
	}
	if len(body.Originals) == 0 {
		return nil
	}
	if err := store.Note(ctx, packedKind, by, c.caze.ID, body); err != nil {
		return fmt.Errorf("note the originals: %w", err)
	}
	return nil
}

// packed takes in what a proven entry says of originals. What the newest one says counts: earlier ones are of earlier packages.
func (v *verification) packed(said record.Entry, body []byte) {
	switch said.Kind {
	case "export":
		v.named = nil
	case packedKind:
		var b packedBody
		if json.Unmarshal(body, &b) == nil {
			v.named = b.Originals
		}
	}
}

// originals holds the originals against the entry that names them.
func (v *verification) originals() error {
	there := map[string]bool{}
	for _, name := range v.archive.order {
		passage, ok := strings.CutPrefix(name, originalsFolder)
		if !ok || name == fileOriginals {
			continue
		}
		passage, ok = strings.CutSuffix(passage, originalsExtension)
		want := v.named[passage]
		if !ok || want == "" {
			v.found(name, "an original that no entry names")
			continue
		}
		there[passage] = true
		h := sha256.New()
		err := v.archive.decode(h, name)
		switch {
		case err != nil:
			if err := v.missing(name, err); err != nil {
				return err
			}
		case hex.EncodeToString(h.Sum(nil)) != want:
			v.found(name, "not the original that its entry names")
		}
	}
	var gone []string
	for passage := range v.named {
		if !there[passage] {
			gone = append(gone, passage)
		}
	}
	slices.Sort(gone)
	for _, passage := range gone {
		v.found(originalsFolder+passage+originalsExtension, "missing: an entry names it")
	}
	return nil
}
