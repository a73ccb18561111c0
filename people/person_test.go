package people

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRoleChangesEndSessions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	ren := f.invited(admin.Session, "ren", RoleAdministrator)
	_, secret, err := f.MakeToken(t.Context(), ren.Session, NewToken{Name: "siem", Scopes: []Scope{ScopeCases}})
	want(t, err, nil)
	want(t, f.SetRole(t.Context(), admin.Session, ren.Person.ID, RoleViewer), nil)
	_, err = f.Session(t.Context(), ren.client)
	want(t, err, ErrSession)
	_, err = f.Token(t.Context(), secret, ScopeCases)
	want(t, err, ErrToken)
	_, err = f.People(t.Context(), ren.Session)
	want(t, err, ErrSession)
	s, _, err := f.signIn(ren.key, desk)
	want(t, err, nil)
	if s.Person.Role != RoleViewer {
		t.Errorf("role is %s", s.Person.Role)
	}
	_, err = f.People(t.Context(), s)
	want(t, err, ErrForbidden)
	f.wantLast(EventTokenRevoked+": its maker may not have it any more", EventRole, EventSignedIn)
}

func TestDisabledPeopleAreOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	ren := f.invited(admin.Session, "ren", RoleAdministrator)
	mio, key := f.withCode(admin.Session, "mio")
	_, secret, err := f.MakeToken(t.Context(), ren.Session, NewToken{Name: "siem", Scopes: []Scope{ScopeCases}})
	want(t, err, nil)
	for _, who := range []signedIn{ren, mio} {
		want(t, f.Disable(t.Context(), admin.Session, who.Person.ID), nil)
		_, err = f.Session(t.Context(), who.client)
		want(t, err, ErrSession)
	}
	_, err = f.Token(t.Context(), secret, "")
	want(t, err, ErrToken)
	_, _, err = f.signIn(ren.key, desk)
	want(t, err, ErrRefused)
	f.wantLast(EventRefused + ": disabled")
	_, _, err = f.SignIn(t.Context(), Attempt{"mio@kaede-ex.jp", goodPassword, codeAt(key, f.step())}, desk)
	want(t, err, ErrRefused)
	_, err = f.Recover(t.Context(), admin.Session, ren.Person.ID)
	want(t, err, ErrConflict)
	want(t, f.Enable(t.Context(), admin.Session, ren.Person.ID), nil)
	_, _, err = f.signIn(ren.key, desk)
	want(t, err, nil)
	_, err = f.Token(t.Context(), secret, "")
	want(t, err, ErrToken)
}

func TestNobodyDoesItToThemselves(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	me := admin.Person.ID
	_, err := f.Recover(t.Context(), admin.Session, me)
	want(t, err, ErrSelf)
	want(t, f.SetRole(t.Context(), admin.Session, me, RoleViewer), ErrSelf)
	want(t, f.Disable(t.Context(), admin.Session, me), ErrSelf)
	want(t, f.Disable(t.Context(), admin.Session, "p\x00"), ErrNotFound)
	want(t, f.SetRole(t.Context(), admin.Session, me, "owner"), ErrInvalid)
	for _, role := range []Role{RoleViewer, RoleAnalyst} {
		who := f.invited(admin.Session, string(role), role)
		want(t, f.SetRole(t.Context(), who.Session, me, RoleViewer), ErrForbidden)
		want(t, f.Disable(t.Context(), who.Session, me), ErrForbidden)
		_, err = f.Invite(t.Context(), who.Session, Invitation{Name: "X", Mail: "x@kaede-ex.jp", Role: RoleViewer, Lang: "en"})
		want(t, err, ErrForbidden)
		_, err = f.Links(t.Context(), who.Session)
		want(t, err, ErrForbidden)
		_, _, err = f.MakeToken(t.Context(), who.Session, NewToken{Name: "x", Scopes: Scopes()})
		want(t, err, ErrForbidden)
	}
}

