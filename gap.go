package sekisho

import (
	"context"
	"errors"
	"strings"
)

// A Gap is something that should have been looked at and was not. A gap is never a pass: it is shown with every
// verdict, and rules can judge it.
type Gap struct {
	Artifact string `json:"artifact" doc:"place in the tree of what was not looked at"`
	By       string `json:"by" doc:"the opener, detector or rule that could not look"`
	Why      string `json:"why" doc:"a class (encrypted, limit, timeout, malformed, unavailable, failed), a colon, and the detail"`
}

// The classes of gap. Openers and detectors wrap them; callers branch on them with errors.Is.
var (
	ErrEncrypted   = errors.New("encrypted")
	ErrLimit       = errors.New("limit")
	ErrTimeout     = errors.New("timeout")
	ErrMalformed   = errors.New("malformed")
	ErrUnavailable = errors.New("unavailable")
)

var gapClasses = []error{ErrEncrypted, ErrLimit, ErrTimeout, ErrMalformed, ErrUnavailable}

// Gaps turns an error of an opener or detector into gaps: one for each error that errors.Join joined, none for nil.
func Gaps(artifact *Artifact, by string, err error) []Gap {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok && !isClassed(err) {
		var gaps []Gap
		for _, e := range joined.Unwrap() {
			gaps = append(gaps, Gaps(artifact, by, e)...)
		}
		return gaps
	}
	return []Gap{{Artifact: artifact.ID, By: by, Why: why(err)}}
}

// isClassed tells fmt.Errorf("%w: %w", ErrLimit, cause), one gap, from errors.Join, several.
func isClassed(err error) bool {
	for _, class := range gapClasses {
		if strings.HasPrefix(err.Error(), class.Error()+":") && !strings.Contains(err.Error(), "\n") {
			return true
		}
	}
	return false
}

func why(err error) string {
	detail := cut(err.Error(), QuoteLimit)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return "timeout: " + strings.TrimPrefix(detail, "timeout: ")
	}
	for _, class := range gapClasses {
		if errors.Is(err, class) {
			return class.Error() + ": " + strings.TrimPrefix(strings.TrimPrefix(detail, class.Error()), ": ")
		}
	}
	return "failed: " + detail
}

// Class returns the first word of Why: encrypted, limit, timeout, malformed, unavailable or failed.
func (g Gap) Class() string {
	class, _, _ := strings.Cut(g.Why, ":")
	return class
}
