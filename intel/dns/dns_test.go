package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// zone is a resolver at the other end of a pipe.
type zone struct {
	txt    map[string]string
	com    bool // knows the servers of com.
	asked  atomic.Int32
	silent bool
}

func (z *zone) resolver() *Resolver {
	return newResolver(&net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go z.serve(there)
		return here, nil
	}})
}

func (z *zone) serve(conn net.Conn) {
	defer conn.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		z.asked.Add(1)
		if z.silent {
			continue
		}
		reply := z.reply(query)
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
			return
		}
	}
}

func (z *zone) reply(query []byte) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60}
	text, known := z.txt[strings.ToLower(q.Name.String())]
	switch {
	case q.Type == dnsmessage.TypeTXT && known:
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.TXTResource{TXT: []string{text}}}}
	case q.Type == dnsmessage.TypeNS && z.com:
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.NSResource{NS: dnsmessage.MustNewName("a.servers.example.")}}}
	default:
		m.RCode = dnsmessage.RCodeNameError
	}
	out, _ := m.Pack()
	return out
}

func TestAnswersAreKept(t *testing.T) {
	t.Parallel()
	z := &zone{txt: map[string]string{"kaede-ex.jp.": "v=spf1 -all"}}
	r := z.resolver()
	for range 3 {
		got, err := r.LookupTXT(t.Context(), "Kaede-ex.jp")
		if err != nil || len(got) != 1 || got[0] != "v=spf1 -all" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if n := z.asked.Load(); n != 1 {
		t.Errorf("asked %d times, want 1", n)
	}
}

func TestDenialIsAnAnswerOfAWorkingResolver(t *testing.T) {
	t.Parallel()
	z := &zone{com: true}
	_, err := z.resolver().LookupTXT(t.Context(), "absent.example")
	var failure *net.DNSError
	if !errors.As(err, &failure) || !failure.IsNotFound {
		t.Errorf("got %v, want not found", err)
	}
}

func TestDenialOfEveryNameIsNoAnswer(t *testing.T) {
	t.Parallel()
	z := &zone{}
	_, err := z.resolver().LookupTXT(t.Context(), "kaede-ex.jp")
	var failure *net.DNSError
	if !errors.As(err, &failure) || failure.IsNotFound || !failure.Temporary() {
		t.Errorf("got %v, want a temporary error", err)
	}
}

func TestRefusalIsTemporary(t *testing.T) {
	t.Parallel()
	r := newResolver(&net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}})
	_, err := r.LookupTXT(t.Context(), "kaede-ex.jp")
	var failure *net.DNSError
	if !errors.As(err, &failure) || !failure.Temporary() {
		t.Errorf("got %v, want a temporary error", err)
	}
}

func TestASilentResolverIsLeftAlone(t *testing.T) {
	t.Parallel()
	z := &zone{silent: true}
	r := z.resolver()
	r.health.pause(time.Now())
	_, err := r.LookupTXT(t.Context(), "kaede-ex.jp")
	var failure *net.DNSError
	if !errors.As(err, &failure) || !failure.Temporary() || z.asked.Load() != 0 {
		t.Errorf("got %v after %d questions, want a temporary error and none", err, z.asked.Load())
	}
	if r.health.silent(time.Now().Add(pauseTime + time.Second)) {
		t.Error("still left alone after the pause")
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	var c cache
	now := time.Now()
	for i := range keepCount + 100 {
		c.put(question{"TXT", strconv.Itoa(i)}, kept{at: now})
	}
	if c.order.Len() != keepCount || len(c.index) != keepCount {
		t.Errorf("keeps %d answers by %d names, want %d", c.order.Len(), len(c.index), keepCount)
	}
	if _, _, ok := c.get(question{"TXT", "0"}, now); ok {
		t.Error("the oldest answer is still kept")
	}
	if _, _, ok := c.get(question{"TXT", "200"}, now.Add(keepTime+time.Second)); ok {
		t.Error("an answer outlives its time")
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		spec    string
		off, ok bool
	}{
		{"off", true, true}, {"system", false, true}, {"192.0.2.53:53", false, true}, {"[2001:db8::53]:53", false, true},
		{"", true, false}, {"192.0.2.53", true, false}, {":53", true, false},
	} {
		r, err := New(tt.spec)
		if (err == nil) != tt.ok || (r == nil) != tt.off {
			t.Errorf("New(%q) = %v, %v", tt.spec, r, err)
		}
	}
}

func TestFixed(t *testing.T) {
	t.Parallel()
	f := Fixed{
		TXT:  map[string][]string{"a.example": {"x"}},
		MX:   map[string][]string{"a.example": {"mx.a.example"}},
		A:    map[string][]string{"mx.a.example": {"192.0.2.1"}},
		Fail: map[string]error{"broken.example": temporary("broken.example", "refused")},
	}
	if got, err := f.LookupTXT(t.Context(), "A.example."); err != nil || len(got) != 1 {
		t.Errorf("TXT: %q, %v", got, err)
	}
	if got, err := f.LookupMX(t.Context(), "a.example"); err != nil || got[0].Host != "mx.a.example" {
		t.Errorf("MX: %v, %v", got, err)
	}
	if got, err := f.LookupIPAddr(t.Context(), "mx.a.example"); err != nil || got[0].String() != "192.0.2.1" {
		t.Errorf("A: %v, %v", got, err)
	}
	var failure *net.DNSError
	if _, err := f.LookupAddr(t.Context(), "192.0.2.1"); !errors.As(err, &failure) || !failure.IsNotFound {
		t.Errorf("PTR: %v, want not found", err)
	}
	if _, err := f.LookupTXT(t.Context(), "broken.example"); !errors.As(err, &failure) || !failure.Temporary() {
		t.Errorf("failing name: %v, want temporary", err)
	}
}
