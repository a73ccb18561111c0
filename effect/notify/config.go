package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // digests keep local time where the system has no time zones

	"github.com/sekisho/sekisho"
)

// Config says who is told.
type Config struct {
	Console  string           `yaml:"console" doc:"the console's address as people reach it, for links to cases; empty for messages without links" example:"https://sekisho.kaede-ex.jp"`
	Zone     string           `yaml:"zone" doc:"the time zone of digests; Asia/Tokyo when empty" example:"Asia/Tokyo"`
	Channels []Channel        `yaml:"channels" doc:"who is told, and how"`
	Now      func() time.Time `yaml:"-"` // nil for time.Now

	// Sign returns a mail to these recipients as it goes out: signed, so that the milter knows it again. Nil leaves it as it is.
	Sign func(to []string, mail []byte) []byte `yaml:"-"`
}

// A Channel is one place in which people are told. It has one service.
type Channel struct {
	Name    string   `yaml:"name" doc:"names the channel in the record: lower-case letters, digits and hyphens, up to 32" example:"soc"`
	Lang    string   `yaml:"lang" doc:"the language of its messages: en, ja or both; both when empty" example:"ja"`
	Least   string   `yaml:"least" doc:"the mildest case that is told: pass (every case, reports by staff included), warn, hold or reject; pass when empty" example:"warn"`
	Hourly  int      `yaml:"hourly" doc:"how many cases are told in one hour of the clock, from 1 to 1000; the rest come in one summary, and half is kept for what is held or rejected; 20 when 0" example:"20"`
	Digest  string   `yaml:"digest" doc:"the local time of the daily digest; none when empty" example:"09:00"`
	Slack   *Slack   `yaml:"slack" doc:"a Slack incoming webhook"`
	Teams   *Teams   `yaml:"teams" doc:"a Microsoft Teams webhook made with Workflows"`
	Mail    *Mail    `yaml:"mail" doc:"a mail"`
	Webhook *Webhook `yaml:"webhook" doc:"any HTTPS address, told in JSON signed as Standard Webhooks says"`
}

// Slack is a Slack incoming webhook.
type Slack struct {
	URL Secret `yaml:"url" doc:"where the webhook's address is read from; who knows it can write to the channel"`
}

// Teams is a Microsoft Teams webhook: a flow that posts to a channel when a webhook request is received.
type Teams struct {
	URL Secret `yaml:"url" doc:"where the flow's address is read from; who knows it can write to the channel"`
}

// Mail is a mail handed to the organisation's own mail server.
type Mail struct {
	Server   string   `yaml:"server" doc:"the mail server and port; port 465 speaks TLS from the start, any other must offer STARTTLS, and only a server on this machine may do without" example:"smtp.kaede-ex.jp:587"`
	From     string   `yaml:"from" doc:"the sender's address" example:"sekisho@kaede-ex.jp"`
	To       []string `yaml:"to" doc:"the recipients' addresses, up to 20" example:"[soc@kaede-ex.jp]"`
	User     string   `yaml:"user" doc:"the name to sign in with; empty for none" example:"sekisho"`
	Password Secret   `yaml:"password" doc:"where the password is read from"`
}

// Webhook is any HTTPS address that takes JSON.
type Webhook struct {
	URL Secret `yaml:"url" doc:"where the address is read from"`
	Key Secret `yaml:"key" doc:"where the signing key is read from: whsec_ and the base64 of 24 to 64 random bytes"`
}

// Secret says where a secret is read from. One of the two is given.
type Secret struct {
	File string `yaml:"file" doc:"a file that holds the secret and nothing else" example:"/etc/sekisho/soc-slack-url"`
	Env  string `yaml:"env" doc:"an environment variable that holds the secret" example:"SEKISHO_SLACK_URL"`
}

// secretLimit is the most bytes a secret has.
const secretLimit = 4096

var errNoSecret = errors.New("neither file nor env is given")

