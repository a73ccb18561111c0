package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho/people"
)

// An endpoint is one row of the table by which requests are routed, checked and described.
type endpoint struct {
	method string
	path   string // {name} is one segment, {name...} the rest; neither is ever a path of a file system
	name   string // the operation's, for generated clients
	title  string
	doc    string
	scope  people.Scope // empty for no token

	query  []parameter
	media  []string // of a body that is not JSON
	repeat bool     // takes Idempotency-Key
	limit  bodySize
	in     any // an example of the body, of its type; nil for none
	out    any // an example of the answer, of its type; nil for none
	status int // of an answer, 0 for 200
	other  int // of an answer that is worked on afterwards, 0 for none
	faults []*fault

	serve func(*server, *call) (any, error)

	segments []string
}

// A bodySize says which limit holds for a body.
type bodySize int

const (
	smallBody bodySize = iota // Limits.JSON
	listBody                  // eight times as much
	fileBody                  // Limits.File
)

// reading makes the handler of an endpoint that takes a JSON body.
func reading[In any](serve func(*server, *call, In) (any, error)) func(*server, *call) (any, error) {
	return func(s *server, c *call) (any, error) {
		var in In
		if err := c.decode(&in); err != nil {
			return nil, err
		}
		return serve(s, c, in)
	}
}

// A parameter is one of the query. One that is not described is refused, for it is a filter that would not filter.
type parameter struct {
	name    string
	doc     string
	format  string   // "", integer, or date-time
	enum    []string // nil for any
	example string
}

// queryLimit is how many bytes a parameter may have.
const queryLimit = 400

// accepts reports whether the endpoint takes a body of that type.
func (e *endpoint) accepts(media string) bool {
	return slices.Contains(e.media, media) || slices.Contains(e.media, "*/*")
}

// takesBody reports whether the endpoint reads a body.
func (e *endpoint) takesBody() bool { return e.in != nil || e.media != nil }

// match returns what the path's variables are when the endpoint's path matches the segments, which are percent-encoded.
func (e *endpoint) match(segments []string) (map[string]string, bool) {
	var values map[string]string
	for i, want := range e.segments {
		name, variable := strings.CutPrefix(want, "{")
		name = strings.TrimSuffix(name, "}")
		switch {
		case i >= len(segments):
			return nil, false
		case !variable && segments[i] != want:
			return nil, false
		case !variable:
			continue
		}
		value := segments[i]
		name, rest := strings.CutSuffix(name, "...")
		if rest {
			value = strings.Join(segments[i:], "/")
		}
		decoded, err := url.PathUnescape(value)
		if err != nil || !plain(decoded) || decoded == "" {
			return nil, false
		}
		if values == nil {
			values = map[string]string{}
		}
		values[name] = decoded
		if rest {
			return values, true
		}
	}
	return values, len(segments) == len(e.segments)
}

// route finds the endpoint of a request. Nothing is cleaned or redirected: a path is right or it is not. HEAD is for what probes
// ask, since reading may be an entry of the log.
func (s *server) route(r *http.Request) (*endpoint, map[string]string, error) {
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	var methods []string
	for i := range s.endpoints {
		e := &s.endpoints[i]
		if values, ok := e.match(segments); ok {
			if e.method == r.Method || r.Method == http.MethodHead && e.method == http.MethodGet && e.scope == "" {
				return e, values, nil
			}
			methods = append(methods, e.method)
		}
	}
	if methods != nil {
		return nil, nil, &refusal{fault: wrongMethod, allow: strings.Join(methods, ", ")}
	}
	return nil, nil, &refusal{fault: notFound, detail: "no endpoint has this path"}
}

// readQuery reads the parameters of the query.
func (c *call) readQuery() error {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return refuse(invalid, "the query cannot be read")
	}
	for name, values := range query {
		i := slices.IndexFunc(c.endpoint.query, func(p parameter) bool { return p.name == name })
		if i < 0 {
			return refuse(invalid, "unknown parameter %q", cleanName(name))
		}
		if len(values) > 1 {
			return refuse(invalid, "the parameter %s stands twice", name)
		}
		if err := c.endpoint.query[i].check(values[0]); err != nil {
			return err
		}
	}
	c.query = query
	return nil
}

func (p parameter) check(value string) error {
	switch {
	case len(value) > queryLimit:
		return refuse(invalid, "the parameter %s has more than %d bytes", p.name, queryLimit)
	case !plain(value):
		return refuse(invalid, "the parameter %s is no text", p.name)
	case p.enum != nil && !slices.Contains(p.enum, value):
		return refuse(invalid, "the parameter %s is to be one of %s", p.name, strings.Join(p.enum, ", "))
	case p.format == "integer" && !isNumber(value):
		return refuse(invalid, "the parameter %s is to be a whole number", p.name)
	case p.format == "date-time":
		if _, err := time.Parse(time.RFC3339, value); err != nil {
			return refuse(invalid, "the parameter %s is to be a time such as 2026-11-21T09:00:00Z", p.name)
		}
	}
	return nil
}

func isNumber(s string) bool {
	return s != "" && len(s) <= 18 && strings.Trim(s, "0123456789") == ""
}
