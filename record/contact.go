package record

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

// What is kept of who writes to whom is bounded; what was not touched for longest is forgotten.
const (
	contactLimit = 200_000
	threadLimit  = 1_000_000
	namesLimit   = 8   // of one address
	namesakes    = 16  // addresses of one name
	addressLimit = 254 // bytes of an address, RFC 5321 §4.5.3.1.3, and of a name
	boxLimit     = 200 // mailboxes read of one mail
)

var _ sekisho.Contacts = (*Store)(nil)

// A lesson is what one mail teaches of who writes to whom. Only mail that was let through without a warning teaches, so that an attack
// does not make its sender known.
type lesson struct {
	At     int64       `json:"at"`
	Sent   bool        `json:"sent,omitempty"` // by the organisation
	Thread int64       `json:"thread,omitempty"`
	People []addressee `json:"people,omitempty"` // who are not the organisation's
}

// An addressee is a mailbox in one spelling.
type addressee struct {
	Address string `json:"address"`
	Name    string `json:"name,omitempty"`
}

// lessonOf returns what a passage teaches, or nil.
func (s *Store) lessonOf(p *sekisho.Passage, hide *curtain) *lesson {
	mail, ok := p.Artifact.Form.(*sekisho.Mail)
	passes := p.Act.Do == sekisho.DoPass || p.Act.Do == sekisho.DoMark
	if !ok || p.Decide == nil || p.Reporter != "" || !passes || p.Verdict.Action > sekisho.ActionNote {
		return nil
	}
	l, boxes := &lesson{At: micros(p.Time)}, mail.From
	if id := cleanID(mail.MessageID); id != "" {
		l.Thread = threadKey(id)
	}
	if len(mail.From) > 0 && s.own.own(mail.From[0].Domain) {
		l.Sent, boxes = true, slices.Concat(mail.To, mail.Cc)
	}
	for _, m := range boxes[:min(len(boxes), boxLimit)] {
		address := plain(strings.ToLower(m.Local)+"@"+m.Domain, addressLimit+1)
		if m.Local == "" || m.Domain == "" || len(address) > addressLimit || s.own.own(m.Domain) || hide != nil && hide.hides(m.Name+" "+address) {
			continue
		}
		l.People = append(l.People, addressee{address, plain(strings.TrimSpace(m.Name), addressLimit)})
	}
	return l
}

// learn writes a lesson.
func (t *Tx) learn(ctx context.Context, l *lesson) error {
	if l == nil {
		return nil
	}
	if l.Thread != 0 {
		_, err := t.Exec(ctx, `INSERT INTO thread (id, touched) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET touched = excluded.touched`, l.Thread, l.At)
		if err != nil {
			return err
		}
		t.after = append(t.after, func() { t.store.known.threads.drop(l.Thread) })
	}
	for _, who := range l.People {
		if err := t.meet(ctx, l, who); err != nil {
			return err
		}
	}
	return nil
}

// meet counts one correspondent.
func (t *Tx) meet(ctx context.Context, l *lesson, who addressee) error {
	var known string
	err := t.QueryRow(ctx, `INSERT INTO contact (address, names, received, sent, first, last, touched) VALUES (?1, '[]', ?2, ?3, ?4, ?4, ?4)
		ON CONFLICT (address) DO UPDATE SET received = contact.received + excluded.received, sent = contact.sent + excluded.sent,
		first = CASE WHEN excluded.first < contact.first THEN excluded.first ELSE contact.first END,
		last = CASE WHEN excluded.last > contact.last THEN excluded.last ELSE contact.last END, touched = excluded.touched RETURNING names`,
		[]byte(who.Address), truth(!l.Sent), truth(l.Sent), l.At).Scan(&known)
	if err != nil {
		return err
	}
	t.after = append(t.after, func() { t.store.known.contacts.drop(who.Address) })
	return t.named(ctx, who, known)
}

// named notes a display name that a correspondent was not known by.
func (t *Tx) named(ctx context.Context, who addressee, known string) error {
	var names []string
	if err := json.Unmarshal([]byte(known), &names); err != nil {
		return err
	}
	folded := fold.Text(who.Name)
	if folded == "" || folded == who.Address || len(names) >= namesLimit || slices.ContainsFunc(names, func(old string) bool { return fold.Text(old) == folded }) {
		return nil
	}
	data, err := json.Marshal(append(names, who.Name))
	if err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `UPDATE contact SET names = ?1 WHERE address = ?2`, string(data), []byte(who.Address)); err != nil {
		return err
	}
	var others int
	if err := t.QueryRow(ctx, `SELECT count(*) FROM contactname WHERE name = ?1`, []byte(folded)).Scan(&others); err != nil || others >= namesakes {
		return err
	}
	t.after = append(t.after, func() { t.store.known.names.drop(folded) })
	_, err = t.Exec(ctx, `INSERT INTO contactname (name, address) VALUES (?1, ?2) ON CONFLICT DO NOTHING`, []byte(folded), []byte(who.Address))
	return err
}

