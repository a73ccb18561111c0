package lure

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/sekisho/sekisho/detector/detectortest"
	"github.com/sekisho/sekisho/fold"
)

func TestDetector(t *testing.T) { detectortest.Run(t, Detector, nil, nil) }

func prepared(t testing.TB) *themes {
	t.Helper()
	themes, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return themes
}

// themesOf returns the themes, without those of style, that a mail with the subject and the text tells.
func themesOf(t testing.TB, th *themes, subject, text string) []string {
	t.Helper()
	var names []string
	for _, f := range th.scan(fold.Text(subject), fold.Text(text)) {
		if f.Family != "style" {
			names = append(names, f.Theme)
		}
	}
	return names
}

func BenchmarkScan(b *testing.B) {
	th := prepared(b)
	text := fold.Text(strings.Repeat("The quarterly report of the wallet team is attached for the meeting on Thursday; please send comments to the list. ", 200))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		th.scan("quarterly report", text)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := load(); err != nil {
			b.Fatal(err)
		}
	}
}

// Each theme is told by at least one text like those it was written for, in English or Japanese and elsewhere.
func TestThemesTell(t *testing.T) {
	th := prepared(t)
	told := map[string]bool{}
	for _, tt := range []struct{ theme, subject, text string }{
		{"executive-payment", "Urgent", "I need you to process a payment to a vendor today. Let me know when it is done."},
		{"executive-payment", "至急", "本日中に下記口座へ振込をお願いします。送金できますか。手配してください。"},
		{"secrecy", "", "Keep this strictly confidential until the deal is signed."},
		{"secrecy", "", "本件は極秘案件ですので、他言無用でお願いします。"},
		{"messenger-group", "", "LINEグループを作成し、QRコードを送ってください"},
		{"messenger-group", "", "Please send me your mobile number"},
		{"bank-account-change", "振込先変更のご案内", "下記の口座へお願いします"},
		{"bank-account-change", "", "Our bank details have changed. Please use the new account for all future payments."},
		{"deposit-address-change", "", "入金アドレスが変更となりました"},
		{"deposit-address-change", "", "Please use our new deposit address from today."},
		{"recruiter", "", "We have an exciting opportunity: job offer for a remote role"},
		{"recruiter", "求人のご案内", "ご経歴を拝見しご連絡しました"},
		{"coding-test", "", "選考課題として、リポジトリをクローンし、実行してください"},
		{"investor-partner", "", "We are interested in investing in your crypto exchange. Book a call on Calendly."},
		{"meeting-update", "", "To join the meeting please install the update of the client"},
		{"meeting-update", "", "会議アプリの更新が必要です。インストールしてください"},
		{"wallet-validation", "", "Please validate your wallet"},
		{"wallet-validation", "", "ウォレットの再認証をお願いします"},
		{"wallet-validation", "", "Bitte verifizieren Sie Ihre Wallet"},
		{"seed-phrase", "", "Enter your 12 words recovery phrase"},
		{"seed-phrase", "", "シードフレーズを入力してください"},
		{"airdrop", "", "Claim your airdrop"},
		{"airdrop", "", "エアドロップを受け取るには参加してください"},
		{"crypto-account", "出金申請", "ビットコインの出金申請を受け付けました。心当たりのない場合はこちらからログインしてください"},
		{"crypto-investment", "", "Earn guaranteed profit with bitcoin"},
		{"extortion", "", "I recorded you with your webcam. Send me 900 USD in bitcoin. You have 48 hours."},
		{"salary-document", "賞与明細", "添付をご確認ください"},
		{"account-security", "", "We noticed unusual activity on your account. Click here to verify."},
		{"account-security", "", "【重要】アカウント停止のお知らせ。本人確認をこちらから行ってください"},
		{"account-security", "", "Sua conta foi bloqueada. Clique aqui para desbloquear"},
		{"account-security", "", "Votre compte a été suspendu, cliquez ici"},
		{"account-security", "", "Uw account is geblokkeerd. Klik hier"},
		{"account-security", "", "Il tuo account è stato sospeso, clicca qui"},
		{"account-security", "", "您的账户异常,请点击验证"},
		{"account-security", "", "고객님의 계정이 정지되었습니다. 아래 링크를 클릭"},
		{"credential-ask", "", "Please confirm your identity"},
		{"mailbox-quota", "", "Your mailbox is almost full"},
		{"shared-document", "", "Anna shared a document with you. View document"},
		{"invoice", "請求書", "添付ファイルをご査収ください"},
		{"parcel", "", "不在のため荷物を持ち帰りました。再配達の手続きはこちらから"},
		{"parcel", "", "Ihr Paket konnte nicht zugestellt werden. Klicken Sie hier"},
		{"refund-tax", "", "税金の還付金があります。こちらから申請してください"},
		{"prize", "", "Congratulations! You have won an iPhone"},
		{"advance-fee", "", "Dear friend, I am the next of kin of a late client with million dollars. Kindly reply."},
		{"subscription-renewal", "", "Your Norton subscription has expired"},
		{"payment-problem", "", "お支払い方法に問題があります。更新してください"},
		{"points-expiry", "", "保有ポイントがまもなく失効します"},
		{"romance", "", "Hot Russian women are waiting for you"},
		{"pharma", "", "Viagra without a prescription"},
		{"offer-spam", "", "Solar panels: see if you qualify"},
		{"business-spam", "", "We offer SEO for your website, first page of google"},
		{"planted-text", "Login Details", "Username: www.a.example - 1.31 BTC Binance. To set your password visit"},
		{"unsubscribe-bait", "", "Please confirm unsubscribe"},
		{"bare-money", "", "I have a proposal for you"},
		{"urgency", "", "24時間以内に"},
		{"threat", "", "your account will be closed"},
		{"payment-app", "", "PayPal: you received money"},
		{"callback", "", "Please call our toll-free number"},
		{"device-code", "", "Open microsoft.com/devicelogin and enter the code GZX7TQ2LB to join the meeting"},
		{"paste-command", "", "If the camera fails, copy the command and run it in your terminal"},
		{"remote-control", "", "遠隔操作で対応しますので、表示された9桁の番号をご返信ください"},
		{"gift-card-code", "", "Please buy ten gift cards, scratch the back and send me the codes"},
		{"gift-card-code", "", "ギフトカードを購入し、裏面の番号を送ってください"},
		{"software-download", "", "download and install the app"},
	} {
		told[tt.theme] = true
		if got := themesOf(t, th, tt.subject, tt.text); !slices.Contains(got, tt.theme) {
			t.Errorf("%q %q tells %v, want %s", tt.subject, tt.text, got, tt.theme)
		}
	}
	for _, theme := range th.list {
		if !told[theme.name] && theme.family != "style" {
			t.Errorf("no text for theme %s", theme.name)
		}
	}
}

