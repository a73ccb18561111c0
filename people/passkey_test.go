package people

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestFirstAdministratorEnrolsAndSignsIn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	secret, ok, err := f.FirstLink(t.Context())
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	link, err := f.Link(t.Context(), secret)
	want(t, err, nil)
	if link.Purpose != LinkFirst || link.Role != RoleAdministrator || !link.Expires.Equal(f.now().Add(24*time.Hour)) {
		t.Errorf("link is %+v", link)
	}
	c, err := f.BeginEnrol(t.Context(), secret, Applicant{Name: "楓 花子", Mail: " Hanako@Kaede-ex.jp ", Lang: "ja"})
	want(t, err, nil)
	a := ask(t, c)
	if a.PublicKey.RP.ID != testRPID || a.PublicKey.Attestation != "none" || a.PublicKey.AuthenticatorSelection.ResidentKey != "required" ||
		a.PublicKey.AuthenticatorSelection.UserVerification != "required" || a.PublicKey.User.Name != "hanako@kaede-ex.jp" {
		t.Errorf("options are %s", c.Options)
	}
	key := newTestKey(t)
	s, token, err := f.FinishEnrol(t.Context(), c.ID, key.create(t, c), desk)
	want(t, err, nil)
	if s.Person.Role != RoleAdministrator || s.Person.Mail != "hanako@kaede-ex.jp" || s.Person.Passkeys != 1 || s.Person.TOTP || !s.Fresh || token == "" {
		t.Errorf("session is %+v", s)
	}
	f.wantLast(EventFirstLink, EventEnrolled, EventPasskeyAdded, EventSignedIn)

	if _, ok, err = f.FirstLink(t.Context()); ok || err != nil {
		t.Errorf("a first link beside an administrator: %v, %v", ok, err)
	}
	_, err = f.Link(t.Context(), secret)
	want(t, err, ErrLink)
	_, err = f.BeginEnrol(t.Context(), secret, Applicant{Name: "X", Mail: "x@kaede-ex.jp", Lang: "en"})
	want(t, err, ErrLink)

	again, token2, err := f.signIn(key, desk)
	want(t, err, nil)
	if again.Person.ID != s.Person.ID || token2 == token || again.ID == s.ID {
		t.Errorf("signed in as %+v", again)
	}
	f.wantLast(EventSignedIn)
}

func TestSignInNeedsNoName(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.first()
	c, err := f.BeginSignIn(t.Context(), desk)
	want(t, err, nil)
	a := ask(t, c)
	if len(a.PublicKey.AllowCredentials) != 0 || a.PublicKey.UserVerification != "required" || a.PublicKey.RPID != testRPID {
		t.Errorf("options are %s", c.Options)
	}
}

func TestOfManyFirstLinksOneMakesAnAdministrator(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const processes = 6
	finish := make([]func() error, processes)
	for i := range finish {
		secret, ok, err := f.FirstLink(t.Context())
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		c, err := f.BeginEnrol(t.Context(), secret, Applicant{Name: "A", Mail: string(rune('a'+i)) + "@kaede-ex.jp", Lang: "en"})
		want(t, err, nil)
		answer := newTestKey(t).create(t, c)
		finish[i] = func() error {
			_, _, err := f.FinishEnrol(t.Context(), c.ID, answer, desk)
			return err
		}
	}
	var wg sync.WaitGroup
	results := make([]error, processes)
	for i := range finish {
		wg.Go(func() { results[i] = finish[i]() })
	}
	wg.Wait()
	made := 0
	for _, err := range results {
		if err == nil {
			made++
			continue
		}
		want(t, err, ErrLink)
	}
	if made != 1 {
		t.Errorf("%d first administrators", made)
	}
}

func TestRegistrationRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	secret, _, err := f.FirstLink(t.Context())
	want(t, err, nil)
	for _, row := range []struct {
		name   string
		spoil  func(*testKey)
		answer func(io.Reader) io.Reader
	}{
		{name: "a lookalike origin", spoil: func(k *testKey) { k.origin = "https://sekisho.kaede-ex.jp.evil.example" }},
		{name: "another site's hash", spoil: func(k *testKey) { k.rpid = "evil.example" }},
		{name: "no user verification", spoil: func(k *testKey) { k.flags = flagPresent }},
		{name: "no user presence", spoil: func(k *testKey) { k.flags = flagVerified }},
		{name: "an empty answer", answer: func(io.Reader) io.Reader { return strings.NewReader("") }},
		{name: "not JSON", answer: func(io.Reader) io.Reader { return strings.NewReader("\x00\xff") }},
		{name: "too much", answer: func(r io.Reader) io.Reader { return io.MultiReader(r, endless{}) }},
		{name: "deep JSON", answer: func(io.Reader) io.Reader { return strings.NewReader(strings.Repeat("[", 60_000)) }},
		{name: "a CBOR of nothing but length", answer: hugeCBOR},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := f.BeginEnrol(t.Context(), secret, Applicant{Name: "A", Mail: "a@kaede-ex.jp", Lang: "en"})
			want(t, err, nil)
			key := newTestKey(t)
			if row.spoil != nil {
				row.spoil(key)
			}
			answer := key.create(t, c)
			if row.answer != nil {
				answer = row.answer(answer)
			}
			_, _, err = f.FinishEnrol(t.Context(), c.ID, answer, desk)
			want(t, err, ErrInvalid)
			_, _, err = f.FinishEnrol(t.Context(), c.ID, newTestKey(t).create(t, c), desk)
			want(t, err, ErrCeremony)
			if all, err := f.Names(t.Context()); err != nil || len(all) != 0 {
				t.Errorf("there are people: %v, %v", all, err)
			}
		})
	}
	f.enrol(secret, Applicant{Name: "A", Mail: "a@kaede-ex.jp", Lang: "en"})
}

