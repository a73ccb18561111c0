package people

import "github.com/sekisho/sekisho/record"

// NoteKind is the kind of the entries this package adds to the record's log. By is the ID of the person who did it, or
// [ByNobody]; Ref the ID of the person, link or token it is about, or empty; the body is a [Note].
const NoteKind = "people"

// ByNobody is who did what nobody did who is signed in: a sign-in that was refused, a link made on the machine.
const ByNobody = "sekisho"

// The events of a [Note].
const (
	EventFirstLink      = "first-link"      // the link of the first administrator was made
	EventEnrolled       = "enrolled"        // a link was used, and its person can sign in
	EventSignedIn       = "signed-in"       // a session began
	EventRefused        = "refused"         // a sign-in was; Why says the reason, which the person is not told
	EventSignedOut      = "signed-out"      // one session was ended by its person
	EventSignedOutAll   = "signed-out-all"  // all were
	EventInvited        = "invited"         // a link was made for somebody
	EventWithdrawn      = "withdrawn"       // a link was
	EventRecovered      = "recovered"       // a person's ways to sign in were ended, and a link made
	EventRole           = "role"            // a person was given one
	EventDisabled       = "disabled"        // a person was
	EventEnabled        = "enabled"         // a person was, again
	EventPasskeyAdded   = "passkey-added"   // by its person
	EventPasskeyRemoved = "passkey-removed" // by its person
	EventTokenMade      = "token-made"      // Name says for what
	EventTokenRevoked   = "token-revoked"   // by a person, or with its maker
)

// A Note is the body of an entry.
type Note struct {
	Event   string `json:"event"`
	Name    string `json:"name,omitempty"`    // of the person, passkey or token it is about
	Mail    string `json:"mail,omitempty"`    // of the person it is about
	Role    Role   `json:"role,omitempty"`    // given
	Network string `json:"network,omitempty"` // it came from
	Why     string `json:"why,omitempty"`     // it was refused or revoked
	Row     string `json:"row,omitempty"`     // digest of what the database keeps of a link, session, passkey or token; see [Book.Verify]
}

func note(tx *record.Tx, by, ref string, n Note) error { return tx.Note(NoteKind, by, ref, n) }
