package main

import (
	"fmt"

	"github.com/sekisho/sekisho/config"
)

type configCmd struct {
	Check string `help:"Check this file instead of printing one." type:"existingfile" placeholder:"FILE"`
}

// Run prints the configuration with every key explained, or checks one.
func (c *configCmd) Run(t terminal) error {
	if c.Check == "" {
		return config.Describe(t.out)
	}
	if _, err := config.Load(c.Check, ""); err != nil {
		return hinted{err, "'sekisho config' prints every key with what it is"}
	}
	fmt.Fprintln(t.out, c.Check+": nothing is wrong with it")
	return nil
}
