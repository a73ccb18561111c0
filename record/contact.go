package record

import (
	"context"

	"github.com/sekisho/sekisho"
)

type lesson struct{}

func (s *Store) lessonOf(p *sekisho.Passage) *lesson     { return nil }
func (t *Tx) learn(ctx context.Context, l *lesson) error { return nil }
