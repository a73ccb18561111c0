package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho/people"
)

type peopleCmd struct {
	Rescue peopleRescueCmd `cmd:"" help:"Make a link for somebody who cannot sign in any more, when no administrator can."`
}

type peopleRescueCmd struct {
	recordFlags
	Mail string `arg:"" help:"The mail address of the person."`
}

// Run prints the link. What the person signed in with before is gone from then on.
func (c *peopleRescueCmd) Run(ctx context.Context, t terminal) error {
	conf, err := readConfig(c.Config, c.Data)
	if err != nil {
		return err
	}
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	book, err := openPeople(store, conf)
	if err != nil {
		return err
	}
	secret, err := book.Rescue(ctx, c.Mail)
	if errors.Is(err, people.ErrNotFound) {
		return hinted{fmt.Errorf("nobody has the mail address %q", c.Mail), "the page People of the console lists everybody"}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s is signed out, and what was used to sign in before does not work any more. This link works once and for a day:\n\n  %s/join/%s\n",
		c.Mail, strings.TrimRight(conf.HTTP.URL, "/"), secret)
	return nil
}
