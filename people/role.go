package people

import "slices"

// A Role is what a person is here for.
type Role string

// The roles.
const (
	RoleViewer        Role = "viewer"        // sees what happened
	RoleAnalyst       Role = "analyst"       // decides about it
	RoleAdministrator Role = "administrator" // runs the checkpoint and says who the others are
)

// A Right is something a person may do.
type Right string

// The rights.
const (
	RightRead     Right = "read"         // cases, passages, indicators, rules, figures
	RightInspect  Right = "inspect"      // hand in something and get a verdict
	RightDecide   Right = "decide"       // confirm, call a false alarm, comment, block, reopen
	RightOriginal Right = "see-original" // read and save the bytes of held mail
	RightRelease  Right = "release"      // deliver held mail
	RightExport   Right = "export"       // make the package of a case that leaves the house
	RightRules    Right = "rules"        // switch rules, replay them over the past
	RightProfile  Right = "profile"      // the organisation's profile, lists, jobs
	RightPeople   Right = "people"       // invite, change roles, disable, recover
	RightTokens   Right = "tokens"       // make and revoke API tokens
	RightAudit    Right = "audit"        // read the log of what people did
)

// held is the table of roles and rights: who is named beside a right has it.
var held = map[Right][]Role{
	RightRead:     {RoleViewer, RoleAnalyst, RoleAdministrator},
	RightInspect:  {RoleAnalyst, RoleAdministrator},
	RightDecide:   {RoleAnalyst, RoleAdministrator},
	RightOriginal: {RoleAnalyst, RoleAdministrator},
	RightRelease:  {RoleAnalyst, RoleAdministrator},
	RightExport:   {RoleAnalyst, RoleAdministrator},
	RightRules:    {RoleAdministrator},
	RightProfile:  {RoleAdministrator},
	RightPeople:   {RoleAdministrator},
	RightTokens:   {RoleAdministrator},
	RightAudit:    {RoleAdministrator},
}

// dangerous are the rights that want a fresh sign-in: what they do cannot be taken back, or gives rights to others.
var dangerous = []Right{RightRelease, RightPeople, RightTokens}

// Roles returns all roles, the one with the fewest rights first.
func Roles() []Role { return []Role{RoleViewer, RoleAnalyst, RoleAdministrator} }

// May reports whether people of the role have the right.
func (r Role) May(right Right) bool { return slices.Contains(held[right], r) }

// Valid reports whether there is such a role.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Dangerous reports whether the right wants a fresh sign-in.
func (r Right) Dangerous() bool { return slices.Contains(dangerous, r) }

// A Scope is something a token may be used for.
type Scope string

// The scopes.
const (
	ScopeInspect    Scope = "inspect"    // hand in mail, files, texts, links, addresses and get verdicts
	ScopeScreen     Scope = "screen"     // screen addresses
	ScopeCases      Scope = "cases"      // read cases and passages
	ScopeDecisions  Scope = "decisions"  // read and make decisions
	ScopeIndicators Scope = "indicators" // read and pivot over indicators
	ScopeIntel      Scope = "intel"      // read the state of lists
	ScopeOriginals  Scope = "originals"  // read the bytes of held mail
	ScopeJobs       Scope = "jobs"       // see, ask for and cancel bulk work
	ScopeLog        Scope = "log"        // read the log of what people did, its head and proofs
)

// Scopes returns all scopes.
func Scopes() []Scope {
	return []Scope{ScopeInspect, ScopeScreen, ScopeCases, ScopeDecisions, ScopeIndicators, ScopeIntel, ScopeOriginals, ScopeJobs, ScopeLog}
}
