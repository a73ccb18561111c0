package api

import (
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/report"
)

// exampleAddress is the address of the first block, which nobody can spend from.
const exampleAddress = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"

var exampleTime = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

var exampleInspection = Inspection{
	ID: "p-01", Case: "c-01", Time: exampleTime, Kind: sekisho.KindMail, Name: "mail.eml", Action: sekisho.ActionHold,
	Findings: []InspectionFinding{{"A link that leads elsewhere than it says", report.FindingJSON{
		Rule: "link-elsewhere", Ask: "hold", Why: `The link says "https://kaede-ex.jp/" and leads to account.example.`, Artifact: "0.1",
		Evidence: []report.EvidenceJSON{{Detector: "link", Artifact: "0.1", Facts: object{"site": "account.example"}, At: []report.SpanJSON{{Where: "href", Quote: "hxxps://account.example/"}}}},
		Control:  []string{"npa-2022-n2"}, Attack: []string{"T1566.002"}}}},
	Gaps:   []InspectionGap{{"0.2", "archive", "encrypted", "archive: encrypted: invoice.zip has a password"}},
	TookMS: 1.2,
}

var exampleScreening = Screening{
	Addresses: []Screened{{Input: exampleAddress, Outcome: "listed",
		Readings: []Reading{{"bitcoin", "p2pkh", exampleAddress, "mainnet", "valid"}},
		Labels:   []Label{{Category: "exchange", Entity: "Example", Source: "Example list", List: "example", AgeDays: 1}}}},
	Stale: true, Gaps: []string{"example is 9 days old"},
}
