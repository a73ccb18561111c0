package api

import "reflect"

// docOf returns what a field is: what its tag says, or for types of other packages, whose comments say it, the table.
func docOf(t reflect.Type, f field) string {
	if doc := f.Tag.Get(tagDoc); doc != "" {
		return doc
	}
	return docs[t.String()+"."+f.name]
}

// docs says of fields of other packages what their names do not.
var docs = map[string]string{
	"record.Passage.id":         "unique, sorts by time",
	"record.Passage.case":       "the case it belongs to",
	"record.Passage.time":       "when the verdict was reached",
	"record.Passage.door":       "milter, inbox, api, watch",
	"record.Passage.from":       "who brought it: a client's IP address, a reporter's address, a token's name, a path",
	"record.Passage.reporter":   "the member of staff who asked for a verdict",
	"record.Passage.name":       "written by the sender",
	"record.Passage.sender":     "of a mail: the first From, name and address; written by the sender",
	"record.Passage.to":         "of a mail: the envelope's recipients, or else To",
	"record.Passage.subject":    "written by the sender",
	"record.Passage.action":     "the strictest thing that any finding asks for",
	"record.Passage.do":         "what the door did: pass, mark, hold, reject, defer, answer",
	"record.Passage.would":      "what it would have done, had it not been in shadow mode",
	"record.Passage.outcome":    "how that ended; missing until it has, interrupted when it never did",
	"record.Passage.kept":       "the original bytes can be had",
	"record.Passage.released":   "when it was delivered after all",
	"record.Passage.seq":        "its entry in the log",
	"record.Passage.took_ms":    "milliseconds of inspection",
	"record.Detail.tree":        "what was inside what; without bytes and texts",
	"record.Detail.gaps":        "what should have been looked at and was not",
	"record.Detail.headers":     "of a mail, up to 200",
	"record.Detail.indicators":  "by what it can be told again",
	"record.Node.id":            "place in the tree",
	"record.Node.via":           "how the one above led here",
	"record.Node.sha256":        "of files and archives",
	"record.Node.shown":         "of a link its target, of an address its text",
	"record.Finding.ask":        "what the rule asks for",
	"record.Finding.why":        "what was seen",
	"record.Finding.artifact":   "place in the tree",
	"record.Finding.control":    "the countermeasures it serves",
	"record.Finding.attack":     "ATT&CK techniques",
	"record.Evidence.facts":     "what the detector saw; its fields are in the reference of facts",
	"record.Evidence.at":        "where it was seen",
	"record.Case.title":         "the first passage's subject or name; written by the sender",
	"record.Case.state":         "open: needs a person; closed: was decided",
	"record.Case.judged":        "what a person said of it: confirmed, false-alarm",
	"record.Case.action":        "the strictest of its passages",
	"record.Case.held":          "passages kept back and not released",
	"record.Case.reports":       "by people",
	"record.Case.rules":         "that held in it, strictest first, up to ten",
	"record.Case.asked":         "who asked for a release that waits for a second person",
	"record.CaseDetail.seen":    "its passages, newest first, up to 200",
	"record.CaseDetail.related": "cases that share an indicator",
	"record.CaseDetail.joined":  "by what its passages were joined",
	"record.Decision.by":        "who decided, or token: and its name",
	"record.Decision.waits":     "a release that a second person has to ask for, too",
	"record.Indicator.kind":     "sender, domain, url, hash, address, persona, fingerprint, text",
	"record.Indicator.seen":     "in how many passages",
	"record.Indicator.blocked":  "what shows it is held",
	"record.Indicator.reason":   "why it is blocked",
	"record.Indicator.by":       "who blocked it",
	"record.Sighting.artifact":  "place in the tree",
	"record.Sighting.via":       "what led to it",
	"record.RuleFigure.held":    "passages in which it held",
	"record.RuleFigure.last":    "when it held last",
	"record.JobState.state":     "waiting, running, done, failed, cancelled",
	"record.JobState.total":     "0 when that is not known",
	"record.Entry.seq":          "from 0, without holes",
	"record.Entry.ref":          "what it is about: a passage, a case, a person",
	"record.Entry.digest":       "the salted digest of its body",
	"record.Proof.line":         "what is hashed",
	"record.Proof.salt":         "of the body's digest, in hexadecimal",
	"record.Proof.size":         "of the log at the head",
	"record.Proof.hashes":       "RFC 6962 §2.1.1, in base64",
}
