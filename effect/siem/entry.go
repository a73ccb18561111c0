package siem

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

// line returns an entry as it is sent, in at most limit bytes. Effects are not sent: they are how Sekisho keeps from doing
// things twice.
func (f *Follower) line(e record.Entry, limit int) (line, bool) {
	if e.Kind == "effect" {
		return line{}, false
	}
	ev := f.event(e)
	var data []byte
	for _, b := range bounds {
		ev.bound(b.items, b.bytes)
		encoded, err := json.Marshal(ev)
		if err != nil {
			break
		}
		if data = ascii(encoded); len(data) <= limit {
			return line{e.Time, e.Kind, syslogSeverity(ev.Event.Severity), data}, true
		}
	}
	// The names in a smallest event are ours, and bounded.
	smallest := f.base(e)
	smallest.bound(2, 100)
	smallest.Sekisho.Cut = true
	data, err := json.Marshal(smallest)
	return line{e.Time, e.Kind, syslogSeverity(ev.Event.Severity), ascii(data)}, err == nil
}

// base returns what is said of every entry.
func (f *Follower) base(e record.Entry) event {
	return event{
		Time: e.Time.UTC(), ECS: version{"8.17.0"}, Message: "Sekisho: " + e.Kind,
		Event: about{ID: strconv.FormatInt(e.Seq, 10) + "-" + e.Digest[:min(16, len(e.Digest))], Sequence: e.Seq, Created: e.Time.UTC(), Kind: "event",
			Action: e.Kind, Provider: "sekisho", Module: "sekisho", Dataset: "sekisho." + e.Kind},
		Observer: observer{Vendor: "Sekisho", Product: "Sekisho", Type: "email-gateway", Name: e.By},
		Sekisho:  ours{Entry: e.Kind, Ref: e.Ref, Digest: e.Digest},
	}
}

func (f *Follower) event(e record.Entry) event {
	ev := f.base(e)
	switch e.Kind {
	case "passage":
		var d record.Detail
		if json.Unmarshal(e.Body, &d) == nil {
			f.passage(&ev, d)
		}
	case "outcome":
		f.outcome(&ev, e)
	case "decision":
		var d record.Decision
		if json.Unmarshal(e.Body, &d) == nil {
			f.decision(&ev, d)
		}
	case "release", "read", "erase", "export", "packed", "exported":
		ev.Event.Category, ev.Event.Type = []string{"email"}, []string{"info"}
		ev.byPerson(e.By)
	case "people":
		person(&ev, e)
	}
	return ev
}

// byPerson says that a person did it.
func (ev *event) byPerson(name string) {
	ev.Observer.Name = ""
	ev.User = &user{Name: name}
	ev.Related = &related{User: []string{name}}
}

// severities are the severities of verdicts, out of 100.
var severities = map[sekisho.Action]int{sekisho.ActionNote: 10, sekisho.ActionWarn: 40, sekisho.ActionHold: 70, sekisho.ActionReject: 90}

func syslogSeverity(of int) int {
	switch {
	case of >= 90:
		return severityErr
	case of >= 70:
		return severityWrn
	case of >= 40:
		return severityNot
	}
	return severityInf
}

func (f *Follower) passage(ev *event, d record.Detail) {
	ev.Event.Severity = severities[d.Action]
	ev.Event.Action, ev.Event.Outcome = d.Do, "unknown" // the outcome is an entry of its own
	ev.Event.Duration = int64(d.TookMS * 1e6)
	ev.Event.Category = []string{"intrusion_detection"}
	ev.Event.Type = []string{"info"}
	switch d.Do {
	case sekisho.DoPass, sekisho.DoMark:
		ev.Event.Type = []string{"allowed"}
	case sekisho.DoHold, sekisho.DoReject, sekisho.DoDefer:
		ev.Event.Type = []string{"denied"}
	}
	if d.Action >= sekisho.ActionWarn {
		ev.Event.Kind = "alert"
	}
	ev.Sekisho.Case, ev.Sekisho.Passage, ev.Sekisho.Door, ev.Sekisho.Kind = d.Case, d.ID, d.Door, string(d.Kind)
	if ev.Sekisho.Passage == "" {
		ev.Sekisho.Passage = ev.Sekisho.Ref
	}
	ev.Sekisho.Action, ev.Sekisho.Do, ev.Sekisho.Would = d.Action.String(), d.Do, d.Would
	f.findings(ev, d)
	ev.gaps(d)
	ev.indicators(d)
	if ip, err := netip.ParseAddr(d.From); err == nil {
		ev.Source = &address{ip.String()}
		ev.relate().IP = []string{ip.String()}
	}
	files := f.filesOf(d.Tree, nil)
	switch {
	case d.Kind == sekisho.KindMail:
		ev.Event.Category = append(ev.Event.Category, "email")
		ev.Email = f.email(d, files)
	case len(files) > 0:
		ev.Event.Category = append(ev.Event.Category, "file")
		ev.File = &files[0]
	}
}

