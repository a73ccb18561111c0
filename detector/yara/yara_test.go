package yara

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
)

// A matcher is one rule with one string.
type matcher struct {
	text string
	said []sekisho.Meta
	err  error
}

func (m matcher) Match(_ context.Context, r io.ReaderAt, size int64) ([]sekisho.Match, error) {
	data, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	found := sekisho.Match{Rule: "evil", Namespace: "own.yar", Tags: []string{"APT", "High"}, Meta: m.said}
	for from := 0; ; found.Count++ {
		i := bytes.Index(data[from:], []byte(m.text))
		if i < 0 {
			break
		}
		found.Strings = append(found.Strings, sekisho.MatchedString{Name: "$a", Offset: int64(from + i), Length: int64(len(m.text))})
		from += i + len(m.text)
	}
	if found.Count == 0 {
		return nil, m.err
	}
	return []sekisho.Match{found}, m.err
}

func TestGolden(t *testing.T) {
	detectortest.Run(t, Detector, nil, &sekisho.Intel{Yara: matcher{text: "EVIL", said: []sekisho.Meta{
		{Name: "Author", Value: "A. Researcher"}, {Name: "description", Value: "a  test"}, {Name: "reference", Value: "https://a.example"}}}})
}

func file(content string) *sekisho.Artifact {
	return &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Name: "a.bin", Blob: strings.NewReader(content), Size: int64(len(content)), Form: &sekisho.File{}}
}

func TestNoRules(t *testing.T) {
	if got := detectortest.Observe(t, Detector, file("EVIL"), nil, nil); len(got) != 0 {
		t.Errorf("without rules it sees %v", got)
	}
}

func TestMatchesBesideAGapStay(t *testing.T) {
	limit := fmt.Errorf("%w: only the first bytes", sekisho.ErrLimit)
	got := detectortest.Observe(t, Detector, file("EVIL"), nil, &sekisho.Intel{Yara: matcher{text: "EVIL", err: limit}})
	if len(got) != 2 || got[1].Error == "" {
		t.Errorf("got %v, want the match and the error", got)
	}
	failed := errors.New("engine gone")
	pass := &sekisho.Pass{Context: context.Background(), Artifact: file("x"), Intel: &sekisho.Intel{Yara: matcher{text: "EVIL", err: failed}}}
	if err := Detector.Run(pass); !errors.Is(err, failed) {
		t.Errorf("error %v, want %v", err, failed)
	}
}

func TestFacts(t *testing.T) {
	meta := func(pairs ...string) []sekisho.Meta {
		var list []sekisho.Meta
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, sekisho.Meta{Name: pairs[i], Value: pairs[i+1]})
		}
		return list
	}
	tests := []struct {
		name  string
		match sekisho.Match
		want  Facts
	}{
		{"nothing said", sekisho.Match{Rule: "a"}, Facts{Name: "a.bin", Rule: "a"}},
		{"severity of the metadata", sekisho.Match{Meta: meta("Severity", "CRITICAL")}, Facts{Name: "a.bin", Severity: "critical"}},
		{"severity of a tag", sekisho.Match{Tags: []string{"Low"}}, Facts{Name: "a.bin", Tags: []string{"low"}, Severity: "low"}},
		{"the worse of both", sekisho.Match{Tags: []string{"high"}, Meta: meta("severity", "low")}, Facts{Name: "a.bin", Tags: []string{"high"}, Severity: "high"}},
		{"a severity in other words", sekisho.Match{Meta: meta("severity", "7")}, Facts{Name: "a.bin"}},
		{"asks", sekisho.Match{Meta: meta("sekisho_ask", "Hold")}, Facts{Name: "a.bin", Asks: "hold"}},
		{"asks for what no rule of YARA may", sekisho.Match{Meta: meta("sekisho_ask", "reject")}, Facts{Name: "a.bin"}},
		{"a long description", sekisho.Match{Meta: meta("description", strings.Repeat("é", 400))}, Facts{Name: "a.bin", Description: strings.Repeat("é", 250) + "…"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := factsOf(file(""), &test.match); !reflect.DeepEqual(*got, test.want) {
				t.Errorf("got %+v, want %+v", *got, test.want)
			}
		})
	}
}
