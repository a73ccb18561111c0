package sekisho

import (
	"io"
	"iter"
)

// A Kind says what an artifact is.
type Kind string

// The kinds of artifact. The judge refuses a rule on any other.
const (
	KindMail        Kind = "mail"        // an RFC 5322 message
	KindMessage     Kind = "message"     // a chat message
	KindText        Kind = "text"        // words for a person to read
	KindLink        Kind = "link"        // a URL and what is shown for it
	KindDomain      Kind = "domain"      // a host name
	KindPage        Kind = "page"        // an HTML document
	KindFile        Kind = "file"        // named bytes
	KindArchive     Kind = "archive"     // a container of files
	KindRepository  Kind = "repository"  // a source tree
	KindAddress     Kind = "address"     // a blockchain address
	KindTransaction Kind = "transaction" // a transaction, signed or not
	KindWithdrawal  Kind = "withdrawal"  // a request to pay out
	KindAccount     Kind = "account"     // a user account somewhere
	KindHost        Kind = "host"        // a machine
)

// Kinds lists every kind, in the order of the documentation.
var Kinds = []Kind{KindMail, KindMessage, KindText, KindLink, KindDomain, KindPage, KindFile, KindArchive,
	KindRepository, KindAddress, KindTransaction, KindWithdrawal, KindAccount, KindHost}

// An Artifact is one thing under inspection. Artifacts form a tree: a mail holds texts, links and files, a zip holds
// files. A door makes the root; openers add the rest through a Budget, which sets ID and Up.
//
// Name, Via of a nested entry, and everything in Form come from the sender and are never trusted.
type Artifact struct {
	ID    string      // place in the tree: "0", "0.2", "0.2.1"; equal input, equal IDs
	Kind  Kind        // what it is
	Name  string      // for people; written by the sender
	Via   string      // how the parent led here: "body", "attachment", "href", "qr", "entry", "content" ...
	Blob  io.ReaderAt // the bytes, nil if it has none
	Size  int64       // length of Blob in bytes
	Form  any         // what the bytes mean: a pointer to the type that Forms has for Kind; nil until an opener sets it
	Up    *Artifact   // the artifact this was found in, nil for the root
	Parts []*Artifact // what was found inside, in order
}

// All yields the artifact and everything below it, parents before their parts, in order.
func (a *Artifact) All() iter.Seq[*Artifact] {
	return func(yield func(*Artifact) bool) { a.walk(yield) }
}

func (a *Artifact) walk(yield func(*Artifact) bool) bool {
	if !yield(a) {
		return false
	}
	for _, part := range a.Parts {
		if !part.walk(yield) {
			return false
		}
	}
	return true
}

// Root returns the top of the artifact's tree.
func (a *Artifact) Root() *Artifact {
	for a.Up != nil {
		a = a.Up
	}
	return a
}

// Above returns the nearest ancestor of the given kind, or nil.
func (a *Artifact) Above(kind Kind) *Artifact {
	for up := a.Up; up != nil; up = up.Up {
		if up.Kind == kind {
			return up
		}
	}
	return nil
}

// Depth returns how many artifacts stand above this one.
func (a *Artifact) Depth() int {
	depth := 0
	for up := a.Up; up != nil; up = up.Up {
		depth++
	}
	return depth
}
