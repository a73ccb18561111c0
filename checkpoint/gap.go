package checkpoint

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sekisho/sekisho"
)

// gapLimit is how many gaps of one class are kept. A mail of a hundred thousand broken parts has as many gaps, and the
// hundredth tells a person nothing that the first did not.
const gapLimit = 100

// gaps are the gaps of one inspection. The zero value has none.
type gaps struct {
	kept  []sekisho.Gap
	count map[string]int // by class
}

func (g *gaps) add(more ...sekisho.Gap) {
	for _, gap := range more {
		if g.count == nil {
			g.count = map[string]int{}
		}
		class := gap.Class()
		if g.count[class]++; g.count[class] <= gapLimit {
			g.kept = append(g.kept, gap)
		}
	}
}

// all returns the gaps, and one for each class of which not all were kept, that says how many.
func (g *gaps) all() []sekisho.Gap {
	all := slices.Clone(g.kept)
	for _, class := range slices.Sorted(maps.Keys(g.count)) {
		if more := g.count[class] - gapLimit; more > 0 {
			all = append(all, sekisho.Gap{Artifact: "0", By: "checkpoint", Why: fmt.Sprintf("%s: %d more gaps like these", class, more)})
		}
	}
	return all
}
