package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
	"github.com/sekisho/sekisho/intel/label"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

const (
	btc  = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
	eth  = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
	tron = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
	cash = "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"
)

var now = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// lines reads a text in a format and returns "chain-or-site address category entity" of each item.
func lines(t *testing.T, format string, text []byte) ([]string, error) {
	t.Helper()
	in, err := newInput(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	var got []string
	err = readers[format](in, func(i item) error {
		kind := i.chain
		if i.site {
			kind = "site"
		}
		got = append(got, strings.Join(strings.Fields(kind+" "+i.address+" "+i.category+" "+i.label.Entity), " "))
		return nil
	})
	return got, err
}

const sdn = `<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML">
<publshInformation><Publish_Date>03/21/2025</Publish_Date><Record_Count>2</Record_Count></publshInformation>
<sdnEntry><uid>1</uid><firstName>Aoi</firstName><lastName>EXAMPLE</lastName><sdnType>Individual</sdnType><programList><program>CYBER2</program></programList>
<idList><id><uid>9</uid><idType>Digital Currency Address - XBT</idType><idNumber>` + btc + `</idNumber></id>
<id><uid>10</uid><idType>Passport</idType><idNumber>123</idNumber></id>
<id><uid>11</uid><idType>Digital Currency Address - ETH</idType><idNumber>` + eth + `</idNumber></id></idList></sdnEntry>
<sdnEntry><uid>2</uid><lastName>NOBODY</lastName></sdnEntry>
</sdnList>`

const advanced = `<Sanctions xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML">
<DateOfIssue CalendarTypeID="1"><Year>2025</Year><Month>3</Month><Day>21</Day></DateOfIssue>
<ReferenceValueSets><FeatureTypeValues><FeatureType ID="344" FeatureTypeGroupID="1">Digital Currency Address - XBT</FeatureType><FeatureType ID="8">Birthdate</FeatureType></FeatureTypeValues></ReferenceValueSets>
<DistinctParties><DistinctParty FixedRef="1"><Profile ID="1"><Identity ID="2"><Alias Primary="true"><DocumentedName ID="3"><DocumentedNamePart><NamePartValue>EXAMPLE</NamePartValue></DocumentedNamePart><DocumentedNamePart><NamePartValue>Aoi</NamePartValue></DocumentedNamePart></DocumentedName></Alias></Identity>
<Feature ID="5" FeatureTypeID="344"><FeatureVersion ID="6"><VersionDetail DetailTypeID="1432">` + btc + `</VersionDetail></FeatureVersion></Feature>
<Feature ID="7" FeatureTypeID="8"><FeatureVersion><VersionDetail>1980</VersionDetail></FeatureVersion></Feature></Profile></DistinctParty></DistinctParties></Sanctions>`

func encoded(t *testing.T, e interface {
	Bytes([]byte) ([]byte, error)
}, text string) string {
	t.Helper()
	b, err := e.Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, format, text string
		want               []string
	}{
		{"sdn.xml", "ofac-xml", sdn, []string{"XBT " + btc + " sanction Aoi EXAMPLE", "ETH " + eth + " sanction Aoi EXAMPLE"}},
		{"sdn_advanced.xml", "ofac-xml", advanced, []string{"XBT " + btc + " sanction EXAMPLE Aoi"}},
		{"sdn.csv", "ofac-csv", `1,"EXAMPLE, Aoi","individual","CYBER2",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1980; Digital Currency Address - XBT ` + btc + `; alt. Digital Currency Address - ETH ` + eth + `."` + "\r\n\x1a\r\n",
			[]string{"XBT " + btc + " sanction EXAMPLE, Aoi", "ETH " + eth + " sanction EXAMPLE, Aoi"}},
		{"plain", "plain", "# list\n\n" + btc + "\r\n" + eth + " # thief\n", []string{btc, eth}},
		{"csv", "csv", "address,chain,category,label\n" + btc + ",BTC,scam,\"a, b\"\n", []string{"BTC " + btc + " scam a, b"}},
		{"csv with a mark", "csv", "\xEF\xBB\xBFAddress;Currency;Type\r\n" + btc + ";XBT;theft\r\n", []string{"XBT " + btc + " theft"}},
		{"csv in UTF-16", "csv", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), "アドレス\tチェーン\n"+eth+"\tETH\n"), []string{"ETH " + eth}},
		{"csv in Shift_JIS", "csv", encoded(t, japanese.ShiftJIS.NewEncoder(), "アドレス,分類,名称\n"+eth+",詐欺,なりすまし\n"), []string{eth + " 詐欺 なりすまし"}},
		{"csv with columns in another order and missing", "csv", "note,wallet_address\nx," + btc + "\ny\n", []string{btc}},
		{"csv without a header", "csv", "1,BTC:" + btc + ",x\n2,ETH:" + eth + ",y\n", []string{"BTC:" + btc, "ETH:" + eth}},
		{"csv of sites", "csv", "domain,type\nevil.example,phishing\n", []string{"site evil.example phishing"}},
		{"json of strings", "json", `["` + btc + `", "evil.example"]`, []string{btc, "site evil.example"}},
		{"json of objects", "json", `[{"address": "` + btc + `", "chain": "btc", "type": "hack", "amount": 3}]`, []string{"btc " + btc + " hack"}},
		{"tagpack", "tagpack", "title: t\ncurrency: BTC\nabuse: ransomware\nconfidence: 60\nlastmod: 2021-11-12\ntags:\n- address: " + btc + "\n  label: A\n- address: \"" + eth + "\"\n  currency: ETH\n  abuse: scam\n",
			[]string{"BTC " + btc + " ransomware A", "ETH " + eth + " scam"}},
		{"stix", "stix", `{"type": "bundle", "id": "x", "objects": [{"type": "identity", "name": "us"},
			{"type": "cryptocurrency-wallet", "value": "` + btc + `", "labels": ["ransomware"]}, {"type": "cryptocurrency-wallet", "address": "` + eth + `"},
			{"type": "domain-name", "value": "evil.example"},
			{"type": "indicator", "name": "Thief", "pattern_type": "stix", "pattern": "[cryptocurrency-wallet:value = '` + tron + `' OR domain-name:value = 'bad.example'] AND [file:hashes.MD5 = 'x']"},
			{"type": "indicator", "pattern": "[cryptocurrency-wallet:address IN ('` + btc + `', '` + eth + `')]"},
			{"type": "indicator", "pattern": "[cryptocurrency-wallet:value != '` + btc + `']"},
			{"type": "indicator", "revoked": true, "pattern": "[cryptocurrency-wallet:value = '` + btc + `']"}]}`,
			[]string{btc + " ransomware", eth, "site evil.example", tron + " Thief", "site bad.example Thief", btc, eth}},
		{"misp", "misp", `{"response": [{"Event": {"info": "case", "Attribute": [{"type": "btc", "value": "` + btc + `", "comment": "thief", "to_ids": true},
			{"type": "btc", "value": "` + btc + `", "to_ids": false}, {"type": "domain|ip", "value": "evil.example|192.0.2.1"}],
			"Object": [{"name": "coin-address", "Attribute": [{"type": "text", "object_relation": "address", "value": "` + eth + `"}]}]}}]}`,
			[]string{"bitcoin " + btc + " thief", "site evil.example", eth}},
		{"eth-phishing", "eth-phishing", `{"version": 2, "tolerance": 1, "fuzzylist": ["metamask.io"], "whitelist": ["metamask.io"], "blacklist": ["evil.example"]}`, []string{"site evil.example phishing"}},
		{"polkadot sites", "polkadot-phishing", `{"allow": ["polkadot.js.org"], "deny": ["evil.example"]}`, []string{"site evil.example phishing"}},
		{"polkadot addresses", "polkadot-phishing", `{"evil.example": ["15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5"]}`, []string{"15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5 phishing evil.example"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := lines(t, c.format, []byte(c.text))
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q (%v)\nwant %q", got, err, c.want)
			}
		})
	}
}

