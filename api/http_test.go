package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

// withKey is the header of a request that may be sent again.
func withKey(key string) map[string]string { return map[string]string{repeatKey: key} }

func TestRepeatedRequests(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	d.token("one", 0, people.ScopeInspect, people.ScopeCases)
	d.token("two", 0, people.ScopeInspect)
	ask := func(token, key, path, body string) answer { return d.do("POST", path, token, body, withKey(key)) }
	var first, again, other Inspection
	ask("one", "k1", "/v1/inspect/text", `{"text":"hello"}`).into(t, 200, &first)
	ask("one", "k1", "/v1/inspect/text", `{"text":"hello"}`).into(t, 200, &again)
	if first.ID == "" || first.ID != again.ID || !first.Time.Equal(again.Time) {
		t.Errorf("the same request is %s and %s", first.ID, again.ID)
	}
	ask("two", "k1", "/v1/inspect/text", `{"text":"hello"}`).into(t, 200, &other)
	if other.ID == first.ID {
		t.Error("another token got the first one's answer")
	}
	ask("one", "k2", "/v1/inspect/text", `{"text":"hello"}`).into(t, 200, &other)
	if other.ID == first.ID {
		t.Error("another key got the first one's answer")
	}
	for name, a := range map[string]answer{
		"another body":      ask("one", "k1", "/v1/inspect/text", `{"text":"hello "}`),
		"another endpoint":  ask("one", "k1", "/v1/inspect/link", `{"href":"hello"}`),
		"another parameter": ask("one", "k1", "/v1/inspect/text?reporter=a@b.example", `{"text":"hello"}`),
	} {
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "/problems/key-reused") || strings.Contains(string(a.body), first.ID) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	var page record.Page[record.Passage]
	d.do("GET", "/v1/passages", "one", "", nil).into(t, 200, &page)
	if len(page.Items) != 3 {
		t.Errorf("%d passages are recorded, want 3", len(page.Items))
	}
}

// TestRepeatedAtOnce: requests with one key that race get one passage between them.
func TestRepeatedAtOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	d.token("one", 0, people.ScopeInspect)
	answers := make([]answer, 8)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = d.do("POST", "/v1/inspect/text", "one", `{"text":"hello"}`, withKey("k")) })
	}
	all.Wait()
	ids := map[string]bool{}
	for _, a := range answers {
		switch a.status {
		case http.StatusConflict:
			if a.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		default:
			var got Inspection
			a.into(t, 200, &got)
			ids[got.ID] = true
		}
	}
	if len(ids) != 1 {
		t.Errorf("passages %v, want one", ids)
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *Config) { c.Limits.Rate, c.Limits.Burst = 0.01, 3 })
	d.token("one", 0, people.ScopeCases)
	d.token("two", 0, people.ScopeCases)
	for i := range 3 {
		if a := d.do("GET", "/v1/cases", "one", "", nil); a.status != 200 {
			t.Fatalf("request %d: %d", i, a.status)
		}
	}
	a := d.do("GET", "/v1/cases", "one", "", nil)
	if wait, err := strconv.Atoi(a.header.Get("Retry-After")); a.status != http.StatusTooManyRequests || err != nil || wait < 50 || wait > 100 {
		t.Errorf("%d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
	if a := d.do("GET", "/v1/cases", "two", "", nil); a.status != 200 {
		t.Errorf("another token: %d", a.status)
	}
}

// dial opens a connection to the door and sends what is given.
func (d *door) dial(sent string) net.Conn {
	d.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, sent); err != nil {
		d.t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		d.t.Fatal(err)
	}
	return conn
}

func (d *door) head(token string) string {
	return "POST /v1/inspect/file HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + d.tokens[token] + "\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n"
}

// TestSlowBody: a body that trickles in is given up, and its place is free again.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *Config) { c.Limits.Arrive, c.Limits.Parallel = 300*time.Millisecond, 1 })
	d.token("one", 0, people.ScopeInspect, people.ScopeCases)
	resp, err := http.ReadResponse(bufio.NewReader(d.dial(d.head("one")+"half of it")), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout {
		t.Errorf("status %d", resp.StatusCode)
	}
	if a := d.do("GET", "/v1/cases", "one", "", nil); a.status != http.StatusOK {
		t.Errorf("afterwards: %d %s", a.status, a.body)
	}
}

// TestBodyInTime: the deadline is the body's and not the inspection's.
func TestBodyInTime(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *Config) {
		c.Limits.Arrive = 500 * time.Millisecond
		c.Checkpoint = waitingCheckpoint(t, c.Record.Record, func() { time.Sleep(time.Second) })
	})
	d.token("one", 0, people.ScopeInspect)
	var got Inspection
	d.do("POST", "/v1/inspect/text", "one", `{"text":"x"}`, nil).into(t, 200, &got)
	if !got.Complete {
		t.Errorf("gaps: %v", got.Gaps)
	}
}

