package judge

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/sekisho/sekisho"
)

// Describe writes, as Markdown, everything that rules can read: the form of each kind and the facts of each detector.
// It is generated from the tags of the structs.
func Describe(w io.Writer, detectors []*sekisho.Detector) error {
	var b strings.Builder
	b.WriteString("# What rules can read\n\n")
	b.WriteString("On every artifact: `<detector>`, the list of facts that the detector saw on it; `above.<detector>` and `below.<detector>`,\n" +
		"the same further up and down the tree; `gap`; `org`; and the named conditions. `it` is the artifact's form.\n")
	describeStruct(&b, "## `org`", "A little of the profile.", reflect.TypeFor[OrgFacts]())
	describeStruct(&b, "## `gap`", "Something that should have been looked at and was not.", reflect.TypeFor[sekisho.Gap]())
	for _, kind := range sekisho.Kinds {
		if form, ok := sekisho.Forms[kind]; ok {
			describeStruct(&b, "## `it` of a "+string(kind), "", reflect.TypeOf(form))
		}
	}
	for _, d := range detectors {
		kinds := make([]string, len(d.Kinds))
		for i, k := range d.Kinds {
			kinds[i] = string(k)
		}
		describeStruct(&b, "## `"+d.Name+"`, seen on "+strings.Join(kinds, ", "), strings.TrimSpace(d.Doc), reflect.TypeOf(d.Facts))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func describeStruct(b *strings.Builder, heading, doc string, t reflect.Type) {
	fmt.Fprintf(b, "\n%s\n\n", heading)
	if doc != "" {
		fmt.Fprintf(b, "%s\n\n", doc)
	}
	b.WriteString("| field | type | what |\n|---|---|---|\n")
	describeFields(b, "", t)
}

func describeFields(b *strings.Builder, prefix string, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == "" || tag == "-" {
			continue
		}
		fmt.Fprintf(b, "| `%s%s` | %s | %s |\n", prefix, tag, typeName(f.Type), f.Tag.Get("doc"))
		elem := f.Type
		if elem.Kind() == reflect.Slice {
			elem = elem.Elem()
		}
		if elem.Kind() == reflect.Struct && elem != timeType {
			inner := prefix + tag + "."
			if f.Type.Kind() == reflect.Slice {
				inner = prefix + tag + "[]."
			}
			describeFields(b, inner, elem)
		}
	}
}

func typeName(t reflect.Type) string {
	switch {
	case t == timeType:
		return "timestamp"
	case t.Kind() == reflect.Slice:
		return "list of " + typeName(t.Elem())
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return "int"
	case t.Kind() == reflect.Float64:
		return "double"
	case t.Kind() == reflect.Struct:
		return "object"
	}
	return t.Kind().String()
}
