package milter

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// packetLimit bounds a packet in bytes. An MTA sends bodies in chunks of 64 KiB, and Postfix headers of up to 100 KiB.
const packetLimit = 1 << 20

// What an MTA sends.
const (
	sayAbort     = 'A'
	sayBody      = 'B'
	sayConnect   = 'C'
	sayMacros    = 'D'
	sayEnd       = 'E'
	sayHelo      = 'H'
	sayNewClient = 'K'
	sayHeader    = 'L'
	sayMail      = 'M'
	sayHeaderEnd = 'N'
	sayOptions   = 'O'
	sayQuit      = 'Q'
	sayRecipient = 'R'
	sayData      = 'T'
	sayUnknown   = 'U'
)

// What it is answered.
const (
	answerReplaceBody  = 'b'
	answerContinue     = 'c'
	answerDiscard      = 'd'
	answerInsertHeader = 'i'
	answerChangeHeader = 'm'
	answerQuarantine   = 'q'
	answerReply        = 'y'
)

// errProtocol says that what the MTA sent is no milter protocol. The connection ends, and the MTA does what
// milter_default_action tells it.
var errProtocol = errors.New("milter protocol")

// A packet is one thing an MTA says. Its data is valid until the next one is read.
type packet struct {
	code byte
	data []byte
}

// A packetReader reads packets into one buffer.
type packetReader struct {
	r   *bufio.Reader
	buf []byte
}

// next reads a packet. It allocates no more than has arrived, whatever length a packet states. The error is io.EOF only
// between packets.
func (p *packetReader) next() (packet, error) {
	var head [5]byte
	if n, err := io.ReadFull(p.r, head[:]); err != nil {
		if n > 0 && errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return packet{}, err
	}
	length := binary.BigEndian.Uint32(head[:4])
	if length == 0 || length > packetLimit {
		return packet{}, fmt.Errorf("%w: a packet of %d bytes", errProtocol, length)
	}
	want := int(length) - 1
	p.buf = p.buf[:0]
	for len(p.buf) < want {
		start, more := len(p.buf), min(want-len(p.buf), max(cap(p.buf)-len(p.buf), 64<<10))
		if cap(p.buf)-start < more {
			p.buf = append(p.buf, make([]byte, more)...)
		} else {
			p.buf = p.buf[:start+more]
		}
		if _, err := io.ReadFull(p.r, p.buf[start:]); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return packet{}, err
		}
	}
	return packet{head[4], p.buf}, nil
}

// words splits data into the NUL-terminated strings it consists of.
func words(data []byte) ([]string, error) {
	if len(data) > 0 && data[len(data)-1] != 0 {
		return nil, fmt.Errorf("%w: a string without its end", errProtocol)
	}
	if len(data) == 0 {
		return nil, nil
	}
	return strings.Split(string(data[:len(data)-1]), "\x00"), nil
}

// parseConnect returns the client's address, empty when it has none.
func parseConnect(data []byte) (client string, err error) {
	_, rest, ok := strings.Cut(string(data), "\x00")
	if !ok || rest == "" {
		return "", fmt.Errorf("%w: a connection without a family", errProtocol)
	}
	family, rest := rest[0], rest[1:]
	if family != '4' && family != '6' {
		return "", nil
	}
	if len(rest) < 3 || !strings.HasSuffix(rest, "\x00") {
		return "", fmt.Errorf("%w: a connection without an address", errProtocol)
	}
	client = strings.TrimSuffix(rest[2:], "\x00")
	if family == '6' && len(client) > 5 && strings.EqualFold(client[:5], "ipv6:") {
		client = client[5:]
	}
	return client, nil
}

// parseAddress returns the address of MAIL or RCPT, without its angle brackets and the ESMTP parameters.
func parseAddress(data []byte) (string, error) {
	list, err := words(data)
	if err != nil {
		return "", err
	}
	if len(list) == 0 {
		return "", fmt.Errorf("%w: no address", errProtocol)
	}
	address := list[0]
	if strings.HasPrefix(address, "<") && strings.HasSuffix(address, ">") {
		address = address[1 : len(address)-1]
	}
	return address, nil
}

// parseHeader returns the field's name and its value as the MTA sends them.
func parseHeader(data []byte) (name, value string, err error) {
	list, err := words(data)
	if err != nil {
		return "", "", err
	}
	if len(list) != 2 || list[0] == "" {
		return "", "", fmt.Errorf("%w: a header of %d strings", errProtocol, len(list))
	}
	return list[0], list[1], nil
}

// parseMacros calls set for each macro, with the command it belongs to.
func parseMacros(data []byte, set func(command byte, name, value string)) error {
	if len(data) == 0 {
		return fmt.Errorf("%w: macros of nothing", errProtocol)
	}
	list, err := words(data[1:])
	if err != nil {
		return err
	}
	if len(list)%2 != 0 {
		return fmt.Errorf("%w: a macro without a value", errProtocol)
	}
	for i := 0; i < len(list); i += 2 {
		set(data[0], strings.Trim(list[i], "{}"), list[i+1])
	}
	return nil
}

// An answer collects packets, which go out at once.
type answer struct{ bytes []byte }

func (a *answer) say(code byte, parts ...string) {
	length := 1
	for _, part := range parts {
		length += len(part)
	}
	a.bytes = binary.BigEndian.AppendUint32(a.bytes, uint32(length))
	a.bytes = append(a.bytes, code)
	for _, part := range parts {
		a.bytes = append(a.bytes, part...)
	}
}

// reply answers with an SMTP code, an enhanced code and a text of one line without per cent signs.
func (a *answer) reply(text string) { a.say(answerReply, text, "\x00") }

// header says a change of the header: the index counts fields of that name from 1, or is the place to insert at.
func (a *answer) header(code byte, index int, name, value string) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(index))
	a.say(code, string(n[:]), name, "\x00", value, "\x00")
}

// chunk is the most of a body that a packet holds: MILTER_CHUNK_SIZE.
const chunk = 65535

func (a *answer) body(body []byte) {
	for len(body) > 0 {
		n := min(len(body), chunk)
		a.say(answerReplaceBody, string(body[:n]))
		body = body[n:]
	}
}

// writeTo sends what was said and forgets it.
func (a *answer) writeTo(conn net.Conn) error {
	if len(a.bytes) == 0 {
		return nil
	}
	_, err := conn.Write(a.bytes)
	if a.bytes = a.bytes[:0]; cap(a.bytes) > packetLimit {
		a.bytes = nil
	}
	return err
}
