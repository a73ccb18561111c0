package main

import (
	"context"
	"fmt"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/intel/contact"
	"github.com/sekisho/sekisho/opener/mail"
	"github.com/sekisho/sekisho/org"
	"github.com/sekisho/sekisho/source"
)

type learnCmd struct {
	Contacts learnContactsCmd `cmd:"" help:"Learn from mailboxes who writes to whom, for --contacts."`
}

type learnContactsCmd struct {
	Mailboxes []string `arg:"" name:"mailbox" help:"A mail, an mbox, a Maildir or a folder; - for standard input."`
	Org       string   `help:"The organisation's profile: tells mail sent from mail received." type:"existingfile" placeholder:"FILE" required:""`
	Out       string   `help:"The file to write; what it holds already is kept and added to." default:"contacts.jsonl" placeholder:"FILE"`
}

// Run reads the mailboxes and adds what it learns to the file.
func (c *learnContactsCmd) Run(ctx context.Context, t terminal) error {
	profile, err := org.Load(c.Org)
	if err != nil {
		return err
	}
	book, err := contact.LoadOrNew(c.Out)
	if err != nil {
		return err
	}
	learned, left := 0, 0
	err = source.Walk(ctx, c.Mailboxes, t.in, func(item source.Item) error {
		defer item.Close()
		if item.Err != nil || item.Artifact.Kind != sekisho.KindMail {
			left++
			return nil
		}
		// Learning needs the headers only: a mail whose body is broken still says who wrote to whom.
		_ = mail.Opener.Run(ctx, item.Artifact, sekisho.NewBudget(sekisho.Limits{}))
		form, ok := item.Artifact.Form.(*sekisho.Mail)
		if !ok {
			left++
			return nil
		}
		book.Add(form, profile)
		learned++
		return nil
	})
	if err != nil {
		return err
	}
	if err := book.Save(c.Out); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "learned from %d mails into %s; %d other files were left out\n", learned, c.Out, left)
	return nil
}
