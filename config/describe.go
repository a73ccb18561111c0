package config

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Describe writes the file with every key at its default, each with what it is.
func Describe(w io.Writer) error {
	d := &describer{w: w}
	d.fields(reflect.TypeFor[Config](), "")
	return d.err
}

type describer struct {
	w   io.Writer
	err error
}

func (d *describer) line(format string, args ...any) {
	if d.err == nil {
		_, d.err = fmt.Fprintf(d.w, format+"\n", args...)
	}
}

func (d *describer) fields(t reflect.Type, indent string) {
	for i := range t.NumField() {
		f := t.Field(i)
		key, doc := f.Tag.Get("yaml"), f.Tag.Get("doc")
		if enum := f.Tag.Get("enum"); enum != "" {
			doc += " (" + strings.Join(strings.Fields(enum), " | ") + ")"
		}
		switch {
		case f.Type.Kind() == reflect.Struct:
			d.line("\n%s# %s\n%s%s:", indent, doc, indent, key)
			d.fields(f.Type, indent+"  ")
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			d.line("\n%s# %s; for example, each entry has\n%s%s: []", indent, doc, indent, key)
			d.fields(f.Type.Elem(), indent+"#   ")
		case f.Type.Kind() == reflect.Slice:
			d.line("%s%s: [] # %s", indent, key, doc)
		default:
			d.line("%s%s: %s # %s", indent, key, quoted(f), doc)
		}
	}
}

// quoted returns the default of a field as YAML.
func quoted(f reflect.StructField) string {
	text := f.Tag.Get("default")
	switch {
	case text == "" && f.Type.Kind() == reflect.Int:
		return "0"
	case text == "" || strings.Contains(text, ":"):
		return `"` + text + `"`
	}
	return text
}
