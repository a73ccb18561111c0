package api

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
)

// Types of requests and answers describe themselves by the tags of their fields, from which both the schema is made and
// requests are checked:
//
//	json     the name; omitempty and omitzero mean that it may be missing
//	doc      what it is
//	enum     the values it may have, with commas between; an empty one when it may be missing
//	limit    the most characters, items or the greatest number
//	least    the fewest items or the smallest number
//	example  a value
const (
	tagDoc     = "doc"
	tagEnum    = "enum"
	tagLimit   = "limit"
	tagLeast   = "least"
	tagExample = "example"
)

// An object is a JSON object of the description.
type object = map[string]any

// schemas gathers the schemas of types by their names.
type schemas struct {
	named object
	types map[string]reflect.Type
}

func newSchemas() *schemas { return &schemas{named: object{}, types: map[string]reflect.Type{}} }

var (
	timeType   = reflect.TypeFor[time.Time]()
	rawType    = reflect.TypeFor[json.RawMessage]()
	actionType = reflect.TypeFor[sekisho.Action]()
	kindType   = reflect.TypeFor[sekisho.Kind]()
)

// of returns the schema of the type; a struct's is a reference to the named one. asked is set for what clients send, in which
// fields that are not described are refused.
func (s *schemas) of(t reflect.Type, asked bool) object {
	switch t {
	case timeType:
		return object{"type": "string", "format": "date-time"}
	case rawType:
		return object{}
	case actionType:
		return object{"type": "string", "enum": []string{"pass", "note", "warn", "hold", "reject"}}
	case kindType:
		return object{"type": "string", "enum": sekisho.Kinds}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem(), asked)
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem(), asked)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem(), asked)}
	case reflect.Struct:
		return s.reference(t, asked)
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	}
	return object{}
}

var typeArgument = regexp.MustCompile(`^(\w+)\[(?:.*[./])?(\w+)\]$`)

// nameOf returns the name of a type in the description: Page[record.Case] is CasePage, and the JSON forms of a verdict are parts of
// an Inspection.
func nameOf(t reflect.Type) string {
	name := t.Name()
	if inspected, ok := strings.CutSuffix(name, "JSON"); ok {
		name = "Inspection" + inspected
	}
	if m := typeArgument.FindStringSubmatch(name); m != nil {
		name = m[2] + m[1]
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func (s *schemas) reference(t reflect.Type, asked bool) object {
	name := nameOf(t)
	ref := object{"$ref": "#/components/schemas/" + name}
	if before, ok := s.types[name]; ok {
		if before != t {
			panic(fmt.Sprintf("%v and %v are both %s in the description", before, t, name))
		}
		return ref
	}
	s.types[name] = t
	properties, required := object{}, []string{}
	schema := object{"type": "object", "properties": properties}
	if asked {
		schema["additionalProperties"] = false
	}
	s.named[name] = schema // before its fields, for a type may hold itself
	for _, f := range fieldsOf(t) {
		properties[f.name] = s.field(t, f, asked)
		if !f.optional {
			required = append(required, f.name)
		}
	}
	if len(required) > 0 {
		schema["required"] = required
	}
	return ref
}

// A field is a field of a struct as JSON has it.
type field struct {
	reflect.StructField
	name     string
	optional bool
}

// fieldsOf returns the fields of a struct, with those of structs that it embeds, the outer ones first.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	seen := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" || !f.IsExported() || name == "-" || seen[name] {
			continue
		}
		seen[name] = true
		fields = append(fields, field{f, name, strings.Contains(options, "omit")})
	}
	return fields
}

func (s *schemas) field(of reflect.Type, f field, asked bool) object {
	schema := s.of(f.Type, asked)
	if doc := docOf(of, f); doc != "" {
		schema["description"] = doc
	}
	if enum := f.Tag.Get(tagEnum); enum != "" {
		schema["enum"] = strings.Split(enum, ",")
	}
	if example := f.Tag.Get(tagExample); example != "" {
		schema["examples"] = []string{example}
	}
	for tag, words := range map[string][3]string{tagLimit: {"maxLength", "maxItems", "maximum"}, tagLeast: {"minLength", "minItems", "minimum"}} {
		n, err := strconv.Atoi(f.Tag.Get(tag))
		switch {
		case err != nil:
		case f.Type.Kind() == reflect.String:
			schema[words[0]] = n
		case f.Type.Kind() == reflect.Slice:
			schema[words[1]] = n
		default:
			schema[words[2]] = n
		}
	}
	return schema
}

// check holds a request against what its schema says of it. at is the place, for the detail.
func check(v reflect.Value, at string) error {
	switch v.Kind() {
	case reflect.Slice:
		if v.Type() == rawType {
			return nil
		}
		for i := range v.Len() {
			if err := check(v.Index(i), fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			place := strings.TrimPrefix(at+"."+f.name, ".")
			value := v.FieldByIndex(f.Index)
			if err := checkField(value, f, place); err != nil {
				return err
			}
			if err := check(value, place); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkField(v reflect.Value, f field, at string) error {
	if v.IsZero() {
		if !f.optional && v.Kind() != reflect.Bool && v.Kind() != reflect.Int {
			return refuse(invalid, "%s is missing or empty", at)
		}
		return nil
	}
	if enum := f.Tag.Get(tagEnum); enum != "" && v.Kind() == reflect.String {
		for allowed := range strings.SplitSeq(enum, ",") {
			if v.String() == allowed {
				return nil
			}
		}
		return refuse(invalid, "%s is to be one of %s", at, enum)
	}
	size := 0
	switch v.Kind() {
	case reflect.String:
		size = utf8.RuneCountInString(v.String())
	case reflect.Slice:
		size = v.Len()
	case reflect.Int, reflect.Int64:
		size = int(v.Int())
	default:
		return nil
	}
	if limit, err := strconv.Atoi(f.Tag.Get(tagLimit)); err == nil && size > limit {
		return refuse(invalid, "%s is longer or greater than %d", at, limit)
	}
	if least, err := strconv.Atoi(f.Tag.Get(tagLeast)); err == nil && size < least {
		return refuse(invalid, "%s is shorter or smaller than %d", at, least)
	}
	return nil
}
