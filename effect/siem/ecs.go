package siem

import (
	"time"
)

// An event is an entry in the field names of ECS 8.17. Fields of ours that ECS has no name for are under sekisho.
type event struct {
	Time     time.Time `json:"@timestamp"`
	Message  string    `json:"message"`
	ECS      version   `json:"ecs"`
	Event    about     `json:"event"`
	Observer observer  `json:"observer"`
	Rule     *rule     `json:"rule,omitempty"`
	Threat   *threat   `json:"threat,omitempty"`
	Email    *email    `json:"email,omitempty"`
	File     *hashed   `json:"file,omitempty"`
	Source   *address  `json:"source,omitempty"`
	User     *user     `json:"user,omitempty"`
	Related  *related  `json:"related,omitempty"`
	Sekisho  ours      `json:"sekisho"`
}

type version struct {
	Version string `json:"version"`
}

// about is ECS's event.
type about struct {
	ID       string    `json:"id"` // the same when the entry is sent again
	Sequence int64     `json:"sequence"`
	Created  time.Time `json:"created"`
	Kind     string    `json:"kind"`
	Category []string  `json:"category,omitempty"`
	Type     []string  `json:"type,omitempty"`
	Action   string    `json:"action"`
	Outcome  string    `json:"outcome,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Severity int       `json:"severity"`
	Duration int64     `json:"duration,omitempty"` // nanoseconds
	Provider string    `json:"provider"`
	Module   string    `json:"module"`
	Dataset  string    `json:"dataset"`
}

type observer struct {
	Vendor  string `json:"vendor"`
	Product string `json:"product"`
	Type    string `json:"type"`
	Name    string `json:"name,omitempty"`
}

type rule struct {
	ID      []string `json:"id"`
	Name    []string `json:"name"`
	Ruleset []string `json:"ruleset,omitempty"` // the countermeasures of official guidance the rules serve
}

type threat struct {
	Framework string    `json:"framework"`
	Technique technique `json:"technique"`
}

type technique struct {
	ID []string `json:"id"`
}

type email struct {
	Direction   string       `json:"direction"`
	MessageID   string       `json:"message_id,omitempty"`
	Subject     string       `json:"subject,omitempty"`
	From        *mailAddress `json:"from,omitempty"`
	To          *mailAddress `json:"to,omitempty"`
	Attachments []attachment `json:"attachments,omitempty"`
}

type mailAddress struct {
	Address []string `json:"address"`
}

type attachment struct {
	File hashed `json:"file"`
}

type hashed struct {
	Name string `json:"name,omitempty"`
	Size int64  `json:"size"`
	Hash hash   `json:"hash"`
}

type hash struct {
	SHA256 string `json:"sha256"`
}

type address struct {
	IP string `json:"ip"`
}

type user struct {
	Name  string `json:"name,omitempty"`
	ID    string `json:"id,omitempty"`
	Email string `json:"email,omitempty"`
}

type related struct {
	Hash  []string `json:"hash,omitempty"`
	Hosts []string `json:"hosts,omitempty"`
	IP    []string `json:"ip,omitempty"`
	User  []string `json:"user,omitempty"`
}

// ours is what ECS has no field for.
type ours struct {
	Entry   string   `json:"entry"` // the kind of entry
	Ref     string   `json:"ref,omitempty"`
	Case    string   `json:"case,omitempty"`
	Passage string   `json:"passage,omitempty"`
	Door    string   `json:"door,omitempty"`
	Kind    string   `json:"kind,omitempty"`
	Action  string   `json:"action,omitempty"` // the verdict
	Do      string   `json:"do,omitempty"`     // what the door does
	Would   string   `json:"would,omitempty"`  // what it would do, in shadow mode
	Gaps    []string `json:"gaps,omitempty"`   // who could not look, and the class
	Wallets []string `json:"wallets,omitempty"`
	Persona []string `json:"personas,omitempty"`
	Why     []string `json:"why,omitempty"`
	Digest  string   `json:"digest"` // of the entry's body: by it the entry in the record is told
	Cut     bool     `json:"cut,omitempty"`
}

// The most items of a list, and bytes of a text; the second pair when the whole does not fit.
var bounds = []struct{ items, bytes int }{{100, 1000}, {10, 300}, {2, 100}}

// bound cuts the lists and texts of an event.
func (e *event) bound(items, bytes int) {
	cut := false
	list := func(l *[]string) {
		if len(*l) > items {
			*l, cut = (*l)[:items], true
		}
		for i, s := range *l {
			if len(s) > bytes {
				(*l)[i], cut = s[:bytes], true
			}
		}
	}
	text := func(s *string) {
		if len(*s) > bytes {
			*s, cut = (*s)[:bytes], true
		}
	}
	for _, s := range []*string{&e.Message, &e.Event.Reason, &e.Event.Action, &e.Observer.Name, &e.Sekisho.Ref, &e.Sekisho.Case, &e.Sekisho.Passage,
		&e.Sekisho.Door, &e.Sekisho.Do, &e.Sekisho.Would, &e.Sekisho.Kind} {
		text(s)
	}
	for _, l := range []*[]string{&e.Sekisho.Gaps, &e.Sekisho.Wallets, &e.Sekisho.Persona, &e.Sekisho.Why} {
		list(l)
	}
	if e.Rule != nil {
		list(&e.Rule.ID)
		list(&e.Rule.Name)
		list(&e.Rule.Ruleset)
	}
	if e.Threat != nil {
		list(&e.Threat.Technique.ID)
	}
	if e.Related != nil {
		list(&e.Related.Hash)
		list(&e.Related.Hosts)
		list(&e.Related.IP)
		list(&e.Related.User)
	}
	if e.User != nil {
		text(&e.User.Name)
		text(&e.User.ID)
		text(&e.User.Email)
	}
	if e.File != nil {
		text(&e.File.Name)
	}
	if m := e.Email; m != nil {
		text(&m.MessageID)
		text(&m.Subject)
		for _, a := range []*mailAddress{m.From, m.To} {
			if a != nil {
				list(&a.Address)
			}
		}
		if len(m.Attachments) > items {
			m.Attachments, cut = m.Attachments[:items], true
		}
		for i := range m.Attachments {
			text(&m.Attachments[i].File.Name)
		}
	}
	e.Sekisho.Cut = e.Sekisho.Cut || cut
}
