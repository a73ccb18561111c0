package console

import (
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/report"
)

// A sign says what findings and gaps there are at an artifact.
type sign struct {
	Ask sekisho.Action // of the strictest finding that rests on it
	Gap bool
}

// marked returns the signs of a passage's artifacts by their place in the tree.
func marked(d record.Detail) map[string]sign {
	marks := map[string]sign{}
	note := func(artifact string, ask sekisho.Action) {
		m := marks[artifact]
		m.Ask = max(m.Ask, ask)
		marks[artifact] = m
	}
	for _, f := range d.Findings {
		note(f.Artifact, f.Ask)
		for _, e := range f.Evidence {
			note(e.Artifact, f.Ask)
		}
	}
	for _, g := range d.Gaps {
		m := marks[g.Artifact]
		m.Gap = true
		marks[g.Artifact] = m
	}
	return marks
}

// A picture is the tree drawn from left to right.
type picture struct {
	Width, Height int
	Boxes         []box
	Lines         []string // paths
	Rest          int      // artifacts not drawn
}

// A box is an artifact in the picture, or the ones left out beside it.
type box struct {
	X, Y, Width       int
	Class, Kind, Name string
	Link              string // empty for those left out
	Full              string
	NameX             int

	depth int
}

// The measures of the picture in pixels, and how much of a tree it draws.
const (
	boxHeight       = 26
	boxLeast        = 60
	boxMost         = 152
	columnGap       = 20
	rowHeight       = 34
	pictureRows     = 60
	pictureDepth    = 8
	pictureSiblings = 6
	pictureFlagged  = 14 // siblings with findings that are drawn beyond that
)

// A drawer lays a tree out: each leaf takes a row, each depth a column as wide as what stands in it.
type drawer struct {
	picture
	marks  map[string]sign
	kind   func(string) string
	row    int
	drawn  int
	widest [pictureDepth + 1]int
	joins  []join
}

// A join is a line from the right of a column to the left of the next.
type join struct{ depth, from, to int }

// draw draws the tree. Of many siblings it takes those with findings and the first few others.
func draw(root record.Node, marks map[string]sign, kind func(string) string) picture {
	d := &drawer{marks: marks, kind: kind}
	d.node(&root, 0)
	d.Rest = countNodes(&root) - d.drawn
	d.Height = d.row*rowHeight + 4
	var left [pictureDepth + 2]int
	left[0] = 2
	for i, wide := range d.widest {
		left[i+1] = left[i] + wide + columnGap
		if wide > 0 {
			d.Width = left[i] + wide + 4
		}
	}
	for i := range d.Boxes {
		b := &d.Boxes[i]
		b.X, b.Width = left[b.depth], d.widest[b.depth]
		b.NameX += b.X
	}
	for _, j := range d.joins {
		from, to := left[j.depth]+d.widest[j.depth], left[j.depth+1]
		middle := (from + to) / 2
		d.Lines = append(d.Lines, fmt.Sprintf("M%d %dC%d %d %d %d %d %d", from, j.from, middle, j.from, middle, j.to, to, j.to))
	}
	return d.picture
}

func countNodes(n *record.Node) int {
	count := 1
	for i := range n.Parts {
		count += countNodes(&n.Parts[i])
	}
	return count
}

// node draws the node and what is below, and returns the height of its box's middle.
func (d *drawer) node(n *record.Node, depth int) (y int) {
	d.drawn++
	parts, rest := d.chosen(n, depth)
	var below []int
	for _, part := range parts {
		if d.row >= pictureRows {
			rest++
			continue
		}
		below = append(below, d.node(part, depth+1))
	}
	if rest > 0 && depth < pictureDepth {
		below = append(below, d.left(rest, depth+1))
	}
	switch {
	case len(below) == 0:
		y = 2 + d.row*rowHeight + boxHeight/2
		d.row++
	case len(below) > 5:
		y = below[0]
	default:
		y = (below[0] + below[len(below)-1]) / 2
	}
	d.box(n, depth, y)
	for _, to := range below {
		d.joins = append(d.joins, join{depth, y, to})
	}
	return y
}

// chosen returns the parts that are drawn and how many are not.
func (d *drawer) chosen(n *record.Node, depth int) (parts []*record.Node, rest int) {
	if depth+1 >= pictureDepth {
		return nil, len(n.Parts)
	}
	plain, flagged := 0, 0
	for i := range n.Parts {
		part := &n.Parts[i]
		switch {
		case d.flagged(part, depth) && flagged < pictureFlagged:
			flagged++
			parts = append(parts, part)
		case plain < pictureSiblings:
			plain++
			parts = append(parts, part)
		default:
			rest++
		}
	}
	return parts, rest
}

// flagged reports whether findings rest on the node or on something below it.
func (d *drawer) flagged(n *record.Node, depth int) bool {
	if d.marks[n.ID].Ask > sekisho.ActionPass {
		return true
	}
	for i := range n.Parts {
		if depth < pictureDepth && d.flagged(&n.Parts[i], depth+1) {
			return true
		}
	}
	return false
}

func (d *drawer) box(n *record.Node, depth, y int) {
	kind := d.kind(string(n.Kind))
	label := n.Name
	if label == "" {
		label = n.Shown
	}
	full := report.Clean(label, lineLimit)
	if label == "" {
		label = n.Via
	}
	mark := d.marks[n.ID]
	class := mark.Ask.String()
	if mark.Gap {
		class += " gap"
	}
	start := 16 + pixels(kind, 7, 11) + 7
	label = fit(report.Clean(label, lineLimit), boxMost-8-start)
	d.widest[depth] = max(d.widest[depth], boxLeast, start+pixels(label, 7, 12)+10)
	d.Boxes = append(d.Boxes, box{Y: y - boxHeight/2, Class: class, Kind: kind, Name: label, Link: "#" + anchor(n.ID), Full: full, NameX: start, depth: depth})
}

// left draws that siblings are left out.
func (d *drawer) left(rest, depth int) (y int) {
	y = 2 + d.row*rowHeight + boxHeight/2
	d.row++
	d.widest[depth] = max(d.widest[depth], boxLeast)
	d.Boxes = append(d.Boxes, box{Y: y - boxHeight/2, Name: "+" + comma(rest), depth: depth})
	return y
}

// A nodeView is an artifact in the list of all parts.
type nodeView struct {
	record.Node
	Anchor, Ask string
	Gap         bool
	Parts       []nodeView
	Rest        int // parts that are left out
	Depth       int
}

// The most artifacts of the list, parts of one artifact in it, and levels.
const (
	listNodes    = 1_000
	listSiblings = 120
	listDepth    = 24
)

func newNodeView(root record.Node, marks map[string]sign) nodeView {
	room := listNodes
	return listNode(root, marks, 0, &room)
}

func listNode(n record.Node, marks map[string]sign, depth int, room *int) nodeView {
	*room--
	mark := marks[n.ID]
	v := nodeView{Node: n, Anchor: anchor(n.ID), Gap: mark.Gap, Depth: depth}
	if mark.Ask > sekisho.ActionPass {
		v.Ask = mark.Ask.String()
	}
	for i := range n.Parts {
		if *room <= 0 || i == listSiblings || depth == listDepth {
			v.Rest = len(n.Parts) - i
			break
		}
		v.Parts = append(v.Parts, listNode(n.Parts[i], marks, depth+1, room))
	}
	return v
}

// Label is what the list says of the artifact beside its kind.
func (v nodeView) Label() string {
	return strings.TrimSpace(report.Clean(v.Name, lineLimit))
}