// forget drops the tenth that was not touched for longest of what there is too much of.
func (t *Tx) forget(ctx context.Context) error {
	for table, limit := range map[string]int64{"contact": contactLimit, "thread": threadLimit} {
		var n int64
		if err := t.QueryRow(ctx, `SELECT count(*) FROM `+table).Scan(&n); err != nil {
			return err
		}
		if n <= limit {
			continue
		}
		_, err := t.Exec(ctx, `DELETE FROM `+table+` WHERE touched <= (SELECT touched FROM `+table+` ORDER BY touched LIMIT 1 OFFSET ?1)`, n-limit*9/10)
		if err != nil {
			return err
		}
	}
	_, err := t.Exec(ctx, `DELETE FROM contactname WHERE NOT EXISTS (SELECT 1 FROM contact WHERE contact.address = contactname.address)`)
	return err
}

const contactColumns = `contact.address, contact.names, contact.received, contact.sent, contact.first, contact.last`

func scanContact(r row) (sekisho.Contact, error) {
	var c sekisho.Contact
	var address []byte
	var names string
	var first, last int64
	if err := r.Scan(&address, &names, &c.Received, &c.Sent, &first, &last); err != nil {
		return c, err
	}
	c.Address, c.First, c.Last = string(address), moment(first).Truncate(time.Second), moment(last).Truncate(time.Second)
	return c, json.Unmarshal([]byte(names), &c.Names)
}

// Contact returns the correspondent with the address, in any case. What cannot be read is not known.
func (s *Store) Contact(address string) (sekisho.Contact, bool) {
	address = strings.ToLower(address)
	c := s.known.contacts.get(address, func() sekisho.Contact {
		var c sekisho.Contact
		s.ask(func(ctx context.Context, t *Tx) (err error) {
			c, err = scanContact(t.QueryRow(ctx, `SELECT `+contactColumns+` FROM contact WHERE address = ?1`, []byte(address)))
			return err
		})
		return c
	})
	return c, c.Address != ""
}

// Named returns at most 16 correspondents who used the display name.
func (s *Store) Named(name string) []sekisho.Contact {
	folded := fold.Text(name)
	return s.known.names.get(folded, func() []sekisho.Contact {
		var found []sekisho.Contact
		s.ask(func(ctx context.Context, t *Tx) error {
			return t.each(ctx, func(r row) error {
				c, err := scanContact(r)
				found = append(found, c)
				return err
			}, `SELECT `+contactColumns+` FROM contactname JOIN contact ON contact.address = contactname.address WHERE contactname.name = ?1 ORDER BY contact.first LIMIT ?2`,
				[]byte(folded), namesakes)
		})
		return found
	})
}

// Thread reports whether a mail of that Message-ID was let through. One in 10^13 ids that were not is taken for one that was.
func (s *Store) Thread(messageID string) bool {
	id := threadKey(cleanID(messageID))
	return s.known.threads.get(id, func() bool {
		found := 0
		s.ask(func(ctx context.Context, t *Tx) error {
			return t.QueryRow(ctx, `SELECT count(*) FROM thread WHERE id = ?1`, id).Scan(&found)
		})
		return found > 0
	})
}

// ask reads for a verdict, which does not wait long.
func (s *Store) ask(do func(context.Context, *Tx) error) {
	ctx, cancel := context.WithTimeout(context.Background(), askLimit)
	defer cancel()
	if err := s.Read(ctx, do); err != nil && !errors.Is(err, sql.ErrNoRows) {
		s.tend(func(context.Context) error { return err })
	}
}

const askLimit = 2 * time.Second

func cleanID(id string) string { return strings.Trim(id, "<> \t\r\n") }

// threadKey is not chosen for speed: an id that collides cannot be made to order.
func threadKey(id string) int64 {
	sum := sha256.Sum256([]byte(id))
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
}

// An acquaintance is what was asked of late, in memory.
type acquaintance struct {
	contacts *memory[string, sekisho.Contact]
	names    *memory[string, []sekisho.Contact]
	threads  *memory[int64, bool]
}

func newAcquaintance() *acquaintance {
	return &acquaintance{newMemory[string, sekisho.Contact](), newMemory[string, []sekisho.Contact](), newMemory[int64, bool]()}
}

// A memory keeps answers for a minute, in which another process may have learned better.
type memory[K comparable, V any] struct {
	mutex sync.Mutex
	kept  map[K]answer[V]
}

type answer[V any] struct {
	value V
	at    time.Time
}

const (
	memoryLimit = 20_000
	memoryTime  = time.Minute
)

func newMemory[K comparable, V any]() *memory[K, V] { return &memory[K, V]{kept: map[K]answer[V]{}} }

func (m *memory[K, V]) get(key K, ask func() V) V {
	m.mutex.Lock()
	a, ok := m.kept[key]
	m.mutex.Unlock()
	if ok && time.Since(a.at) < memoryTime {
		return a.value
	}
	a = answer[V]{ask(), time.Now()}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if len(m.kept) >= memoryLimit {
		clear(m.kept)
	}
	m.kept[key] = a
	return a.value
}

func (m *memory[K, V]) drop(key K) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.kept, key)
}
