package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
)

// A walker goes through JSON as a stream and gives the elements of the arrays it is asked for.
type walker struct {
	in   *input
	dec  *json.Decoder
	want func(path []string) bool // whether the array at the path is wanted
	each func(path []string, element []byte) error
	met  bool // a wanted array was met
}

// depthLimit is how deep JSON may nest.
const depthLimit = 64

// walk reads all of the input. what is the format's name, for errors.
func walk(in *input, what string, want func([]string) bool, each func([]string, []byte) error) error {
	w := walker{in: in, dec: json.NewDecoder(in), want: want, each: each}
	err := w.value(nil)
	if err == nil {
		if _, err = w.dec.Token(); err == nil {
			err = errors.New("more after its end")
		} else if err == io.EOF {
			err = nil
		}
	}
	var own ownError
	switch {
	case errors.As(err, &own):
		return own.error
	case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it is cut short after byte %d", sekisho.ErrMalformed, w.dec.InputOffset())
	case err != nil:
		return malformed(fmt.Sprintf("byte %d", w.dec.InputOffset()), err)
	case !w.met:
		return fmt.Errorf("%w: it is JSON, but not %s", sekisho.ErrMalformed, what)
	}
	return nil
}

// An ownError comes from each, not from the JSON.
type ownError struct{ error }

func (w *walker) value(path []string) error {
	if len(path) > depthLimit {
		return fmt.Errorf("%w: nested deeper than %d", sekisho.ErrLimit, depthLimit)
	}
	w.in.next()
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		for w.dec.More() {
			name, err := w.dec.Token()
			if err != nil {
				return err
			}
			key, _ := name.(string)
			if err := w.value(append(path, key)); err != nil {
				return err
			}
		}
	case json.Delim('['):
		wanted := w.want(path)
		w.met = w.met || wanted
		for w.dec.More() {
			if !wanted {
				if err := w.value(append(path, "[]")); err != nil {
					return err
				}
				continue
			}
			w.in.next()
			var element json.RawMessage
			if err := w.dec.Decode(&element); err != nil {
				return err
			}
			if err := w.each(path, element); err != nil {
				return ownError{err}
			}
		}
	default:
		return nil
	}
	_, err = w.dec.Token() // the closing bracket
	return err
}

// readJSON reads an array of strings, or of objects with the columns of a table.
func readJSON(in *input, add func(item) error) error {
	return walk(in, "an array of addresses", func(path []string) bool { return len(path) == 0 }, func(_ []string, element []byte) error {
		var text string
		if json.Unmarshal(element, &text) == nil {
			return add(textItem(text))
		}
		var row map[string]any
		if json.Unmarshal(element, &row) != nil {
			return add(item{})
		}
		var i item
		for heading, value := range row {
			if s, ok := value.(string); ok {
				i.set(columnOf(heading), s)
			}
		}
		return add(i)
	})
}

// textItem tells web sites from addresses.
func textItem(text string) item {
	bare, _ := coin.Trim(text)
	return item{address: text, site: strings.Contains(text, ".") && len(coin.Parse(bare)) == 0}
}

// readEthPhishing reads config.json of eth-phishing-detect: the array blacklist.
func readEthPhishing(in *input, add func(item) error) error {
	return walk(in, "eth-phishing-detect's config.json", func(path []string) bool { return len(path) == 1 && path[0] == "blacklist" }, sites(add))
}

func sites(add func(item) error) func([]string, []byte) error {
	return func(_ []string, element []byte) error {
		var name string
		if json.Unmarshal(element, &name) != nil {
			return add(item{})
		}
		return add(item{address: name, site: true, category: "phishing"})
	}
}

// readPolkadotPhishing reads all.json (the array deny) and address.json (arrays of addresses by site).
func readPolkadotPhishing(in *input, add func(item) error) error {
	return walk(in, "a list of polkadot-js/phishing", func(path []string) bool { return len(path) == 1 && path[0] != "allow" }, func(path []string, element []byte) error {
		if path[0] == "deny" {
			return sites(add)(path, element)
		}
		var address string
		if json.Unmarshal(element, &address) != nil {
			return add(item{})
		}
		i := item{address: address, category: "phishing"}
		i.label.Entity = path[0]
		return add(i)
	})
}

// object is what is read of a STIX object.
type object struct {
	Type        string
	Value       string
	Address     string
	Name        string
	Pattern     string
	PatternType string `json:"pattern_type"`
	Labels      []string
	Indicates   []string `json:"indicator_types"`
	Valid       string   `json:"valid_from"`
	Confidence  *int
	Revoked     bool
}

