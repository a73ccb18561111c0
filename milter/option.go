package milter

import (
	"encoding/binary"
	"fmt"
)

// version is the protocol's version spoken here; MTAs since version 2 are understood.
const version = 6

// What a milter may do to a mail (SMFIF).
const (
	mayAddHeaders    = 1 << 0
	mayChangeBody    = 1 << 1
	mayChangeHeaders = 1 << 4
	mayQuarantine    = 1 << 5
)

// How the protocol is spoken (SMFIP).
const (
	noHeaderReply    = 1 << 7
	noUnknown        = 1 << 8
	noConnectReply   = 1 << 12
	noHeloReply      = 1 << 13
	noMailReply      = 1 << 14
	noRecipientReply = 1 << 15
	noDataReply      = 1 << 16
	noHeaderEndReply = 1 << 18
	noBodyReply      = 1 << 19
	leadingSpace     = 1 << 20 // header values come, and are sent, with the space before them
)

// wanted is how the protocol is spoken if the MTA can: nothing is answered before the mail's end, so that the MTA waits
// once a mail, and headers come as they are written.
const wanted = noHeaderReply | noUnknown | noConnectReply | noHeloReply | noMailReply | noRecipientReply | noDataReply |
	noHeaderEndReply | noBodyReply | leadingSpace

// replies says by which option the answer to a command is left out.
var replies = map[byte]uint32{
	sayConnect: noConnectReply, sayHelo: noHeloReply, sayMail: noMailReply, sayRecipient: noRecipientReply, sayData: noDataReply,
	sayHeader: noHeaderReply, sayHeaderEnd: noHeaderEndReply, sayBody: noBodyReply, sayUnknown: 0,
}

// negotiate answers the MTA's offer. It asks for what the policy needs and no more, and fails when the MTA cannot do it: a
// policy that cannot be carried out must be seen, not forgotten.
func negotiate(data []byte, needs uint32) (protocol uint32, reply answer, err error) {
	if len(data) < 12 {
		return 0, reply, fmt.Errorf("%w: an offer of %d bytes", errProtocol, len(data))
	}
	theirs, actions, offered := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:]), binary.BigEndian.Uint32(data[8:])
	if theirs < 2 {
		return 0, reply, fmt.Errorf("%w: version %d", errProtocol, theirs)
	}
	if missing := needs &^ actions; missing != 0 {
		return 0, reply, fmt.Errorf("%w: the policy needs actions %#x that the MTA does not offer", errProtocol, missing)
	}
	protocol = offered & wanted
	var said [12]byte
	binary.BigEndian.PutUint32(said[:], min(theirs, version))
	binary.BigEndian.PutUint32(said[4:], needs)
	binary.BigEndian.PutUint32(said[8:], protocol)
	reply.say(sayOptions, string(said[:]))
	return protocol, reply, nil
}