func TestReadBadInput(t *testing.T) {
	for _, c := range []struct {
		name, format, text string
		want               error
		says               string
	}{
		{"empty", "plain", " \n ", sekisho.ErrMalformed, "empty"},
		{"html", "csv", "\n<!DOCTYPE html><html><body>403</body></html>", sekisho.ErrMalformed, "HTML page"},
		{"html for xml", "ofac-xml", "<HTML><head></head></HTML>", sekisho.ErrMalformed, "HTML page"},
		{"another xml", "ofac-xml", "<rss></rss>", sekisho.ErrMalformed, "no SDN list"},
		{"xml cut short", "ofac-xml", sdn[:len(sdn)-200], sekisho.ErrMalformed, "unexpected EOF"},
		{"json cut short", "eth-phishing", `{"blacklist": ["a.example", "b.exa`, sekisho.ErrMalformed, "cut short"},
		{"json with more", "json", `["a.example"] {}`, sekisho.ErrMalformed, "more after"},
		{"another json", "stix", `{"a": [1]}`, sekisho.ErrMalformed, "not a STIX bundle"},
		{"csv without an address", "csv", "id,amount\n1,2\n", sekisho.ErrMalformed, "no column is called address"},
		{"broken yaml", "tagpack", "tags: [", sekisho.ErrMalformed, "TagPack"},
		{"one endless quote", "csv", "address\n\"" + strings.Repeat(strings.Repeat("a", 4095)+"\n", recordLimit/2048), sekisho.ErrLimit, "record"},
		{"one endless line", "plain", strings.Repeat("a", 2<<20), sekisho.ErrLimit, "line 1"},
		{"one endless string", "json", `["` + strings.Repeat("a", recordLimit*2), sekisho.ErrLimit, "record"},
		{"deep json", "json", strings.Repeat(`{"a":`, 200), sekisho.ErrLimit, "nested"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := lines(t, c.format, []byte(c.text))
			if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("got %v, want %v with %q", err, c.want, c.says)
			}
		})
	}
}

