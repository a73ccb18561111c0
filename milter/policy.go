package milter

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sekisho/sekisho"
)

// What a policy does with a mail.
const (
	Pass       = "pass"       // let through unchanged
	Header     = "header"     // let through with X-Sekisho headers
	Mark       = "mark"       // let through with X-Sekisho headers and, as the policy says, a tag and a banner
	Hold       = "hold"       // take it from the MTA and keep it, sealed, in the record until it is released or its time is over
	Quarantine = "quarantine" // let the MTA keep it: Postfix's hold queue
	Tempfail   = "tempfail"   // refuse for now: 451
	Reject     = "reject"     // refuse: 550
	Accept     = "accept"     // of a mail that could not be checked: let through unchanged
)

// A Table says what is done with a mail by the action its verdict asks for. A verdict of pass passes.
type Table struct {
	Note   string // of a verdict of note: pass, header, mark, hold, quarantine, tempfail or reject
	Warn   string // of a verdict of warn
	Hold   string // of a verdict of hold
	Reject string // of a verdict of reject
}

// A Policy says what is done with verdicts. The zero value is in force: header, mark, hold and reject for what comes in; for
// what goes out pass, pass, hold and reject, for headers would tell outsiders what is thought of the mail.
type Policy struct {
	Shadow bool // everything is recorded and nothing is changed

	Incoming Table // for mail from outside: default header, mark, hold, reject
	Outgoing Table // for mail of signed-in clients and from own networks: default pass, pass, hold, reject

	Tag      bool // mark puts [CAUTION] or [注意] before the subject
	Banner   bool // mark puts a warning in both languages above the text
	KeepDKIM bool // no tag and no banner in a mail with a DKIM signature, which would no longer verify

	OnFailure string // of a mail that could not be checked or recorded: tempfail (default) or accept; nothing is accepted unrecorded in silence, it is logged and counted
	TooLarge  string // of a mail larger than is inspected: reject (default) or tempfail
}

// Validate returns an error when the policy names something that there is not.
func (p Policy) Validate() error {
	for _, t := range []struct {
		name  string
		table Table
	}{{"incoming", p.Incoming}, {"outgoing", p.Outgoing}} {
		for _, choice := range []string{t.table.Note, t.table.Warn, t.table.Hold, t.table.Reject} {
			if !slices.Contains([]string{"", Pass, Header, Mark, Hold, Quarantine, Tempfail, Reject}, choice) {
				return fmt.Errorf("milter policy: %s has %q: want pass, header, mark, hold, quarantine, tempfail or reject", t.name, choice)
			}
		}
	}
	if !slices.Contains([]string{"", Tempfail, Accept}, p.OnFailure) {
		return fmt.Errorf("milter policy: on_failure is %q: want tempfail or accept", p.OnFailure)
	}
	if !slices.Contains([]string{"", Reject, Tempfail}, p.TooLarge) {
		return fmt.Errorf("milter policy: too_large is %q: want reject or tempfail", p.TooLarge)
	}
	return nil
}

// choose returns what the policy asks for, shadow or not.
func (p Policy) choose(outgoing bool, action sekisho.Action) string {
	table, usual := p.Incoming, Table{Header, Mark, Hold, Reject}
	if outgoing {
		table, usual = p.Outgoing, Table{Pass, Pass, Hold, Reject}
	}
	switch {
	case action <= sekisho.ActionPass:
		return Pass
	case action == sekisho.ActionNote:
		return cmp.Or(table.Note, usual.Note)
	case action == sekisho.ActionWarn:
		return cmp.Or(table.Warn, usual.Warn)
	case action == sekisho.ActionHold:
		return cmp.Or(table.Hold, usual.Hold)
	}
	return cmp.Or(table.Reject, usual.Reject)
}

// acts are the choices in the words of the record.
var acts = map[string]string{
	Pass: sekisho.DoPass, Header: sekisho.DoMark, Mark: sekisho.DoMark, Hold: sekisho.DoHold, Quarantine: sekisho.DoHold,
	Tempfail: sekisho.DoDefer, Reject: sekisho.DoReject,
}

// decide says what is done with a verdict, as it is recorded.
func (p Policy) decide(outgoing bool, v sekisho.Verdict) sekisho.Act {
	choice := p.choose(outgoing, v.Action)
	do := acts[choice]
	if p.Shadow {
		if do == sekisho.DoPass {
			do = ""
		}
		return sekisho.Act{Do: sekisho.DoPass, Would: do}
	}
	return sekisho.Act{Do: do, Keep: choice == Hold}
}

// needs returns what the MTA must let a milter do for the policy to be carried out.
func (p Policy) needs(releases bool) uint32 {
	var needs uint32
	if releases {
		needs |= mayChangeHeaders
	}
	if p.Shadow {
		return needs
	}
	needs |= mayChangeHeaders // X-Sekisho headers from outside are removed
	for _, outgoing := range []bool{false, true} {
		for action := sekisho.ActionNote; action <= sekisho.ActionReject; action++ {
			switch p.choose(outgoing, action) {
			case Header:
				needs |= mayAddHeaders
			case Mark:
				needs |= mayAddHeaders
				if p.Banner {
					needs |= mayChangeBody
				}
			case Quarantine:
				needs |= mayQuarantine
			}
		}
	}
	return needs
}
