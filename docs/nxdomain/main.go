// Command nxdomain answers every DNS question on the given loopback address with "no such name", at once. Measuring a
// peer offline with it measures the peer, and not how long it waits for a resolver that is not there.
package main

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/net/dns/dnsmessage"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: nxdomain 127.0.0.1:PORT")
		os.Exit(2)
	}
	if err := serve(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "nxdomain:", err)
		os.Exit(1)
	}
}

func serve(address string) error {
	conn, err := net.ListenPacket("udp", address)
	if err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return err
		}
		if answer, err := deny(buf[:n]); err == nil {
			if _, err := conn.WriteTo(answer, from); err != nil {
				return err
			}
		}
	}
}

func deny(question []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil {
		return nil, err
	}
	m.Header.Response, m.Header.RecursionAvailable, m.Header.RCode = true, true, dnsmessage.RCodeNameError
	m.Answers, m.Authorities, m.Additionals = nil, nil, nil
	return m.Pack()
}
