package record

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"
)

func TestManyAtOnceAreAllKept(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		var wait sync.WaitGroup
		ids := make([]string, 200)
		for i := range ids {
			wait.Go(func() {
				p := campaign(t, int64(i), i%2 == 0)
				if err := s.Record(t.Context(), p); err != nil {
					t.Error(err)
				}
				ids[i] = p.ID
			})
		}
		wait.Wait()
		s.check(t, ids)
	})
}

func TestOneThatFailsHarmsNoOther(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		broken := errors.New("broken")
		var wait sync.WaitGroup
		for i := range 40 {
			wait.Go(func() {
				want := error(nil)
				if i%4 == 0 {
					want = broken
				}
				err := s.share(t.Context(), func(_ context.Context, tx *Tx) error {
					if err := tx.Note("test", "hana", fmt.Sprint(i), nil); err != nil {
						return err
					}
					return want
				})
				if !errors.Is(err, want) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		wait.Wait()
		entries, err := s.Entries(t.Context(), 0, 0)
		if err != nil || len(entries) != 30 {
			t.Errorf("%d entries, %v", len(entries), err)
		}
		s.check(t, nil)
	})
}

func TestWhoNoLongerWaitsLeavesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, configOf(t, "sqlite"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Record(ctx, held().passage(t)); !errors.Is(err, context.Canceled) {
		// It was taken before anybody looked whether the caller still waits, and is kept.
		if err != nil {
			t.Error(err)
		}
		return
	}
	if entries, err := s.Entries(t.Context(), 0, 0); err != nil || len(entries) != 0 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

func TestFullDiskIsAnErrorAndLeavesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, configOf(t, "sqlite"))
	first := s.put(t, held())
	pragma := func(text string) {
		t.Helper()
		if _, err := s.db.write.ExecContext(t.Context(), "PRAGMA "+text); err != nil {
			t.Fatal(err)
		}
	}
	pragma("max_page_count = 1") // which is as many as there are
	big := held()
	big.body = strings.Repeat("0123456789", 100_000)
	if err := s.Record(t.Context(), big.passage(t)); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("recorded on a full disk: %v", err)
	}
	s.check(t, []string{first.ID})
	pragma("query_only = 1")
	if err := s.Healthy(t.Context()); err == nil {
		t.Error("healthy, and nothing can be written")
	}
	pragma("query_only = 0")
	pragma("max_page_count = 1000000")
	if err := s.Healthy(t.Context()); err != nil {
		t.Error(err)
	}
	s.check(t, []string{s.put(t, big).ID})
}

func TestARecordOfEachEarlierVersionIsOpened(t *testing.T) {
	t.Parallel()
	names, err := migrations.ReadDir("migration")
	if err != nil {
		t.Fatal(err)
	}
	for before := 1; before < len(names); before++ {
		t.Run(names[before-1].Name(), func(t *testing.T) {
			t.Parallel()
			c := configOf(t, "sqlite")
			if err := os.Remove(c.URL); err != nil {
				t.Fatal(err)
			}
			earlier := fstest.MapFS{}
			for _, name := range names[:before] {
				data, err := migrations.ReadFile(filepath.ToSlash(filepath.Join("migration", name.Name())))
				if err != nil {
					t.Fatal(err)
				}
				earlier[name.Name()] = &fstest.MapFile{Data: data}
			}
			db, err := openDatabase(t.Context(), c.URL)
			if err != nil {
				t.Fatal(err)
			}
			provider, err := goose.NewProvider(goose.DialectSQLite3, db.write, dialect{earlier}, goose.WithTableName(versionTable))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := provider.Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := db.write.Exec(`INSERT INTO contact (address, names, received, sent, first, last, touched) VALUES (CAST('old@custody.example' AS BLOB), '[]', 1, 0, 1, 1, 1)`); err != nil {
				t.Fatal(err)
			}
			if err := db.close(); err != nil {
				t.Fatal(err)
			}
			s := open(t, c)
			if _, ok := s.Contact("old@custody.example"); !ok {
				t.Error("what was in it is gone")
			}
			s.check(t, []string{s.put(t, held()).ID})
		})
	}
}
