package dns

import (
	"context"
	"net"
	"strings"
)

// Fixed is a domain name system as data, for tests and replays. Names are in lower case without a trailing dot; those
// that are in no map do not exist.
type Fixed struct {
	TXT  map[string][]string
	MX   map[string][]string // mail hosts, the preferred one first
	A    map[string][]string // IPv4 and IPv6 addresses
	PTR  map[string][]string // by IP address
	Fail map[string]error    // by name: the error of every question about it; "*" is every name
}

// LookupTXT implements [github.com/sekisho/sekisho.Resolver].
func (f Fixed) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return f.find(ctx, f.TXT, name)
}

// LookupMX implements [github.com/sekisho/sekisho.Resolver].
func (f Fixed) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	hosts, err := f.find(ctx, f.MX, name)
	var records []*net.MX
	for i, host := range hosts {
		records = append(records, &net.MX{Host: host, Pref: uint16(10 * i)})
	}
	return records, err
}

// LookupIPAddr implements [github.com/sekisho/sekisho.Resolver].
func (f Fixed) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	addresses, err := f.find(ctx, f.A, host)
	var records []net.IPAddr
	for _, address := range addresses {
		records = append(records, net.IPAddr{IP: net.ParseIP(address)})
	}
	return records, err
}

// LookupAddr implements [github.com/sekisho/sekisho.Resolver].
func (f Fixed) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	return f.find(ctx, f.PTR, addr)
}

func (f Fixed) find(ctx context.Context, records map[string][]string, name string) ([]string, error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if err := ctx.Err(); err != nil {
		return nil, temporary(name, err.Error())
	}
	for _, key := range []string{name, "*"} {
		if err := f.Fail[key]; err != nil {
			return nil, err
		}
	}
	if found, ok := records[name]; ok {
		return found, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}