// waitingCheckpoint is a checkpoint that does something before it finds nothing.
func waitingCheckpoint(t *testing.T, keep checkpoint.Record, do func()) *checkpoint.Checkpoint {
	t.Helper()
	compiled, err := judged()
	if err != nil {
		t.Fatal(err)
	}
	waiting := &sekisho.Opener{Name: "waiting", Kinds: sekisho.Kinds, Run: func(context.Context, *sekisho.Artifact, *sekisho.Budget) error {
		do()
		return nil
	}}
	cp, err := checkpoint.New(checkpoint.Config{Openers: []*sekisho.Opener{waiting}, Judge: compiled, Record: keep})
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

// TestBusy: who finds no place among the inspections is told to come back, and not queued without end.
func TestBusy(t *testing.T) {
	t.Parallel()
	begun, end := make(chan bool), make(chan bool)
	d := newDoor(t, func(c *Config) {
		c.Limits.Inspections, c.Limits.Wait = 1, 50*time.Millisecond
		c.Checkpoint = waitingCheckpoint(t, c.Record.Record, func() { begun <- true; <-end })
	})
	d.token("one", 0, people.ScopeInspect)
	first := make(chan answer)
	go func() { first <- d.do("POST", "/v1/inspect/text", "one", `{"text":"x"}`, nil) }()
	<-begun
	if a := d.do("POST", "/v1/inspect/text", "one", `{"text":"y"}`, nil); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	close(end)
	if a := <-first; a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestLargeHeader(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	conn := d.dial("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Large: " + strings.Repeat("a", 64<<10))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// TestNoRecordNoVerdict: what cannot be recorded is not told.
func TestNoRecordNoVerdict(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *Config) {
		full := func(context.Context, *sekisho.Passage) error { return errors.New("disk full: /var/lib/sekisho") }
		c.Checkpoint = waitingCheckpoint(t, full, func() {})
	})
	d.token("one", 0, people.ScopeInspect)
	a := d.do("POST", "/v1/inspect/mail", "one", heldMail, asMail)
	if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || !strings.Contains(string(a.body), "/problems/not-recorded") {
		t.Errorf("%d %s", a.status, a.body)
	}
	for _, not := range []string{"action", "disk", "var/lib", "hold this"} {
		if strings.Contains(string(a.body), not) {
			t.Errorf("holds %q: %s", not, a.body)
		}
	}
	if !strings.Contains(d.logged.String(), "disk full") {
		t.Error("the log does not say why")
	}
}

// TestPanic: a mistake costs one request and tells nothing.
func TestPanic(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *Config) { c.Checkpoint = nil })
	d.token("one", 0, people.ScopeInspect)
	a := d.do("POST", "/v1/inspect/mail", "one", heldMail, asMail)
	if a.status != http.StatusInternalServerError || strings.Contains(string(a.body), "nil") || strings.Contains(string(a.body), ".go") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if d.do("GET", "/healthz", "", "", nil).status != 200 {
		t.Error("the server is gone")
	}
}

func TestNotReady(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	a := d.do("GET", "/readyz", "", "", nil)
	if a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), "/problems/not-ready") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if d.do("HEAD", "/healthz", "", "", nil).status != 200 {
		t.Error("not alive either")
	}
}

// TestReleaseByToken: only where it is configured, and then in the token's name.
func TestReleaseByToken(t *testing.T) {
	t.Parallel()
	for _, allowed := range []bool{false, true} {
		t.Run(fmt.Sprint(allowed), func(t *testing.T) {
			var cp *checkpoint.Checkpoint
			d := newDoor(t, func(c *Config) { c.TokensRelease = allowed; cp = c.Checkpoint })
			d.token("mailer", 0, people.ScopeDecisions)
			root := &sekisho.Artifact{Kind: sekisho.KindMail, Name: "m", Blob: strings.NewReader(heldMail), Size: int64(len(heldMail))}
			held, err := cp.Pass(t.Context(), sekisho.Arrival{Door: "milter", From: "192.0.2.7", Artifact: root,
				Decide: func(sekisho.Verdict) sekisho.Act { return sekisho.Act{Do: sekisho.DoHold, Keep: true} }})
			if err != nil {
				t.Fatal(err)
			}
			a := d.do("POST", "/v1/passages/"+held.ID+"/decisions", "mailer", `{"do":"release","reason":"asked back"}`, nil)
			if !allowed {
				if a.status != http.StatusForbidden {
					t.Errorf("%d %s", a.status, a.body)
				}
				return
			}
			var decision record.Decision
			a.into(t, 201, &decision)
			if decision.By != d.admin.Person.ID || decision.Reason != "token:mailer: asked back" || decision.Waits {
				t.Errorf("%+v", decision)
			}
		})
	}
}

