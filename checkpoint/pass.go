package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sekisho/sekisho"
)

// ErrNotRecorded says that a verdict was reached and could not be kept. Without a record there is no verdict: the door
// holds what arrived.
var ErrNotRecorded = errors.New("not recorded")

// Pass is the whole flow for a door: the arrival is inspected, what the door is going to do is decided, both are recorded,
// and only then is the passage returned, for the door to act on. The error wraps ErrNotRecorded; the door then neither lets
// the arrival through nor refuses it for good.
func (cp *Checkpoint) Pass(ctx context.Context, arrival sekisho.Arrival) (*sekisho.Passage, error) {
	if cp.record == nil {
		return nil, fmt.Errorf("%w: this checkpoint has no record", ErrNotRecorded)
	}
	passage := &sekisho.Passage{Arrival: arrival, Verdict: cp.Inspect(ctx, arrival.Artifact), Time: time.Now().UTC(), Act: sekisho.Act{Do: sekisho.DoPass}}
	passage.Verdict.Gaps = slices.Concat(arrival.Gaps, passage.Verdict.Gaps)
	if arrival.Decide != nil {
		passage.Act = arrival.Decide(passage.Verdict)
	}
	if err := cp.record(ctx, passage); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotRecorded, err)
	}
	return passage, nil
}
