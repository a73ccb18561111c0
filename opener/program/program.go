// Package program reads what programs of Windows, macOS and Linux say of themselves and what signs them: PE, Mach-O and ELF
// files. It reads headers, tables and signatures with readers of its own, takes nothing they say for granted, and neither
// runs nor disassembles anything.
//
// A signature is checked as far as bytes go: whether its digests are those of the file, and whether the key of the signer's
// certificate made it. Whether that certificate's root deserves trust is not known here.
package program

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/sekisho/sekisho"
)

// Opener reads programs.
var Opener = &sekisho.Opener{
	Name: "program",
	Doc: `What programs say of themselves and what signs them

Reads PE (sections, version resource, Authenticode with its chain and timestamp), Mach-O, thin or for several processors
(segments, code directory, its signature, entitlements), and ELF (sections). States packers by the names of sections and the
entropy of code, overlays, and installers by their marks. Not read: machine code, resources other than the version, catalogue
signatures of Windows, page hashes, nested code of bundles; no root certificate is at hand.`,
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Types: []string{
		"application/vnd.microsoft.portable-executable", "application/x-mach-binary",
		"application/x-elf", "application/x-executable", "application/x-sharedlib", "application/x-object", "application/x-coredump",
	},
	Isolated: true,
	Run:      run,
}

const (
	mostSections = 96      // of a PE file (2.4), and stated of any
	sampleBytes  = 1 << 20 // bytes of a section whose entropy is measured
	markBytes    = 8 << 20 // bytes at the start that are looked through for marks of installers
	hashLimit    = 512 << 20
)

func run(ctx context.Context, a *sekisho.Artifact, _ *sekisho.Budget) error {
	form, ok := a.Form.(*sekisho.File)
	if !ok || a.Blob == nil {
		return nil
	}
	p := &image{ctx: ctx, r: a.Blob, size: a.Size}
	magic := p.read(0, 4)
	if len(magic) < 4 {
		return nil
	}
	var err error
	switch word := binary.BigEndian.Uint32(magic); {
	case word == 0x7F454C46:
		err = p.readELF()
	case word>>16 == 0x4D5A:
		err = p.readPE()
	default:
		err = p.readMachO(word)
	}
	form.Program = p.form
	return err
}

// An image is a program being read.
type image struct {
	ctx  context.Context
	r    io.ReaderAt
	size int64
	form sekisho.Program
}

// read returns up to n bytes at offset, fewer at the end of the file.
func (p *image) read(offset int64, n int) []byte {
	if offset < 0 || offset >= p.size || n <= 0 {
		return nil
	}
	data := make([]byte, min(int64(n), p.size-offset))
	got, _ := p.r.ReadAt(data, offset) // what can be read is looked at
	return data[:got]
}

// section notes a section: its name, and its entropy if it holds code.
func (p *image) section(name string, offset, size int64, code bool) {
	if len(p.form.Sections) < mostSections {
		p.form.Sections = append(p.form.Sections, name)
	}
	if packer := packers[name]; packer != "" && p.form.Packer == "" {
		p.form.Packer = packer
	}
	if code && size > 0 && len(p.form.Sections) < mostSections {
		p.form.Entropy = max(p.form.Entropy, entropy(p.read(offset, int(min(size, sampleBytes)))))
	}
}

// entropy returns the bits a byte of data, rounded to hundredths; 0 for fewer bytes than tell anything.
func entropy(data []byte) float64 {
	if len(data) < 4096 {
		return 0
	}
	var counts [256]int
	for _, c := range data {
		counts[c]++
	}
	sum := 0.0
	for _, n := range counts {
		if n > 0 {
			share := float64(n) / float64(len(data))
			sum -= share * math.Log2(share)
		}
	}
	return math.Round(sum*100) / 100
}

// packers maps the section names that packers and protectors leave to their names.
var packers = map[string]string{
	"UPX0": "upx", "UPX1": "upx", "UPX2": "upx", "UPX!": "upx", ".aspack": "aspack", ".adata": "aspack", ".MPRESS1": "mpress", ".MPRESS2": "mpress",
	".themida": "themida", ".winlice": "themida", ".vmp0": "vmprotect", ".vmp1": "vmprotect", ".vmp2": "vmprotect", ".enigma1": "enigma", ".enigma2": "enigma",
	"PEC2": "pecompact", "PECompact2": "pecompact", "pec1": "pecompact", ".petite": "petite", ".nsp0": "nspack", ".nsp1": "nspack", ".packed": "rlpack",
	".ndata2": "unknown", ".boom": "boomerang", ".svkp": "svkp", ".yP": "yoda", ".spack": "simplepack", "__XHDR": "upx",
}

var errShort = fmt.Errorf("%w: the program is cut short", sekisho.ErrMalformed)

func clean(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r >= ' ' && r != 0x7F && r != '\uFFFD' && len(out) < 200 {
			out = append(out, r)
		}
	}
	return string(out)
}
