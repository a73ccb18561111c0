package record

import (
	"context"
	"strconv"
	"strings"
)

// rows are inserted by few statements.
type rows struct {
	into  string
	width int
	args  []any
}

func newRows(into string, width int) *rows { return &rows{into: into, width: width} }

func (r *rows) add(values ...any) { r.args = append(r.args, values...) }

const rowsLimit = 64 // rows in a statement

// insert inserts the rows; then is what follows the values, an ON CONFLICT clause or nothing.
func (r *rows) insert(ctx context.Context, t *Tx, then string) error {
	for args := r.args; len(args) > 0; {
		n := min(len(args)/r.width, rowsLimit)
		if _, err := t.Exec(ctx, r.statement(t, n, then), args[:n*r.width]...); err != nil {
			return err
		}
		args = args[n*r.width:]
	}
	return nil
}

// statement inserts n rows. Their parameters have numbers only where they need them: SQLite looks for the name of each among all.
func (r *rows) statement(t *Tx, n int, then string) string {
	var b strings.Builder
	b.WriteString(r.into)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		for j := range r.width {
			b.WriteByte("(,"[min(j, 1)])
			b.WriteByte('?')
			if t.store.db.postgres {
				b.WriteString(strconv.Itoa(i*r.width + j + 1))
			}
		}
		b.WriteByte(')')
	}
	b.WriteString(then)
	return b.String()
}

// places returns ?from, ?from+1 ... for n parameters.
func places(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('?')
		b.WriteString(strconv.Itoa(from + i))
	}
	return b.String()
}
