package contact

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
	history "github.com/sekisho/sekisho/intel/contact"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/rules"
)

var kaede = &sekisho.Org{Domains: []string{"kaede-ex.jp"}}

// learned is a history with one correspondent, who was answered.
func learned() *sekisho.Intel {
	hana := sekisho.Mailbox{Name: "Hana Sato", Address: "hana@custody.example", Local: "hana", Domain: "custody.example"}
	aoi := sekisho.Mailbox{Name: "Aoi Mori", Address: "aoi.mori@kaede-ex.jp", Local: "aoi.mori", Domain: "kaede-ex.jp"}
	day := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	b := history.New()
	b.Add(&sekisho.Mail{MessageID: "1@custody.example", Date: day, From: []sekisho.Mailbox{hana}, To: []sekisho.Mailbox{aoi}}, kaede)
	b.Add(&sekisho.Mail{MessageID: "2@relay.example", Date: day.AddDate(0, 0, 1), From: []sekisho.Mailbox{aoi}, To: []sekisho.Mailbox{hana}}, kaede)
	return &sekisho.Intel{Contacts: b, Now: day.AddDate(0, 0, 11)}
}

func TestGoldens(t *testing.T) {
	detectortest.Run(t, Detector, kaede, learned())
}

func TestUnknownHistoryIsNotFirst(t *testing.T) {
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{Subject: "Re: fees",
		From: []sekisho.Mailbox{{Name: "X", Address: "x@mail.example", Local: "x", Domain: "mail.example"}}}}
	p := &sekisho.Pass{Context: context.Background(), Artifact: root, Org: kaede, Intel: &sekisho.Intel{}}
	p.Report = func(facts any, _ ...sekisho.Span) {
		if f := facts.(*Facts); f.Known || f.First || f.Address != "" || f.ThreadUnknown || !f.Thread || !f.ThreadBare {
			t.Errorf("%+v", f)
		}
	}
	if err := Detector.Run(p); err != nil {
		t.Fatal(err)
	}
}

func TestAnswer(t *testing.T) {
	for subject, want := range map[string]bool{
		"Re: fees": true, "RE:fees": true, "Re[2]: fees": true, "Ｒｅ：手数料": true, "[EXTERNAL] Re: fees": true, "[a][b] 返信: 手数料": true,
		"AW: Gebühren": true, "re : x": true, "回复：你好": true,
		"fees": false, "Report: fees": false, "Regarding: fees": false, "Fwd: Re: fees": false, "[Re: x": false, "": false, "reference": false,
	} {
		if got := answer(subject); got != want {
			t.Errorf("%q: %t", subject, got)
		}
	}
}

func TestRules(t *testing.T) {
	set, err := rules.Load(os.DirFS("."))
	if err != nil || len(set.Rules) == 0 {
		t.Fatalf("%d rules, %v", len(set.Rules), err)
	}
	j, err := judge.Compile(set.Rules, set.Conditions, []*sekisho.Detector{Detector})
	if err != nil {
		t.Fatal(err)
	}
	for _, outcome := range j.Examples(context.Background()) {
		if !outcome.OK() {
			t.Errorf("%+v", outcome)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{Subject: "Re: fees", InReplyTo: []string{"2@relay.example"},
		From: []sekisho.Mailbox{{Name: "Hana Sato", Address: "h@mail.example", Local: "h", Domain: "mail.example"}}}}
	p := &sekisho.Pass{Context: context.Background(), Artifact: root, Org: kaede, Intel: learned(), Report: func(any, ...sekisho.Span) {}}
	b.ReportAllocs()
	for b.Loop() {
		if err := Detector.Run(p); err != nil {
			b.Fatal(err)
		}
	}
}
