package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

// A clock is a time that tests move.
type clock struct {
	mutex sync.Mutex
	at    time.Time
}

func (c *clock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.at = c.at.Add(d)
}

// A receiver is a service that keeps what it is told, and fails as often as it is asked to.
type receiver struct {
	mutex sync.Mutex
	told  []string
	fail  int
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.fail > 0 {
		r.fail--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	r.told = append(r.told, string(body))
}

func (r *receiver) count() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return len(r.told)
}

func (r *receiver) last() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.told[len(r.told)-1]
}

// A desk is a record with a notifier that tells a receiver by Slack.
type desk struct {
	*Notifier
	clock    *clock
	receiver *receiver
	store    *record.Store
	sent     int
}

func newDesk(t *testing.T, change func(*Channel)) *desk {
	t.Helper()
	d := &desk{clock: &clock{at: moment}, receiver: &receiver{}}
	server := httptest.NewServer(d.receiver)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	store, err := record.Open(t.Context(), record.Config{URL: filepath.Join(dir, "record.db"), Keys: filepath.Join(dir, "keys"), Process: "test", Now: d.clock.now, CaseWork: []string{WorkCase}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	channel := Channel{Name: "soc", Lang: "en", Slack: &Slack{URL: secretFile(t, server.URL+secretPath)}}
	change(&channel)
	health := func(context.Context) Health {
		return Health{Lists: []string{"sanctions is 9 days old"}, Doors: []string{"inbox: cannot sign in"}}
	}
	d.store = store
	d.Notifier, err = New(Config{Console: "https://sekisho.example/", Channels: []Channel{channel}, Now: d.clock.now}, store, health)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// arrive records a mail and returns its case. Mails of the same sender are one case.
func (d *desk) arrive(t *testing.T, sender, subject string, action sekisho.Action) string {
	t.Helper()
	d.sent++
	local, domain, _ := strings.Cut(sender, "@")
	raw := fmt.Sprintf("From: %s\r\nSubject: x\r\n\r\nletter %d", sender, d.sent)
	form := &sekisho.Mail{From: []sekisho.Mailbox{{Name: "Aoi Mori", Address: sender, Local: local, Domain: domain}}, Subject: subject}
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Name: "mail.eml", Blob: strings.NewReader(raw), Size: int64(len(raw)), Form: form}
	v := sekisho.Verdict{Root: root, Action: action}
	for i := range 5 {
		why := fmt.Sprintf("reason %d: %s asks for evil.example", i, subject)
		v.Findings = append(v.Findings, sekisho.Finding{Rule: fmt.Sprintf("rule-%d", i), Title: sekisho.Text{En: "a rule", Ja: "ルール"}, Ask: action, Artifact: "0", Why: sekisho.Text{En: why, Ja: why}})
	}
	p := &sekisho.Passage{Time: d.clock.now(), Verdict: v, Act: sekisho.Act{Do: sekisho.DoHold},
		Arrival: sekisho.Arrival{Door: "milter", From: "192.0.2.1", Artifact: root, Decide: func(sekisho.Verdict) sekisho.Act { return sekisho.Act{} }}}
	if err := d.store.Record(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return p.Case
}

func TestACaseIsToldOnceAndOnceMoreWhenItGrowsStricter(t *testing.T) {
	d := newDesk(t, func(*Channel) {})
	id := d.arrive(t, "ceo@evil.example", "<!channel> pay https://evil.example", sekisho.ActionWarn)
	for range 3 {
		if err := d.Case(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.receiver.count(); n != 1 {
		t.Fatalf("told %d times", n)
	}
	told := d.receiver.last()
	for _, want := range []string{"WARNING: a new case", "Aoi Mori", "ceo[@]evil[.]example", "1 arrived, 1 held now, 0 reported", "https://sekisho.example/cases/" + id, "reason 2"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q is not in %s", want, told)
		}
	}
	for _, not := range []string{"reason 3", "https://evil", "evil.example", "<!channel>", "\\u003c!channel"} {
		if strings.Contains(told, not) {
			t.Errorf("%q is in %s", not, told)
		}
	}
	if again := d.arrive(t, "ceo@evil.example", "pay now", sekisho.ActionWarn); again != id {
		t.Fatalf("another case: %s", again)
	}
	if err := d.Case(t.Context(), id); err != nil || d.receiver.count() != 1 {
		t.Fatalf("told %d times, %v", d.receiver.count(), err)
	}
	d.arrive(t, "ceo@evil.example", "pay at once", sekisho.ActionReject)
	for range 2 {
		if err := d.Case(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.receiver.count(); n != 2 || !strings.Contains(d.receiver.last(), "REJECTED: a case has a stricter verdict") {
		t.Errorf("told %d times: %s", n, d.receiver.last())
	}
}

func TestAClosedOrUnknownCaseIsNotTold(t *testing.T) {
	d := newDesk(t, func(c *Channel) { c.Least = "hold" })
	mild := d.arrive(t, "news@shop.example", "sale", sekisho.ActionWarn)
	closed := d.arrive(t, "ceo@evil.example", "pay", sekisho.ActionHold)
	if _, err := d.store.Decide(t.Context(), record.Decision{By: "mori", Do: record.DecideFalseAlarm, Case: closed, Reason: "a partner"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{mild, closed, "c0000000000000", "nonsense"} {
		if err := d.Case(t.Context(), id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if n := d.receiver.count(); n != 0 {
		t.Errorf("told %d times", n)
	}
}

func TestAFailedDeliveryIsTriedAgainAndItsErrorIsKeptWithoutTheAddress(t *testing.T) {
	d := newDesk(t, func(c *Channel) { c.Hourly = 2 })
	d.receiver.fail = 3
	id := d.arrive(t, "ceo@evil.example", "pay", sekisho.ActionHold)
	for range 3 {
		err := d.Case(t.Context(), id)
		if err == nil || strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), "503") {
			t.Fatalf("error %v", err)
		}
	}
	effects, err := d.store.Effects(t.Context(), id)
	if err != nil || len(effects) != 1 || effects[0].State != "failed" || strings.Contains(effects[0].Detail, "SECRET") {
		t.Fatalf("effects %+v, %v", effects, err)
	}
	if err := d.Case(t.Context(), id); err != nil || d.receiver.count() != 1 {
		t.Errorf("told %d times, %v", d.receiver.count(), err)
	}
}

func TestWhatIsTooMuchForAnHourIsOneSummary(t *testing.T) {
	d := newDesk(t, func(c *Channel) { c.Hourly = 4 })
	tell := func(sender string, a sekisho.Action) {
		t.Helper()
		id := d.arrive(t, sender, "pay "+sender, a)
		for range 2 {
			if err := d.Case(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 5 {
		tell(fmt.Sprintf("a%d@spam%d.example", i, i), sekisho.ActionWarn)
	}
	if n := d.receiver.count(); n != 2 {
		t.Fatalf("%d warnings told, want half of the hour", n)
	}
	for i := range 12 {
		tell(fmt.Sprintf("b%d@evil%d.example", i, i), sekisho.ActionHold)
	}
	if n := d.receiver.count(); n != 4 || !strings.Contains(d.receiver.last(), "hour is full") {
		t.Fatalf("%d cases told: %s", n, d.receiver.last())
	}
	if err := d.summarise(t.Context()); err != nil || d.receiver.count() != 4 {
		t.Fatalf("a summary before the hour's end: %d, %v", d.receiver.count(), err)
	}
	d.clock.add(40 * time.Minute)
	for range 3 {
		if err := d.summarise(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	told := d.receiver.last()
	if n := d.receiver.count(); n != 5 || !strings.Contains(told, "13 more cases from 10:00 to 11:00") || strings.Count(told, "HELD") != 8 || !strings.Contains(told, "and 5 more") {
		t.Errorf("%d messages, the last: %s", n, told)
	}
	tell("c@evil.example", sekisho.ActionHold)
	if n := d.receiver.count(); n != 6 {
		t.Errorf("%d messages in the next hour", n)
	}
}

// TestANewRecordHasNoDayBefore: a record that began after today's time has its first digest tomorrow.
func TestANewRecordHasNoDayBefore(t *testing.T) {
	d := newDesk(t, func(c *Channel) { c.Digest = "00:01" })
	d.arrive(t, "ceo@evil.example", "pay", sekisho.ActionHold)
	if err := d.digest(t.Context()); err != nil || d.receiver.count() != 0 {
		t.Errorf("told %d times on the first day, %v", d.receiver.count(), err)
	}
	d.clock.add(24 * time.Hour)
	if err := d.digest(t.Context()); err != nil || d.receiver.count() != 1 {
		t.Errorf("told %d times on the second, %v", d.receiver.count(), err)
	}
}

func TestTheDigestComesOnceADayInTenLines(t *testing.T) {
	for _, lang := range []string{"en", "ja", "both"} {
		t.Run(lang, func(t *testing.T) {
			d := newDesk(t, func(c *Channel) { c.Digest, c.Lang = "10:45", lang })
			d.arrive(t, "ceo@evil.example", "pay", sekisho.ActionHold)
			if err := d.digest(t.Context()); err != nil || d.receiver.count() != 0 {
				t.Fatalf("told %d times before its time, %v", d.receiver.count(), err)
			}
			d.clock.add(20 * time.Minute)
			for range 3 {
				if err := d.digest(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if n := d.receiver.count(); n != 1 {
				t.Fatalf("told %d times", n)
			}
			told := d.receiver.last()
			for _, want := range []string{"sanctions is 9 days old", "inbox: cannot sign in"} {
				if !strings.Contains(told, want) {
					t.Errorf("%q is not in %s", want, told)
				}
			}
			d.clock.add(24 * time.Hour)
			if err := d.digest(t.Context()); err != nil || d.receiver.count() != 2 {
				t.Errorf("told %d times in two days, %v", d.receiver.count(), err)
			}
		})
	}
	many := record.Today{Unfinished: 3, Passages: map[string]int{}}
	for i := range 20 {
		many.Gaps = append(many.Gaps, record.GapCount{By: fmt.Sprintf("opener<!channel>%d", i), Class: "limit", Count: i})
	}
	names := strings.Split(strings.Repeat("a list that is very old indeed,", 100), ",")
	for _, lang := range []sekisho.Lang{sekisho.English, sekisho.Japanese} {
		lines := digestLines(lang, many, Health{Lists: names, Doors: names})
		if n := len(lines) + 2; n > 10 { // the title and the link
			t.Errorf("%d lines", n)
		}
		for _, l := range lines {
			if strings.Contains(l.String(), "%!") || len(l.String()) > 600 {
				t.Errorf("line %q", l)
			}
		}
	}
}

func TestWorkIsDoneByTheRecord(t *testing.T) {
	d := newDesk(t, func(*Channel) {})
	id := d.arrive(t, "ceo@evil.example", "pay", sekisho.ActionHold)
	for _, w := range d.Work() {
		job := &record.Job{Args: json.RawMessage(`{"case":"` + id + `"}`)}
		if err := w.Run(t.Context(), job); err != nil {
			t.Errorf("%s: %v", w.Name, err)
		}
	}
	if d.receiver.count() != 1 {
		t.Errorf("told %d times", d.receiver.count())
	}
	if err := d.Work()[0].Run(t.Context(), &record.Job{Args: json.RawMessage(`{`)}); err == nil {
		t.Error("arguments that are no JSON are taken")
	}
}

func TestARecordedCaseIsToldByItself(t *testing.T) {
	d := newDesk(t, func(*Channel) {})
	if err := d.store.Start(t.Context(), 2, d.Work()); err != nil {
		t.Fatal(err)
	}
	d.arrive(t, "ceo@evil.example", "pay", sekisho.ActionHold)
	for deadline := time.Now().Add(20 * time.Second); d.receiver.count() == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody was told")
		}
	}
	if told := d.receiver.last(); !strings.Contains(told, "HELD: a new case") {
		t.Errorf("told %s", told)
	}
}

func TestNewNamesEverySettingThatIsWrong(t *testing.T) {
	good := func() Channel {
		return Channel{Name: "soc", Slack: &Slack{URL: secretFile(t, "https://hooks.example/x")}}
	}
	for name, change := range map[string]func(*Config){
		"no service":   func(c *Config) { c.Channels[0].Slack = nil },
		"two services": func(c *Config) { c.Channels[0].Teams = &Teams{URL: c.Channels[0].Slack.URL} },
		"name":         func(c *Config) { c.Channels[0].Name = "Soc Team" },
		"lang":         func(c *Config) { c.Channels[0].Lang = "fr" },
		"least":        func(c *Config) { c.Channels[0].Least = "block" },
		"hourly":       func(c *Config) { c.Channels[0].Hourly = -1 },
		"digest":       func(c *Config) { c.Channels[0].Digest = "9am" },
		"twice":        func(c *Config) { c.Channels = append(c.Channels, good()) },
		"console":      func(c *Config) { c.Console = "sekisho.example" },
		"zone":         func(c *Config) { c.Zone = "Asia/Kyoto" },
	} {
		c := Config{Console: "https://sekisho.example", Channels: []Channel{good()}}
		if _, err := New(c, nil, nil); err != nil {
			t.Fatalf("without a change: %v", err)
		}
		change(&c)
		if _, err := New(c, nil, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	_, err := New(Config{Console: "x", Zone: "y", Channels: []Channel{{Name: "Z"}}}, nil, nil)
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) || len(joined.Unwrap()) != 3 {
		t.Errorf("not every problem is named: %v", err)
	}
}
