// Package calendar opens calendars: the invitations (RFC 5545, "invite.ics") that calendar programs show, and often
// enter, before anyone accepts them.
//
// What a person reads there (summary, description, location, comments, the organizer's name) becomes one text, whose
// addresses the opener of texts finds. Addresses in properties of their own become links, HTML descriptions pages,
// enclosed files files, and the mail domains of organizers and attendees domains. Times, recurrence and time zones are
// not read.
package calendar

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/charset"
	"github.com/sekisho/sekisho/host"
)

// Opener reads calendars.
var Opener = &sekisho.Opener{
	Name: "calendar",
	Doc: "Calendars (iCalendar).\n\nWhat a person reads in the events becomes a text; links, HTML descriptions, enclosed files and the mail domains " +
		"of organizers and attendees become parts. Times and recurrence are not read.",
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Types: []string{"text/calendar"},
	Run:   run,
}

const (
	sizeLimit   = 8 << 20 // bytes that are read
	lineLimit   = 100_000 // properties that are read
	linkLimit   = 200     // different links that become parts
	domainLimit = 100     // different domains that become parts
)

func run(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	data, err := read(a)
	c := &calendar{a: a, b: b, links: map[string]bool{}, domains: map[string]bool{}}
	c.fail(err)
	text, _ := charset.Decode("utf-8", unfold(data)) // RFC 5545 §3.1.4; what is not UTF-8 is guessed
	if !strings.Contains(strings.ToUpper(text[:min(len(text), 1024)]), "BEGIN:VCALENDAR") {
		c.fail(fmt.Errorf("%w: no BEGIN:VCALENDAR", sekisho.ErrMalformed))
	}
	for n := 0; text != ""; n++ {
		if n == lineLimit {
			c.fail(fmt.Errorf("%w: more than %d properties", sekisho.ErrLimit, lineLimit))
			break
		}
		if err := ctx.Err(); err != nil {
			c.fail(fmt.Errorf("%w: %w", sekisho.ErrTimeout, err))
			break
		}
		var line string
		line, text = cutLine(text)
		c.property(parseProperty(line))
	}
	c.emit()
	return errors.Join(c.errs...)
}

func read(a *sekisho.Artifact) ([]byte, error) {
	if a.Blob == nil {
		return nil, nil
	}
	data := make([]byte, max(0, min(a.Size, sizeLimit)))
	n, err := io.ReadFull(io.NewSectionReader(a.Blob, 0, int64(len(data))), data)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return data[:n], fmt.Errorf("read calendar: %w", err)
	case a.Size > sizeLimit:
		return data[:n], fmt.Errorf("%w: a calendar of %d bytes, %d were read", sekisho.ErrLimit, a.Size, n)
	}
	return data[:n], nil
}

// A calendar is the reading of one calendar.
type calendar struct {
	a       *sekisho.Artifact
	b       *sekisho.Budget
	words   []string // what a person reads
	parts   []part
	links   map[string]bool
	domains map[string]bool
	errs    []error
}

// A part is an artifact to be added and its bytes.
type part struct {
	artifact *sekisho.Artifact
	data     []byte
}

func (c *calendar) fail(err error) {
	if err != nil && len(c.errs) < 20 {
		c.errs = append(c.errs, err)
	}
}

// emit adds the text and then the other parts in the order of the calendar.
func (c *calendar) emit() {
	if len(c.words) > 0 {
		text := []byte(strings.Join(c.words, "\n"))
		c.parts = append([]part{{&sekisho.Artifact{Kind: sekisho.KindText, Via: "content"}, text}}, c.parts...)
	}
	for _, p := range c.parts {
		if p.data != nil {
			p.artifact.Blob, p.artifact.Size = bytes.NewReader(p.data), int64(len(p.data))
		}
		err := c.b.Spend(p.artifact.Size)
		if err == nil {
			err = c.b.Add(c.a, p.artifact)
		}
		if err != nil {
			c.fail(err)
			return
		}
	}
}

func (c *calendar) property(p property) {
	if link := p.get("ALTREP"); link != "" {
		c.link(link)
	}
	switch p.name {
	case "SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "X-WR-CALNAME", "X-WR-CALDESC":
		c.say(unescape(p.value))
	case "X-ALT-DESC", "STYLED-DESCRIPTION":
		if strings.EqualFold(p.get("VALUE"), "URI") {
			c.link(p.value)
		} else if page := unescape(p.value); page != "" {
			c.parts = append(c.parts, part{&sekisho.Artifact{Kind: sekisho.KindPage, Via: "content"}, []byte(page)})
		}
	case "ATTACH", "IMAGE":
		if strings.EqualFold(p.get("ENCODING"), "BASE64") || strings.EqualFold(p.get("VALUE"), "BINARY") {
			c.file(p)
			return
		}
		c.link(p.value)
	case "ORGANIZER", "ATTENDEE":
		if p.name == "ORGANIZER" {
			c.say(p.get("CN"))
		}
		c.domain(p.value)
		c.domain(p.get("EMAIL"))
		c.domain(p.get("SENT-BY"))
	case "URL", "CONFERENCE":
		c.link(p.value)
	case "TZURL": // where a program finds the time zone; nobody sees it
	default:
		if scheme, _, ok := strings.Cut(p.value, "://"); ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")) {
			c.link(p.value)
		}
	}
}

// say adds what a person reads, once: programs repeat the summary in every component.
func (c *calendar) say(words string) {
	words = strings.TrimSpace(words)
	if words == "" || len(c.words) > 0 && c.words[len(c.words)-1] == words {
		return
	}
	c.words = append(c.words, words)
}

func (c *calendar) link(href string) {
	href = strings.TrimSpace(unescape(href))
	if href == "" || c.links[href] || len(href) > 4 && strings.EqualFold(href[:4], "cid:") {
		return
	}
	if len(c.links) == linkLimit {
		c.fail(fmt.Errorf("%w: more than %d links", sekisho.ErrLimit, linkLimit))
		return
	}
	c.links[href] = true
	link := &sekisho.Link{Href: href, Shown: href, Element: "text"}
	c.parts = append(c.parts, part{artifact: &sekisho.Artifact{Kind: sekisho.KindLink, Name: href, Via: "href", Form: link}})
}

// domain adds the domain of a mail address, which may stand after mailto:.
func (c *calendar) domain(address string) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return
	}
	domain, _, _ := strings.Cut(address[at+1:], "?")
	name, _ := host.ASCII(strings.Trim(domain, ` <>"`))
	if name == "" || c.domains[name] {
		return
	}
	if len(c.domains) == domainLimit {
		c.fail(fmt.Errorf("%w: more than %d domains", sekisho.ErrLimit, domainLimit))
		return
	}
	c.domains[name] = true
	c.parts = append(c.parts, part{artifact: &sekisho.Artifact{Kind: sekisho.KindDomain, Name: name, Via: "organizer"}})
}

// file adds a file that stands in the calendar itself.
func (c *calendar) file(p property) {
	name := p.get("FILENAME")
	if name == "" {
		name = p.get("X-FILENAME")
	}
	if name == "" {
		name = p.get("X-APPLE-FILENAME")
	}
	form := &sekisho.File{Declared: strings.ToLower(p.get("FMTTYPE"))}
	value := strings.TrimRight(strings.Join(strings.Fields(p.value), ""), "=")
	data, err := base64.RawStdEncoding.DecodeString(value)
	if err != nil {
		form.Defects = []string{"bad-base64"}
	}
	c.parts = append(c.parts, part{&sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Via: "attachment", Form: form}, data})
}
