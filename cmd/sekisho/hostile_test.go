package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
)

// The bounds of one hostile mail, in this process. They are generous: the tests run on slow and busy machines.
const (
	hostileTime   = 40 * time.Second
	hostileMemory = 700 << 20
)

// lure is what every hostile mail says where it can be read: the verdict must not lose it.
const lure = "Dear customer, your Binance wallet has been suspended. Verify your wallet within 24 hours or you lose access to your funds: " +
	"<a href=\"https://binance-wallet.weebly.com/verify\">verify your wallet now</a>"

const hostileHead = "From: Binance Support <support@mail.example>\r\nTo: aoi@kaede-ex.jp\r\nSubject: Your wallet has been suspended\r\n" +
	"Date: Mon, 2 Jun 2025 10:00:00 +0900\r\nMessage-ID: <1@mail.example>\r\nMIME-Version: 1.0\r\n"

// TestHostileMailEndsWithinItsBudget inspects mails made to exhaust, with everything that runs in production: each must end
// in time, in bounded memory, with a gap of the right class, and with what its readable part deserves.
func TestHostileMailEndsWithinItsBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some ten seconds")
	}
	cp, stop, err := engine{Jobs: 1, DNS: "off"}.start(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	tests := []struct {
		name  string
		mail  func() []byte
		class string // of a gap that must be there, empty for none
	}{
		{"50 MB", func() []byte { return attached("data.bin", noise(37<<20)) }, ""},
		{"100,000 parts", func() []byte {
			part := "\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello"
			return mixed(strings.Repeat(part, 100_000))
		}, "limit"},
		{"1,000 nested multiparts", func() []byte { return mixed("\r\n--b\r\n" + nestedMultiparts(1000)) }, "limit"},
		{"1,000 nested messages", func() []byte {
			return mixed("\r\n--b\r\n" + strings.Repeat("Content-Type: message/rfc822\r\n\r\nSubject: again\r\n", 1000) + "\r\nend")
		}, "limit"},
		{"a bomb in a zip", func() []byte { return attached("bomb.zip", zipOf(1, "zeros", deflatedZeros(384<<20))) }, "limit"},
		{"zips of zips of bombs", func() []byte {
			leaf := zipOf(16, "zeros", deflatedZeros(64<<20))
			return attached("42.zip", zipOf(16, "lib.zip", deflated(zipOf(16, "book.zip", deflated(leaf)))))
		}, "limit"},
		{"zips in zips without end", func() []byte {
			inner := []byte("end")
			for range 200 {
				inner = zipOf(1, "r.zip", stored(inner))
			}
			return attached("r.zip", inner)
		}, "limit"},
		{"20 MB of HTML", func() []byte { return html(strings.Repeat("<div><p>hello <b>world</b>", 800_000)) }, "limit"},
		{"a tag of a million attributes", func() []byte { return html("<p " + strings.Repeat("a=b ", 1_000_000) + ">end</p>") }, ""},
		{"10,000 links", func() []byte {
			var b strings.Builder
			for i := range 10_000 {
				fmt.Fprintf(&b, "<a href=https://h%d.example/>x</a>\r\n", i)
			}
			return html(b.String())
		}, "limit"},
		{"8 MB of lures", func() []byte {
			return attachedAs("text/plain", "words.txt", []byte(strings.Repeat("verify your wallet urgently seed phrase airdrop invoice ", 150_000)))
		}, ""},
		{"attachments without end", func() []byte {
			part := "\r\n--b\r\nContent-Type: application/zip; name=a.zip\r\nContent-Disposition: attachment; filename=a.zip\r\n\r\nPK\x03\x04broken"
			return mixed(strings.Repeat(part, 500))
		}, "malformed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if raceDetector && strings.Contains(test.name, "bomb") {
				t.Skip("scans hundreds of megabytes, too slow with the race detector")
			}
			data := test.mail()
			runtime.GC()
			memory := watchMemory()
			verdict := inspectMail(cp, data)
			peak := memory()
			t.Logf("%d MB: %v, %d MB held, %s, %d findings, %d gaps", len(data)>>20, verdict.Took.Round(time.Millisecond), peak>>20, verdict.Action, len(verdict.Findings), len(verdict.Gaps))
			if verdict.Took > hostileTime || peak > hostileMemory {
				t.Errorf("took %v and %d bytes", verdict.Took, peak)
			}
			if verdict.Action < sekisho.ActionWarn {
				t.Errorf("%s: the readable part is lost", verdict.Action)
			}
			if test.class != "" && !slices.ContainsFunc(verdict.Gaps, func(g sekisho.Gap) bool { return g.Class() == test.class }) {
				t.Errorf("no gap of class %s in %v", test.class, verdict.Gaps[:min(5, len(verdict.Gaps))])
			}
			if len(verdict.Gaps) > 700 {
				t.Errorf("%d gaps", len(verdict.Gaps))
			}
		})
	}
}

