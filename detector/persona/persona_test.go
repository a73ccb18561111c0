package persona

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
	"github.com/sekisho/sekisho/org"
)

func TestGoldens(t *testing.T) {
	detectortest.Run(t, Detector, profile(t), nil)
}

func profile(t testing.TB) *sekisho.Org {
	t.Helper()
	o, err := org.Load(filepath.Join("..", "..", "examples", "organisation.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// seen returns what the detector reports of a mail whose only part is the text.
func seen(t testing.TB, o *sekisho.Org, mail *sekisho.Mail, text string) []*Facts {
	t.Helper()
	prepared, err := Detector.Prepare(o, &sekisho.Intel{})
	if err != nil {
		t.Fatal(err)
	}
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: mail}
	part := &sekisho.Artifact{Kind: sekisho.KindText, Via: "body", Form: &sekisho.TextForm{Content: text}}
	if err := sekisho.NewBudget(sekisho.Limits{}).Add(root, part); err != nil {
		t.Fatal(err)
	}
	var facts []*Facts
	p := &sekisho.Pass{Context: context.Background(), Artifact: root, Org: o, Intel: &sekisho.Intel{}, Prepared: prepared}
	p.Report = func(f any, _ ...sekisho.Span) { facts = append(facts, f.(*Facts)) }
	if err := Detector.Run(p); err != nil {
		t.Fatal(err)
	}
	return facts
}

func mailbox(name, address string) sekisho.Mailbox {
	at := strings.LastIndexByte(address, '@')
	return sekisho.Mailbox{Name: name, Address: address, Local: address[:at], Domain: strings.ToLower(address[at+1:])}
}

func TestDisplayNameIsOneOfUs(t *testing.T) {
	t.Parallel()
	o := profile(t)
	tests := []struct{ name, person, match string }{
		{"Aoi Mori", "Aoi Mori", "exact"},
		{"AOI MORI", "Aoi Mori", "exact"},
		{"aoi  mori", "Aoi Mori", "exact"},
		{"Aoi\u00a0Mori", "Aoi Mori", "exact"},
		{"Ａｏｉ　Ｍｏｒｉ", "Aoi Mori", "exact"},
		{"A\u200boi M\u00adori", "Aoi Mori", "exact"},
		{"'Aoi Mori'", "Aoi Mori", "exact"},
		{"“Aoi Mori”", "Aoi Mori", "exact"},
		{"AoiMori", "Aoi Mori", "exact"},
		{"aoi.mori", "Aoi Mori", "exact"},
		{"aoi_mori", "Aoi Mori", "exact"},
		{"Mori Aoi", "Aoi Mori", "reordered"},
		{"Mori, Aoi", "Aoi Mori", "reordered"},
		{"MORI Aoi", "Aoi Mori", "reordered"},
		{"森 葵", "Aoi Mori", "exact"},
		{"森葵", "Aoi Mori", "exact"},
		{"森　葵", "Aoi Mori", "exact"},
		{"森・葵", "Aoi Mori", "exact"},
		{"葵 森", "Aoi Mori", "reordered"},
		{"モリ アオイ", "Aoi Mori", "exact"},
		{"ﾓﾘ ｱｵｲ", "Aoi Mori", "exact"},
		{"もり あおい", "Aoi Mori", "script"},
		{"もりあおい", "Aoi Mori", "script"},
		{"アオイ・モリ", "Aoi Mori", "reordered"},
		{"森 アオイ", "Aoi Mori", "script"},
		{"Aoi 森", "Aoi Mori", "script"},
		{"森 葵 様", "Aoi Mori", "exact"},
		{"森葵様", "Aoi Mori", "exact"},
		{"森葵さん", "Aoi Mori", "exact"},
		{"森葵氏", "Aoi Mori", "exact"},
		{"森 葵（代表取締役社長）", "Aoi Mori", "exact"},
		{"代表取締役社長 森 葵", "Aoi Mori", "exact"},
		{"代表取締役社長森葵", "Aoi Mori", "exact"},
		{"株式会社楓取引所 代表取締役 森 葵", "Aoi Mori", "exact"},
		{"楓取引所森葵", "Aoi Mori", "exact"},
		{"Mr. Aoi Mori", "Aoi Mori", "exact"},
		{"Dr Aoi Mori, PhD", "Aoi Mori", "exact"},
		{"Aoi Mori (CEO)", "Aoi Mori", "exact"},
		{"Aoi Mori, CEO", "Aoi Mori", "exact"},
		{"CEO Aoi Mori", "Aoi Mori", "exact"},
		{"CEO-Aoi Mori", "Aoi Mori", "exact"},
		{"Aoi Mori | Kaede Exchange", "Aoi Mori", "exact"},
		{"Aoi Mori - Kaede Exchange Inc.", "Aoi Mori", "exact"},
		{"Aoi Mori@Kaede Exchange", "Aoi Mori", "exact"},
		{"[EXTERNAL] Aoi Mori", "Aoi Mori", "exact"},
		{"Aoi Mori via DocuSign", "Aoi Mori", "exact"},
		{"Aoi-san Mori", "Aoi Mori", "exact"},
		{"Mori-san Aoi", "Aoi Mori", "reordered"},
		{"森 葵 / Aoi Mori", "Aoi Mori", "exact"},
		{"Aoi Mori aoi.mori@kaede-ex.jp", "Aoi Mori", "exact"},
		{"Аoi Mоri", "Aoi Mori", "confusable"},
		{"A0i M0ri", "Aoi Mori", "confusable"},
		{"AoI Mori", "Aoi Mori", "exact"},
		{"Aol Mori", "Aoi Mori", "confusable"},
		{"A. Mori", "Aoi Mori", "initial"},
		{"Mori A.", "Aoi Mori", "initial"},
		{"Mori, A", "Aoi Mori", "initial"},
		{"代表取締役 森", "Aoi Mori", "family-title"},
		{"森社長", "Aoi Mori", "family-title"},
		{"President Mori", "Aoi Mori", "family-title"},
		{"Mori (CEO)", "Aoi Mori", "family-title"},
		{"CEO Mori", "Aoi Mori", "family-title"},
		{"A. Mori CEO", "Aoi Mori", "family-title"},
		{"K. Ono (CFO)", "Kenji Ono", "family-title"},
		{"office (Aoi Mori, CEO)", "Aoi Mori", "exact"},
		{"\u202eiroM ioA", "Aoi Mori", "exact"},
		{"A o i  M o r i", "Aoi Mori", "exact"},
		{"髙橋 美咲", "Misaki Takahashi", "exact"},
		{"髙橋遙", "Haruka Takahashi", "exact"},
		{"大野 健ニ", "Kenji Ono", "exact"},
		{"柴田 純ー", "Jun'ichi Shibata", "exact"},
		{"楓取引所 森", "Aoi Mori", "family-organisation"},
		{"Mori | Kaede Exchange", "Aoi Mori", "family-organisation"},
		{"Kaede Exchange CEO", "Aoi Mori", "title-only"},
		{"楓取引所 代表取締役社長", "Aoi Mori", "title-only"},
		{"CEO, Kaede Exchange", "Aoi Mori", "title-only"},
		{"Kaede Exchange HR", "Haruka Takahashi", "title-only"},
		{"Kenji Ono", "Kenji Ono", "exact"},
		{"Kenji Ohno", "Kenji Ono", "alias"},
		{"Kenji Ōno", "Kenji Ono", "alias"},
		{"Kenji Oono", "Kenji Ono", "romanisation"},
		{"Kenzi Ouno", "Kenji Ono", "romanisation"},
		{"Ohno Kenji", "Kenji Ono", "alias"},
		{"OONO Kenji", "Kenji Ono", "romanisation"},
		{"オオノ ケンジ", "Kenji Ono", "exact"},
		{"オーノ ケンジ", "Kenji Ono", "script"},
		{"大野健二", "Kenji Ono", "exact"},
		{"大野取締役CFO", "Kenji Ono", "family-title"},
		{"Daniel Weiss", "Daniel Weiss", "exact"},
		{"Weiss, Daniel", "Daniel Weiss", "reordered"},
		{"Daniel Weiß", "Daniel Weiss", "romanisation"},
		{"ダニエル・ヴァイス", "Daniel Weiss", "alias"},
		{"Dan Weiss", "Daniel Weiss", "alias"},
		{"Daniel Weiss - CTO", "Daniel Weiss", "exact"},
		{"Jun'ichi Shibata", "Jun'ichi Shibata", "exact"},
		{"Jun’ichi Shibata", "Jun'ichi Shibata", "exact"},
		{"Junichi Shibata", "Jun'ichi Shibata", "exact"},
		{"Jun-ichi SHIBATA", "Jun'ichi Shibata", "exact"},
		{"Zyun'iti Sibata", "Jun'ichi Shibata", "romanisation"},
		{"柴田純一", "Jun'ichi Shibata", "exact"},
		{"Misaki Takahashi", "Misaki Takahashi", "exact"},
		{"Takahasi Misaki", "Misaki Takahashi", "romanisation"},
		{"高橋 美咲", "Misaki Takahashi", "exact"},
		{"高橋 みさき", "Misaki Takahashi", "script"},
		{"人事部長 高橋", "Haruka Takahashi", "family-title"},
		{"高橋遥", "Haruka Takahashi", "exact"},
		{"Yuko Hattori", "Yūko Hattori", "alias"},
		{"Yuuko Hattori", "Yūko Hattori", "romanisation"},
		{"Yūko Hattori", "Yūko Hattori", "exact"},
		{"Yuhko Hattori", "Yūko Hattori", "romanisation"},
		{"ハットリ ユウコ", "Yūko Hattori", "exact"},
		{"はっとり ゆうこ", "Yūko Hattori", "script"},
		{"Shin Konno", "Shin Konno", "exact"},
		{"Sin Konno", "Shin Konno", "romanisation"},
		{"情報システム部長 今野", "Shin Konno", "family-title"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range seen(t, o, &sekisho.Mail{From: []sekisho.Mailbox{mailbox(tt.name, "x1@gmail.example")}}, "") {
				if f.Place == "from-name" {
					got = append(got, f.Person+" "+f.Match)
				}
				if f.OwnAddress || f.OwnDomain {
					t.Errorf("%+v", f)
				}
			}
			if len(got) != 1 || got[0] != tt.person+" "+tt.match {
				t.Errorf("got %q, want %s %s", got, tt.person, tt.match)
			}
		})
	}
}

func TestDisplayNameIsSomebodyElse(t *testing.T) {
	t.Parallel()
	o := profile(t)
	for _, name := range []string{
		"", "Mori", "森", "モリ", "Aoi", "葵", "森様", "Mr. Mori", "Ken Mori", "Mori Taro", "森 太郎", "森太郎", "森葵子", "大森葵",
		"大森 葵", "Aoi Morita", "Aoi Morimoto", "Aoi Tanaka", "Aoyama Mori", "葵 太郎", "M. Mori", "Mori K.", "President Mori Taro",
		"社長 森 太郎", "森 太郎 社長", "CFO Mori", "部長 森", "高橋部長", "Takahashi", "高橋 健", "Ken Takahashi", "Takahashi, Haruto",
		"Kenji Kono", "Kenji Onoda", "小野寺 健二", "小野 健二", "Kenta Ono", "Kana Shibata", "柴田 純", "Daniel Weissmann", "Danielle Weiss",
		"Weiss", "Daniel", "Yuki Hattori", "Yuka Hattori", "Shin Kono", "今野 真", "CEO", "代表取締役社長", "Support Team", "Morioka City",
		"Memori Aoiyama", "ono kenjiro", "Kenjiro Ono", "President", "HR", "Example Custody", "Kaede Maple Farm", "楓", "Kaede", "取引所",
		"President Ono", "大野社長", "Vice President Mori", "副社長 森", "森 まさる 社長", "Wallet Support", "Mori Building", "森ビル株式会社",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, f := range seen(t, o, &sekisho.Mail{From: []sekisho.Mailbox{mailbox(name, "x1@gmail.example")}}, "") {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestLocalPart(t *testing.T) {
	t.Parallel()
	o := profile(t)
	tests := []struct{ local, want string }{
		{"aoi.mori", "Aoi Mori exact"}, {"aoi.mori.ceo", "Aoi Mori exact"}, {"aoimori1982", "Aoi Mori exact"},
		{"moriaoi", "Aoi Mori reordered"}, {"mori_aoi", "Aoi Mori reordered"}, {"ceo.aoimori", "Aoi Mori exact"},
		{"ceoaoimori", "Aoi Mori romanisation"}, {"aoimorikaede", "Aoi Mori romanisation"}, {"officeaoimori", "Aoi Mori romanisation"},
		{"mori.ceo", "Aoi Mori family-title"}, {"AOI-MORI", "Aoi Mori exact"}, {"kenji.oono77", "Kenji Ono romanisation"},
		{"junichi.shibata", "Jun'ichi Shibata exact"}, {"weiss.daniel", "Daniel Weiss reordered"},
		{"mori", ""}, {"amori", ""}, {"aoi", ""}, {"memoriaoiyama", ""}, {"aoi.morita", ""}, {"ceo", ""}, {"kaede", ""}, {"kono.kenji", ""},
	}
	for _, tt := range tests {
		t.Run(tt.local, func(t *testing.T) {
			t.Parallel()
			got := ""
			for _, f := range seen(t, o, &sekisho.Mail{From: []sekisho.Mailbox{mailbox("", tt.local+"@gmail.example")}}, "") {
				got = f.Person + " " + f.Match
				if f.Place != "from-address-local" {
					t.Errorf("place %s", f.Place)
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	o := profile(t)
	tests := []struct{ name, subject, text, want string }{
		{"subject", "Urgent request from Aoi Mori", "", "subject Aoi Mori exact"},
		{"subject without spaces", "代表取締役社長森葵より重要なお知らせ", "", "subject Aoi Mori exact"},
		{"subject family name", "森さんの件", "", ""},
		{"subject longer name", "森葵子様の件", "", ""},
		{"opening", "", "This is Aoi Mori. Are you at your desk?\nPlease answer.", "body-opening Aoi Mori exact"},
		{"opening with title", "", "Hi,\n\nI'm Aoi Mori, the CEO of Kaede Exchange.\nI need your help with some things today, so please answer.", "body-opening Aoi Mori exact"},
		{"opening here", "", "Aoi Mori here. Send me your number, I have a task that I need you to do now.", "body-opening Aoi Mori exact"},
		{"opening in Japanese", "", "お疲れ様です。\n森葵です。\n今会社にいらっしゃいますか。", "body-opening Aoi Mori exact"},
		{"opening title", "", "お疲れ様です。代表取締役社長の森です。\n至急お願いしたいことがあります。", "body-opening Aoi Mori family-title"},
		{"opening organisation", "", "お世話になっております。楓取引所の森です。", "body-opening Aoi Mori family-organisation"},
		{"opening family name", "", "お疲れ様です。森です。", ""},
		{"opening of another", "", "楓商事の森です。", ""},
		{"mention in prose", "", "We met your president Aoi Mori at the conference in Singapore last week and enjoyed it.", ""},
		{"signature", "", "Please pay today.\n\nBest regards,\nAoi Mori\nKaede Exchange", "signature Aoi Mori exact"},
		{"signature in Japanese", "", "よろしくお願いいたします。\n--\n株式会社楓取引所\n代表取締役社長　森　葵", "signature Aoi Mori exact"},
		{"signature both", "", "送金をお願いします。\n森 葵 (Aoi Mori)", "signature Aoi Mori exact"},
		{"addressee", "", "森 葵 様\n\nお世話になっております。\n\n太郎", ""},
		{"addressee behind the organisation", "", "株式会社楓取引所\n代表取締役社長 森 葵 様\n", ""},
		{"dear", "", "Dear Aoi Mori,\nthank you.\nBob", ""},
		{"far above", "", "Aoi Mori\n" + strings.Repeat("line\n", 20), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range seen(t, o, &sekisho.Mail{Subject: tt.subject, From: []sekisho.Mailbox{mailbox("", "x1@gmail.example")}}, tt.text) {
				if !strings.HasPrefix(tt.want, "body-opening") || f.Place != "signature" {
					got = append(got, f.Place+" "+f.Person+" "+f.Match)
				}
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhoseAddress(t *testing.T) {
	t.Parallel()
	o := profile(t)
	one := func(m *sekisho.Mail, place string) *Facts {
		t.Helper()
		for _, f := range seen(t, o, m, "") {
			if f.Place == place {
				return f
			}
		}
		t.Fatalf("nothing in %s", place)
		return nil
	}
	from := func(name, address string) *sekisho.Mail {
		return &sekisho.Mail{From: []sekisho.Mailbox{mailbox(name, address)}}
	}
	if f := one(from("Aoi Mori", "AOI.Private@example.net"), "from-name"); !f.OwnAddress || f.OwnDomain {
		t.Errorf("private address: %+v", f)
	}
	if f := one(from("Aoi Mori", "kenji.ono@kaede-ex.jp"), "from-name"); f.OwnAddress || !f.OwnDomain {
		t.Errorf("a colleague's address: %+v", f)
	}
	if f := one(from("Aoi Mori", "aoi@mail.kaede-ex.jp"), "from-name"); !f.OwnDomain {
		t.Errorf("subdomain: %+v", f)
	}
	if f := one(from("Aoi Mori", "aoi@notkaede-ex.jp"), "from-name"); f.OwnDomain {
		t.Errorf("longer domain: %+v", f)
	}
	m := from("Aoi Mori", "aoi.mori@kaede-ex.jp")
	m.ReplyTo = []sekisho.Mailbox{mailbox("", "x@gmail.example")}
	if f := one(m, "from-name"); !f.ReplyElsewhere {
		t.Errorf("reply elsewhere: %+v", f)
	}
	m.ReplyTo = []sekisho.Mailbox{mailbox("", "aoi.private@example.net"), mailbox("", "it@kaede-ex.jp")}
	if f := one(m, "from-name"); f.ReplyElsewhere {
		t.Errorf("reply to their own: %+v", f)
	}
	m = from("Kaede Exchange Support", "x@gmail.example")
	m.To = []sekisho.Mailbox{mailbox("", "aoi.mori@kaede-ex.jp")}
	m.Subject = "Aoi Mori"
	if f := one(m, "organisation"); f.Rest != "support" || f.Person != "" {
		t.Errorf("organisation: %+v", f)
	}
	if f := one(m, "subject"); !f.Recipient {
		t.Errorf("recipient: %+v", f)
	}
	if f := one(from("aoi.mori@kaede-ex.jp", "x@gmail.example"), "from-name"); !f.AddressInName || f.NameAddress != "aoi.mori@kaede-ex.jp" || f.Person != "Aoi Mori" {
		t.Errorf("address in name: %+v", f)
	}
	if f := one(from("security (kaede-ex.jp)", "x@gmail.example"), "from-name"); f.NameAddress != "kaede-ex.jp" || f.Match != "address" {
		t.Errorf("domain in name: %+v", f)
	}
	if f := one(from("k.ohno@example.org", "x@gmail.example"), "from-name"); f.Person != "Kenji Ono" || f.Match != "address" {
		t.Errorf("private address in name: %+v", f)
	}
}

func TestNothingWithoutAProfile(t *testing.T) {
	t.Parallel()
	if got := seen(t, &sekisho.Org{}, &sekisho.Mail{From: []sekisho.Mailbox{mailbox("Aoi Mori", "x@gmail.example")}}, "I am Aoi Mori"); len(got) > 0 {
		t.Errorf("%+v", got[0])
	}
}
