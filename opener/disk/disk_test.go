package disk

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector/shortcut"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener/file"
	opener "github.com/sekisho/sekisho/opener/shortcut"
	"github.com/sekisho/sekisho/rules"
)

// TestHostile finds the shortcut in every kind of image, through the checkpoint and the rules of shortcuts.
func TestHostile(t *testing.T) {
	set, err := rules.Load(os.DirFS("../../detector/shortcut"))
	if err != nil {
		t.Fatal(err)
	}
	detectors := []*sekisho.Detector{shortcut.Detector}
	j, err := judge.Compile(set.Rules, nil, detectors)
	if err != nil {
		t.Fatal(err)
	}
	cp, err := checkpoint.New(checkpoint.Config{Openers: []*sekisho.Opener{file.Opener, Opener, opener.Opener}, Detectors: detectors, Judge: j})
	if err != nil {
		t.Fatal(err)
	}
	fat := fatOf(0xFFF)
	bridge := udfOf()
	copy(bridge[17*udfSector:], bridge[16*udfSector:19*udfSector])
	copy(bridge[16*udfSector:], "\x01CD001")
	for _, tt := range []struct {
		name, format string
		data         []byte
	}{
		{"FAT", "img", fat}, {"exFAT", "img", exfatOf()}, {"NTFS", "img", ntfsOf()}, {"HFS+", "img", hfsOf()}, {"UDF", "udf", udfOf()}, {"UDF beside ISO 9660", "udf", bridge},
		{"MBR", "img", mbrOf(fat)}, {"GPT", "img", gptOf(fat)},
		{"fixed VHD", "vhd", vhdOf(mbrOf(fat), false, uint64(len(fat)+sector))}, {"dynamic VHD", "vhd", vhdOf(mbrOf(fat), true, 1<<20)},
		{"sparse VHD of 2 TB", "vhd", vhdOf(mbrOf(fat), true, 2<<40)}, {"VHDX", "vhdx", vhdxOf(gptOf(fat))},
		{"stored DMG", "dmg", dmgOf(t, hfsOf(), chunkRaw)}, {"zlib DMG", "dmg", dmgOf(t, hfsOf(), chunkZlib)}, {"ADC DMG", "dmg", dmgOf(t, hfsOf(), chunkADC)},
		{"FAT whose chain is a loop", "img", fatOf(3)}, {"FAT whose chain leads nowhere", "img", fatOf(0)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			verdict := cp.Inspect(t.Context(), &sekisho.Artifact{Kind: sekisho.KindFile, Name: "plan.img", Blob: bytes.NewReader(tt.data), Size: int64(len(tt.data))})
			if verdict.Action != sekisho.ActionHold || verdict.Findings[0].Rule != "shortcut-to-other-machine" || len(verdict.Gaps) > 0 {
				t.Fatalf("%s by %v; gaps %v", verdict.Action, verdict.Findings, verdict.Gaps)
			}
			if form := verdict.Root.Parts[len(verdict.Root.Parts)-1].Form.(*sekisho.Archive); form.Format != tt.format || form.Entries != 1 {
				t.Errorf("form %+v, want %s", form, tt.format)
			}
		})
	}
}

func open(t testing.TB, media string, data []byte, limits sekisho.Limits) (*sekisho.Artifact, error) {
	t.Helper()
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Name: "a.img", Form: &sekisho.File{Type: media}, Blob: bytes.NewReader(data), Size: int64(len(data))}
	err := Opener.Run(t.Context(), a, sekisho.NewBudget(limits))
	return a, err
}

func TestBounds(t *testing.T) {
	huge := fatOf(3)
	le.PutUint32(huge[3*sector+28:], 0xFFFFFFFF)
	overlapping := fatOf(0xFFF)
	for i := range 16 {
		entry(overlapping[3*sector+32*i:], "PLAN    URL", 0x20, 3, sector)
	}
	folders := fatOf(0xFFF)
	entry(folders[3*sector:], "AGAIN      ", 0x10, 2, 0)
	for _, tt := range []struct {
		name, media string
		data        []byte
		limits      sekisho.Limits
		want        error
	}{
		{"a file larger than the disk", "application/x-raw-disk-image", huge, sekisho.Limits{Entry: 4096}, sekisho.ErrLimit},
		{"files over one another", "application/x-raw-disk-image", overlapping, sekisho.Limits{Bytes: 3000}, sekisho.ErrLimit},
		{"a folder in itself", "application/x-raw-disk-image", folders, sekisho.Limits{}, nil},
		{"LZFSE", "application/x-apple-diskimage", dmgOf(t, hfsOf(), chunkLZFSE), sekisho.Limits{}, sekisho.ErrUnavailable},
		{"differencing", "application/x-vhd", bytes.Replace(vhdOf(nil, false, 0), []byte{0, 0, 0, 2}, []byte{0, 0, 0, 4}, 1), sekisho.Limits{}, sekisho.ErrUnavailable},
		{"APFS", "application/x-raw-disk-image", append(make([]byte, 32), "NXSB"+strings.Repeat("\x00", 4096)...), sekisho.Limits{}, sekisho.ErrUnavailable},
		{"BitLocker", "application/x-raw-disk-image", append([]byte("\xEB\x58\x90-FVE-FS-"), make([]byte, 4096)...), sekisho.Limits{}, sekisho.ErrEncrypted},
		{"nothing", "application/x-raw-disk-image", make([]byte, 4096), sekisho.Limits{}, sekisho.ErrUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			_, err := open(t, tt.media, tt.data, tt.limits)
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func FuzzOpenNeverExceedsBudget(f *testing.F) {
	fat := fatOf(0xFFF)
	for i, data := range [][]byte{mbrOf(fat), vhdOf(mbrOf(fat), true, 1<<20), vhdxOf(fat), dmgOf(f, hfsOf(), chunkZlib), udfOf()} {
		f.Add(i, data)
	}
	f.Add(0, fat)
	f.Add(0, exfatOf())
	f.Add(0, ntfsOf())
	f.Add(0, hfsOf())
	f.Fuzz(func(t *testing.T, kind int, data []byte) {
		limits := sekisho.Limits{Bytes: 1 << 20, Entry: 1 << 18, Parts: 50}
		a, _ := open(t, Opener.Types[uint(kind)%uint(len(Opener.Types))], data, limits)
		parts, bytes := -1, int64(0)
		for part := range a.All() {
			parts++
			if part != a {
				bytes += part.Size
			}
		}
		if parts > limits.Parts || bytes > limits.Bytes {
			t.Errorf("%d parts, %d bytes", parts, bytes)
		}
	})
}

func BenchmarkNTFS(b *testing.B) {
	data := ntfsOf()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := open(b, "application/x-raw-disk-image", data, sekisho.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
