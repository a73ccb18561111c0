package feed

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sekisho/sekisho/intel/label"
)

// A Hit is an address that was asked about before and is on a list since.
type Hit struct {
	Chain   string
	Address string // canonical
	Seen    string // when it was first asked about, RFC 3339
	List    string
}

// hitLimit is the most hits told of one list.
const hitLimit = 1000

func (l *Library) seen() string { return filepath.Join(l.Folder, "seen.tsv") }

// A Memory keeps the addresses that are asked about, so that later versions of lists can be held against them.
type Memory struct {
	file *os.File
	w    *bufio.Writer
	now  string
}

// Remember opens the memory of the data folder. The file holds canonical addresses and times, nothing else.
func (l *Library) Remember() (*Memory, error) {
	if err := os.MkdirAll(l.Folder, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(l.seen(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &Memory{file: f, w: bufio.NewWriter(f), now: l.Now.UTC().Format(time.RFC3339)}, nil
}

// Add keeps one address. What would break the line is not kept: it is no address.
func (m *Memory) Add(chain, address string) error {
	if strings.ContainsAny(address, "\t\r\n") {
		return nil
	}
	_, err := fmt.Fprintf(m.w, "%s\t%s\t%s\n", m.now, chain, address)
	return err
}

// Close writes what is left.
func (m *Memory) Close() error {
	return errors.Join(m.w.Flush(), m.file.Close())
}

// hunt looks up everything that was asked about before in the list as it is now, and returns what is on it and was not on
// the version before. An address is told once.
func (l *Library) hunt(name string, before *label.List) ([]Hit, error) {
	f, err := os.Open(l.seen())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := label.Open(l.Lists(), name)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	var hits []Hit
	told := map[string]bool{}
	lines := bufio.NewScanner(f)
	for lines.Scan() && len(hits) < hitLimit {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 3 {
			continue
		}
		chain, address := fields[1], fields[2]
		if !list.Has(chain, address) || before.Has(chain, address) || told[chain+" "+address] {
			continue
		}
		told[chain+" "+address] = true
		hits = append(hits, Hit{Chain: chain, Address: address, Seen: fields[0], List: name})
	}
	return hits, lines.Err()
}
