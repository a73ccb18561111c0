package people

// NoteKind is the kind of the entries this package adds to the record's log. By is the person's ID or "sekisho"; Ref the ID of
// the person, link or token it is about; the body is a [Note].
const NoteKind = "people"

// A Note is the body of an entry.
type Note struct {
	Event   string `json:"event"`             // signed-in, refused, invited ...
	Name    string `json:"name,omitempty"`    // of the person or token it is about
	Mail    string `json:"mail,omitempty"`    // of the person it is about
	Role    Role   `json:"role,omitempty"`    // given
	Network string `json:"network,omitempty"` // it came from
	Why     string `json:"why,omitempty"`     // of a refusal
}
