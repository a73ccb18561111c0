package program

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
)

// The layout of PE files is the Microsoft PE Format; its section numbers stand in brackets.

// A peFile is what the headers of a PE file say.
type peFile struct {
	checksum, security    int64 // offsets of the checksum and of the entry for certificates
	certificates, certLen int64 // file offset and length of the certificates [attribute certificate table]
	resources             uint32
	managed               bool
	sections              []peSection
	end                   int64 // of the last section in the file
}

type peSection struct {
	name             string
	virtual, vSize   uint32
	offset, size     int64
	code, executable bool
}

const (
	peDLL      = 0x2000
	peCode     = 0x20
	peExecute  = 0x20000000
	peOptional = 24 // from the signature to the optional header
)

var peMachines = map[uint16]string{0x14C: "386", 0x8664: "amd64", 0xAA64: "arm64", 0x1C0: "arm", 0x1C4: "arm", 0x200: "ia64", 0xEBC: "efi", 0x5064: "riscv64"}

func (p *image) readPE() error {
	p.form.Format = "pe"
	head := p.read(0, 64)
	if len(head) < 64 {
		return errShort
	}
	start := int64(binary.LittleEndian.Uint32(head[60:]))
	f, err := p.peHeaders(start)
	if err != nil {
		return err
	}
	for _, s := range f.sections {
		p.section(s.name, s.offset, s.size, s.code || s.executable)
	}
	p.form.Managed = f.managed
	p.version(f)
	p.form.Installer = p.installer()
	overlay := p.size - f.end
	if f.certLen > 0 && f.certificates >= f.end {
		overlay = f.certificates - f.end
	}
	if overlay >= 8 { // fewer only align a signature
		p.form.Overlay = int(overlay)
	}
	if f.certLen == 0 {
		return nil
	}
	return p.authenticode(f)
}

// peHeaders reads the COFF header [COFF File Header], the optional one and the section table.
func (p *image) peHeaders(start int64) (*peFile, error) {
	head := p.read(start, peOptional+240+16*8)
	if len(head) < peOptional+2 || !bytes.HasPrefix(head, []byte("PE\x00\x00")) {
		p.form.Role = "exe"
		return nil, fmt.Errorf("%w: no PE header: a program for DOS, or broken", sekisho.ErrMalformed)
	}
	machine, count := binary.LittleEndian.Uint16(head[4:]), int(binary.LittleEndian.Uint16(head[6:]))
	optSize, flags := int(binary.LittleEndian.Uint16(head[20:])), binary.LittleEndian.Uint16(head[22:])
	if name := peMachines[machine]; name != "" {
		p.form.Arch = []string{name}
	}
	opt := head[peOptional:]
	opt = opt[:min(optSize, len(opt))]
	directories := 96
	if len(opt) >= 2 && binary.LittleEndian.Uint16(opt) == 0x20B {
		directories = 112
	}
	f := &peFile{checksum: start + peOptional + 64, security: start + int64(peOptional+directories+4*8)}
	p.form.Role = "exe"
	if len(opt) >= 70 {
		switch binary.LittleEndian.Uint16(opt[68:]) {
		case 1:
			p.form.Role = "driver"
		case 2:
			p.form.Window = true
		case 10, 11, 12, 13:
			p.form.Role = "efi"
		}
	}
	if flags&peDLL != 0 && p.form.Role == "exe" {
		p.form.Role = "dll"
	}
	directory := func(i int) (uint32, uint32) {
		if at := directories + 8*i; len(opt) >= at+8 {
			return binary.LittleEndian.Uint32(opt[at:]), binary.LittleEndian.Uint32(opt[at+4:])
		}
		return 0, 0
	}
	f.resources, _ = directory(2)
	certificates, certLen := directory(4)
	f.certificates, f.certLen = int64(certificates), int64(certLen)
	_, clr := directory(14)
	f.managed = clr > 0
	p.peSections(f, start+peOptional+int64(optSize), min(count, mostSections))
	if count > mostSections {
		return f, fmt.Errorf("%w: %d sections", sekisho.ErrLimit, count)
	}
	return f, nil
}

