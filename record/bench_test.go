package record

import "testing"

func BenchmarkRecord(b *testing.B) {
	s := open(b, configOf(b, "sqlite"))
	n := int64(0)
	for b.Loop() {
		n++
		if err := s.Record(b.Context(), campaign(b, n, false)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDraft(b *testing.B) {
	s := open(b, configOf(b, "sqlite"))
	n := int64(0)
	for b.Loop() {
		n++
		if _, err := s.draft(campaign(b, n, false)); err != nil {
			b.Fatal(err)
		}
	}
}
