// Command nxdomain answers every DNS question on the given loopback address with "no such name", at once. Measuring a
// peer offline with it measures the peer, and not how long it waits for a resolver that is not there.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: nxdomain 127.0.0.1:PORT")
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "nxdomain:", serve(os.Args[1]))
	os.Exit(1)
}

// serve answers until it cannot, and says why.
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
		if deny(buf[:n]) {
			if _, err := conn.WriteTo(buf[:n], from); err != nil {
				return err
			}
		}
	}
}

// deny turns a question into its own denial, in place: the response bit, recursion available, and NXDOMAIN, RFC 1035
// §4.1.1. It reads nothing else, so that no question is too odd to be answered.
func deny(m []byte) bool {
	if len(m) < 12 {
		return false
	}
	m[2] |= 0x80
	m[3] = 0x80 | 3
	return true
}
