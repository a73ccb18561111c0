package label

import (
	_ "embed"
	"fmt"
	"sync"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
	"go.yaml.in/yaml/v4"
)

// BuiltinName is the list name of the built-in facts.
const BuiltinName = "builtin"

//go:embed builtin.yaml
var builtinFile []byte

type builtinFacts struct {
	Date   string
	Labels []struct {
		Address, Chain, Category, Entity, Source, URL, Date, Delisted string
	}
}

var builtin = sync.OnceValue(func() map[key][]sekisho.Label {
	labels, err := readBuiltin(builtinFile)
	if err != nil {
		panic("embedded labels: " + err.Error()) // the package's tests read the same file
	}
	return labels
})

func readBuiltin(text []byte) (map[key][]sekisho.Label, error) {
	var file builtinFacts
	if err := yaml.Load(text, &file, yaml.WithKnownFields()); err != nil {
		return nil, err
	}
	written, err := time.Parse(time.DateOnly, file.Date)
	if err != nil {
		return nil, err
	}
	all := map[key][]sekisho.Label{}
	for _, l := range file.Labels {
		read := coin.Parse(l.Address)
		if len(read) == 0 || read[0].Chain != l.Chain || read[0].Checksum != coin.Valid || read[0].Canonical != l.Address {
			return nil, fmt.Errorf("%s is not a canonical address of %s", l.Address, l.Chain)
		}
		if l.Category == "" || l.Source == "" || l.Date == "" {
			return nil, fmt.Errorf("%s: want a category, a source and a date", l.Address)
		}
		k := keyOf(l.Chain, l.Address)
		all[k] = append(all[k], sekisho.Label{Category: l.Category, Entity: l.Entity, Source: l.Source, SourceURL: l.URL,
			Date: l.Date, Delisted: l.Delisted, Confidence: "public record", List: BuiltinName, Listed: written})
	}
	return all, nil
}
