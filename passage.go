package sekisho

import "time"

// An Arrival is a thing that came to a door, with what the door knows of how it came.
type Arrival struct {
	Door     string    // the door's name: milter, inbox, api, watch
	From     string    // who brought it: a client's IP address, the reporter's address, a token's name, a path
	Artifact *Artifact // the root of its tree; its Blob stays readable until the door has let go of the passage

	// Reporter is the address of the member of staff who asked for a verdict, empty when a machine asked. A report opens
	// a case whatever the verdict says.
	Reporter string

	// Key makes recording idempotent: an arrival with the key of one that is recorded gets the passage that stands. Empty
	// for none; up to 200 bytes.
	Key string

	// Gaps says what the door itself knows cannot be looked at: what was cut off, what is known at second hand. They stand in the
	// verdict before those of the inspection.
	Gaps []Gap

	// Decide says what the door is going to do with a verdict. It is recorded before the door does it. Nil does nothing.
	Decide func(Verdict) Act
}

// An Act is what a door does with what arrived.
type Act struct {
	Do string // one of the Do constants

	// Would is what the policy asks for when Do is only DoPass because the door runs in shadow mode; empty otherwise.
	Would string

	// Keep says that the original bytes are kept, sealed, until they are released or their time is over.
	Keep bool
}

// What a door does.
const (
	DoPass   = "pass"   // let through unchanged; done when it is recorded
	DoMark   = "mark"   // let through, with headers, a tag or a banner
	DoHold   = "hold"   // keep back until a person decides
	DoReject = "reject" // refuse, so that the sender is told
	DoDefer  = "defer"  // refuse for now, so that the sender tries again
	DoAnswer = "answer" // tell who asked, and nothing else
)

// A Passage is an arrival that was judged and recorded.
type Passage struct {
	ID   string    // unique, sorts by time
	Time time.Time // when the verdict was reached
	Case string    // the case it belongs to, empty when it opened none
	Arrival
	Verdict Verdict
	Act     Act
}