// Who is put out does not come back by a link they made before.
func TestLinksEndWithTheirMaker(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(f fixture, admin signedIn, ren string) error{
		"disabled": func(f fixture, admin signedIn, ren string) error { return f.Disable(t.Context(), admin.Session, ren) },
		"demoted": func(f fixture, admin signedIn, ren string) error {
			return f.SetRole(t.Context(), admin.Session, ren, RoleAnalyst)
		},
		"recovered": func(f fixture, admin signedIn, ren string) error {
			_, err := f.Recover(t.Context(), admin.Session, ren)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			admin := f.first()
			ren := f.invited(admin.Session, "ren", RoleAdministrator)
			secret, err := f.Invite(t.Context(), ren.Session, Invitation{Name: "R", Mail: "r@evil.example", Role: RoleAdministrator, Lang: "en"})
			want(t, err, nil)
			c, err := f.BeginEnrol(t.Context(), secret, Applicant{})
			want(t, err, nil)
			want(t, put(f, admin, ren.Person.ID), nil)
			_, err = f.Link(t.Context(), secret)
			want(t, err, ErrLink)
			_, _, err = f.FinishEnrol(t.Context(), c.ID, newTestKey(t).create(t, c), desk)
			want(t, err, ErrLink)
		})
	}
}

// Two administrators who disable each other at the same moment: one of them is late.
func TestAnAdministratorIsAlwaysLeft(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a := f.first()
	b := f.invited(a.Session, "ren", RoleAdministrator)
	for range 5 {
		var wg sync.WaitGroup
		var errA, errB error
		wg.Go(func() { errA = f.Disable(t.Context(), a.Session, b.Person.ID) })
		wg.Go(func() { errB = f.SetRole(t.Context(), b.Session, a.Person.ID, RoleViewer) })
		wg.Wait()
		if (errA == nil) == (errB == nil) {
			t.Fatalf("got errors %v and %v, want one", errA, errB)
		}
		var err error
		if errA == nil {
			want(t, f.Enable(t.Context(), a.Session, b.Person.ID), nil)
		} else {
			want(t, f.SetRole(t.Context(), b.Session, a.Person.ID, RoleAdministrator), nil)
		}
		a.Session, _, err = f.signIn(a.key, desk)
		want(t, err, nil)
		b.Session, _, err = f.signIn(b.key, desk)
		want(t, err, nil)
	}
}

func TestRecoveryEndsWhatWasLost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	ren := f.invited(admin.Session, "ren", RoleAnalyst)
	secret, err := f.Recover(t.Context(), admin.Session, ren.Person.ID)
	want(t, err, nil)
	_, err = f.Session(t.Context(), ren.client)
	want(t, err, ErrSession)
	_, _, err = f.signIn(ren.key, desk)
	want(t, err, ErrRefused)
	link, err := f.Link(t.Context(), secret)
	want(t, err, nil)
	if link.Purpose != LinkRecover || link.Mail != "ren@kaede-ex.jp" || link.By != admin.Person.ID {
		t.Errorf("link is %+v", link)
	}
	again := f.enrol(secret, Applicant{Name: "Mallory", Mail: "mallory@evil.example", Lang: "ja"})
	if again.Person.ID != ren.Person.ID || again.Person.Name != "ren" || again.Person.Mail != "ren@kaede-ex.jp" || again.Person.Role != RoleAnalyst {
		t.Errorf("person is %+v", again.Person)
	}
	_, err = f.Link(t.Context(), secret)
	want(t, err, ErrLink)

	// The only administrator, from the machine.
	secret, err = f.Rescue(t.Context(), "HANAKO@kaede-ex.jp")
	want(t, err, nil)
	_, err = f.Session(t.Context(), admin.client)
	want(t, err, ErrSession)
	f.enrol(secret, Applicant{})
	_, err = f.Rescue(t.Context(), "nobody@kaede-ex.jp")
	want(t, err, ErrNotFound)
}

