package milter

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
)

// encoded returns packets as an MTA sends them.
func encoded(packets ...string) []byte {
	var out []byte
	for _, p := range packets {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}

func TestPackets(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []byte
		want []string
		err  error
	}{
		{"two", encoded("Hmail\x00", "Q"), []string{"Hmail\x00", "Q"}, io.EOF},
		{"one larger than a read", encoded("B" + string(make([]byte, 200_000))), []string{"B" + string(make([]byte, 200_000))}, io.EOF},
		{"cut in the length", encoded("Q")[:3], nil, io.ErrUnexpectedEOF},
		{"cut in the data", encoded("Habc")[:6], nil, io.ErrUnexpectedEOF},
		{"cut before the data", encoded("Habc")[:5], nil, io.ErrUnexpectedEOF},
		{"of no length", []byte{0, 0, 0, 0, 0}, nil, errProtocol},
		{"of four gigabytes", []byte{0xFF, 0xFF, 0xFF, 0xFF, 'B'}, nil, errProtocol},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := packetReader{r: bufio.NewReader(bytes.NewReader(tt.in))}
			var got []string
			for {
				p, err := r.next()
				if err != nil {
					if !errors.Is(err, tt.err) {
						t.Errorf("error %v, want %v", err, tt.err)
					}
					break
				}
				got = append(got, string(p.code)+string(p.data))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%d packets, want %d", len(got), len(tt.want))
			}
		})
	}
}

func TestParseConnect(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string
		bad            bool
	}{
		{"IPv4", "mail.example\x004\x00\x19192.0.2.1\x00", "192.0.2.1", false},
		{"IPv6 of Sendmail", "mail.example\x006\x00\x19IPv6:2001:db8::1\x00", "2001:db8::1", false},
		{"IPv6 of Postfix", "mail.example\x006\x00\x192001:db8::1\x00", "2001:db8::1", false},
		{"a socket", "localhost\x00L\x00\x00/run/x\x00", "", false},
		{"unknown", "localhost\x00U", "", false},
		{"without a family", "localhost\x00", "", true},
		{"cut", "localhost\x004\x00", "", true},
		{"without an end", "localhost", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseConnect([]byte(tt.in))
			if got != tt.want || (err != nil) != tt.bad {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// FuzzPacketsNeverExceedWhatArrives: whatever comes, reading ends, allocates no more than about what came, and what is
// understood is part of it.
func FuzzPacketsNeverExceedWhatArrives(f *testing.F) {
	f.Add(encoded("O\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff", "Cmail\x004\x00\x19192.0.2.1\x00", "DMi\x00A1\x00{auth_authen}\x00aoi\x00", "M<a@b.example>\x00SIZE=3\x00",
		"R<c@d.example>\x00", "T", "LSubject\x00 x\x00", "N", "Bbody\r\n", "E", "A", "Q"))
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF, 'B'})
	f.Add(encoded("L\x00\x00", "D", "M", "C"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := packetReader{r: bufio.NewReader(bytes.NewReader(data))}
		read := 0
		for {
			p, err := r.next()
			if err != nil {
				break
			}
			read += 5 + len(p.data)
			if read > len(data) || cap(r.buf) > len(data)+2*(64<<10) {
				t.Fatalf("read %d, holds %d, of %d", read, cap(r.buf), len(data))
			}
			kept := 0
			if address, err := parseAddress(p.data); err == nil {
				kept = max(kept, len(address))
			}
			if client, err := parseConnect(p.data); err == nil {
				kept = max(kept, len(client))
			}
			if name, value, err := parseHeader(p.data); err == nil {
				kept = max(kept, len(name)+len(value))
			}
			_ = parseMacros(p.data, func(_ byte, name, value string) { kept = max(kept, len(name)+len(value)) }) // either way
			if kept > len(p.data) {
				t.Fatalf("%d bytes out of %d", kept, len(p.data))
			}
		}
	})
}
