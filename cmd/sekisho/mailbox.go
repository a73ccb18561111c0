package main

import (
	"context"
	"fmt"
	"time"

	"github.com/sekisho/sekisho/config"
	"github.com/sekisho/sekisho/effect/answer"
	"github.com/sekisho/sekisho/inbox"
)

// inboxDoor watches the report mailbox, when there is one.
func (s *serving) inboxDoor(context.Context) ([]*service, error) {
	c := s.config.Inbox
	if c.Server == "" {
		return nil, nil
	}
	if _, err := secretOf(c).Read(); err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	door := &inbox.Door{Checkpoint: s.check, Record: s.store, Org: s.parts.Org, Log: s.log, Config: inbox.Config{
		Server: s.mailbox(), Folder: c.Folder, Done: c.Done, Failed: c.Failed, Poll: time.Duration(c.Poll), Addresses: c.Also,
		Proof: c.Proof, Delivered: c.Header, From: c.From, Contact: c.Contact, PerHour: c.PerHour, Relay: s.relay()}}
	return []*service{{name: "inbox", where: c.User + " at " + c.Server, run: door.Run, seen: func() (int64, time.Time) {
		status := door.Status()
		return int64(status.Judged), status.LastMail
	}, ill: func() string {
		if status := door.Status(); status.Connected.IsZero() {
			return status.Error
		}
		return ""
	}}}, nil
}

// mailbox is the server and account of the report mailbox.
func (s *serving) mailbox() inbox.Server {
	c := s.config.Inbox
	server := inbox.Server{Address: c.Server, User: c.User, Plain: c.Plain}
	if c.Token != "" {
		server.Token = c.Token.Read
	} else {
		server.Password = c.Password.Read
	}
	return server
}

func secretOf(c config.Inbox) config.File {
	if c.Token != "" {
		return c.Token
	}
	return c.Password
}

// relay is the mail server that takes answers, nil for none.
func (s *serving) relay() *answer.Relay {
	c := s.config.SMTP
	if c.Server == "" {
		return nil
	}
	relay := &answer.Relay{Server: c.Server, User: c.User, Sign: s.signOwn}
	if c.User != "" {
		relay.Password = c.Password.Read
	}
	return relay
}
