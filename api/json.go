package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho/report"
)

const (
	depthLimit = 16 // levels of objects and arrays in a body
	fieldLimit = 64 // bytes of a field's name
)

// decode reads the body, a JSON value of the endpoint's type and nothing else, into v.
func (c *call) decode(v any) error {
	media, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return refuse(wrongType, "Content-Type is to be application/json")
	}
	data, err := io.ReadAll(c.r.Body)
	if err != nil {
		return readError(err)
	}
	c.arrived()
	c.body = data
	return decodeStrictly(data, v)
}

// decodeStrictly reads a JSON value into v and holds it against what v's type says of itself.
func decodeStrictly(data []byte, v any) error {
	if err := scan(data); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return refuse(invalid, "%s", decodeDetail(err))
	}
	return check(reflect.ValueOf(v).Elem(), "")
}

// decodeDetail says what is wrong in the words of the body and not of Go.
func decodeDetail(err error) string {
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return fmt.Sprintf("%s cannot be a %s", report.Clean(mistyped.Field, fieldLimit), mistyped.Value)
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return "unknown field " + report.Clean(field, fieldLimit)
	}
	return "the body is not as described"
}

// scan refuses what JSON allows and no honest client sends: fields given twice, of which programs read different ones, a second
// value behind the first, text that is not UTF-8, NUL characters, which not every database keeps, and nesting without end. What
// encoding/json does not refuse by itself, RFC 8259 leaves open.
func scan(data []byte) error {
	if !utf8.Valid(data) {
		return refuse(invalid, "the body is not UTF-8")
	}
	s := scanner{dec: json.NewDecoder(bytes.NewReader(data))}
	if err := s.value(0); err != nil {
		return err
	}
	if _, err := s.dec.Token(); !errors.Is(err, io.EOF) {
		return refuse(invalid, "something follows the JSON value")
	}
	return nil
}

type scanner struct{ dec *json.Decoder }

func (s *scanner) value(depth int) error {
	token, err := s.token()
	if err != nil {
		return err
	}
	open, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth == depthLimit {
		return refuse(invalid, "more than %d levels", depthLimit)
	}
	seen := map[string]bool{}
	for s.dec.More() {
		if open == '{' {
			if err := s.field(seen); err != nil {
				return err
			}
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
	}
	_, err = s.token()
	return err
}

// field reads a field's name. Names are in lower case: encoding/json would take those in upper case for the same.
func (s *scanner) field(seen map[string]bool) error {
	token, err := s.token()
	if err != nil {
		return err
	}
	name, _ := token.(string)
	plain := len(name) <= fieldLimit && strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_'
	}) < 0
	switch {
	case !plain:
		return refuse(invalid, "unknown field %q", report.Clean(name, fieldLimit))
	case seen[name]:
		return refuse(invalid, "the field %q stands twice", name)
	}
	seen[name] = true
	return nil
}

func (s *scanner) token() (json.Token, error) {
	token, err := s.dec.Token()
	if err != nil {
		return nil, refuse(invalid, "the body is not JSON")
	}
	if text, ok := token.(string); ok && strings.IndexByte(text, 0) >= 0 {
		return nil, refuse(invalid, "the body holds a NUL character")
	}
	return token, nil
}

// encode returns v as JSON. Markup is escaped, should a browser ever be led to read it as a page, and so are the characters nobody
// sees, which mean the same to programs and nothing to terminals.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // no type in the table of endpoints is one that fails
	}
	return append(report.EscapeJSON(data), '\n')
}

// filled returns v with every list that is nil empty, as programs expect lists. It does not follow pointers and interfaces,
// behind which others' data lies.
func filled(v any) any {
	out := reflect.New(reflect.TypeOf(v)).Elem()
	out.Set(reflect.ValueOf(v))
	fill(out)
	return out.Interface()
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() && v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		if !holdsLists(v.Type().Elem()) || v.Len() == 0 {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len()) // the elements are others' data, too
		reflect.Copy(own, v)
		for i := range own.Len() {
			fill(own.Index(i))
		}
		v.Set(own)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	}
}

func holdsLists(t reflect.Type) bool {
	return t.Kind() == reflect.Slice || t.Kind() == reflect.Struct
}
