package contact

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

var _ sekisho.Contacts = (*Book)(nil)

var org = &sekisho.Org{Domains: []string{"kaede-ex.jp"}}

func mailbox(name, address string) sekisho.Mailbox {
	local, domain, _ := strings.Cut(address, "@")
	return sekisho.Mailbox{Name: name, Address: address, Local: local, Domain: domain}
}

func mail(id string, day int, from sekisho.Mailbox, to ...sekisho.Mailbox) *sekisho.Mail {
	return &sekisho.Mail{MessageID: id, Date: time.Date(2026, 3, day, 9, 0, 0, 0, time.UTC), From: []sekisho.Mailbox{from}, To: to,
		Subject: "a secret subject"}
}

func learned() *Book {
	b := New()
	us := mailbox("Aoi Mori", "aoi.mori@kaede-ex.jp")
	b.Add(mail("1@custody.example", 3, mailbox("Ｈａｎａ Sato", "Hana@custody.example"), us), org)
	b.Add(mail("2@kaede-ex.jp", 4, us, mailbox("", "hana@custody.example"), mailbox("", "ken@kaede-ex.jp")), org)
	b.Add(mail("3@custody.example", 1, mailbox("HANA SATO", "hana@custody.example"), us), org)
	b.Add(mail("4@other.example", 5, mailbox("Hana Sato", "hana@other.example"), us), org)
	b.Add(&sekisho.Mail{From: []sekisho.Mailbox{mailbox("", "")}}, org)
	return b
}

func TestBookRemembersWhoWroteToWhom(t *testing.T) {
	t.Parallel()
	b := learned()
	got, ok := b.Contact("HANA@custody.example")
	want := sekisho.Contact{Address: "hana@custody.example", Names: []string{"Ｈａｎａ Sato"}, Received: 2, Sent: 1,
		First: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Last: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)}
	if !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if _, ok := b.Contact("aoi.mori@kaede-ex.jp"); ok {
		t.Error("keeps one of our own")
	}
	if named := b.Named("hana  sato"); len(named) != 2 || named[1].Address != "hana@other.example" {
		t.Errorf("named %+v", named)
	}
	if !b.Thread("<2@kaede-ex.jp>") || b.Thread("9@kaede-ex.jp") {
		t.Error("threads")
	}
	if contacts, threads := b.Len(); contacts != 2 || threads != 4 {
		t.Errorf("%d contacts, %d threads", contacts, threads)
	}
}

func TestSaveAndLoadKeepEverythingButContent(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "contacts.jsonl")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := learned()
	if err := b.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for address, c := range b.contacts {
		if again, _ := got.Contact(address); !reflect.DeepEqual(again, c.Contact) {
			t.Errorf("got  %+v\nwant %+v", again, c.Contact)
		}
	}
	if len(got.Named("Hana Sato")) != 2 || !got.Thread("1@custody.example") {
		t.Error("names or threads are lost")
	}
	data, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(data), "secret") || strings.Contains(string(data), "1@custody.example") {
		t.Errorf("the file holds content or message ids: %s %v", data, err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLoadRefusesWhatCannotBeReliedOn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "contacts.jsonl")
	if err := learned().Save(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sound := string(data)
	tests := map[string]string{
		"empty":           "",
		"something else":  "{}\n",
		"not JSON":        "hello\n",
		"another version": strings.Replace(sound, `"version":1`, `"version":2`, 1),
		"cut at a line":   sound[:strings.LastIndex(sound[:len(sound)-1], "\n")+1],
		"cut in a line":   sound[:len(sound)/2],
		"a line is gone":  strings.Replace(sound, sound[strings.Index(sound, `{"contact"`):strings.Index(sound, `{"threads"`)], "", 1),
		"a field more":    strings.Replace(sound, `"address"`, `"body":"x","address"`, 1),
		"after the end":   sound + "{}\n",
		"bad hash":        strings.Replace(sound, `{"threads":["`, `{"threads":["zz`, 1),
		"twice":           strings.Replace(sound, `{"contact"`, `{"contact":{"address":"hana@other.example"}}`+"\n"+`{"contact"`, 1),
	}
	for name, content := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "contacts.jsonl")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path+":") || !strings.Contains(err.Error(), "hint:") {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := Load(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if b, err := LoadOrNew(path + "x"); err != nil || b == nil {
		t.Errorf("missing: %v", err)
	}
}

func TestBookForgetsTheOldest(t *testing.T) {
	t.Parallel()
	b := newBook(limits{contacts: 100, threads: 100})
	first := mailbox("First", "first@a.example")
	for i := range 1000 {
		b.Add(mail(fmt.Sprintf("%d@x.example", i), 1, mailbox(fmt.Sprintf("Name %d", i), fmt.Sprintf("n%d@x.example", i))), org)
		if i%20 == 0 {
			b.Add(mail("", 1, first), org)
		}
	}
	contacts, threads := b.Len()
	if contacts > 100 || threads > 100 || len(b.named) > 100 {
		t.Errorf("%d contacts, %d threads, %d names", contacts, threads, len(b.named))
	}
	if _, ok := b.Contact("first@a.example"); !ok {
		t.Error("forgets who was seen again and again")
	}
	if _, ok := b.Contact("n1@x.example"); ok || b.Thread("1@x.example") || len(b.Named("Name 1")) > 0 {
		t.Error("keeps the oldest")
	}
	if !b.Thread("999@x.example") || len(b.Named("Name 999")) != 1 {
		t.Error("forgets the latest")
	}
}