// read returns the secret. Its errors name where it was to come from, and never what is there.
func (s Secret) read() (string, error) {
	var value, from string
	switch {
	case s.File != "" && s.Env != "":
		return "", errors.New("both file and env are given: want one")
	case s.File != "":
		from = s.File
		file, err := os.Open(s.File)
		if err != nil {
			return "", err
		}
		defer file.Close()
		data := make([]byte, secretLimit+1)
		n, _ := file.Read(data)
		value = string(data[:n])
	case s.Env != "":
		from = "the environment variable " + s.Env
		value = os.Getenv(s.Env)
	default:
		return "", errNoSecret
	}
	value = strings.TrimSpace(value)
	if value == "" || len(value) > secretLimit {
		return "", fmt.Errorf("%s holds nothing, or more than %d bytes", from, secretLimit)
	}
	return value, nil
}

// A channel is a Channel that was checked, with its service.
type channel struct {
	name    string
	langs   []sekisho.Lang
	least   sekisho.Action
	hourly  int
	digest  time.Duration // after midnight
	daily   bool
	service service
}

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

func openChannel(c Channel, now func() time.Time, sign signer) (*channel, error) {
	ch := &channel{name: c.Name, hourly: c.Hourly}
	if !namePattern.MatchString(c.Name) {
		return nil, fmt.Errorf("name %q: want up to 32 lower-case letters, digits and hyphens", c.Name)
	}
	switch c.Lang {
	case "", "both":
		ch.langs = []sekisho.Lang{sekisho.Japanese, sekisho.English}
	case "en", "ja":
		ch.langs = []sekisho.Lang{sekisho.Lang(c.Lang)}
	default:
		return nil, fmt.Errorf("%s: lang %q: want en, ja or both", c.Name, c.Lang)
	}
	var err error
	if c.Least != "" {
		if ch.least, err = sekisho.ParseAction(c.Least); err != nil {
			return nil, fmt.Errorf("%s: least: %w", c.Name, err)
		}
	}
	if ch.hourly == 0 {
		ch.hourly = 20
	}
	if ch.hourly < 1 || ch.hourly > 1000 {
		return nil, fmt.Errorf("%s: hourly %d: want 1 to 1000", c.Name, c.Hourly)
	}
	if c.Digest != "" {
		at, err := time.Parse("15:04", c.Digest)
		if err != nil {
			return nil, fmt.Errorf("%s: digest %q: want a time such as 09:00", c.Name, c.Digest)
		}
		ch.digest, ch.daily = time.Duration(at.Hour())*time.Hour+time.Duration(at.Minute())*time.Minute, true
	}
	if ch.service, err = openService(c, now, sign); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	return ch, nil
}

// A signer is Config.Sign.
type signer func(to []string, mail []byte) []byte

// A service carries a message to people.
type service interface {
	send(context.Context, message) error
}

func openService(c Channel, now func() time.Time, sign signer) (service, error) {
	var services []service
	var problems []error
	add := func(s service, err error) { services, problems = append(services, s), append(problems, err) }
	if c.Slack != nil {
		add(newSlack(*c.Slack))
	}
	if c.Teams != nil {
		add(newTeams(*c.Teams))
	}
	if c.Mail != nil {
		add(newMail(*c.Mail, now, sign))
	}
	if c.Webhook != nil {
		add(newWebhook(*c.Webhook, now))
	}
	if len(services) != 1 {
		return nil, fmt.Errorf("%d services: want one of slack, teams, mail and webhook", len(services))
	}
	return services[0], errors.Join(problems...)
}

// consoleAddress returns the address without a slash at its end.
func consoleAddress(address string) (string, error) {
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("console %q: want an address such as https://sekisho.example", address)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func zone(name string) (*time.Location, error) {
	if name == "" {
		name = "Asia/Tokyo"
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone %q: want a name such as Asia/Tokyo", name)
	}
	return location, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}