func (p *image) peSections(f *peFile, start int64, count int) {
	table := p.read(start, 40*count)
	f.end = start + int64(len(table))
	for ; len(table) >= 40; table = table[40:] {
		flags := binary.LittleEndian.Uint32(table[36:])
		name, _, _ := bytes.Cut(table[:8], []byte{0})
		s := peSection{
			name: clean(string(name)), vSize: binary.LittleEndian.Uint32(table[8:]), virtual: binary.LittleEndian.Uint32(table[12:]),
			size: int64(binary.LittleEndian.Uint32(table[16:])), offset: int64(binary.LittleEndian.Uint32(table[20:])),
			code: flags&peCode != 0, executable: flags&peExecute != 0,
		}
		f.sections = append(f.sections, s)
		if s.size > 0 && s.offset+s.size <= p.size {
			f.end = max(f.end, s.offset+s.size)
		}
	}
}

// at returns up to n bytes at a virtual address.
func (p *image) at(f *peFile, virtual uint32, n int) []byte {
	for _, s := range f.sections {
		if virtual >= s.virtual && int64(virtual-s.virtual) < s.size {
			inside := int64(virtual - s.virtual)
			return p.read(s.offset+inside, int(min(int64(n), s.size-inside)))
		}
	}
	return nil
}

const (
	resourceVersion = 16       // RT_VERSION
	versionLimit    = 64 << 10 // bytes of a version resource
)

// version reads the strings of the version resource [The .rsrc Section]: type 16, then the first name and language.
func (p *image) version(f *peFile) {
	if f.resources == 0 {
		return
	}
	offset := uint32(0)
	for level := range 3 {
		table := p.at(f, f.resources+offset, 16+8*256)
		if len(table) < 16 {
			return
		}
		found := false
		count := int(binary.LittleEndian.Uint16(table[12:])) + int(binary.LittleEndian.Uint16(table[14:]))
		for table = table[16:]; count > 0 && len(table) >= 8 && !found; count, table = count-1, table[8:] {
			if level > 0 || binary.LittleEndian.Uint32(table) == resourceVersion {
				offset, found = binary.LittleEndian.Uint32(table[4:])&0x7FFFFFFF, true
			}
		}
		if !found {
			return
		}
	}
	entry := p.at(f, f.resources+offset, 16)
	if len(entry) < 16 {
		return
	}
	data := p.at(f, binary.LittleEndian.Uint32(entry), int(min(binary.LittleEndian.Uint32(entry[4:]), versionLimit)))
	for _, field := range []struct {
		key string
		to  *string
	}{{"CompanyName", &p.form.Company}, {"ProductName", &p.form.Product}, {"FileDescription", &p.form.Description}, {"OriginalFilename", &p.form.Original}} {
		*field.to = versionString(data, field.key)
	}
}

// versionString returns the value of a String structure by its key, which ends in NUL and padding to four bytes.
func versionString(data []byte, key string) string {
	var wide []byte
	for i := range len(key) {
		wide = append(wide, key[i], 0)
	}
	at := bytes.Index(data, append(wide, 0, 0))
	if at < 0 {
		return ""
	}
	rest := data[at+len(wide)+2:]
	var value strings.Builder
	for len(rest) >= 2 && rest[0] == 0 && rest[1] == 0 && len(rest) > 2 && value.Len() == 0 && len(data)-len(rest) < at+len(wide)+6 {
		rest = rest[2:]
	}
	for ; len(rest) >= 2 && (rest[0] != 0 || rest[1] != 0) && value.Len() < 600; rest = rest[2:] {
		value.WriteRune(rune(binary.LittleEndian.Uint16(rest)))
	}
	return strings.TrimSpace(clean(value.String()))
}

// marks are what installers and self-extracting archives hold.
var marks = []struct{ mark, installer string }{
	{"Nullsoft.NSIS.exehead", "nsis"}, {"\xEF\xBE\xAD\xDENullsoftInst", "nsis"}, {"Inno Setup Setup Data", "inno"}, {"This installation was built with Inno Setup", "inno"},
	{";!@Install@!UTF-8!", "7z-sfx"}, {"WinRAR SFX", "rar-sfx"}, {".wixburn", "wix"}, {"SquirrelTemp", "squirrel"}, {"InstallShield", "installshield"}, {"PyInstaller", "pyinstaller"}, {"pyi-windows-manifest", "pyinstaller"},
	{"MEI\x0C\x0B\x0A\x0B\x0E", "pyinstaller"}, {"AutoIt v3", "autoit"}, {"AU3!EA06", "autoit"},
}

func (p *image) installer() string {
	data := p.read(0, markBytes)
	for _, m := range marks {
		if bytes.Contains(data, []byte(m.mark)) {
			return m.installer
		}
	}
	return ""
}