func (f *Follower) findings(ev *event, d record.Detail) {
	ev.Message = "Sekisho: " + d.Action.String()
	if len(d.Findings) == 0 {
		return
	}
	r, attack := &rule{}, []string{}
	for _, finding := range d.Findings {
		if add(&r.ID, finding.Rule) {
			r.Name = append(r.Name, finding.Title.In(sekisho.English))
			ev.Message += sign(len(r.ID)) + finding.Title.In(sekisho.English)
		}
		for _, c := range finding.Control {
			add(&r.Ruleset, c)
		}
		for _, a := range finding.Attack {
			add(&attack, a)
		}
		if f.content {
			ev.Sekisho.Why = append(ev.Sekisho.Why, finding.Why.In(sekisho.English))
		}
	}
	ev.Rule = r
	if len(attack) > 0 {
		ev.Threat = &threat{"MITRE ATT&CK", technique{attack}}
	}
}

// sign is what stands before the nth title of a message.
func sign(n int) string {
	if n == 1 {
		return ": "
	}
	return "; "
}

func (ev *event) gaps(d record.Detail) {
	for _, g := range d.Gaps {
		add(&ev.Sekisho.Gaps, g.By+": "+g.Class())
	}
}

func (ev *event) relate() *related {
	if ev.Related == nil {
		ev.Related = &related{}
	}
	return ev.Related
}

func (ev *event) indicators(d record.Detail) {
	for _, i := range d.Indicator {
		switch i.Kind {
		case record.IndicatorDomain:
			add(&ev.relate().Hosts, i.Value)
		case record.IndicatorHash:
			add(&ev.relate().Hash, i.Value)
		case record.IndicatorAddress:
			add(&ev.Sekisho.Wallets, i.Value)
		case record.IndicatorPersona:
			add(&ev.Sekisho.Persona, i.Value)
		}
	}
}

func (f *Follower) email(d record.Detail, files []hashed) *email {
	m := &email{Direction: "inbound", MessageID: d.MessageID}
	if from := addressOf(d.Sender); from != "" {
		m.From = &mailAddress{[]string{from}}
	}
	if len(d.To) > 0 {
		m.To = &mailAddress{d.To}
	}
	if f.content {
		m.Subject = d.Subject
	}
	for _, file := range files {
		m.Attachments = append(m.Attachments, attachment{file})
	}
	return m
}

// filesOf returns the files of a tree that have a digest, up to 100.
func (f *Follower) filesOf(n record.Node, files []hashed) []hashed {
	if n.SHA256 != "" && len(files) < 100 {
		file := hashed{Size: n.Size, Hash: hash{n.SHA256}}
		if f.content {
			file.Name = n.Name
		}
		files = append(files, file)
	}
	for _, part := range n.Parts {
		files = f.filesOf(part, files)
	}
	return files
}

// addressOf returns the address of "name <address>".
func addressOf(sender string) string {
	if start, end := strings.LastIndexByte(sender, '<'), strings.LastIndexByte(sender, '>'); start >= 0 && end > start {
		return sender[start+1 : end]
	}
	if strings.ContainsAny(sender, "< ") { // cut off inside the name, which is content
		return ""
	}
	return sender
}

// moved is how the outcome of a held file begins; its path, with the name that the sender gave it, follows.
const moved = "moved to "

