package main

import (
	"context"
	"errors"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/source"
)

// A pipeline inspects what a walk finds, several things at once, and emits the verdicts in the walk's order.
type pipeline struct {
	walk    func(context.Context, func(source.Item) error) error
	jobs    int
	inspect func(context.Context, *sekisho.Artifact) sekisho.Verdict
}

// run calls emit for every verdict, never twice at once. What cannot be read is a verdict with a gap. It returns the first
// error of emit or of the walk, or the end of ctx.
func (p pipeline) run(ctx context.Context, emit func(sekisho.Verdict) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	turns := make(chan chan sekisho.Verdict, 2*p.jobs)
	free := make(chan struct{}, p.jobs)
	emitted := make(chan struct{})
	go func() {
		defer close(emitted)
		for turn := range turns {
			verdict := <-turn
			if context.Cause(ctx) != nil {
				continue // drain: the inspections under way end by themselves
			}
			if err := emit(verdict); err != nil {
				cancel(err)
			}
		}
	}()
	err := p.walk(ctx, func(item source.Item) error {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), item.Close())
		}
		turn := make(chan sekisho.Verdict, 1)
		turns <- turn
		go func() {
			defer func() { <-free }()
			turn <- p.verdict(ctx, item)
		}()
		return nil
	})
	close(turns)
	<-emitted
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (p pipeline) verdict(ctx context.Context, item source.Item) sekisho.Verdict {
	item.Artifact.ID = "0"
	if item.Err != nil && item.Artifact.Size == 0 {
		return sekisho.Verdict{Root: item.Artifact, Gaps: sekisho.Gaps(item.Artifact, "source", errors.Join(item.Err, item.Close()))}
	}
	verdict := p.inspect(ctx, item.Artifact)
	if err := errors.Join(item.Err, item.Close()); err != nil {
		verdict.Gaps = append(sekisho.Gaps(item.Artifact, "source", err), verdict.Gaps...)
	}
	return verdict
}

// walkPaths walks the paths as source.Walk does.
func walkPaths(paths []string, t terminal) func(context.Context, func(source.Item) error) error {
	return func(ctx context.Context, found func(source.Item) error) error {
		return source.Walk(ctx, paths, t.in, found)
	}
}

// walkRepositories walks the paths as source.WalkRepositories does.
func walkRepositories(paths []string, t terminal) func(context.Context, func(source.Item) error) error {
	return func(ctx context.Context, found func(source.Item) error) error {
		return source.WalkRepositories(ctx, paths, t.in, found)
	}
}