func TestLinksEnd(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	invitation := Invitation{Name: "Ren", Mail: "ren@kaede-ex.jp", Role: RoleViewer, Lang: "en"}
	old, err := f.Invite(t.Context(), admin.Session, invitation)
	want(t, err, nil)
	late, err := f.BeginEnrol(t.Context(), old, Applicant{})
	want(t, err, nil)
	secret, err := f.Invite(t.Context(), admin.Session, invitation)
	want(t, err, nil)
	_, err = f.Link(t.Context(), old)
	want(t, err, ErrLink)
	_, _, err = f.FinishEnrol(t.Context(), late.ID, newTestKey(t).create(t, late), desk)
	want(t, err, ErrLink) // withdrawn while it was followed
	all, err := f.Links(t.Context(), admin.Session)
	if want(t, err, nil); len(all) != 1 || all[0].Mail != invitation.Mail {
		t.Fatalf("links are %+v", all)
	}
	want(t, f.Withdraw(t.Context(), admin.Session, all[0].ID), nil)
	want(t, f.Withdraw(t.Context(), admin.Session, all[0].ID), ErrNotFound)
	_, err = f.BeginEnrol(t.Context(), secret, Applicant{})
	want(t, err, ErrLink)

	secret, err = f.Invite(t.Context(), admin.Session, invitation)
	want(t, err, nil)
	f.pass(24 * time.Hour)
	_, err = f.BeginCode(t.Context(), secret, Applicant{})
	want(t, err, ErrLink)
	for _, secret := range []string{"", "x", strings.Repeat("x", 1<<20), "\x00\xff"} {
		_, err = f.Link(t.Context(), secret)
		want(t, err, ErrLink)
	}
	admin.Session, _, err = f.signIn(admin.key, desk)
	want(t, err, nil)
	for name, i := range map[string]Invitation{
		"no name":           {Mail: "x@kaede-ex.jp", Role: RoleViewer, Lang: "en"},
		"a hidden name":     {Name: "a\u202eb", Mail: "x@kaede-ex.jp", Role: RoleViewer, Lang: "en"},
		"a name of lines":   {Name: "a\r\nBcc: x", Mail: "x@kaede-ex.jp", Role: RoleViewer, Lang: "en"},
		"a long name":       {Name: strings.Repeat("あ", 34), Mail: "x@kaede-ex.jp", Role: RoleViewer, Lang: "en"},
		"no mail":           {Name: "X", Role: RoleViewer, Lang: "en"},
		"two mails":         {Name: "X", Mail: "a@kaede-ex.jp, b@kaede-ex.jp", Role: RoleViewer, Lang: "en"},
		"a mail with name":  {Name: "X", Mail: "x <x@kaede-ex.jp>", Role: RoleViewer, Lang: "en"},
		"an unknown role":   {Name: "X", Mail: "x@kaede-ex.jp", Role: "owner", Lang: "en"},
		"another language":  {Name: "X", Mail: "x@kaede-ex.jp", Role: RoleViewer, Lang: "fr"},
		"a mail with lines": {Name: "X", Mail: "x@kaede-ex.jp\r\n", Role: "viewer\r\n", Lang: "en"},
	} {
		if _, err := f.Invite(t.Context(), admin.Session, i); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	_, err = f.Invite(t.Context(), admin.Session, Invitation{Name: "H", Mail: "hanako@kaede-ex.jp", Role: RoleViewer, Lang: "en"})
	want(t, err, ErrConflict)
}

func TestOfManyWhoFollowOneLinkOneEnrols(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	secret, err := f.Invite(t.Context(), admin.Session, Invitation{Name: "Ren", Mail: "ren@kaede-ex.jp", Role: RoleAnalyst, Lang: "en"})
	want(t, err, nil)
	finish := make([]func() error, 6)
	for i := range finish {
		c, err := f.BeginEnrol(t.Context(), secret, Applicant{})
		want(t, err, nil)
		answer := newTestKey(t).create(t, c)
		finish[i] = func() error {
			_, _, err := f.FinishEnrol(t.Context(), c.ID, answer, desk)
			return err
		}
	}
	var wg sync.WaitGroup
	results := make([]error, len(finish))
	for i := range finish {
		wg.Go(func() { results[i] = finish[i]() })
	}
	wg.Wait()
	in := 0
	for _, err := range results {
		if err == nil {
			in++
		} else {
			want(t, err, ErrLink)
		}
	}
	all, err := f.People(t.Context(), admin.Session)
	if want(t, err, nil); in != 1 || len(all) != 2 {
		t.Errorf("%d enrolled, there are %d people", in, len(all))
	}
}

func TestLanguageAndNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	want(t, f.SetLang(t.Context(), admin.Session, "en"), nil)
	want(t, f.SetLang(t.Context(), admin.Session, "xx"), ErrInvalid)
	p, err := f.Person(t.Context(), admin.Person.ID)
	if want(t, err, nil); p.Lang != "en" || !p.LastSeen.Equal(f.now()) {
		t.Errorf("person is %+v", p)
	}
	_, err = f.Person(t.Context(), "p\xff")
	want(t, err, ErrNotFound)
	names, err := f.Names(t.Context())
	if want(t, err, nil); names[p.ID] != "楓 花子" {
		t.Errorf("names are %v", names)
	}
}
