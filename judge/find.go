package judge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

// A Case is what is judged: an opened tree, what was seen in it, and what was not looked at.
type Case struct {
	Root         *sekisho.Artifact
	Observations []sekisho.Observation
	Gaps         []sekisho.Gap
	Org          *sekisho.Org
}

// Find evaluates the rules on every artifact of the case. Findings come strictest first, then in the order of the tree
// and of the rules. A rule that could not be evaluated is a gap.
func (j *Judge) Find(ctx context.Context, c Case) ([]sekisho.Finding, []sekisho.Gap) {
	v := j.newView(c)
	var hits []hit
	var gaps []sekisho.Gap
	for n, artifact := range v.artifacts {
		rules := j.byKind[artifact.Kind]
		if len(rules) == 0 {
			continue
		}
		s := v.scene(ctx, n)
		for _, r := range rules {
			holds, err := s.holds(r)
			if err != nil {
				gaps = append(gaps, ruleGap(artifact, r, err))
			} else if holds {
				hits = append(hits, hit{r, artifact, s})
			}
		}
	}
	var findings []sekisho.Finding
	for _, h := range uncovered(hits) {
		finding, err := v.finding(h)
		if err != nil {
			gaps = append(gaps, ruleGap(h.artifact, h.rule, err))
		}
		findings = append(findings, finding)
	}
	slices.SortStableFunc(findings, func(a, b sekisho.Finding) int { return int(b.Ask) - int(a.Ask) })
	return findings, gaps
}

// A hit is a rule that held on an artifact.
type hit struct {
	rule     *rule
	artifact *sekisho.Artifact
	scene    *scene
}

// uncovered leaves out the hits that another one covers on the same artifact or further up.
func uncovered(hits []hit) []hit {
	covering := slices.Clone(hits)
	covering = slices.DeleteFunc(covering, func(h hit) bool { return len(h.rule.Covers) == 0 })
	return slices.DeleteFunc(hits, func(h hit) bool {
		return slices.ContainsFunc(covering, func(by hit) bool {
			return slices.Contains(by.rule.Covers, h.rule.ID) && (h.artifact == by.artifact || strings.HasPrefix(h.artifact.ID, by.artifact.ID+"."))
		})
	})
}

func ruleGap(a *sekisho.Artifact, r *rule, err error) sekisho.Gap {
	why := "failed: " + err.Error()
	if strings.Contains(why, "cost limit") {
		why = "limit: " + err.Error()
	}
	return sekisho.Gap{Artifact: a.ID, By: "rule " + r.ID, Why: why}
}

// A view holds the observations of a case in the order of the tree, so that "below" is a range.
type view struct {
	judge     *Judge
	org       OrgFacts
	artifacts []*sekisho.Artifact // parents before their parts
	end       []int               // for each artifact, one past its last descendant
	number    map[*sekisho.Artifact]int
	seen      map[string][]sighting // by detector, in the order of artifacts
	gaps      []sekisho.Gap
	gapAt     []int  // the artifact each gap is about
	bare      []bool // for each list, whether it is empty for every artifact
}

type sighting struct {
	artifact    int
	value       *object
	observation sekisho.Observation
}

func (j *Judge) newView(c Case) *view {
	v := &view{judge: j, number: map[*sekisho.Artifact]int{}, seen: map[string][]sighting{}, gaps: c.Gaps}
	if c.Org != nil {
		v.org = OrgFacts{Known: c.Org.Known(), Name: c.Org.Name.In(sekisho.English), Ja: c.Org.Name.In(sekisho.Japanese)}
	}
	v.add(c.Root)
	byID := map[string]int{}
	for n, a := range v.artifacts {
		v.number[a], byID[a.ID] = n, n
	}
	for _, o := range c.Observations {
		value, err := j.provider.wrap(o.Facts)
		if err != nil {
			continue // the checkpoint reports only Facts of its detectors, which Compile made known
		}
		v.seen[o.Detector] = append(v.seen[o.Detector], sighting{v.number[o.Artifact], value, o})
	}
	for _, sightings := range v.seen {
		slices.SortStableFunc(sightings, func(a, b sighting) int { return a.artifact - b.artifact })
	}
	v.bare = make([]bool, len(j.lists))
	for i, name := range j.lists {
		v.bare[i] = name != "gap" && len(v.seen[name[strings.IndexByte(name, '.')+1:]]) == 0
	}
	for _, g := range c.Gaps {
		v.gapAt = append(v.gapAt, byID[g.Artifact])
	}
	return v
}

