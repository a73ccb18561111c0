package api

import (
	"net/http"
	"strings"

	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

var listQuery = []parameter{
	{name: "q", doc: "words, all of which are in it: sender, subject, name, indicator, rule, reporter", example: "kaede"},
	{name: "since", doc: "from this moment", format: "date-time", example: "2026-11-01T00:00:00Z"},
	{name: "until", doc: "up to this moment", format: "date-time"},
	{name: "after", doc: "next of the page before"},
	{name: "limit", doc: "how many, 50 by default, 500 at most", format: "integer", example: "50"},
}

var actionQuery = parameter{name: "least", doc: "this strict or stricter", enum: []string{"pass", "note", "warn", "hold", "reject"}}

var passageQuery = append([]parameter{actionQuery, {name: "door", doc: "the door it came to", example: "milter"}, {name: "rule", doc: "a finding of this rule"}}, listQuery...)

var caseQuery = append([]parameter{actionQuery, {name: "state", doc: "open or closed", enum: []string{"open", "closed"}}, {name: "rule", doc: "a finding of this rule"}}, listQuery...)

var reporterQuery = parameter{name: "reporter", doc: "the mail address of the member of staff who asks; opens a case whatever the verdict", example: "hanako@kaede-ex.jp"}

var nameQuery = parameter{name: "name", doc: "the file's name, over the one in Content-Disposition", example: "invoice.pdf"}

// endpoints returns the table of endpoints.
func endpoints() []endpoint {
	var table []endpoint
	for _, part := range [][]endpoint{inspectEndpoints(), readEndpoints(), decideEndpoints(), stateEndpoints()} {
		table = append(table, part...)
	}
	for i := range table {
		table[i].segments = strings.Split(strings.TrimPrefix(table[i].path, "/"), "/")
	}
	return table
}

var inspectFaults = []*fault{tooLarge, timedOut, wrongType, conflict, reused, busy, notRecorded}

func inspectEndpoints() []endpoint {
	return []endpoint{
		{method: "POST", path: "/v1/inspect/mail", name: "inspectMail", title: "Inspect a mail", scope: people.ScopeInspect,
			doc: "The body is the message, RFC 5322, or a form with it as the only part. What the receiving server saw of the connection can be stated, " +
				"and is then believed: with client, SPF is verified.",
			query: []parameter{{name: "client", doc: "the IP address that connected", example: "192.0.2.7"}, {name: "helo", doc: "the name it gave"},
				{name: "mail_from", doc: "MAIL FROM"}, {name: "rcpt_to", doc: "RCPT TO, with commas between"}, nameQuery, reporterQuery},
			media: []string{"message/rfc822", "application/octet-stream", "multipart/form-data"}, limit: fileBody, repeat: true,
			out: exampleInspection, faults: inspectFaults, serve: inspectMail},
		{method: "POST", path: "/v1/inspect/file", name: "inspectFile", title: "Inspect a file", scope: people.ScopeInspect,
			doc:   "The body is the bytes of any file, or a form with it as the only part. The name, by Content-Disposition, the form or the parameter, is evidence and never a path.",
			query: []parameter{nameQuery, reporterQuery}, media: []string{"*/*"}, limit: fileBody, repeat: true,
			out: exampleInspection, faults: inspectFaults, serve: inspectFile},
		{method: "POST", path: "/v1/inspect/text", name: "inspectText", title: "Inspect a text", scope: people.ScopeInspect,
			doc: "A chat message, the text of a form.", query: []parameter{reporterQuery}, repeat: true,
			in: TextRequest{Text: "弊社の代表です。至急、下記のウォレットへ送金してください。", Name: "chat"}, out: exampleInspection, faults: inspectFaults, serve: reading(inspectText)},
		{method: "POST", path: "/v1/inspect/link", name: "inspectLink", title: "Inspect a link", scope: people.ScopeInspect,
			doc: "The link is read as browsers read it, and not followed.", query: []parameter{reporterQuery}, repeat: true,
			in: LinkRequest{Href: "https://login.kaede-ex.jp.account.example/", Shown: "https://kaede-ex.jp/"}, out: exampleInspection, faults: inspectFaults, serve: reading(inspectLink)},
		{method: "POST", path: "/v1/inspect/address", name: "inspectAddress", title: "Inspect a blockchain address", scope: people.ScopeInspect,
			doc: "A verdict that is recorded. To ask what lists say of many, screen them.", query: []parameter{reporterQuery}, repeat: true,
			in: AddressRequest{Address: exampleAddress, Chain: "bitcoin"}, out: exampleInspection, faults: inspectFaults, serve: reading(inspectAddress)},
		{method: "POST", path: "/v1/screen", name: "screen", title: "Screen addresses", scope: people.ScopeScreen,
			doc: "What lists say of up to 1,000 addresses, each on every chain it fits. Nothing is recorded. nothing-found is never clean, least of all when stale is true.",
			in:  ScreenRequest{[]AddressRequest{{Address: exampleAddress, Chain: "bitcoin"}}}, out: exampleScreening, faults: []*fault{tooLarge, timedOut, wrongType}, serve: reading(screen)},
	}
}

func readEndpoints() []endpoint {
	missing := []*fault{notFound}
	return []endpoint{
		{method: "GET", path: "/v1/passages", name: "passages", title: "List passages", scope: people.ScopeCases,
			doc: "What passed the checkpoint, newest first.", query: passageQuery, out: record.Page[record.Passage]{}, serve: passages},
		{method: "GET", path: "/v1/passages/{id}", name: "passage", title: "Read a passage", scope: people.ScopeCases,
			doc: "The tree, the findings in both languages, the evidence, the gaps, the headers of a mail, its indicators.",
			out: record.Detail{}, faults: missing, serve: passage},
		{method: "GET", path: "/v1/passages/{id}/original", name: "original", title: "Read the original bytes", scope: people.ScopeOriginals,
			doc: "What an attacker wrote, as a download. Reading it is an entry of the log.",
			out: download{}, faults: []*fault{notFound, gone}, serve: original},
		{method: "GET", path: "/v1/cases", name: "cases", title: "List cases", scope: people.ScopeCases,
			doc: "Open ones first, the strictest and newest first among them.", query: caseQuery, out: record.Page[record.Case]{}, serve: cases},
		{method: "GET", path: "/v1/cases/{id}", name: "case", title: "Read a case", scope: people.ScopeCases,
			doc: "Its passages, what people decided, and the cases it shares indicators with.", out: record.CaseDetail{}, faults: missing, serve: oneCase},
		{method: "GET", path: "/v1/cases/{id}/proof", name: "caseProof", title: "Prove a case", scope: people.ScopeCases,
			doc: "The inclusion proofs of everything that happened in the case, RFC 6962, against the newest signed head.",
			out: CaseProof{}, faults: missing, serve: caseProof},
		{method: "GET", path: "/v1/indicators", name: "indicators", title: "List indicators", scope: people.ScopeIndicators,
			doc: "Those seen last first.", query: listQuery, out: record.Page[record.Indicator]{}, serve: indicators},
		{method: "GET", path: "/v1/indicators/{kind}/{value...}", name: "indicator", title: "Pivot on an indicator", scope: people.ScopeIndicators,
			doc: "Everything it was ever seen in. The value is percent-encoded or as it is.", query: listQuery[3:4],
			out: IndicatorDetail{}, faults: missing, serve: indicator},
		{method: "GET", path: "/v1/rules/figures", name: "ruleFigures", title: "How rules do", scope: people.ScopeCases,
			doc: "How often each rule held, and what people said of it, for 30 days or since a moment.", query: listQuery[1:2], out: RuleFigures{}, serve: ruleFigures},
	}
}

func decideEndpoints() []endpoint {
	faults := []*fault{notFound, conflict, tooLarge, timedOut, wrongType}
	return []endpoint{
		{method: "POST", path: "/v1/cases/{id}/decisions", name: "decideCase", title: "Decide a case", scope: people.ScopeDecisions,
			doc: "Decisions stand in the record in the name of the token.", in: CaseDecision{Do: "false-alarm", Reason: "the yearly invoice of our auditor"},
			out: record.Decision{}, status: http.StatusCreated, faults: faults, serve: reading(decideCase)},
		{method: "POST", path: "/v1/passages/{id}/decisions", name: "decidePassage", title: "Release a passage", scope: people.ScopeDecisions,
			doc: "People release held mail. A token may only where that is configured.", in: PassageDecision{Do: "release", Reason: "asked back by telephone"},
			out: record.Decision{}, status: http.StatusCreated, faults: faults, serve: reading(decidePassage)},
		{method: "POST", path: "/v1/indicators", name: "decideIndicators", title: "Block, unblock or hunt indicators", scope: people.ScopeDecisions,
			doc: "Up to 20 are blocked or unblocked at once. More, and all that are to be hunted, are a job, up to 10,000.", limit: listBody, repeat: true,
			in: IndicatorRequest{Do: "block", Reason: "from the sharing group", Indicators: []IndicatorKey{{"domain", "account.example"}}}, out: IndicatorAnswer{},
			other: http.StatusAccepted, faults: faults, serve: reading(decideIndicators)},
	}
}

func stateEndpoints() []endpoint {
	return []endpoint{
		{method: "GET", path: "/v1/intel", name: "intel", title: "The state of lists", scope: people.ScopeIntel,
			doc: "Which lists there are, how old each is, what is missing.", out: IntelState{}, serve: intelState},
		{method: "GET", path: "/v1/jobs", name: "jobs", title: "List jobs", scope: people.ScopeJobs,
			doc: "The newest jobs and how far they are.", query: listQuery[4:], out: Jobs{}, serve: jobs},
		{method: "POST", path: "/v1/jobs", name: "startJob", title: "Ask for work", scope: people.ScopeJobs,
			doc: "Work that is configured for tokens.", repeat: true, in: JobRequest{Name: "pull"}, out: JobAnswer{}, status: http.StatusAccepted,
			faults: []*fault{conflict, tooLarge, timedOut, wrongType}, serve: reading(startJob)},
		{method: "DELETE", path: "/v1/jobs/{id}", name: "cancelJob", title: "Cancel a job", scope: people.ScopeJobs,
			doc: "Stops one that waits or runs, if tokens may ask for it.", status: http.StatusNoContent, faults: []*fault{notFound, conflict}, serve: cancelJob},
		{method: "GET", path: "/v1/log/head", name: "logHead", title: "The head of the log", scope: people.ScopeLog,
			doc: "The newest signed head. Keep it elsewhere: with it, sekisho record verify finds what was taken away.", out: LogHead{}, serve: logHead},
		{method: "GET", path: "/v1/log/entries", name: "logEntries", title: "Read the log", scope: people.ScopeLog,
			doc:   "Who did what and when, without the bodies.",
			query: []parameter{{name: "from", doc: "the number of the first", format: "integer"}, {name: "limit", doc: "how many, 100 by default, 1,000 at most", format: "integer"}},
			out:   LogEntries{}, serve: logEntries},
		{method: "GET", path: "/v1/openapi.json", name: "openapi", title: "This description", doc: "OpenAPI 3.1. Wants no token.", out: document{}, serve: describe},
		{method: "GET", path: "/healthz", name: "healthz", title: "Alive", doc: "The process answers. Wants no token.", out: Health{"ok"}, serve: healthz},
		{method: "GET", path: "/readyz", name: "readyz", title: "Ready", doc: "The record can be written. Wants no token.", out: Health{"ok"}, faults: []*fault{notReady}, serve: readyz},
	}
}