func TestHonestWordsTellNothing(t *testing.T) {
	th := prepared(t)
	for _, text := range []string{
		"The minutes of yesterday's meeting are in the wiki. Comments are welcome until Friday.",
		"Bitcoin fell four percent on Tuesday as investors waited for the central bank's decision.",
		"A report describes how attackers steal recovery phrases and what exchanges do about it.",
		"来月の勉強会では、フィッシングメールの手口とその対策を取り上げます。",
		"Merci pour la réunion d'hier, voici le compte rendu.",
		"Danke für das Gespräch gestern. Wir sehen uns am Montag.",
	} {
		if got := themesOf(t, th, "", text); len(got) > 0 {
			t.Errorf("%q tells %v", text, got)
		}
	}
}

// Words of one language must not complete the story of another: "don" is a gift in French only.
func TestGroupsMeetInOneLanguage(t *testing.T) {
	th := prepared(t)
	if got := themesOf(t, th, "", "don gave a talk on 40 million lines of code, please find attached the set of slides"); slices.Contains(got, "advance-fee") {
		t.Errorf("tells %v", got)
	}
}

func FuzzScanNeverPanicsAndQuotesTheText(f *testing.F) {
	th, err := loaded()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Your wаllet", "verify your wallet within 24 hours")
	f.Add("\xff", "ウォレット\x00\u0337の認証")
	f.Fuzz(func(t *testing.T, head, body string) {
		for _, fact := range th.scan(fold.Text(head), fold.Text(body)) {
			if fact.Theme == "" || len(fact.Terms) == 0 || len(fact.Terms) > termLimit || fact.Count < len(fact.Terms) {
				t.Errorf("a fact without evidence: %+v", fact)
			}
		}
	})
}

func TestCombiningIsUnicodes(t *testing.T) {
	for r := rune(0x300); r <= unicode.MaxRune; r++ {
		if combining(r) != unicode.Is(unicode.Mn, r) {
			t.Fatalf("%U: %v", r, combining(r))
		}
	}
}
