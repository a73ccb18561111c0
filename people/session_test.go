package people

import (
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"
)

func TestSessionIsBoundAndShort(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	s, err := f.Session(t.Context(), admin.client)
	want(t, err, nil)
	if s.ID != admin.ID || s.Form == "" || s.Form != admin.Form || s.Network != "192.0.2.0/24" || !s.Fresh {
		t.Errorf("session is %+v", s)
	}
	moved := admin.client
	moved.Addr = netip.MustParseAddr("2001:db8::1")
	_, err = f.Session(t.Context(), moved)
	want(t, err, nil)
	for name, c := range map[string]Client{
		"no token":         {Agent: desk.Agent, Addr: desk.Addr},
		"another token":    {Agent: desk.Agent, Addr: desk.Addr, Token: newSecret()},
		"a tampered token": {Agent: desk.Agent, Addr: desk.Addr, Token: admin.client.Token[1:] + admin.client.Token[:1]},
		"a longer token":   {Agent: desk.Agent, Addr: desk.Addr, Token: admin.client.Token + "="},
		"the id":           {Agent: desk.Agent, Addr: desk.Addr, Token: admin.ID},
		"another browser":  {Agent: "curl/8", Addr: desk.Addr, Token: admin.client.Token},
	} {
		if _, err := f.Session(t.Context(), c); !errors.Is(err, ErrSession) {
			t.Errorf("%s: got error %v", name, err)
		}
	}

	f.pass(SessionFresh - time.Second)
	s, err = f.Session(t.Context(), admin.client)
	if want(t, err, nil); !s.Fresh {
		t.Error("not fresh before ten minutes")
	}
	f.pass(time.Second)
	s, err = f.Session(t.Context(), admin.client)
	if want(t, err, nil); s.Fresh || !s.Expires.Equal(f.now().Add(SessionIdle-time.Second)) {
		t.Errorf("after ten minutes: %+v", s)
	}
	f.pass(SessionIdle)
	_, err = f.Session(t.Context(), admin.client)
	want(t, err, ErrSession)
}

func TestSessionEndsWhateverIsDone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	began := f.now()
	for f.now().Sub(began) < SessionAbsolute {
		s, err := f.Session(t.Context(), admin.client)
		want(t, err, nil)
		if s.Expires.After(began.Add(SessionAbsolute)) {
			t.Fatalf("expires %s after %s", s.Expires, began)
		}
		f.pass(20 * time.Minute)
	}
	_, err := f.Session(t.Context(), admin.client)
	want(t, err, ErrSession)
}

func TestSessionBoundToNetwork(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	bound := openBook(t, f.record, Config{Now: f.now, BindAddress: true})
	near, far := admin.client, admin.client
	near.Addr, far.Addr = netip.MustParseAddr("::ffff:192.0.2.200"), netip.MustParseAddr("192.0.3.10")
	_, err := bound.Session(t.Context(), near)
	want(t, err, nil)
	_, err = bound.Session(t.Context(), far)
	want(t, err, ErrSession)
}

func TestSigningInAgainMakesFresh(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	f.pass(SessionFresh)
	_, err := f.Invite(t.Context(), admin.Session, Invitation{Name: "Ren", Mail: "ren@kaede-ex.jp", Role: RoleViewer, Lang: "en"})
	want(t, err, ErrStale) // whatever the Session in the hand says
	s, token, err := f.signIn(admin.key, admin.client)
	want(t, err, nil)
	_, err = f.Session(t.Context(), admin.client)
	want(t, err, ErrSession) // the one it came with
	_, err = f.Invite(t.Context(), s, Invitation{Name: "Ren", Mail: "ren@kaede-ex.jp", Role: RoleViewer, Lang: "en"})
	want(t, err, nil)
	if token == admin.client.Token {
		t.Error("the token stays the same")
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	other := f.invited(admin.Session, "ren", RoleViewer)
	second, token, err := f.signIn(admin.key, desk)
	want(t, err, nil)
	all, err := f.Sessions(t.Context(), admin.Session)
	if want(t, err, nil); len(all) != 2 {
		t.Errorf("%d sessions", len(all))
	}
	want(t, f.SignOut(t.Context(), other.Session, second.ID), ErrNotFound)
	want(t, f.SignOut(t.Context(), admin.Session, second.ID), nil)
	_, err = f.Session(t.Context(), Client{Agent: desk.Agent, Addr: desk.Addr, Token: token})
	want(t, err, ErrSession)
	want(t, f.SignOutEverywhere(t.Context(), admin.Session), nil)
	_, err = f.Session(t.Context(), admin.client)
	want(t, err, ErrSession)
	_, err = f.Session(t.Context(), other.client)
	want(t, err, nil)
	want(t, f.SignOutEverywhere(t.Context(), admin.Session), ErrSession)
	f.wantLast(EventSignedOut, EventSignedOutAll)
}

func TestOldestSessionEndsWhenThereAreTooMany(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	var last Session
	for range sessionsOfPerson {
		f.pass(time.Second)
		var err error
		last, _, err = f.signIn(admin.key, desk)
		want(t, err, nil)
	}
	_, err := f.Session(t.Context(), admin.client)
	want(t, err, ErrSession)
	all, err := f.Sessions(t.Context(), last)
	if want(t, err, nil); len(all) != sessionsOfPerson || all[0].ID != last.ID {
		t.Errorf("%d sessions", len(all))
	}
}

func TestSessionsTogether(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				f.pass(30 * time.Second)
				if _, err := f.Session(t.Context(), admin.client); err != nil {
					t.Error(err)
				}
			}
		})
	}
	f.pass(-30 * time.Minute) // what all of them let pass together stays within the idle time
	wg.Wait()
}
