package report

import (
	"encoding/json"
	"io"
	"net/url"
	"path"
	"path/filepath"

	"github.com/sekisho/sekisho"
)

// A sarif writes SARIF 2.1.0 (OASIS), one run with one result for each finding. Code hosts show the lines of code around a
// result's region, whatever the message leaves out: so a result about a secret has no region, its location is the folder
// of the file, and the message names file and line.
type sarif struct {
	w       io.Writer
	lang    sekisho.Lang
	results []sarifResult
	rules   map[string]sarifRule
	order   []string
}

type sarifRule struct {
	ID               string    `json:"id"`
	ShortDescription sarifText `json:"shortDescription"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID              string            `json:"ruleId"`
	Level               string            `json:"level"`
	Message             sarifText         `json:"message"`
	Locations           []sarifLocation   `json:"locations"`
	PartialFingerprints map[string]string `json:"partialFingerprints,omitempty"`
}

type sarifLocation struct {
	PhysicalLocation struct {
		ArtifactLocation struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
	} `json:"physicalLocation"`
}

// A Fingerprinted fact is about a secret that is known by its fingerprint only.
type Fingerprinted interface {
	SecretFingerprint() string
}

var sarifLevels = map[sekisho.Action]string{sekisho.ActionPass: "none", sekisho.ActionNote: "note", sekisho.ActionWarn: "warning",
	sekisho.ActionHold: "error", sekisho.ActionReject: "error"}

func (s *sarif) Verdict(v sekisho.Verdict) error {
	for _, f := range v.Findings {
		if _, ok := s.rules[f.Rule]; !ok {
			s.rules[f.Rule] = sarifRule{f.Rule, sarifText{f.Title.In(s.lang)}}
			s.order = append(s.order, f.Rule)
		}
		name := Clean(filepath.ToSlash(v.Root.Name), 400)
		result := sarifResult{RuleID: f.Rule, Level: sarifLevels[f.Ask], Message: sarifText{name + ": " + Clean(f.Why.In(s.lang), whyLimit)},
			Locations: make([]sarifLocation, 1)}
		uri := name
		for _, o := range f.Evidence {
			if secret, ok := o.Facts.(Fingerprinted); ok {
				uri = path.Dir(name)
				result.PartialFingerprints = map[string]string{"sekisho/key": secret.SecretFingerprint()}
			}
		}
		result.Locations[0].PhysicalLocation.ArtifactLocation.URI = (&url.URL{Path: uri}).String()
		s.results = append(s.results, result)
	}
	return nil
}

func (s *sarif) Close(Summary) error {
	rules := []sarifRule{}
	for _, id := range s.order {
		rules = append(rules, s.rules[id])
	}
	results := s.results
	if results == nil {
		results = []sarifResult{}
	}
	driver := map[string]any{"name": "sekisho", "rules": rules}
	doc := map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []any{map[string]any{"tool": map[string]any{"driver": driver}, "results": results}},
	}
	enc := json.NewEncoder(escaper{s.w})
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}
