package config

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// resolve makes paths that are written relative to the file, and those of the record relative to Data, usable from anywhere.
func (c *Config) resolve(folder string) {
	in := func(base string, path *string) {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(base, *path)
		}
	}
	c.HTTP.address()
	in(folder, &c.Data)
	if !c.Postgres() {
		in(c.Data, &c.Record.URL)
	}
	in(c.Data, &c.Record.Keys)
	for _, path := range []*string{&c.Rules, &c.Yara, &c.HTTP.Cert, &c.HTTP.Key} {
		in(folder, path)
	}
	for _, file := range []*File{&c.Record.Password, &c.Inbox.Password, &c.Inbox.Token, &c.SMTP.Password} {
		in(folder, (*string)(file))
	}
	for i := range c.Watch {
		in(folder, &c.Watch[i].Folder)
		in(folder, &c.Watch[i].MoveTo)
	}
	for i := range c.Notify.Channels {
		in(folder, (*string)(&c.Notify.Channels[i].URL))
		in(folder, (*string)(&c.Notify.Channels[i].Key))
	}
	in(folder, &c.SIEM.File)
	in(folder, &c.SIEM.CA)
}

// address gives the console the URL that it has when it listens on this machine and none is said.
func (h *HTTP) address() {
	if _, port, err := net.SplitHostPort(h.Listen); err == nil && h.URL == "" && h.Cert == "" && !h.Proxy && loopback(h.Listen) {
		h.URL = "http://localhost:" + port
	}
}

// Postgres reports whether the record is in PostgreSQL.
func (c *Config) Postgres() bool {
	return strings.HasPrefix(c.Record.URL, "postgres://") || strings.HasPrefix(c.Record.URL, "postgresql://")
}

// check finds what is wrong between keys.
func (r *reader) check(c *Config) {
	if c.Postgres() {
		if u, err := url.Parse(c.Record.URL); err != nil {
			r.wrong("record.url", "record.url is not a URL")
		} else if _, has := u.User.Password(); has {
			r.wrong("record.url", "record.url holds a password: put it into a file and name that in record.password_file")
		}
	}
	if c.Record.Releasers != 1 && c.Record.Releasers != 2 {
		r.wrong("record.releasers", "record.releasers is %d, want 1 or 2", c.Record.Releasers)
	}
	r.checkHTTP(c.HTTP)
	r.checkAddresses(c)
	if c.Milter.Timeout == 0 {
		r.wrong("milter.timeout", "milter.timeout is 0s: no mail could be judged")
	}
	for _, network := range c.Milter.Internal {
		if _, err := netip.ParsePrefix(network); err != nil {
			r.wrong("milter.internal", "milter.internal: %q is no network such as 10.0.0.0/8", network)
		}
	}
	r.checkInbox(c)
	r.checkWatch(c)
	r.checkNotify(c)
	r.checkSIEM(c.SIEM)
}

// checkAddresses checks what has to be HOST:PORT, when it is set.
func (r *reader) checkAddresses(c *Config) {
	if path, unix := strings.CutPrefix(c.Milter.Listen, "unix:"); unix {
		if path == "" {
			r.wrong("milter.listen", "milter.listen is %q, want HOST:PORT or unix:PATH", c.Milter.Listen)
		}
	} else if c.Milter.Listen != "" && !hostPort(c.Milter.Listen) {
		r.wrong("milter.listen", "milter.listen is %q, want HOST:PORT or unix:PATH", c.Milter.Listen)
	}
	for _, one := range [][2]string{{"http.listen", c.HTTP.Listen}, {"http.metrics", c.HTTP.Metrics}, {"inbox.server", c.Inbox.Server},
		{"smtp.server", c.SMTP.Server}, {"release.server", c.Release.Server}} {
		if one[1] != "" && !hostPort(one[1]) {
			r.wrong(one[0], "%s is %q, want HOST:PORT", one[0], one[1])
		}
	}
	if c.HTTP.Listen == "" {
		r.wrong("http.listen", "http.listen is empty: the console is where people decide")
	}
}

func hostPort(text string) bool {
	_, port, err := net.SplitHostPort(text)
	return err == nil && port != ""
}

