package people

import (
	"encoding/base32"
	"image"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const goodPassword = "unhurried lantern 47 ferry"

func (f fixture) step() int64 { return f.now().Unix() / codePeriod }

func offerKey(t *testing.T, o Offer) []byte {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(o.Secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// withCode makes a person who signs in with a password and codes, and returns the key of the codes. The first code is used.
func (f fixture) withCode(by Session, name string) (signedIn, []byte) {
	f.t.Helper()
	secret, err := f.Invite(f.t.Context(), by, Invitation{Name: name, Mail: name + "@kaede-ex.jp", Role: RoleAnalyst, Lang: "en"})
	want(f.t, err, nil)
	offer, err := f.BeginCode(f.t.Context(), secret, Applicant{Lang: "en"})
	want(f.t, err, nil)
	key := offerKey(f.t, offer)
	who := signedIn{client: desk}
	who.Session, who.client.Token, err = f.FinishCode(f.t.Context(), offer.Ceremony, goodPassword, codeAt(key, f.step()), desk)
	want(f.t, err, nil)
	f.pass(2 * codePeriod * time.Second)
	return who, key
}

// RFC 6238, appendix B, SHA-1: the last six of the eight digits there.
func TestCodesAreThoseOfRFC6238(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		at   int64
		code string
	}{
		{59, "94287082"}, {1111111109, "07081804"}, {1111111111, "14050471"}, {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"},
	} {
		key := []byte("12345678901234567890")
		if got := codeAt(key, row.at/codePeriod); got != row.code[2:] {
			t.Errorf("at %d got %s, want %s", row.at, got, row.code[2:])
		}
		now := time.Unix(row.at, 0)
		if got := codeStep(key, row.code[2:5]+" "+row.code[5:], now.Add(30*time.Second)); got != row.at/codePeriod {
			t.Errorf("at %d the code is of period %d", row.at, got)
		}
		if got := codeStep(key, row.code[2:], now.Add(60*time.Second)); got != 0 {
			t.Errorf("at %d a code of a minute ago is of period %d", row.at, got)
		}
	}
	for _, code := range []string{"", "0", "00000", strings.Repeat("9", 10000), "94287082", "九四二八"} {
		if got := codeStep([]byte("12345678901234567890"), code, time.Unix(59, 0)); got != 0 {
			t.Errorf("%.20q is a code of period %d", code, got)
		}
	}
}

func TestOfferIsReadByAuthenticatorApps(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	o, err := f.offerOf("c", []byte("12345678901234567890"), "ren+mail@kaede-ex.jp")
	want(t, err, nil)
	if o.URI != "otpauth://totp/Sekisho:ren+mail@kaede-ex.jp?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Sekisho&algorithm=SHA1&digits=6&period=30" {
		t.Errorf("URI is %s", o.URI)
	}
	if o.Secret != "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ" {
		t.Errorf("secret is %s", o.Secret)
	}
	if strings.ContainsAny(strings.ReplaceAll(o.QR, "http://www.w3.org/2000/svg", ""), ":;&'") || strings.Contains(o.QR, "style") {
		t.Error("the picture holds more than shapes")
	}
	if got := readQR(t, o.QR); got != o.URI {
		t.Errorf("the picture says %q", got)
	}
}

// readQR draws the squares of the picture and reads them.
func readQR(t *testing.T, svg string) string {
	t.Helper()
	const scale = 4
	size := regexp.MustCompile(`viewBox="0 0 (\d+) `).FindStringSubmatch(svg)
	if size == nil {
		t.Fatal("no size")
	}
	side, _ := strconv.Atoi(size[1])
	picture := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	for i := range picture.Pix {
		picture.Pix[i] = 0xff
	}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h1v1h-1z`).FindAllStringSubmatch(svg, -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		for i := range scale * scale {
			picture.SetGray(x*scale+i%scale, y*scale+i/scale, color.Gray{})
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	want(t, err, nil)
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}

func TestPasswordAndCodeSignInTogether(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	who, key := f.withCode(f.first().Session, "ren")
	if !who.Person.TOTP || who.Person.Passkeys != 0 {
		t.Errorf("person is %+v", who.Person)
	}
	code := codeAt(key, f.step())
	wrong := codeAt(key, f.step()+9)
	for _, row := range []struct {
		name string
		a    Attempt
		why  string
	}{
		{"no code", Attempt{"ren@kaede-ex.jp", goodPassword, ""}, "code"},
		{"no password", Attempt{"ren@kaede-ex.jp", "", code}, "password"},
		{"a wrong code", Attempt{"ren@kaede-ex.jp", goodPassword, wrong}, "code"},
		{"a wrong password", Attempt{"ren@kaede-ex.jp", goodPassword + " ", code}, "password"},
		{"nobody", Attempt{"nobody@kaede-ex.jp", goodPassword, code}, "no such account, or one with passkeys"},
		{"somebody with passkeys", Attempt{"hanako@kaede-ex.jp", goodPassword, code}, "no such account, or one with passkeys"},
		{"a hostile address", Attempt{"ren@kaede-ex.jp\x00\xff' OR 1=1 --", goodPassword, code}, "no such account, or one with passkeys"},
		{"a huge password", Attempt{"ren@kaede-ex.jp", strings.Repeat("x", 1<<20), code}, "password"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f.pass(time.Minute) // past what the failure before costs
			code, wrong = codeAt(key, f.step()), codeAt(key, f.step()+9)
			if row.a.Code != "" {
				row.a.Code = map[bool]string{true: wrong, false: code}[row.name == "a wrong code"]
			}
			_, _, err := f.SignIn(t.Context(), row.a, desk)
			if err != ErrRefused {
				t.Fatalf("got error %v, want nothing but ErrRefused", err)
			}
			f.wantLast(EventRefused + ": " + row.why)
		})
	}
	f.pass(throttleLongest)
	s, token, err := f.SignIn(t.Context(), Attempt{" Ren@KAEDE-ex.jp", goodPassword, codeAt(key, f.step())}, desk)
	want(t, err, nil)
	if s.Person.ID != who.Person.ID || token == "" {
		t.Errorf("signed in as %+v", s)
	}
}

func TestCodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, key := f.withCode(f.first().Session, "ren")
	code := codeAt(key, f.step())
	var wg sync.WaitGroup
	results := make([]error, 4)
	for i := range results {
		wg.Go(func() {
			_, _, results[i] = f.SignIn(t.Context(), Attempt{"ren@kaede-ex.jp", goodPassword, code}, desk)
		})
	}
	wg.Wait()
	in := 0
	for _, err := range results {
		if err == nil {
			in++
		} else {
			want(t, err, ErrRefused)
		}
	}
	if in != 1 {
		t.Errorf("%d signed in with one code", in)
	}
	f.pass(codePeriod * time.Second) // the code is still in the window
	_, _, err := f.SignIn(t.Context(), Attempt{"ren@kaede-ex.jp", goodPassword, code}, desk)
	want(t, err, ErrRefused)
	_, _, err = f.SignIn(t.Context(), Attempt{"ren@kaede-ex.jp", goodPassword, codeAt(key, f.step()+1)}, desk)
	want(t, err, nil)
	_, _, err = f.SignIn(t.Context(), Attempt{"ren@kaede-ex.jp", goodPassword, codeAt(key, f.step())}, desk)
	want(t, err, ErrRefused) // one before the one used
}

func TestEnrolmentWithCodeMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	secret, err := f.Invite(t.Context(), admin.Session, Invitation{Name: "Ren", Mail: "ren@kaede-ex.jp", Role: RoleViewer, Lang: "ja"})
	want(t, err, nil)
	offer, err := f.BeginCode(t.Context(), secret, Applicant{})
	want(t, err, nil)
	key := offerKey(t, offer)
	_, _, err = f.FinishCode(t.Context(), offer.Ceremony, "password1234", codeAt(key, f.step()), desk)
	want(t, err, ErrPassword)
	_, _, err = f.FinishCode(t.Context(), offer.Ceremony, goodPassword, "000000x", desk)
	want(t, err, ErrInvalid)
	again, err := f.Offer(t.Context(), offer.Ceremony)
	want(t, err, nil)
	if again != offer {
		t.Error("the offer has changed")
	}
	f.pass(6 * time.Minute)
	s, _, err := f.FinishCode(t.Context(), offer.Ceremony, goodPassword, codeAt(key, f.step()), desk)
	want(t, err, nil)
	if s.Person.Lang != "ja" || s.Person.Role != RoleViewer {
		t.Errorf("person is %+v", s.Person)
	}
	_, _, err = f.FinishCode(t.Context(), offer.Ceremony, goodPassword, codeAt(key, f.step()), desk)
	want(t, err, ErrCeremony)
	_, err = f.Offer(t.Context(), offer.Ceremony)
	want(t, err, ErrCeremony)
}

func TestPasskeyEndsThePassword(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	who, key := f.withCode(f.first().Session, "ren")
	c, err := f.BeginPasskey(t.Context(), who.Session, "key")
	want(t, err, nil)
	passkey := newTestKey(t)
	want(t, f.FinishPasskey(t.Context(), who.Session, c.ID, passkey.create(t, c)), nil)
	_, _, err = f.SignIn(t.Context(), Attempt{"ren@kaede-ex.jp", goodPassword, codeAt(key, f.step())}, desk)
	want(t, err, ErrRefused)
	s, _, err := f.signIn(passkey, desk)
	want(t, err, nil)
	if s.Person.TOTP || s.Person.Passkeys != 1 {
		t.Errorf("person is %+v", s.Person)
	}
}

func TestPasswordsThatAreGuessedFirst(t *testing.T) {
	t.Parallel()
	who := Applicant{Name: "佐藤 Takahashi Ren", Mail: "ren.takahashi@kaede-ex.jp"}
	for _, row := range []struct {
		password string
		ok       bool
	}{
		{goodPassword, true},
		{"Zq7#mK2v!pX9", true},
		{"夜明けの港で釣り糸を垂らす人", true},
		{"ｕｎｈｕｒｒｉｅｄ　ｌａｎｔｅｒｎ", true},
		{"Zq7#mK2v!pX", false},                       // 11
		{"ababababababab", false},                    // too few that differ
		{"Password1234!", false},                     // common
		{"P@ssw0rd2026!!", false},                    //
		{"qwertyuiop123456", false},                  //
		{"1q2w3e4r5t6y", false},                      // a run, with what is left
		{"ｐａｓｓｗｏｒｄ１２３４５", false},                     // the same, wide
		{"パスワード20261121", false},                     //
		{"takahashi-ren-2026", false},                // the name
		{"ren.takahashi@kaede-ex.jp", false},         // the address
		{"佐藤佐藤佐藤takahashi1!", false},                 //
		{"Sekisho2026!?", false},                     //
		{"bitcoinbitcoin99!", false},                 //
		{strings.Repeat("Zq7#mK2v!pX9 ", 80), false}, // longer than what is hashed
		{"Zq7#mK2v!pX9\xff", false},                  // not text
	} {
		if err := checkPassword(row.password, who); (err == nil) != row.ok {
			t.Errorf("%.40q: got error %v, want ok %v", row.password, err, row.ok)
		} else if err != nil {
			want(t, err, ErrPassword)
		}
	}
}

// An account that does not exist costs a hash of the same cost, as one that does.
func TestUnknownAccountsCostTheSame(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.withCode(f.first().Session, "ren")
	f.hash = make(chan struct{}) // who hashes waits here for the test
	for _, mail := range []string{"ren@kaede-ex.jp", "nobody@kaede-ex.jp", "hanako@kaede-ex.jp", ""} {
		refused := make(chan error)
		go func() {
			_, _, err := f.check(t.Context(), Attempt{Mail: mail, Password: "x", Code: "1"})
			refused <- err
		}()
		select {
		case <-f.hash:
			f.hash <- struct{}{}
			<-refused
		case err := <-refused:
			t.Errorf("%q is refused without a hash: %v", mail, err)
		}
	}
	nobody, err := f.openFactor(f.nobody, "")
	if want(t, err, nil); nobody.Password.argonCost != f.cost || len(nobody.Password.Hash) != 32 {
		t.Errorf("nobody's password is %+v", nobody.Password)
	}
}

func FuzzCheckPasswordNeverPanics(f *testing.F) {
	f.Add(goodPassword, "Ren", "ren@kaede-ex.jp")
	f.Add("\xff\xfe", "", "@")
	f.Fuzz(func(t *testing.T, password, name, mail string) {
		if err := checkPassword(password, Applicant{Name: name, Mail: mail}); err == nil && len([]rune(string(foldPassword(password)))) < passwordShortest {
			t.Errorf("%q is strong", password)
		}
	})
}