// outcome says how an act ended. What stands behind a colon names files or quotes servers, and is sent with content only.
func (f *Follower) outcome(ev *event, e record.Entry) {
	ev.Event.Category, ev.Event.Type, ev.Event.Outcome = []string{"email"}, []string{"info"}, "unknown"
	ev.Sekisho.Passage = e.Ref
	var body struct {
		Outcome string `json:"outcome"`
	}
	if json.Unmarshal(e.Body, &body) != nil || body.Outcome == "" {
		return
	}
	ev.Event.Outcome, ev.Message = "success", "Sekisho: the act was completed"
	if f.content && body.Outcome != "done" {
		ev.Event.Reason = body.Outcome
	}
	if body.Outcome == "done" || strings.HasPrefix(body.Outcome, moved) {
		return
	}
	ev.Event.Outcome, ev.Event.Severity, ev.Message = "failure", severities[sekisho.ActionWarn], "Sekisho: the act failed"
	if !f.content {
		ev.Event.Reason, _, _ = strings.Cut(body.Outcome, ":")
	}
}

// decision leaves out the reason, in which people quote, unless content is wanted.
func (f *Follower) decision(ev *event, d record.Decision) {
	ev.Event.Category, ev.Event.Type, ev.Event.Action, ev.Event.Outcome = []string{"email"}, []string{"info"}, d.Do, "success"
	ev.Message = "Sekisho: a person decided: " + d.Do
	ev.byPerson(d.By)
	ev.Sekisho.Case, ev.Sekisho.Passage = d.Case, d.Passage
	if f.content {
		ev.Event.Reason = d.Reason
	}
	if i := d.Indicator; i != nil {
		ev.Event.Category, ev.Event.Type = []string{"threat"}, []string{"indicator"}
		ev.indicators(record.Detail{Indicator: []record.Indicator{*i}})
	}
}

// person tells what happened to people, their sign-ins and tokens.
func person(ev *event, e record.Entry) {
	var body struct{ Event, Name, Mail, Network string }
	if json.Unmarshal(e.Body, &body) != nil {
		return
	}
	ev.Event.Action, ev.Event.Outcome = body.Event, "success"
	ev.Message = "Sekisho: " + body.Event
	switch body.Event {
	case "signed-in", "signed-out", "signed-out-all", "enrolled":
		ev.Event.Category, ev.Event.Type = []string{"authentication"}, []string{"start"}
		if strings.HasPrefix(body.Event, "signed-out") {
			ev.Event.Type = []string{"end"}
		}
	case "refused":
		ev.Event.Category, ev.Event.Type, ev.Event.Outcome = []string{"authentication"}, []string{"start"}, "failure"
		ev.Event.Severity = severities[sekisho.ActionWarn]
	default:
		ev.Event.Category, ev.Event.Type = []string{"iam"}, []string{"change"}
	}
	ev.byPerson(e.By)
	ev.User = &user{Name: body.Name, ID: e.Ref, Email: body.Mail}
	if prefix, err := netip.ParsePrefix(body.Network); err == nil {
		body.Network = prefix.Addr().String()
	}
	if ip, err := netip.ParseAddr(body.Network); err == nil {
		ev.Source = &address{ip.String()}
		ev.Related.IP = []string{ip.String()}
	}
}

// addLimit is one more than a list may have, so that bound sees that there are more.
const addLimit = 101

// add appends s to the list if it is not in it and there is room, and reports whether it did.
func add(list *[]string, s string) bool {
	if len(*list) == addLimit {
		return false
	}
	for _, there := range *list {
		if there == s {
			return false
		}
	}
	*list = append(*list, s)
	return true
}

// ascii writes JSON such that it is ASCII: programs read the same, and no terminal or parser stumbles.
func ascii(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for len(data) > 0 {
		if c := data[0]; c < utf8.RuneSelf {
			if c == 0x7F {
				out = append(out, `\u007f`...)
			} else {
				out = append(out, c)
			}
			data = data[1:]
			continue
		}
		r, size := utf8.DecodeRune(data)
		data = data[size:]
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