func (r *reader) checkHTTP(h HTTP) {
	u, err := url.Parse(h.URL)
	if h.URL == "" {
		r.wrong("http.url", "http.url is not set: how do people reach the console?")
	} else if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" {
		r.wrong("http.url", "http.url is %q, want https://NAME or http://localhost:PORT", h.URL)
	} else if u.Scheme == "http" && !loopback(u.Host) {
		r.wrong("http.url", "http.url is %q: beyond this machine it has to be https, or browsers give no passkeys", h.URL)
	}
	if (h.Cert == "") != (h.Key == "") {
		r.wrong("http", "http: certificate and key want each other")
	}
	if h.Cert == "" && !h.Proxy && !loopback(h.Listen) {
		r.wrong("http.listen", "http.listen is %q without certificate and key: listen on 127.0.0.1, or set them, or proxy", h.Listen)
	}
}

// loopback reports whether a HOST:PORT is of this machine alone.
func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

func (r *reader) checkWatch(c *Config) {
	for i, w := range c.Watch {
		switch {
		case w.Folder == "":
			r.wrong("watch", "watch: the entry %d names no folder", i+1)
		case w.MoveTo != "" && filepath.Clean(w.MoveTo) == filepath.Clean(w.Folder):
			r.wrong("watch.move_to", "watch: %s cannot be moved to itself", w.Folder)
		case within(w.Folder, c.Data):
			r.wrong("watch.folder", "watch: the data folder %s is in %s, and would be inspected without end", c.Data, w.Folder)
		case c.SIEM.File != "" && within(w.Folder, c.SIEM.File):
			r.wrong("watch.folder", "watch: siem.file %s is in %s, and would be inspected without end", c.SIEM.File, w.Folder)
		}
	}
}

// within reports whether a path is a folder or below it.
func within(folder, path string) bool {
	from, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(from)
}

func (r *reader) checkInbox(c *Config) {
	if c.Inbox.Server == "" {
		return
	}
	if c.Inbox.User == "" {
		r.wrong("inbox", "inbox names a server and no user")
	}
	if (c.Inbox.Password == "") == (c.Inbox.Token == "") {
		r.wrong("inbox", "inbox wants one of password_file and token_file")
	}
	if c.Inbox.Plain && !loopback(c.Inbox.Server) {
		r.wrong("inbox.plaintext", "inbox.plaintext is for a server on this machine only")
	}
}

func (r *reader) checkNotify(c *Config) {
	if c.Notify.Digest != "" {
		if _, err := time.Parse("15:04", c.Notify.Digest); err != nil {
			r.wrong("notify.digest", "notify.digest is %q, want a time such as 08:45", c.Notify.Digest)
		}
	}
	if _, err := time.LoadLocation(c.Notify.Zone); err != nil {
		r.wrong("notify.zone", "notify.zone is %q, want a name such as Asia/Tokyo", c.Notify.Zone)
	}
	var names []string
	for i := range c.Notify.Channels {
		channel := &c.Notify.Channels[i]
		channel.Name = cmpOr(channel.Name, channel.Kind)
		if slices.Contains(names, channel.Name) {
			r.wrong("notify", "notify: two channels have the name %q", channel.Name)
		}
		names = append(names, channel.Name)
		switch {
		case channel.Kind == "":
			r.wrong("notify", "notify: the channel %d has no kind", i+1)
		case channel.Kind == "mail" && (len(channel.To) == 0 || c.SMTP.Server == "" || c.SMTP.From == ""):
			r.wrong("notify", "notify: mail wants to, smtp.server and smtp.from")
		case channel.Kind != "mail" && channel.URL == "":
			r.wrong("notify", "notify: %s wants url_file", channel.Name)
		case channel.Kind == "webhook" && channel.Key == "":
			r.wrong("notify", "notify: %s wants key_file, by which the receiver can tell that it is from us", channel.Name)
		}
	}
}

func (r *reader) checkSIEM(s SIEM) {
	u, err := url.Parse(s.Syslog)
	if s.Syslog != "" && (err != nil || u.Port() == "" || !slices.Contains([]string{"udp", "tcp", "tls"}, u.Scheme)) {
		r.wrong("siem.syslog", "siem.syslog is %q, want an address such as tls://siem.example:6514", s.Syslog)
	}
}
