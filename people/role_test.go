package people

import "testing"

func TestRolesHaveTheirRights(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		right                          Right
		viewer, analyst, administrator bool
	}{
		{RightRead, true, true, true},
		{RightInspect, false, true, true},
		{RightDecide, false, true, true},
		{RightOriginal, false, true, true},
		{RightRelease, false, true, true},
		{RightExport, false, true, true},
		{RightRules, false, false, true},
		{RightProfile, false, false, true},
		{RightPeople, false, false, true},
		{RightTokens, false, false, true},
		{RightAudit, false, false, true},
		{"unheard-of", false, false, false},
	} {
		got := []bool{RoleViewer.May(row.right), RoleAnalyst.May(row.right), RoleAdministrator.May(row.right), Role("").May(row.right)}
		if got[0] != row.viewer || got[1] != row.analyst || got[2] != row.administrator || got[3] {
			t.Errorf("%s: viewer, analyst, administrator, nobody may: %v", row.right, got)
		}
	}
	if len(held) != 11 {
		t.Errorf("%d rights, and this table knows 11", len(held))
	}
}

func TestDangerousRightsWantAFreshSignIn(t *testing.T) {
	t.Parallel()
	stale := Session{Person: Person{Role: RoleAdministrator}}
	fresh := Session{Person: Person{Role: RoleAdministrator}, Fresh: true}
	for right := range held {
		var asked error
		if right.Dangerous() {
			asked = ErrStale
		}
		want(t, stale.Allow(right), asked)
		want(t, fresh.Allow(right), nil)
	}
	want(t, Session{Person: Person{Role: RoleViewer}, Fresh: true}.Allow(RightRelease), ErrForbidden)
	want(t, Session{Fresh: true}.Allow(RightRead), ErrForbidden)
}
