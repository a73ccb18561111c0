package console

import (
	"testing"

	"github.com/sekisho/sekisho/people"
)

// BenchmarkPages measures a page from request to answer, the session and the record included.
func BenchmarkPages(b *testing.B) {
	w := newWorld(b, home, nil)
	w.examples()
	admin := w.staff()[people.RoleAdministrator]
	one, _ := w.openCase()
	for _, path := range []string{"/", "/cases", "/cases/" + one.ID, "/search?q=metamask", "/rules"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				if got := w.get(admin, path); got.Code != 200 {
					b.Fatal(got.Code)
				}
			}
		})
	}
}
