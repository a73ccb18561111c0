package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	yeka "github.com/yeka/zip"
	"golang.org/x/text/encoding/japanese"
)

// zipOf writes entries given as "name=content".
func zipOf(t testing.TB, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		name, data, _ := strings.Cut(e, "=")
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	zipCryptoMethod = yeka.StandardEncryption
	aes256          = yeka.AES256Encryption
)

func lockedZip(t testing.TB, method yeka.EncryptionMethod, password string, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := yeka.NewWriter(&b)
	for _, e := range entries {
		name, data, _ := strings.Cut(e, "=")
		f, err := w.Encrypt(name, password, method)
		if err == nil {
			_, err = io.WriteString(f, data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestZip(t *testing.T) {
	got := open(t, "a.zip", zipOf(t, "dir/=", "dir/note.txt=inert", "../up.lnk=link", "/abs=", `C:\x.exe=MZ`))
	got.want(t, "dir/note.txt=inert", "../up.lnk=link", "/abs=", `C:\x.exe=MZ`)
	if got.err != nil || got.Format != "zip" || got.Encrypted {
		t.Errorf("%+v, error %v", got.Archive, got.err)
	}
}

func TestZipWithDataBefore(t *testing.T) {
	got := open(t, "a.exe", append([]byte("MZ a program that carries an archive"), zipOf(t, "note.txt=inert")...))
	got.want(t, "note.txt=inert")
	if got.err != nil {
		t.Error(got.err)
	}
}

func TestZipThatReadersDisagreeOn(t *testing.T) {
	two := append(zipOf(t, "invoice.lnk=first"), zipOf(t, "note.txt=second")...)
	got := open(t, "a.zip", two)
	got.want(t, "note.txt=second", "invoice.lnk=first")
	if !errors.Is(got.err, sekisho.ErrMalformed) {
		t.Errorf("error %v, want malformed", got.err)
	}
}

func TestZipWithoutDirectory(t *testing.T) {
	whole := zipOf(t, "note.txt=inert", "second.txt=more")
	for _, cut := range []string{"PK\x01\x02", "PK\x05\x06"} {
		got := open(t, "a.zip", whole[:bytes.Index(whole, []byte(cut))])
		got.want(t, "note.txt=inert", "second.txt=more")
		if !errors.Is(got.err, sekisho.ErrMalformed) {
			t.Errorf("error %v, want malformed", got.err)
		}
	}
}

func TestZipNamesUsedTwice(t *testing.T) {
	got := open(t, "a.zip", zipOf(t, "a.txt=first", "a.txt=second"))
	got.want(t, "a.txt=first", "a.txt=second")
	if !errors.Is(got.err, sekisho.ErrMalformed) {
		t.Errorf("error %v, want malformed", got.err)
	}
}

func TestZipEntriesThatOverlap(t *testing.T) {
	data := zipOf(t, "a.txt=inert", "b.txt=inert", "c.txt=inert")
	second := bytes.Index(data, []byte("PK\x01\x02")) + 4
	for range 2 { // the other entries point to the first one's bytes
		second += bytes.Index(data[second:], []byte("PK\x01\x02"))
		binary.LittleEndian.PutUint32(data[second+42:], 0)
		second += 4
	}
	got := open(t, "a.zip", data)
	if !errors.Is(got.err, sekisho.ErrMalformed) || !strings.Contains(got.err.Error(), "overlap") {
		t.Errorf("error %v, want one of overlaps", got.err)
	}
}

func TestZipNames(t *testing.T) {
	sjis, err := japanese.ShiftJIS.NewEncoder().String("請求書/見積.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	path := binary.LittleEndian.AppendUint16([]byte{0x75, 0x70}, uint16(5+len("見積.txt")))
	path = binary.LittleEndian.AppendUint32(append(path, 1), crc32.ChecksumIEEE([]byte("MITUMO~1.TXT")))
	tests := []struct {
		name, written string
		extra         []byte
		want          string
	}{
		{"Shift_JIS", sjis, nil, "請求書/見積.xlsx"},
		{"UTF-8 without its flag", "楓.txt", nil, "楓.txt"},
		{"Info-ZIP Unicode path", "MITUMO~1.TXT", append(path, "見積.txt"...), "見積.txt"},
		{"Unicode path of another name", "OTHER.TXT", append(path, "見積.txt"...), "OTHER.TXT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			w := zip.NewWriter(&b)
			if _, err := w.CreateHeader(&zip.FileHeader{Name: tt.written, NonUTF8: true, Extra: tt.extra}); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			open(t, "a.zip", b.Bytes()).want(t, tt.want+"=")
		})
	}
}

func TestZipPasswordsInTheMail(t *testing.T) {
	tests := []struct{ name, text string }{
		{"English", "Please find the file.\nPassword: Kaede#2026\n"},
		{"in a sentence", "The archive opens with the password \"Kaede#2026\"."},
		{"Japanese", "お世話になっております。\n解凍パスワードはKaede#2026です。"},
		{"on the next line", "開封パスワードは下記の通りです。\n\n　Kaede#2026\n"},
		{"full width", "ＰＷ：Ｋａｅｄｅ＃２０２６"},
		{"Chinese", "密码：Kaede#2026"},
		{"among many words", strings.Repeat("Your key account manager passes on every word of this line. ", 20) + "\nPW Kaede#2026\n"},
	}
	for _, method := range []yeka.EncryptionMethod{zipCryptoMethod, yeka.AES128Encryption, aes256} {
		data := lockedZip(t, method, "Kaede#2026", "note.txt=inert", "b.txt="+strings.Repeat("long ", 1000))
		for _, tt := range tests {
			t.Run(fmt.Sprint(tt.name, method), func(t *testing.T) {
				got := open(t, "a.zip", data, tt.text)
				got.want(t, "note.txt=inert", "b.txt="+strings.Repeat("long ", 1000))
				if got.err != nil || !got.Encrypted || !got.Password {
					t.Errorf("%+v, error %v", got.Archive, got.err)
				}
			})
		}
	}
}

func TestZipWithoutItsPassword(t *testing.T) {
	for _, method := range []yeka.EncryptionMethod{zipCryptoMethod, aes256} {
		got := open(t, "a.zip", lockedZip(t, method, "Kaede#2026", "invoice.exe=inert", "b.txt=inert"), "Password: will follow\n")
		got.want(t, "invoice.exe=(no blob)", "b.txt=(no blob)")
		gaps := sekisho.Gaps(&sekisho.Artifact{}, "archive", got.err)
		if len(gaps) != 1 || gaps[0].Class() != "encrypted" || !strings.Contains(gaps[0].Why, "2 of 2") || got.Password {
			t.Errorf("%+v, gaps %+v", got.Archive, gaps)
		}
	}
}

func BenchmarkPasswordsZipCrypto(b *testing.B) {
	data := lockedZip(b, zipCryptoMethod, "Kaede#2026", "note.txt=inert")
	text := strings.Repeat("The password of the file is in these words and none of them is it\n", 200)
	for b.Loop() {
		a := inMail("a.zip", data, text)
		_ = Opener.Run(b.Context(), a, sekisho.NewBudget(sekisho.Limits{}))
	}
}

func BenchmarkZip(b *testing.B) {
	data := zipOf(b, "a.txt="+strings.Repeat("a line of text\n", 5000), "b.txt=b")
	for b.Loop() {
		_ = Opener.Run(b.Context(), inMail("a.zip", data), sekisho.NewBudget(sekisho.Limits{}))
	}
}