func inspectMail(cp *checkpoint.Checkpoint, data []byte) sekisho.Verdict {
	return cp.Inspect(context.Background(), &sekisho.Artifact{Kind: sekisho.KindMail, Blob: bytes.NewReader(data), Size: int64(len(data))})
}

// watchMemory returns what ends the watch and tells the most bytes that this process has held for objects since.
func watchMemory() func() uint64 {
	done, peak := make(chan struct{}), make(chan uint64)
	go func() {
		most := uint64(0)
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-done:
				peak <- most
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-peak
	}
}

// mixed is a mail with the lure as its first part.
func mixed(parts string) []byte {
	return []byte(hostileHead + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n" + lure + parts + "\r\n--b--\r\n")
}

func html(rest string) []byte {
	return []byte(hostileHead + "Content-Type: text/html\r\n\r\n<p>" + lure + "</p>" + rest)
}

func attached(name string, data []byte) []byte {
	return attachedAs("application/octet-stream", name, data)
}

func attachedAs(contentType, name string, data []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "\r\n--b\r\nContent-Type: %s\r\nContent-Disposition: attachment; filename=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n", contentType, name)
	encoded := base64.StdEncoding.EncodeToString(data)
	for line := range slices.Chunk([]byte(encoded), 76) {
		b.Write(line)
		b.WriteString("\r\n")
	}
	return mixed(b.String())
}

func nestedMultiparts(levels int) string {
	var b strings.Builder
	for i := range levels {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n", i, i)
	}
	return b.String() + "Content-Type: text/plain\r\n\r\nend"
}

func noise(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data) // never fails
	return data
}

// An entry is the content of a zip's entry as it stands in the zip.
type entry struct {
	method uint16
	data   []byte
	size   uint64
	crc    uint32
}

func stored(data []byte) entry {
	return entry{zip.Store, data, uint64(len(data)), crc32.ChecksumIEEE(data)}
}

func deflatedZeros(n int64) entry { return deflate(io.LimitReader(zeros{}, n)) }

func deflated(data []byte) entry { return deflate(bytes.NewReader(data)) }

func deflate(r io.Reader) entry {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.DefaultCompression) // the level is one
	sum := crc32.NewIEEE()
	n, _ := io.Copy(io.MultiWriter(w, sum), r) // a buffer takes everything
	_ = w.Close()
	return entry{zip.Deflate, b.Bytes(), uint64(n), sum.Sum32()}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// zipOf is a zip with the entry n times.
func zipOf(n int, name string, e entry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range n {
		header := &zip.FileHeader{Name: fmt.Sprintf("%d-%s", i, name), Method: e.method, CRC32: e.crc,
			CompressedSize64: uint64(len(e.data)), UncompressedSize64: e.size}
		raw, err := w.CreateRaw(header)
		if err == nil {
			_, err = raw.Write(e.data)
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	_ = w.Close()
	return b.Bytes()
}
