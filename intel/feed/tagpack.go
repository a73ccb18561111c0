package feed

import (
	"fmt"
	"io"

	"github.com/sekisho/sekisho"
	"go.yaml.in/yaml/v4"
)

// tagPackLimit is the most bytes of a TagPack: YAML is not read as a stream.
const tagPackLimit = 32 << 20

// tag is a tag of a TagPack, and its header, from which tags inherit.
type tag struct {
	Address, Label, Source, Currency, Network, Category, Abuse, Lastmod string
	Confidence                                                          any
}

// readTagPack reads a GraphSense TagPack. abuse says more than category.
func readTagPack(in *input, add func(item) error) error {
	text, err := io.ReadAll(io.LimitReader(in.r, tagPackLimit+1))
	if err != nil {
		return err
	}
	if len(text) > tagPackLimit {
		return fmt.Errorf("%w: a TagPack of more than %d MiB; split it, or make it a csv", sekisho.ErrLimit, tagPackLimit>>20)
	}
	var pack struct {
		tag  `yaml:",inline"`
		Tags []tag
	}
	if err := yaml.Load(text, &pack); err != nil {
		return malformed("TagPack", err)
	}
	for _, t := range pack.Tags {
		i := item{address: t.Address, chain: first(t.Currency, t.Network, pack.Currency, pack.Network),
			category: first(t.Abuse, pack.Abuse, t.Category, pack.Category)}
		i.label = sekisho.Label{Entity: first(t.Label, pack.Label), SourceURL: first(t.Source, pack.Source), Date: dateOf(first(t.Lastmod, pack.Lastmod))}
		for _, c := range [...]any{pack.Confidence, t.Confidence} {
			if c != nil {
				i.label.Confidence = fmt.Sprint(c)
			}
		}
		if err := add(i); err != nil {
			return err
		}
	}
	return nil
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}
