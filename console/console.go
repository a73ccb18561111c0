// Package console is what people see every day: what needs a person, each case with the reasons its verdict rests on, everything
// an indicator was ever seen in, how the rules do, and who decided what.
//
// Its pages are made on the server and need no script for reading and deciding. One small script moves through tables by keyboard
// and speaks with passkeys. Nothing is loaded from elsewhere. Everything a sender wrote is cleaned as report.Clean does it, and is
// text wherever it stands; the one picture of a mail, without scripts, links and anything remote, is shown in a frame that may do
// nothing (see Sanitise).
//
// The bytes of a held mail are sealed. To read one is a decision of its own: somebody asks for it, the log says who, and the
// checkpoint takes it apart again, so that what was found can be marked where it stands.
package console

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

// Config is what a Console is made of.
type Config struct {
	Record *record.Store
	People *people.Book

	// Checkpoint takes kept originals apart to show them. What it concludes is not used: a verdict stands as it was recorded.
	Checkpoint *checkpoint.Checkpoint

	Rules []sekisho.Rule // those that judge
	Org   *sekisho.Org   // nil for no profile

	// Replay returns a checkpoint that judges by the rules in a text (the YAML of docs/rules.md) and nothing else, without a
	// record. Its error is shown to whoever wrote the text. Nil switches replays off.
	Replay func(text string) (*checkpoint.Checkpoint, []sekisho.Rule, error)

	Lists func() []List // what is known outside, with its age; nil for nothing
	Doors func() []Door // the doors and how they do; nil for none

	URL       string         // how people reach the console: https://sekisho.kaede-ex.jp, or http on localhost
	Proxy     bool           // the last X-Forwarded-For is believed
	Releasers int            // how many people a release takes, 1 or 2
	Zone      *time.Location // of the moments shown; nil for the machine's
	Now       func() time.Time
	Log       *slog.Logger // nil for none
}

// A List is something known outside, as the page Lists shows it.
type List struct {
	Name    string
	Doc     sekisho.Text
	Source  string    // who makes it
	Date    time.Time // when it was last known to be current, zero when it never was
	Entries int
	Stale   bool   // older than it should be
	Problem string // why it cannot be read, empty when it can
}

// A Door is a door as the page Doors shows it.
type Door struct {
	Name   string // milter, api, inbox, watch
	Listen string // where it listens or looks
	State  string // running, off or failed
	Shadow bool   // it records everything and changes nothing
	Detail string // why it failed, empty when it did not
	Last   time.Time
	Count  int64 // of arrivals since the start
}

// A Console answers requests of people's browsers. It is safe for concurrent use.
type Console struct {
	Config
	words  words
	pages  shelf
	assets assets
	zone   *time.Location
	now    func() time.Time
	log    *slog.Logger
	secure bool // reached by https
	opened *opened
	server http.Handler
}

// New returns the console.
func New(config Config) (*Console, error) {
	at, err := url.Parse(config.URL)
	if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" {
		return nil, fmt.Errorf("console: %q is not the URL of a console", config.URL)
	}
	if config.Record == nil || config.People == nil {
		return nil, errors.New("console: a record and its people are needed")
	}
	c := &Console{Config: config, words: allWords(), zone: config.Zone, now: config.Now, log: config.Log, secure: at.Scheme == "https", opened: newOpened()}
	if c.zone == nil {
		c.zone = time.Local
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.assets, err = readAssets(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if c.pages, err = c.parsePages(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	c.server = c.guard(c.routes())
	return c, nil
}

// ServeHTTP answers a request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.server.ServeHTTP(w, r) }

// Work returns the jobs whose results the console shows: they belong among those that record.Store.Start is given.
func (c *Console) Work() []record.Work {
	return []record.Work{{Name: workReplay, Run: c.runReplay}, {Name: workVerify, Run: c.runVerify}}
}

func (c *Console) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /asset/{name}", c.serveAsset)
	c.signRoutes(mux)
	read, decide, manage := people.RightRead, people.RightDecide, people.RightPeople
	for pattern, page := range map[string]signedHandler{
		"GET /{$}":                 {read, c.today},
		"GET /cases":               {read, c.cases},
		"GET /cases/{id}":          {read, c.showCase},
		"POST /cases/{id}":         {decide, c.decide},
		"POST /cases/{id}/export":  {people.RightExport, c.export},
		"GET /passages/{id}":       {read, c.showPassage},
		"POST /passages/{id}/open": {people.RightOriginal, c.openOriginal},
		"GET /passages/{id}/sheet": {people.RightOriginal, c.sheet},
		"POST /release/{id}":       {people.RightRelease, c.release},
		"GET /search":              {read, c.search},
		"GET /indicator":           {read, c.indicator},
		"POST /indicator":          {decide, c.decideIndicator},
		"GET /rules":               {read, c.rules},
		"GET /rules/{id}":          {read, c.rule},
		"GET /replay":              {people.RightRules, c.replayForm},
		"POST /replay":             {people.RightRules, c.replay},
		"GET /lists":               {read, c.lists},
		"GET /organisation":        {read, c.organisation},
		"GET /doors":               {read, c.doors},
		"GET /jobs":                {read, c.jobs},
		"POST /jobs/{id}/cancel":   {people.RightProfile, c.cancelJob},
		"GET /log":                 {people.RightAudit, c.auditLog},
		"POST /log/verify":         {people.RightAudit, c.verify},
		"GET /people":              {manage, c.people},
		"POST /people/invite":      {manage, c.invite},
		"POST /people/{id}":        {manage, c.changePerson},
		"POST /people/link":        {manage, c.withdrawLink},
		"POST /tokens":             {people.RightTokens, c.makeToken},
		"POST /tokens/{id}/revoke": {people.RightTokens, c.revokeToken},
		"GET /me":                  {read, c.me},
		"POST /me/language":        {read, c.setLanguage},
		"POST /me/session":         {read, c.endSession},
		"POST /me/passkey/begin":   {read, c.beginPasskey},
		"POST /me/passkey/finish":  {read, c.finishPasskey},
		"POST /me/passkey/remove":  {read, c.removePasskey},
		"GET /again":               {read, c.again},
		"POST /sign-out":           {read, c.signOut},
	} {
		mux.Handle(pattern, c.signed(page))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { c.fail(w, r, record.ErrNotFound) })
	return mux
}
