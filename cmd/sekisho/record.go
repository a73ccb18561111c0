package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/sekisho/sekisho/dossier"
	"github.com/sekisho/sekisho/record"
)

type recordCmd struct {
	Verify recordVerifyCmd `cmd:"" help:"Check that no entry of the record was changed, removed or moved."`
	Head   recordHeadCmd   `cmd:"" help:"Print the signed head of the log, to be kept elsewhere."`
	Export recordExportCmd `cmd:"" help:"Write the package of a case for the police: readable without Sekisho, with proofs."`
	Check  recordCheckCmd  `cmd:"" help:"Check such a package."`
}

// recordFlags say which record is meant.
type recordFlags struct {
	Config string `help:"The configuration that names the record." type:"existingfile" placeholder:"FILE"`
	Data   string `help:"The data folder, instead of the one of the configuration." type:"path" placeholder:"DIR"`
}

// open opens a record that exists: these commands make none.
func (f recordFlags) open(ctx context.Context) (*record.Store, error) {
	conf, err := readConfig(f.Config, f.Data)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(conf.Record.URL); err != nil && !conf.Postgres() {
		return nil, hinted{fmt.Errorf("there is no record at %s", conf.Record.URL), "name its folder with --data, or the configuration with --config"}
	}
	return openRecord(ctx, conf, nil, nil, nil)
}

type recordVerifyCmd struct {
	recordFlags
	Against string `help:"A head that was noted before: the log must still hold all that it held then." type:"existingfile" placeholder:"FILE"`
}

// Run reads the whole record, and holds what is kept of people against it, and names every problem.
func (c *recordVerifyCmd) Run(ctx context.Context, t terminal) error {
	conf, err := readConfig(c.Config, c.Data)
	if err != nil {
		return err
	}
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	head := ""
	if c.Against != "" {
		text, err := os.ReadFile(c.Against)
		if err != nil {
			return err
		}
		head = string(text)
	}
	problems := 0
	found := func(p record.Problem) {
		problems++
		if p.Seq < 0 {
			fmt.Fprintln(t.out, p.What)
			return
		}
		fmt.Fprintf(t.out, "entry %d: %s\n", p.Seq, p.What)
	}
	entries, err := store.Verify(ctx, head, found)
	if err != nil {
		return err
	}
	book, err := openPeople(store, conf)
	if err != nil {
		return err
	}
	if _, err := book.Verify(ctx, found); err != nil {
		return err
	}
	if problems > 0 {
		fmt.Fprintf(t.out, "%d entries read, %d problems\n", entries, problems)
		return errFound
	}
	fmt.Fprintf(t.out, "%d entries read: every one is as it was written, in its place, and under a signed head\n", entries)
	return nil
}

type recordHeadCmd struct{ recordFlags }

// Run prints the newest head and the key that verifies it.
func (c *recordHeadCmd) Run(ctx context.Context, t terminal) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	head, key, err := store.Head(ctx)
	if err != nil {
		return err
	}
	fmt.Fprint(t.out, head)
	fmt.Fprintln(t.err, "verified by", key)
	return nil
}

type recordExportCmd struct {
	recordFlags
	Case string `arg:"" help:"The case's ID."`
	Out  string `help:"The file to write; it must not exist." default:"" placeholder:"FILE"`
	By   string `help:"Who exports it, for the record." required:"" placeholder:"NAME"`
}

// Run writes the package.
func (c *recordExportCmd) Run(ctx context.Context, t terminal) (err error) {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	path := c.Out
	if path == "" {
		path = c.Case + ".zip"
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(dossier.Write(ctx, store, c.Case, file, c.By), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	fmt.Fprintln(t.out, path)
	return nil
}

type recordCheckCmd struct {
	Package string `arg:"" help:"The package." type:"existingfile"`
	Key     string `help:"The key that verifies its head, as 'sekisho record head' prints it; it should come from elsewhere than the package." required:"" placeholder:"KEY"`
}

// Run checks a package and names every problem.
func (c *recordCheckCmd) Run(t terminal) error {
	file, err := os.Open(c.Package)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	problems, err := dossier.Verify(file, info.Size(), strings.TrimSpace(c.Key))
	if err != nil {
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(t.out, strings.TrimPrefix(p.File+": "+p.What, ": "))
	}
	if len(problems) > 0 {
		return errFound
	}
	fmt.Fprintln(t.out, "every file is as it was written, and every entry is in the log of the signed head")
	return nil
}