// endless is a body that does not end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// hugeCBOR replaces the attestation object by one that says it holds 2^63 bytes.
func hugeCBOR(r io.Reader) io.Reader {
	var answer map[string]any
	if err := json.NewDecoder(r).Decode(&answer); err != nil {
		return strings.NewReader(err.Error())
	}
	answer["response"].(map[string]any)["attestationObject"] = b64([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x5b\x7f\xff\xff\xff\xff\xff\xff\xff"))
	text, _ := json.Marshal(answer)
	return bytes.NewReader(text)
}

func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	for _, row := range []struct {
		name  string
		spoil func(*testKey)
		edit  func(answer map[string]any)
		why   string // what the log says, at its beginning
	}{
		{name: "a lookalike origin", spoil: func(k *testKey) { k.origin = "https://sekisho.kaede-ex.jp:444" }, why: "passkey: "},
		{name: "another site's hash", spoil: func(k *testKey) { k.rpid = "kaede-ex.jp" }, why: "passkey: "},
		{name: "no user verification", spoil: func(k *testKey) { k.flags = flagPresent }, why: "passkey: "},
		{name: "another key", spoil: func(k *testKey) { k.private = newTestKey(t).private }, why: "passkey: "},
		{name: "another credential", spoil: func(k *testKey) { k.id = []byte("another credential of 24") }, why: "passkey: "},
		{name: "another person", spoil: func(k *testKey) { k.handle = []byte(newID("p")) }, why: "passkey: "},
		{name: "a hostile handle", spoil: func(k *testKey) { k.handle = []byte("'; DROP TABLE person; --\x00\xff") }, why: "passkey: "},
		{name: "no handle", edit: func(a map[string]any) { delete(a["response"].(map[string]any), "userHandle") }, why: "passkey: "},
		{name: "a copied key", spoil: func(k *testKey) { k.count -= 2 }, why: "passkey may be copied"},
		{name: "the same counter", spoil: func(k *testKey) { k.count-- }, why: "passkey may be copied"},
		{name: "a registration's answer", edit: func(a map[string]any) { delete(a["response"].(map[string]any), "signature") }, why: ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, _, err := f.signIn(admin.key, desk)
			want(t, err, nil)
			spoilt := *admin.key
			if row.spoil != nil {
				row.spoil(&spoilt)
			}
			begun, err := f.BeginSignIn(t.Context(), desk)
			want(t, err, nil)
			answer := spoilt.get(t, begun)
			if row.edit != nil {
				var read map[string]any
				if err := json.NewDecoder(answer).Decode(&read); err != nil {
					t.Fatal(err)
				}
				row.edit(read)
				text, _ := json.Marshal(read)
				answer = bytes.NewReader(text)
			}
			_, _, err = f.FinishSignIn(t.Context(), begun.ID, answer, desk)
			if want(t, err, ErrRefused); err != ErrRefused {
				t.Errorf("the error says more than that: %v", err)
			}
			notes := f.notes()
			if last := notes[len(notes)-1]; !strings.HasPrefix(last, EventRefused+": "+row.why) {
				t.Errorf("the log says %q", last)
			}
		})
	}
	_, _, err := f.signIn(admin.key, desk)
	want(t, err, nil)
}

func TestChallengeIsGoodOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	begun, err := f.BeginSignIn(t.Context(), desk)
	want(t, err, nil)
	text, err := io.ReadAll(admin.key.get(t, begun))
	want(t, err, nil)
	_, _, err = f.FinishSignIn(t.Context(), begun.ID, bytes.NewReader(text), desk)
	want(t, err, nil)
	_, _, err = f.FinishSignIn(t.Context(), begun.ID, bytes.NewReader(text), desk)
	want(t, err, ErrRefused)
	other, err := f.BeginSignIn(t.Context(), desk)
	want(t, err, nil)
	_, _, err = f.FinishSignIn(t.Context(), other.ID, bytes.NewReader(text), desk)
	want(t, err, ErrRefused)
	late, err := f.BeginSignIn(t.Context(), desk)
	want(t, err, nil)
	f.pass(5 * time.Minute)
	_, _, err = f.FinishSignIn(t.Context(), late.ID, admin.key.get(t, late), desk)
	want(t, err, ErrRefused)
}

