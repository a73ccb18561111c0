package main

import (
	"errors"
	"fmt"

	"github.com/sekisho/sekisho/org"
)

type orgCmd struct {
	Init  orgInitCmd  `cmd:"" help:"Print an annotated profile to start from."`
	Check orgCheckCmd `cmd:"" help:"Check a profile; problems come with line numbers."`
}

type orgInitCmd struct{}

// Run writes the annotated profile.
func (orgInitCmd) Run(t terminal) error { return org.Init(t.out) }

type orgCheckCmd struct {
	File string `arg:"" help:"The profile." type:"existingfile"`
}

// Run checks the profile.
func (c *orgCheckCmd) Run(t terminal) error {
	problems, err := org.Check(c.File)
	if err != nil {
		return err
	}
	failed := 0
	for _, p := range problems {
		fmt.Fprintf(t.out, "%s: %v\n", p.Severity, p)
		if p.Severity == org.SeverityError {
			failed++
		}
	}
	if failed > 0 {
		return errors.New("the profile cannot be used")
	}
	fmt.Fprintf(t.out, "%s can be used\n", c.File)
	return nil
}
