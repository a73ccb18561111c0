package milter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// Times a connection has. Between two commands an SMTP client may take all the time its server grants it, five minutes
// with Postfix.
const (
	readTime  = 15 * time.Minute
	writeTime = 30 * time.Second
)

// A session is one connection of an MTA: one SMTP client, any number of mails.
type session struct {
	door     *Door
	ctx      context.Context // done when the door closes
	conn     net.Conn
	packets  packetReader
	answer   answer
	protocol uint32
	agreed   bool // the options are negotiated

	client, helo string
	user         string // of the macro auth_authen
	queue        string // of the macro i
	message      *message
	spare        []byte // the memory of the last message's spool
}

// errQuit ends a session as the MTA wishes.
var errQuit = errors.New("quit")

// run serves the connection until the MTA quits, says nonsense, or the door closes.
func (s *session) run() error {
	defer s.reset()
	s.conn = quick(s.conn)
	s.packets.r = bufio.NewReaderSize(s.conn, 64<<10)
	unblock := context.AfterFunc(s.ctx, func() { _ = s.conn.SetReadDeadline(time.Unix(1, 0)) }) // a closed connection needs no waking
	defer unblock()
	for {
		if err := s.conn.SetReadDeadline(time.Now().Add(readTime)); err != nil {
			return err
		}
		if s.ctx.Err() != nil { // looked at behind the deadline: either it, or this, sees the end
			return nil
		}
		p, err := s.packets.next()
		switch {
		case errors.Is(err, io.EOF) && s.message == nil, s.ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case err != nil:
			return err
		}
		if err := s.step(p); err != nil {
			if errors.Is(err, errQuit) {
				return nil
			}
			return err
		}
	}
}

// step does what a packet says, and answers when the MTA waits.
func (s *session) step(p packet) error {
	if !s.agreed && p.code != sayOptions {
		return fmt.Errorf("%w: %q before the options", errProtocol, p.code)
	}
	switch p.code {
	case sayOptions:
		return s.options(p.data)
	case sayMacros:
		return parseMacros(p.data, s.macro)
	case sayAbort:
		s.reset()
		return nil
	case sayQuit:
		return errQuit
	case sayNewClient:
		s.reset()
		s.client, s.helo, s.user = "", "", ""
		return nil
	case sayEnd:
		return s.end(p.data)
	}
	silent, known := replies[p.code]
	if !known {
		return fmt.Errorf("%w: a command %q", errProtocol, p.code)
	}
	if err := s.hear(p); err != nil {
		return err
	}
	if s.protocol&silent != 0 {
		return nil
	}
	s.answer.say(answerContinue)
	return s.send()
}

// hear keeps what a packet tells of the connection or the mail.
func (s *session) hear(p packet) (err error) {
	switch p.code {
	case sayConnect:
		s.client, err = parseConnect(p.data)
		return err
	case sayHelo:
		list, err := words(p.data)
		if err == nil && len(list) > 0 {
			s.helo = list[0]
		}
		return err
	case sayMail:
		return s.begin(p.data)
	case sayData, sayUnknown:
		return nil
	}
	if s.message == nil {
		return fmt.Errorf("%w: %q outside of a mail", errProtocol, p.code)
	}
	switch p.code {
	case sayRecipient:
		address, err := parseAddress(p.data)
		if err != nil {
			return err
		}
		s.message.recipient(address)
	case sayHeader:
		name, value, err := parseHeader(p.data)
		if err != nil {
			return err
		}
		if s.message.bodyStart != 0 {
			return fmt.Errorf("%w: a header in the body", errProtocol)
		}
		s.message.header(name, value)
	case sayHeaderEnd:
		s.message.endHeader()
	case sayBody:
		s.message.endHeader()
		s.message.write(p.data)
	}
	return nil
}

func (s *session) options(data []byte) error {
	if s.agreed {
		return fmt.Errorf("%w: options twice", errProtocol)
	}
	var err error
	if s.protocol, s.answer, err = negotiate(data, s.door.Policy.needs(len(s.door.Key) > 0)); err != nil {
		return err
	}
	s.agreed = true
	return s.send()
}

// macro keeps the two macros that are read. A mail's macros may come before MAIL does.
func (s *session) macro(command byte, name, value string) {
	switch name {
	case "auth_authen":
		s.user = value
	case "i":
		s.queue = value
	}
	if s.message != nil && command != sayMail {
		s.message.queue = s.queue
	}
}

func (s *session) begin(data []byte) error {
	from, err := parseAddress(data)
	if err != nil {
		return err
	}
	user, queue := s.user, s.queue
	s.reset()
	m := &message{user: user, queue: queue, spaced: s.protocol&leadingSpace != 0}
	m.dir, m.limit, m.mem = s.door.Spool, s.door.maxBytes(), s.spare[:0]
	m.envelope.From, m.envelope.Client, m.envelope.Helo = from, s.client, s.helo
	s.message, s.spare = m, nil
	return nil
}

// reset forgets the mail that was coming in.
func (s *session) reset() {
	if s.message != nil {
		s.message.close()
		s.spare = s.message.mem
	}
	s.message, s.user, s.queue = nil, "", ""
}

// end is the end of a mail: the only moment at which an MTA is told something.
func (s *session) end(data []byte) error {
	m := s.message
	if m == nil {
		return fmt.Errorf("%w: the end of no mail", errProtocol)
	}
	m.endHeader()
	m.write(data)
	settled := s.door.settle(s.ctx, m, &s.answer)
	err := s.send()
	if settled.complete != nil {
		settled.complete(err)
	}
	if settled.lent { // an inspection that ran out of time may still read it, and closes it
		s.message, s.user, s.queue = nil, "", ""
	} else {
		s.reset()
	}
	return err
}

func (s *session) send() error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	return s.answer.writeTo(s.conn)
}