func (v *view) add(a *sekisho.Artifact) {
	n := len(v.artifacts)
	v.artifacts = append(v.artifacts, a)
	v.end = append(v.end, 0)
	for _, part := range a.Parts {
		v.add(part)
	}
	v.end[n] = len(v.artifacts)
}

func (v *view) scene(ctx context.Context, n int) *scene {
	s := newScene(ctx, v.judge, v.artifacts[n].Form, &v.org)
	s.bare = v.bare
	s.facts = func(list int) []*object { return v.facts(list, n) }
	return s
}

// span returns the sightings on artifact n and those below it.
func (v *view) span(sightings []sighting, n int) (here, below []sighting) {
	at := func(number int) int {
		i, _ := slices.BinarySearchFunc(sightings, number, func(s sighting, n int) int { return s.artifact - n })
		return i
	}
	first, next, last := at(n), at(n+1), at(v.end[n])
	return sightings[first:next], sightings[next:last]
}

// sightings returns what a list holds for artifact n.
func (v *view) sightings(list, n int) []sighting {
	where, detector, qualified := strings.Cut(v.judge.lists[list], ".")
	if !qualified {
		detector = where
	}
	if len(v.seen[detector]) == 0 {
		return nil
	}
	here, below := v.span(v.seen[detector], n)
	switch {
	case !qualified:
		return here
	case where == "below":
		return below
	}
	var above []sighting
	for up := v.artifacts[n].Up; up != nil; up = up.Up {
		here, _ := v.span(v.seen[detector], v.number[up])
		above = append(above, here...)
	}
	return above
}

func (v *view) facts(list, n int) []*object {
	if v.judge.lists[list] == "gap" {
		var values []*object
		for i, at := range v.gapAt {
			if at >= n && at < v.end[n] {
				if value, err := v.judge.provider.wrap(v.gaps[i]); err == nil {
					values = append(values, value)
				}
			}
		}
		return values
	}
	sightings := v.sightings(list, n)
	values := make([]*object, len(sightings))
	for i, s := range sightings {
		values[i] = s.value
	}
	return values
}

// The most facts of one list that are tried as evidence, and that are kept.
const (
	triedFacts = 200
	keptFacts  = 5
)

// finding states the rule's finding. Its evidence is, for each list without which the rule would not hold, the facts
// each of which is enough for it to hold; when only several together are enough, all of them. The rule's say is
// evaluated with those facts only, so that it quotes the right ones.
func (v *view) finding(h hit) (sekisho.Finding, error) {
	s, r, n := h.scene, h.rule, v.number[h.artifact]
	narrowed := map[int][]*object{}
	var evidence []sekisho.Observation
	for _, list := range r.reads {
		kept := v.enough(s, r, list, n)
		if kept == nil {
			continue
		}
		values := make([]*object, len(kept))
		for i, k := range kept {
			values[i] = k.value
			if i < keptFacts {
				evidence = append(evidence, k.observation)
			}
		}
		narrowed[list] = values
	}
	finding := sekisho.Finding{Rule: r.ID, Title: r.Title, Ask: r.Ask, Artifact: h.artifact.ID, Evidence: evidence,
		Control: r.Control, Attack: r.Attack, Covers: r.Covers}
	told := s.narrow(narrowed)
	var errEn, errJa error
	if finding.Why.En, errEn = told.say(r, sekisho.English); errEn != nil {
		finding.Why.En, errEn = s.say(r, sekisho.English)
	}
	if finding.Why.Ja, errJa = told.say(r, sekisho.Japanese); errJa != nil {
		finding.Why.Ja, errJa = s.say(r, sekisho.Japanese)
	}
	if errEn != nil || errJa != nil {
		return finding, fmt.Errorf("say: %w", cmp.Or(errEn, errJa))
	}
	return finding, nil
}

// enough returns the facts of a list that made the rule hold, or nil when the rule holds without the list.
func (v *view) enough(s *scene, r *rule, list, n int) []sighting {
	all := v.sightings(list, n)
	if len(all) == 0 || v.judge.lists[list] == "gap" {
		return nil
	}
	if holds, err := s.narrow(map[int][]*object{list: {}}).holds(r); err == nil && holds {
		return nil
	}
	if len(all) == 1 {
		return all
	}
	var kept []sighting
	for _, candidate := range all[:min(len(all), triedFacts)] {
		holds, err := s.narrow(map[int][]*object{list: {candidate.value}}).holds(r)
		if err == nil && holds {
			kept = append(kept, candidate)
		}
		if len(kept) == keptFacts {
			break
		}
	}
	if len(kept) == 0 {
		return all
	}
	return kept
}
