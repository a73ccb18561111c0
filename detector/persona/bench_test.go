package persona

import (
	"context"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

func BenchmarkRun(b *testing.B) {
	o := profile(b)
	text := strings.Repeat("Thank you for the report on the quarterly figures, which we will discuss in Tokyo.\n", 40)
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{
		Subject: "Re: figures of the third quarter and next steps",
		From:    []sekisho.Mailbox{mailbox("Taro Yamada (Yamada Trading)", "taro.yamada@yamada.example")},
		ReplyTo: []sekisho.Mailbox{mailbox("", "desk@yamada.example")},
		To:      []sekisho.Mailbox{mailbox("", "aoi.mori@kaede-ex.jp")},
	}}
	part := &sekisho.Artifact{Kind: sekisho.KindText, Via: "body", Form: &sekisho.TextForm{Content: text + "\nよろしくお願いいたします。\n山田商事 代表取締役 山田 太郎\n"}}
	if err := sekisho.NewBudget(sekisho.Limits{}).Add(root, part); err != nil {
		b.Fatal(err)
	}
	prepared, err := Detector.Prepare(o, &sekisho.Intel{})
	if err != nil {
		b.Fatal(err)
	}
	p := &sekisho.Pass{Context: context.Background(), Artifact: root, Org: o, Intel: &sekisho.Intel{}, Prepared: prepared, Report: func(any, ...sekisho.Span) {}}
	b.ReportAllocs()
	for b.Loop() {
		if err := Detector.Run(p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrepareThousands(b *testing.B) {
	o := &sekisho.Org{Name: sekisho.Text{En: "Kaede Exchange", Ja: "楓取引所"}}
	for i := range 5000 {
		given, family := string(rune('a'+i%26))+strings.Repeat("ka", i/26%9), "ta"+strings.Repeat("na", i/234)
		o.People = append(o.People, sekisho.Person{Name: sekisho.Name{En: given + " " + family}, Role: "engineer", Title: sekisho.Text{Ja: "主任"}})
	}
	for b.Loop() {
		if _, err := Detector.Prepare(o, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzRunNeverPanics(f *testing.F) {
	o := profile(f)
	for _, s := range []string{"森 葵様", "Jun'ichi Shibata (CTO)", "aoi.mori@kaede-ex.jp", "ッッキャーォ", "\xff'\u3099", "o'o'h", "jjyzymdz", "葵\u0301", "Kaede Exchange CEO"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := sekisho.Mailbox{Name: s, Address: s, Local: s, Domain: s}
		for _, fact := range seen(t, o, &sekisho.Mail{From: []sekisho.Mailbox{m}, ReplyTo: []sekisho.Mailbox{m}, Subject: s}, s) {
			if fact.Place == "" || fact.Match == "" {
				t.Errorf("%+v", fact)
			}
		}
	})
}
