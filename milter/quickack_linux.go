package milter

import (
	"net"
	"syscall"
)

// A quickConn acknowledges at once what it reads. An MTA writes a mail in several pieces and holds the last, small one
// back until the others are acknowledged (Nagle), which Linux delays by 40 ms. The kernel forgets the option, so it is set
// before each read.
type quickConn struct {
	*net.TCPConn
	raw syscall.RawConn
	ask func(fd uintptr)
}

// quick returns a connection that acknowledges at once, if it is one over TCP.
func quick(conn net.Conn) net.Conn {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return conn
	}
	return &quickConn{tcp, raw, func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1) // without it, it is only slower
	}}
}

// Read reads as net.Conn does.
func (q *quickConn) Read(p []byte) (int, error) {
	if err := q.raw.Control(q.ask); err != nil {
		return 0, err
	}
	return q.TCPConn.Read(p)
}