func imported(t *testing.T, l *Library, s Source, text string) (Outcome, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return l.Import(context.Background(), s, file)
}

func store(t *testing.T, l *Library) *label.Store {
	t.Helper()
	s, err := label.OpenStore(l.Lists())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func said(labels []sekisho.Label) string {
	var all []string
	for _, l := range labels {
		all = append(all, l.Category)
	}
	return strings.Join(all, " ")
}

// TestEverySpelling puts addresses on a list in one spelling and asks in all others; neighbours are not found.
func TestEverySpelling(t *testing.T) {
	l := &Library{Folder: t.TempDir(), Now: now}
	const xaddress, classic = "X7AcgcsBL6XDcUb289X4mJ8djcdyKaB5hJDWMArnXr61cqZ", "r9cZA1mLK5R5Am25ArfXFmqgNwjZgnfk59"
	legacy, ltc3 := "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC"
	ltcM := coin.Parse(ltc3)[1].Canonical
	if _, err := imported(t, l, Source{Name: "a", Format: "csv", Category: "scam"}, "address,currency,category\n"+
		strings.ToLower(eth)+",ETH,a\n"+"XBT:"+btc+",,b\nBCH,,\n"+legacy+",BCH,c\n"+ltc3+",LTC,d\n"+xaddress+",XRP,e\nBC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4,,f\n"+tron+",USDT,g\nsomethingElse0123456789abcdefXYZ,FOO,h\n"); err != nil {
		t.Fatal(err)
	}
	s := store(t, l)
	for text, want := range map[string]string{
		eth: "a", strings.ToLower(eth): "a", strings.ToUpper(eth): "a", eth[2:]: "a", "ETH:" + eth: "a", "ethereum:" + eth + "@1": "a", "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed": "a",
		btc: "b", "BTC:" + btc: "b", "bitcoin:" + btc + "?amount=1": "b", " " + btc + " ": "b",
		legacy: "c", cash: "c", strings.TrimPrefix(cash, "bitcoincash:"): "c", strings.ToUpper(cash): "c",
		ltc3: "d", ltcM: "d", "LTC: " + ltcM: "d",
		xaddress: "e", classic: "e",
		"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4": "f",
		tron: "g", "TRX:" + tron: "g",
		"somethingElse0123456789abcdefXYZ":           "h",
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee": "", "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3": "", "somethingelse0123456789abcdefxyz": "",
	} {
		bare, _ := coin.Trim(text)
		if got := said(s.Look(bare, coin.Parse(bare))); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestImportKeepsWhatStands(t *testing.T) {
	l := &Library{Folder: t.TempDir(), Now: now}
	s := Source{Name: "a", Format: "plain", Category: "scam", Least: 2}
	var many strings.Builder
	for i := range 10 {
		fmt.Fprintf(&many, "0x%040x\n", i)
	}
	if out, err := imported(t, l, s, many.String()); err != nil || out.Diff.Added != 10 {
		t.Fatalf("%+v, %v", out, err)
	}
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"html", "<html></html>", sekisho.ErrMalformed},
		{"no address", "hello\nworld\n", errNoAddress},
		{"shrunk", strings.Join(strings.SplitAfter(many.String(), "\n")[:7], ""), ErrSuspicious},
		{"too few", btc, ErrSuspicious},
	} {
		if _, err := imported(t, l, s, c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	list, err := label.Open(l.Lists(), "a")
	if err != nil || list.Info.Active != 10 {
		t.Errorf("%+v, %v", list, err)
	}
	files, _ := os.ReadDir(l.Lists())
	if len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
	l.Force = true
	if out, err := imported(t, l, s, btc); err != nil || out.Diff.Removed != 10 || out.Diff.Added != 1 {
		t.Errorf("forced: %+v, %v", out, err)
	}
}

func TestInterruptedImportKeepsWhatStands(t *testing.T) {
	l := &Library{Folder: t.TempDir(), Now: now}
	s := Source{Name: "a", Format: "plain", Category: "scam"}
	if _, err := imported(t, l, s, btc); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "b")
	if err := os.WriteFile(file, []byte(eth), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Import(ctx, s, file); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := said(store(t, l).Labels("bitcoin", btc)); got != "scam" {
		t.Errorf("the list says %q", got)
	}
}

func TestRetroHunt(t *testing.T) {
	l := &Library{Folder: t.TempDir(), Now: now}
	m, err := l.Remember()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []string{btc, eth, eth, tron} {
		read := coin.Parse(a)[0]
		if err := m.Add(read.Chain, read.Canonical); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	s := Source{Name: "a", Format: "plain", Category: "scam"}
	out, err := imported(t, l, s, btc+"\n")
	if err != nil || len(out.Hits) != 1 || out.Hits[0] != (Hit{"bitcoin", btc, "2026-11-21T00:00:00Z", "a"}) {
		t.Errorf("got %+v, %v", out.Hits, err)
	}
	out, err = imported(t, l, s, btc+"\n"+eth+"\n")
	if err != nil || len(out.Hits) != 1 || out.Hits[0].Address != eth {
		t.Errorf("got %+v, %v", out.Hits, err)
	}
}

func TestCatalogue(t *testing.T) {
	folder := t.TempDir()
	built, err := Catalogue(folder)
	if err != nil || len(built) < 5 {
		t.Fatalf("%d sources, %v", len(built), err)
	}
	for _, s := range built {
		if s.URL == "" || s.Publisher == "" || s.Licence == "" || s.Every == 0 || s.Least == 0 {
			t.Errorf("%s lacks something: %+v", s.Name, s)
		}
	}
	write := func(text string) error {
		if err := os.WriteFile(filepath.Join(folder, "catalogue.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Catalogue(folder)
		return err
	}
	if err := write("sources:\n  - {name: own, url: https://lists.kaede-ex.jp/a.csv, format: csv, category: scam, every: 1h}\n"); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"sources: [{name: own, url: 'http://a.example/', format: csv, category: scam}]", "sources: [{name: own, format: what, category: scam}]",
		"sources: [{name: ../x, format: csv, category: scam}]", "sources: [{name: x, format: csv}]", "sources: [{nam: x}]"} {
		if err := write(text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

// endless gives so many bytes of a list, line by line, without holding them.
type endless struct{ at, size int64 }

func (e *endless) Read(b []byte) (int, error) {
	const line = btc + "\n"
	n := 0
	for ; n < len(b) && e.at < e.size; n++ {
		b[n] = line[e.at%int64(len(line))]
		e.at++
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// TestLargeFileIsReadAsAStream reads far more than a record may hold.
func TestLargeFileIsReadAsAStream(t *testing.T) {
	const lines = 4 * recordLimit / int64(len(btc)+1)
	in, err := newInput(&endless{size: lines * int64(len(btc)+1)})
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	if err := readPlain(in, func(item) error { n++; return nil }); err != nil || n != lines {
		t.Fatalf("%d, %v", n, err)
	}
}

func FuzzReadEndsAndIsBounded(f *testing.F) {
	for _, format := range Formats() {
		f.Add(format, []byte(sdn))
		f.Add(format, []byte(`{"objects": [{"type": "indicator", "pattern": "[a:b = 'c\\'"}]}`))
		f.Add(format, []byte("address;x\n\""+btc))
	}
	f.Fuzz(func(t *testing.T, format string, text []byte) {
		read := readers[format]
		if read == nil {
			return
		}
		in, err := newInput(bytes.NewReader(text))
		if err != nil {
			return
		}
		n := 0
		_ = read(in, func(item) error { n++; return nil })
		if n > len(text)+1 {
			t.Errorf("%d items of %d bytes", n, len(text))
		}
	})
}
