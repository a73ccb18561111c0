package dossier

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

const (
	wallet = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
	attack = "=HYPERLINK(\"https://evil.example\")<script>alert(1)</script>\u202e\x1b[31m"
)

func openStore(t testing.TB) *record.Store {
	t.Helper()
	dir := t.TempDir()
	at := time.Date(2026, 11, 20, 15, 30, 0, 0, time.UTC)
	now := func() time.Time { return at }
	store, err := record.Open(t.Context(), record.Config{URL: filepath.Join(dir, "record.db"), Keys: filepath.Join(dir, "keys"), Process: "test", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// arrive records a mail that is held and kept, and returns its passage.
func arrive(t testing.TB, store *record.Store, subject string) *sekisho.Passage {
	t.Helper()
	raw := "From: ceo@evil.example\r\nSubject: " + subject + "\r\n\r\npay to " + wallet
	form := &sekisho.Mail{From: []sekisho.Mailbox{{Name: attack, Address: "ceo@evil.example", Local: "ceo", Domain: "evil.example"}}, Subject: subject,
		Headers: []sekisho.Header{{Name: "Received", Value: "from [192.0.2.7]" + attack}}, Envelope: sekisho.Envelope{To: []string{"desk@kaede-ex.jp"}}}
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Name: "mail.eml", Blob: strings.NewReader(raw), Size: int64(len(raw)), Form: form}
	budget := sekisho.NewBudget(sekisho.Limits{})
	for _, part := range []*sekisho.Artifact{
		{Kind: sekisho.KindFile, Name: attack + ".pdf", Via: "attachment", Blob: strings.NewReader("hello"), Size: 5, Form: &sekisho.File{}},
		{Kind: sekisho.KindLink, Via: "href", Form: &sekisho.Link{Href: "https://evil.example/a", URL: "https://evil.example/a", Scheme: "https", Host: "evil.example", Path: "/a"}},
		{Kind: sekisho.KindAddress, Via: "text", Form: &sekisho.AddressForm{Written: wallet, Chain: "bitcoin", Canonical: wallet}},
	} {
		if err := budget.Add(root, part); err != nil {
			t.Fatal(err)
		}
	}
	v := sekisho.Verdict{Root: root, Action: sekisho.ActionHold, Findings: []sekisho.Finding{{Rule: "executive-name", Ask: sekisho.ActionHold, Artifact: "0",
		Title: sekisho.Text{En: "An executive's name", Ja: "役員名"}, Why: sekisho.Text{En: "the name “" + attack + "”", Ja: "「" + attack + "」という名前"}}}}
	p := &sekisho.Passage{Time: time.Date(2026, 11, 20, 15, 30, 0, 0, time.UTC), Verdict: v, Act: sekisho.Act{Do: sekisho.DoHold, Keep: true},
		Arrival: sekisho.Arrival{Door: "milter", From: "192.0.2.7", Artifact: root, Decide: func(sekisho.Verdict) sekisho.Act { return sekisho.Act{} }}}
	if err := store.Record(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return p
}

// filled returns a record with a case of three mails, one of whose senders is blocked, among others.
func filled(t testing.TB) (*record.Store, string) {
	t.Helper()
	store := openStore(t)
	var id string
	for i := range 3 {
		p := arrive(t, store, fmt.Sprintf("至急 %d", i))
		if id = p.Case; id == "" {
			t.Fatal("no case")
		}
		if err := store.Complete(t.Context(), p.ID, "done"); err != nil {
			t.Fatal(err)
		}
		if err := store.Note(t.Context(), "profile", "mori", "", "something else"); err != nil {
			t.Fatal(err)
		}
	}
	d := record.Decision{By: "mori", Do: record.DecideBlock, Reason: attack, Case: id, Indicator: &record.Indicator{Kind: record.IndicatorDomain, Value: "evil.example"}}
	if _, err := store.Decide(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return store, id
}

func write(t testing.TB, store *record.Store, id string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), store, id, &b, "mori"); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpack returns the files of a package by name.
func unpack(t testing.TB, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

func TestAPackageIsWhole(t *testing.T) {
	t.Parallel()
	store, id := filled(t)
	_, key, err := store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data := write(t, store, id)
	problems, err := Verify(bytes.NewReader(data), int64(len(data)), key)
	if err != nil || len(problems) > 0 {
		t.Errorf("problems %v, %v", problems, err)
	}
	files := unpack(t, data)
	var kinds []string
	for name, content := range files {
		if strings.HasSuffix(name, ".line") {
			var e record.Entry
			if err := json.Unmarshal([]byte(content), &e); err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, e.Kind)
		}
	}
	slices.Sort(kinds)
	if want := []string{"decision", "export", "outcome", "outcome", "outcome", "packed", "passage", "passage", "passage", "read", "read", "read"}; !slices.Equal(kinds, want) {
		t.Errorf("entries %v, want %v", kinds, want)
	}
	entries, err := store.EntriesOf(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if last := entries[len(entries)-1]; last.Kind != "exported" || last.By != "mori" || !strings.Contains(string(last.Body), hexSum(data)) {
		t.Errorf("the last entry is %+v", last)
	}
	if _, err := store.Verify(t.Context(), "", func(p record.Problem) { t.Error(p) }); err != nil {
		t.Error(err)
	}
}

func TestOriginalsAreTextWithTheirDigest(t *testing.T) {
	t.Parallel()
	store, id := filled(t)
	files := unpack(t, write(t, store, id))
	count := 0
	for name, content := range files {
		if !strings.HasPrefix(name, originalsFolder) || name == fileOriginals {
			continue
		}
		count++
		raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(content, "\n", ""))
		if err != nil || !strings.HasPrefix(string(raw), "From: ceo@evil.example") || !strings.HasSuffix(name, ".eml.b64") {
			t.Errorf("%s: %q, %v", name, raw, err)
		}
		if !strings.Contains(files[fileOriginals], hexSum(raw)) {
			t.Errorf("%s: its digest is not listed", name)
		}
	}
	if count != 3 {
		t.Errorf("%d originals", count)
	}
	var b bytes.Buffer
	if err := (Request{Case: id, By: "mori"}).Write(t.Context(), store, &b); err != nil {
		t.Fatal(err)
	}
	for name := range unpack(t, b.Bytes()) {
		if strings.HasPrefix(name, originalsFolder) {
			t.Errorf("%s in a package without originals", name)
		}
	}
}

func TestThePageIsInert(t *testing.T) {
	t.Parallel()
	store, id := filled(t)
	page := unpack(t, write(t, store, id))[filePage]
	for _, want := range []string{"2026-11-21 00:30:00 JST", "2026-11-20 15:30:00 UTC", "役員名", "An executive", "hxxps://evil.example/a", wallet, "&lt;script&gt;", "&lt;U&#43;202E&gt;", "受付・判定", "担当者の判断"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	if at := regexp.MustCompile(`(?i)<script|<a |<img|<iframe|<link|src=|href=|https?://|[\x1b\x{202e}]|ZgotmplZ`).FindString(page); at != "" {
		t.Errorf("the page holds %q", at)
	}
	if !strings.Contains(page, `content="default-src 'none'; style-src 'unsafe-inline'"`) {
		t.Error("the page has no policy")
	}
}

func TestIndicators(t *testing.T) {
	t.Parallel()
	store, id := filled(t)
	files := unpack(t, write(t, store, id))
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(files[fileCSV], "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var blocked []string
	for _, row := range rows {
		if strings.IndexAny(row[1], "=+-@|%") == 0 || strings.IndexAny(row[6], "=+-@|%") == 0 {
			t.Errorf("a formula: %q", row)
		}
		if row[5] == "true" {
			blocked = append(blocked, row[1])
		}
	}
	if !slices.Equal(blocked, []string{"evil.example"}) {
		t.Errorf("blocked %q of %q", blocked, rows)
	}
	var bundle struct {
		Type, ID string
		Objects  []struct {
			Type, ID, Value, Pattern string
			SpecVersion              string   `json:"spec_version"`
			Refs                     []string `json:"object_refs"`
			Extensions               map[string]any
		}
	}
	if err := json.Unmarshal([]byte(files[fileSTIX]), &bundle); err != nil {
		t.Fatal(err)
	}
	ids, count := map[string]bool{}, map[string]int{}
	for _, o := range bundle.Objects {
		if ids[o.ID] || !regexp.MustCompile(`^`+o.Type+`--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(o.ID) || o.SpecVersion != "2.1" {
			t.Errorf("object %+v", o)
		}
		for _, ref := range o.Refs {
			if !ids[ref] {
				t.Errorf("%s refers to %s, which is not there", o.ID, ref)
			}
		}
		ids[o.ID] = true
		count[o.Type]++
		if o.Type == "cryptocurrency-wallet" && (o.Value != wallet || o.Extensions[walletExtension] == nil) {
			t.Errorf("wallet %+v", o)
		}
		if o.Type == "indicator" && o.Pattern != "[domain-name:value = 'evil.example']" {
			t.Errorf("pattern %q", o.Pattern)
		}
	}
	if count["indicator"] != 1 || count["domain-name"] != 1 || count["email-addr"] != 1 || count["file"] != 1 || count["cryptocurrency-wallet"] != 1 || count["grouping"] != 1 {
		t.Errorf("objects %v", count)
	}
}

// TestObservableIDs holds identifiers against ones that other implementations of STIX 2.1 §2.9 derive.
func TestObservableIDs(t *testing.T) {
	t.Parallel()
	id, err := observableID("ipv4-addr", object{"value": "198.51.100.3"})
	if err != nil || id != "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4" {
		t.Errorf("%s, %v", id, err)
	}
	_, pattern, err := observe(&indicator{kind: record.IndicatorURL, value: `https://e.example/'] OR [url:value = '\`})
	if err != nil || pattern != `[url:value = 'https://e.example/\'] OR [url:value = \'\\']` {
		t.Errorf("pattern %s, %v", pattern, err)
	}
}

func TestEqualInputGivesEqualBytes(t *testing.T) {
	t.Parallel()
	store, id := filled(t)
	write(t, store, id)
	packages := make([][]byte, 2)
	for i := range packages {
		c, err := gather(t.Context(), store, id)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		p := newPacker(&b, c.exported.Time)
		if err := c.packOriginals(p, func(string) ([]byte, error) { return []byte("mail"), nil }); err != nil {
			t.Fatal(err)
		}
		if err := c.prove(t.Context(), store); err != nil {
			t.Fatal(err)
		}
		if err := c.pack(p); err != nil {
			t.Fatal(err)
		}
		packages[i] = b.Bytes()
	}
	if !bytes.Equal(packages[0], packages[1]) {
		t.Error("two packages of the same differ")
	}
}

func TestWhoAsksForWhat(t *testing.T) {
	t.Parallel()
	store, id := filled(t)
	if err := Write(t.Context(), store, id, io.Discard, ""); !errors.Is(err, record.ErrInvalid) {
		t.Errorf("by nobody: %v", err)
	}
	if err := Write(t.Context(), store, "c0000000000000", io.Discard, "mori"); !errors.Is(err, record.ErrNotFound) {
		t.Errorf("no case: %v", err)
	}
	folder := filepath.Join(t.TempDir(), "exports")
	work := Work(store, folder)
	args, err := json.Marshal(Request{Case: id, By: "mori", Originals: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := work.Run(t.Context(), &record.Job{Args: args}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(folder, "case-"+id+".zip"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	for _, args := range []string{`{`, `{"case":"../../x","by":"mori"}`, `{"case":"` + id + `"}`} {
		if err := work.Run(t.Context(), &record.Job{Args: json.RawMessage(args)}); err == nil {
			t.Errorf("%s: no error", args)
		}
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
		t.Errorf("%v in the folder, %v", files, err)
	}
}

// TestThePoliceCanVerify does what README.txt says, with the programs it names.
func TestThePoliceCanVerify(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "openssl", "sha256sum", "od"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	store, id := filled(t)
	files := unpack(t, write(t, store, id))
	folder, scratch := t.TempDir(), t.TempDir()
	for name, content := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(script string) (string, error) {
		command := exec.Command("bash", "-c", script)
		command.Dir, command.Env = folder, append(os.Environ(), "TMPDIR="+scratch)
		out, err := command.CombinedOutput()
		return string(out), err
	}
	if out, err := run("bash verify.sh.txt"); err != nil || out != "OK: 12 entries\n" {
		t.Errorf("the script says %q, %v", out, err)
	}
	_, english, _ := strings.Cut(files[fileReadme], "One by one:\n")
	english, _, _ = strings.Cut(english, "To take out an original")
	var steps []string
	for line := range strings.Lines(english) {
		if strings.HasPrefix(line, "    ") {
			steps = append(steps, strings.TrimSpace(line))
		}
	}
	out, err := run(strings.Join(steps, "\n"))
	if err != nil || !strings.Contains(out, "Signature Verified Successfully") || strings.Contains(out, "FAILED") {
		t.Errorf("the steps say %s, %v", out, err)
	}
	hashes := regexp.MustCompile(`(?m)^[0-9a-f]{64}`).FindAllString(out, -1)
	if len(hashes) != 3 || hashes[0] != hashes[1] || !strings.Contains(out, `"digest":"`+hashes[2]+`"`) {
		t.Errorf("hashes %q in %s", hashes, out)
	}
	line := filepath.Join(folder, entryFile(0, ".line"))
	if err := os.WriteFile(line, []byte(strings.Replace(files[entryFile(0, ".line")], "passage", "message", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run("bash verify.sh.txt"); err == nil || !strings.Contains(out, "not in the log") {
		t.Errorf("after a change the script says %q, %v", out, err)
	}
}