// TestManyIndicators: what is handed in is done by a job, in the name of the token.
func TestManyIndicators(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	d.token("feed", 0, people.ScopeDecisions, people.ScopeIndicators, people.ScopeJobs)
	var list []string
	for i := range fewIndicators + 5 {
		list = append(list, fmt.Sprintf(`{"kind":"domain","value":"bad-%d.example"}`, i))
	}
	body := `{"do":"block","reason":"from the sharing group","indicators":[` + strings.Join(list, ",") + `]}`
	var first, again IndicatorAnswer
	d.do("POST", "/v1/indicators", "feed", body, withKey("k")).into(t, 202, &first)
	d.do("POST", "/v1/indicators", "feed", body, withKey("k")).into(t, 202, &again)
	if first.Job == 0 || first.Job != again.Job {
		t.Errorf("jobs %d and %d, want one", first.Job, again.Job)
	}
	nothing := func(context.Context, *record.Job) error { return nil }
	if err := d.store.Start(t.Context(), 2, []record.Work{Indicators(d.store), {Name: "retrohunt", Run: nothing}, {Name: "pull", Run: nothing}}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var all Jobs
		d.do("GET", "/v1/jobs?limit=500", "feed", "", nil).into(t, 200, &all)
		done := false
		for _, j := range all.Jobs {
			done = done || j.ID == first.Job && j.State == "done" && j.Done == int64(len(list)) && j.By == "token:feed"
		}
		if done {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the job is not done: %+v", all.Jobs)
		}
	}
	var detail IndicatorDetail
	d.do("GET", "/v1/indicators/domain/bad-24.example", "feed", "", nil).into(t, 200, &detail)
	if !detail.Indicator.Blocked || detail.Indicator.By != "token:feed" {
		t.Errorf("%+v", detail.Indicator)
	}
}

// TestJobsAreCancelled: those that tokens may ask for, and no others.
func TestJobsAreCancelled(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	d.token("ops", 0, people.ScopeIntel, people.ScopeJobs)
	var asked JobAnswer
	d.do("POST", "/v1/jobs", "ops", `{"name":"pull"}`, nil).into(t, 202, &asked)
	others, err := d.store.Enqueue(t.Context(), "release", "hanako", "", map[string]string{"passage": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if a := d.do("DELETE", fmt.Sprintf("/v1/jobs/%d", asked.Job), "ops", "", nil); a.status != http.StatusNoContent || len(a.body) != 0 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := d.do("DELETE", fmt.Sprintf("/v1/jobs/%d", others), "ops", "", nil); a.status != http.StatusNotFound {
		t.Errorf("a job of others: %d %s", a.status, a.body)
	}
}

// TestRecordedVerdictIsTheOneGiven: what is read back from the record says the same as what is told at once.
func TestRecordedVerdictIsTheOneGiven(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	d.token("one", 0, people.ScopeInspect)
	for name, ask := range map[string]func(header map[string]string) answer{
		"mail": func(header map[string]string) answer {
			header["Content-Type"] = "message/rfc822"
			return d.do("POST", "/v1/inspect/mail", "one", heldMail, header)
		},
		"broken file": func(header map[string]string) answer {
			return d.do("POST", "/v1/inspect/file?name=a.zip", "one", "PK\x03\x04broken", header)
		},
		"link": func(header map[string]string) answer {
			return d.do("POST", "/v1/inspect/link", "one", `{"href":"https://xn--kaede-x-abc.example/","shown":"https://kaede-ex.jp/"}`, header)
		},
		"secret": func(header map[string]string) answer {
			return d.do("POST", "/v1/inspect/text", "one", `{"text":"私の秘密鍵は 5Kb8kLf9zgWQnogidDA76MzPL6TsZZY36hWXMssSzNydYXYB9KF です"}`, header)
		},
	} {
		var told, kept Inspection
		ask(map[string]string{"Accept-Language": "ja"}).into(t, 200, &told)
		ask(map[string]string{"Accept-Language": "ja", repeatKey: name}).into(t, 200, &kept)
		kept.ID, kept.Case, kept.Time, kept.TookMS = told.ID, told.Case, told.Time, told.TookMS
		if !reflect.DeepEqual(told, kept) {
			t.Errorf("%s: told\n%+v\nkept\n%+v", name, told, kept)
		}
	}
}

// TestSecretsAreNotKept: the bytes of a held mail are kept, those of a text with a key are not.
func TestSecretsAreNotKept(t *testing.T) {
	t.Parallel()
	d := newDoor(t, nil)
	d.token("one", 0, people.ScopeInspect, people.ScopeCases, people.ScopeOriginals)
	for _, tt := range []struct {
		name, body string
		status     int
	}{
		{"without", heldMail, http.StatusOK},
		{"with", heldMail + "my private key is 5Kb8kLf9zgWQnogidDA76MzPL6TsZZY36hWXMssSzNydYXYB9KF\r\n", http.StatusGone},
	} {
		var got Inspection
		d.do("POST", "/v1/inspect/mail", "one", tt.body, asMail).into(t, 200, &got)
		if a := d.do("GET", "/v1/passages/"+got.ID+"/original", "one", "", nil); got.Action != sekisho.ActionHold || a.status != tt.status {
			t.Errorf("%s: %s, the original is %d", tt.name, got.Action, a.status)
		}
	}
}