func TestOfManyWhoBringOneAnswerOneSignsIn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	begun, err := f.BeginSignIn(t.Context(), desk)
	want(t, err, nil)
	text, err := io.ReadAll(admin.key.get(t, begun))
	want(t, err, nil)
	var wg sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		wg.Go(func() { _, _, results[i] = f.FinishSignIn(t.Context(), begun.ID, bytes.NewReader(text), desk) })
	}
	wg.Wait()
	in := 0
	for _, err := range results {
		if err == nil {
			in++
			continue
		}
		want(t, err, ErrRefused)
	}
	if in != 1 {
		t.Errorf("%d signed in with one answer", in)
	}
}

func TestFurtherPasskey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	c, err := f.BeginPasskey(t.Context(), admin.Session, "spare")
	want(t, err, nil)
	if a := ask(t, c); len(a.PublicKey.ExcludeCredentials) != 1 || a.PublicKey.ExcludeCredentials[0].ID != b64(admin.key.id) {
		t.Errorf("the passkey there is is not excluded: %s", c.Options)
	}
	spare := newTestKey(t)
	want(t, f.FinishPasskey(t.Context(), admin.Session, c.ID, spare.create(t, c)), nil)
	_, _, err = f.signIn(spare, desk)
	want(t, err, nil)
	keys, err := f.Passkeys(t.Context(), admin.Session)
	want(t, err, nil)
	if len(keys) != 2 {
		t.Fatalf("%d passkeys", len(keys))
	}

	other := f.invited(admin.Session, "ren", RoleViewer)
	want(t, f.RemovePasskey(t.Context(), other.Session, b64(spare.id)), ErrNotFound)
	want(t, f.RemovePasskey(t.Context(), other.Session, b64(other.key.id)), ErrLast)
	want(t, f.RemovePasskey(t.Context(), admin.Session, b64(admin.key.id)), nil)
	want(t, f.RemovePasskey(t.Context(), admin.Session, b64(spare.id)), ErrLast)
	_, _, err = f.signIn(admin.key, desk)
	want(t, err, ErrRefused)

	// Somebody else's ceremony, a key somebody has, and a session that is not fresh.
	c, err = f.BeginPasskey(t.Context(), admin.Session, "third")
	want(t, err, nil)
	want(t, f.FinishPasskey(t.Context(), other.Session, c.ID, newTestKey(t).create(t, c)), ErrCeremony)
	c, err = f.BeginPasskey(t.Context(), admin.Session, "third")
	want(t, err, nil)
	want(t, f.FinishPasskey(t.Context(), admin.Session, c.ID, other.key.create(t, c)), ErrInvalid)
	f.pass(SessionFresh)
	_, err = f.BeginPasskey(t.Context(), admin.Session, "third")
	want(t, err, ErrStale)
	want(t, f.RemovePasskey(t.Context(), admin.Session, b64(spare.id)), ErrStale)
}

func TestRegistrationsAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	link, _, err := f.FirstLink(t.Context())
	want(t, err, nil)
	who := Applicant{Name: "Hanako", Mail: "hanako@kaede-ex.jp", Lang: "ja"}
	for range ceremoniesOfSource {
		_, err := f.BeginEnrol(t.Context(), link, who)
		want(t, err, nil)
	}
	_, err = f.BeginEnrol(t.Context(), link, who)
	wantThrottled(t, err)
	f.pass(5 * time.Minute)
	_, err = f.BeginEnrol(t.Context(), link, who)
	want(t, err, nil)
}

// TestNobodyIsKeptOut: whoever begins sign-ins without end, from wherever, keeps nobody from signing in and fills nothing.
func TestNobodyIsKeptOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	for range 3 * ceremoniesOfSource {
		_, err := f.BeginSignIn(t.Context(), desk)
		want(t, err, nil)
	}
	if n := f.count(`SELECT count(*) FROM person_ceremony`); n != 0 {
		t.Errorf("%d are kept", n)
	}
	_, _, err := f.signIn(admin.key, desk)
	want(t, err, nil)
}

// TestCarriedSignIns: what the browser carries is good for five minutes, once, as it is.
func TestCarriedSignIns(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	begun, err := f.BeginSignIn(t.Context(), desk)
	want(t, err, nil)
	link, err := f.Invite(t.Context(), admin.Session, Invitation{Name: "Ren", Mail: "ren@kaede-ex.jp", Role: RoleViewer, Lang: "en"})
	want(t, err, nil)
	enrolment, err := f.BeginEnrol(t.Context(), link, Applicant{})
	want(t, err, nil)
	for _, id := range []string{"", "x", begun.ID + "A", begun.ID + "=", begun.ID[1:] + begun.ID[:1], enrolment.ID, strings.Repeat("A", 1<<20)} {
		_, _, err := f.FinishSignIn(t.Context(), id, admin.key.get(t, begun), desk)
		want(t, err, ErrRefused)
	}
	_, _, err = f.FinishEnrol(t.Context(), begun.ID, admin.key.get(t, begun), desk)
	want(t, err, ErrCeremony)
	f.pass(ceremonyLasts)
	_, _, err = f.FinishSignIn(t.Context(), begun.ID, admin.key.get(t, begun), desk)
	want(t, err, ErrRefused)
	_, _, err = f.signIn(admin.key, desk)
	want(t, err, nil)
}
