package console

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

func TestAPackageIsMadeAndNoted(t *testing.T) {
	w := newWorld(t, "http://localhost:8440", nil)
	w.examples()
	staff := w.staff()
	page, err := w.Record.Cases(t.Context(), record.Query{Limit: 1})
	if err != nil || len(page.Items) == 0 {
		t.Fatalf("no case: %v", err)
	}
	at := "/cases/" + page.Items[0].ID + "/export"
	for _, role := range []people.Role{people.RoleViewer, people.RoleAnalyst} {
		answer := w.post(staff[role], at, url.Values{"originals": {"yes"}})
		if role == people.RoleViewer {
			if answer.Code != http.StatusForbidden {
				t.Errorf("a viewer gets %d", answer.Code)
			}
			continue
		}
		body := answer.Body.Bytes()
		zipped, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatalf("status %d: %v", answer.Code, err)
		}
		if disposition := answer.Header().Get("Content-Disposition"); !strings.Contains(disposition, "case-"+page.Items[0].ID+".zip") {
			t.Errorf("Content-Disposition: %s", disposition)
		}
		if len(zipped.File) < 8 {
			t.Errorf("%d files in the package", len(zipped.File))
		}
	}
	entries, err := w.Record.Entries(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	noted := 0
	for _, e := range entries {
		if e.Kind == "export" && e.Ref == page.Items[0].ID {
			noted++
		}
	}
	if noted != 1 {
		t.Errorf("noted %d times, want once", noted)
	}
}