// readSTIX reads the objects of a bundle: wallets, domain names, and the comparisons of indicators on them.
func readSTIX(in *input, add func(item) error) error {
	return walk(in, "a STIX bundle", func(path []string) bool { return len(path) == 1 && path[0] == "objects" }, func(_ []string, element []byte) error {
		var o object
		if err := json.Unmarshal(element, &o); err != nil || o.Revoked {
			return nil
		}
		i := item{address: first(o.Value, o.Address)}
		i.label.Entity, i.label.Date = o.Name, dateOf(o.Valid)
		if len(o.Labels) > 0 {
			i.category = o.Labels[0]
		}
		if o.Confidence != nil {
			i.label.Confidence = fmt.Sprint(*o.Confidence)
		}
		switch {
		case isWallet(o.Type):
			return add(i)
		case o.Type == "domain-name":
			i.site = true
			return add(i)
		case o.Type != "indicator" || o.PatternType != "" && o.PatternType != "stix":
			return nil
		}
		return comparisons(o.Pattern, func(path, value string) error {
			kind, _, _ := strings.Cut(path, ":")
			i.address, i.site = value, kind == "domain-name"
			if !i.site && !isWallet(kind) {
				return nil
			}
			return add(i)
		})
	})
}

// isWallet reports whether a STIX type is one of those in use for wallets and addresses.
func isWallet(kind string) bool {
	return strings.Contains(kind, "crypto") && (strings.Contains(kind, "wallet") || strings.Contains(kind, "address"))
}

// comparisons finds path = 'value' in a STIX pattern (STIX 2.1 §9), and the values of IN. Other comparisons are not read.
func comparisons(pattern string, found func(path, value string) error) error {
	path, listing := "", false
	for at := 0; at < len(pattern); {
		switch c := pattern[at]; {
		case c == '\'':
			value, n := literal(pattern[at:])
			at += n
			if path == "" {
				continue
			}
			if err := found(path, value); err != nil {
				return err
			}
			if !listing {
				path = ""
			}
		case c == '=':
			at++
		case c == '!' || c == '<' || c == '>':
			path = ""
			at = min(at+2, len(pattern))
		case c == ')' || c == ']':
			path, listing = "", false
			at++
		case 'a' <= c && c <= 'z':
			end := at
			for end < len(pattern) && strings.IndexByte(" \t=!<>'[]()", pattern[end]) < 0 {
				end++
			}
			path, at = pattern[at:end], end
		case strings.HasPrefix(pattern[at:], "IN"):
			listing = true
			at += 2
		case strings.HasPrefix(pattern[at:], "NOT"), strings.HasPrefix(pattern[at:], "LIKE"), strings.HasPrefix(pattern[at:], "MATCHES"):
			path = ""
			at += 3
		default:
			at++
		}
	}
	return nil
}

// literal reads a string in single quotes, with \' and \\ inside, and says how many bytes it took.
func literal(s string) (value string, n int) {
	var b strings.Builder
	for n = 1; n < len(s); n++ {
		switch {
		case s[n] == '\\' && n+1 < len(s):
			n++
			b.WriteByte(s[n])
		case s[n] == '\'':
			return b.String(), n + 1
		default:
			b.WriteByte(s[n])
		}
	}
	return b.String(), n
}

// walletTypes are the types of MISP attributes that hold addresses, by chain where the type says it.
var walletTypes = map[string]string{"btc": "bitcoin", "xmr": "monero", "dash": "dash", "cryptocurrency-address": ""}

// readMISP reads the attributes of events and of the objects in them. An attribute that is marked as not for detection is
// left out.
func readMISP(in *input, add func(item) error) error {
	return walk(in, "a MISP event", func(path []string) bool { return slices.Contains(path, "Event") && path[len(path)-1] == "Attribute" }, func(_ []string, element []byte) error {
		var a struct {
			Type, Value, Comment, Category string
			Relation                       string `json:"object_relation"`
			Detect                         *bool  `json:"to_ids"`
		}
		if json.Unmarshal(element, &a) != nil || a.Detect != nil && !*a.Detect {
			return nil
		}
		i := item{address: a.Value}
		i.label.Entity = a.Comment
		chain, wallet := walletTypes[a.Type]
		switch {
		case wallet || a.Type == "text" && a.Relation == "address":
			i.chain = chain
		case a.Type == "domain" || a.Type == "hostname":
			i.site = true
		case a.Type == "domain|ip":
			i.address, _, _ = strings.Cut(a.Value, "|")
			i.site = true
		default:
			return nil
		}
		return add(i)
	})
}
