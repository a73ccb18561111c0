package people

import "testing"

func TestSealedIsOpenedOnlyWhereItBelongs(t *testing.T) {
	t.Parallel()
	v, err := newVault(testSeal)
	want(t, err, nil)
	other, err := newVault([]byte("fedcba9876543210fedcba9876543210"))
	want(t, err, nil)
	sealed := v.seal([]byte("plain"), "factor p1")
	plain, err := v.open(sealed, "factor p1")
	if want(t, err, nil); string(plain) != "plain" {
		t.Errorf("opened %q", plain)
	}
	_, err = v.open(sealed, "factor p2") // moved to somebody else's row
	want(t, err, errSealed)
	_, err = other.open(sealed, "factor p1")
	want(t, err, errSealed)
	for i := range sealed {
		sealed[i] ^= 1
		_, err = v.open(sealed, "factor p1")
		want(t, err, errSealed)
		_, err = v.open(sealed[:i], "factor p1")
		want(t, err, errSealed)
		sealed[i] ^= 1
	}
}

// With the key lost nobody signs in with a password, and it is not called a refusal: somebody has to notice.
func TestLostSealKeyIsAnError(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, key := f.withCode(f.first().Session, "ren")
	lost, err := Open(f.record, Config{RPID: testRPID, SealKey: []byte("fedcba9876543210fedcba9876543210"), Now: f.now})
	want(t, err, nil)
	_, _, err = lost.SignIn(t.Context(), Attempt{"ren@kaede-ex.jp", goodPassword, codeAt(key, f.step())}, desk)
	want(t, err, errSealed)
}
