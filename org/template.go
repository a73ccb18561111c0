package org

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Init writes a profile to start from: a fictitious exchange, every key explained above it. It is read by [Parse]
// without a problem.
func Init(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, `# The organisation's profile. Mail, links and files are compared with what stands here.
# Replace the example, add as many entries as there are, and check it with: sekisho org check FILE
`)
	writeKeys(out, reflect.TypeFor[profile](), "", "")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	return nil
}

// writeKeys writes the keys of a struct, the first one after a list's dash if there is one.
func writeKeys(out *bufio.Writer, t reflect.Type, indent, dash string) {
	keys, fields := fieldsOf(t)
	for i, key := range keys {
		field := t.Field(fields[i])
		inner := indent + strings.Repeat(" ", len(dash))
		if i > 0 {
			dash = strings.Repeat(" ", len(dash))
		}
		if indent == "" && dash == "" {
			fmt.Fprintln(out)
		}
		comment := indent + dash
		if i == 0 {
			comment = indent
		}
		fmt.Fprintf(out, "%s# %s\n%s%s%s:", comment, field.Tag.Get("doc"), indent, dash, key)
		switch example := field.Tag.Get("example"); {
		case example != "":
			fmt.Fprintf(out, " %s\n", example)
		case field.Type.Kind() == reflect.Slice:
			fmt.Fprintln(out)
			writeKeys(out, field.Type.Elem(), inner+"  ", "- ")
		default:
			fmt.Fprintln(out)
			writeKeys(out, field.Type, inner+"  ", "")
		}
	}
}
