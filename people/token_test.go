package people

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestTokenLastsAndHasScopes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	made, secret, err := f.MakeToken(t.Context(), admin.Session, NewToken{Name: "withdrawals", Scopes: []Scope{ScopeScreen, ScopeInspect}})
	want(t, err, nil)
	if !strings.HasPrefix(secret, "sks_") || len(secret) != 62 || made.By != admin.Person.ID || !made.Expires.Equal(f.now().Add(TokenDefault)) {
		t.Errorf("made %+v, %d characters", made, len(secret))
	}
	got, err := f.Token(t.Context(), secret, ScopeScreen)
	want(t, err, nil)
	if got.ID != made.ID || got.Used.IsZero() {
		t.Errorf("got %+v", got)
	}
	_, err = f.Token(t.Context(), secret, "")
	want(t, err, nil)
	_, err = f.Token(t.Context(), secret, ScopeCases)
	want(t, err, ErrForbidden)
	f.pass(TokenDefault - time.Second)
	_, err = f.Token(t.Context(), secret, ScopeScreen)
	want(t, err, nil)
	f.pass(time.Second)
	_, err = f.Token(t.Context(), secret, ScopeScreen)
	want(t, err, ErrToken)
}

func TestTamperedTokens(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	_, secret, err := f.MakeToken(t.Context(), admin.Session, NewToken{Name: "x", Scopes: Scopes()})
	want(t, err, nil)
	for name, tampered := range map[string]string{
		"nothing":           "",
		"the prefix":        "sks_",
		"another prefix":    "skx_" + secret[4:],
		"no prefix":         secret[4:],
		"a bit changed":     secret[:10] + string(secret[10]^1) + secret[11:],
		"the end changed":   secret[:61] + map[bool]string{true: "b", false: "a"}[secret[61] == 'a'],
		"cut":               secret[:61],
		"longer":            secret + "a",
		"in capitals":       strings.ToUpper(secret),
		"a line in it":      secret[:30] + "\n" + secret[31:],
		"a line behind":     secret + "\n",
		"not base32":        "sks_" + strings.Repeat("1", 58),
		"well-formed":       newTokenSecret(),
		"huge":              "sks_" + strings.Repeat("a", 1<<20),
		"a line, same size": secret[:60] + "\n\n",
	} {
		if tampered == secret {
			continue
		}
		if _, err := f.Token(t.Context(), tampered, ""); !errors.Is(err, ErrToken) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	_, err = f.Token(t.Context(), secret, "")
	want(t, err, nil)
}

func TestTokensAreRevoked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	made, secret, err := f.MakeToken(t.Context(), admin.Session, NewToken{Name: "siem", Scopes: []Scope{ScopeCases}, Lasts: TokenLongest})
	want(t, err, nil)
	want(t, f.RevokeToken(t.Context(), admin.Session, "t\x00"), ErrNotFound)
	want(t, f.RevokeToken(t.Context(), admin.Session, made.ID), nil)
	want(t, f.RevokeToken(t.Context(), admin.Session, made.ID), ErrNotFound)
	_, err = f.Token(t.Context(), secret, ScopeCases)
	want(t, err, ErrToken)
	all, err := f.Tokens(t.Context(), admin.Session)
	if want(t, err, nil); len(all) != 1 || all[0].Revoked.IsZero() || all[0].Name != "siem" {
		t.Errorf("tokens are %+v", all)
	}
	f.wantLast(EventTokenMade, EventTokenRevoked)
	f.pass(SessionFresh)
	_, err = f.Tokens(t.Context(), admin.Session)
	want(t, err, nil)
	_, _, err = f.MakeToken(t.Context(), admin.Session, NewToken{Name: "siem", Scopes: []Scope{ScopeCases}})
	want(t, err, ErrStale)
	want(t, f.RevokeToken(t.Context(), admin.Session, made.ID), ErrStale)
}

func TestTokensThatAreNotMade(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]NewToken{
		"no name":        {Scopes: Scopes()},
		"no scope":       {Name: "x"},
		"unknown scope":  {Name: "x", Scopes: []Scope{ScopeCases, "everything"}},
		"too long":       {Name: "x", Scopes: Scopes(), Lasts: TokenLongest + 1},
		"over":           {Name: "x", Scopes: Scopes(), Lasts: -1},
		"a hostile name": {Name: "x\x1b[31m", Scopes: Scopes()},
	} {
		if _, err := n.token(time.Now()); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

func FuzzWellFormedTokensAreOurs(f *testing.F) {
	f.Add(newTokenSecret())
	f.Add("sks_")
	f.Fuzz(func(t *testing.T, secret string) {
		if !wellFormed(secret) {
			return
		}
		if raw, err := lower32.DecodeString(secret[4:]); err != nil || tokenPrefix+lower32.EncodeToString(raw) != secret {
			t.Errorf("%q has two spellings", secret)
		}
	})
}
