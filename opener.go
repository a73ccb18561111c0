package sekisho

import "context"

// An Opener finds the parts of an artifact. It is pure: bytes to parts, nothing executed, nothing fetched.
//
// Run adds what it finds with Budget.Add and may set the artifact's Form. An error is not fatal: what was added before
// stays, and the error becomes a gap; errors.Join makes several. Errors should wrap one of ErrEncrypted, ErrLimit,
// ErrTimeout, ErrMalformed or ErrUnavailable; any other is shown as "failed".
type Opener struct {
	Name     string   // the folder's name
	Doc      string   // first line a title, then what is read and what is not
	Kinds    []Kind   // kinds of artifact it is given
	Types    []string // for KindFile: the content types it is given, by File.Type; empty for all
	Isolated bool     // leans on a parser not made for hostile input: runs in a worker process
	Run      func(context.Context, *Artifact, *Budget) error

	// Worth tells from a few bytes of an artifact, before a worker is asked, whether Run may find anything or has anything
	// to say. It runs beside everything else, so it is simple enough for any input. Nil means always.
	Worth func(*Artifact) bool
}

// Opens reports whether the opener is to be run on the artifact.
func (o *Opener) Opens(a *Artifact) bool {
	for _, kind := range o.Kinds {
		if kind == a.Kind {
			return kind != KindFile || o.opensType(a)
		}
	}
	return false
}

func (o *Opener) opensType(a *Artifact) bool {
	if len(o.Types) == 0 {
		return true
	}
	file, ok := a.Form.(*File)
	if !ok {
		return false
	}
	for _, t := range o.Types {
		if t == file.Type {
			return true
		}
	}
	return false
}
