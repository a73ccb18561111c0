package main

import (
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/judge"
)

type factsCmd struct{}

// Run prints the vocabulary of rules.
func (factsCmd) Run(t terminal) error { return judge.Describe(t.out, detector.All) }
