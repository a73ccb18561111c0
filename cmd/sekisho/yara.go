package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sekisho/sekisho/yara"
)

type yaraCmd struct {
	Check   yaraCheckCmd   `cmd:"" help:"Compile the YARA rules of a folder and of the sets that were pulled, and name what is wrong with them."`
	Install yaraInstallCmd `cmd:"" help:"Put the YARA engine, which is a download of your own, where it is found."`
}

// A yaraEngine holds the flags that say which engine matches YARA rules.
type yaraEngine struct {
	File  string `name:"yara-engine" help:"The YARA engine: its .wasm or the package it comes in. Default: what 'sekisho yara install' put in the data folder." type:"existingfile" placeholder:"FILE"`
	Other bool   `name:"yara-engine-other" help:"Use an engine that is not of the version known here."`
}

// yaraHint says how the engine is had.
const yaraHint = "'npm pack " + yara.Package + "@" + yara.Version + "', then 'sekisho yara install FILE.tgz'; see docs/yara.md"

// code returns the engine's code: of the flag's file, or of the data folder that --data names.
func (y yaraEngine) code(data string) ([]byte, error) {
	name := y.File
	if name == "" {
		folder, err := libraryFolder(data)
		if err != nil {
			return nil, err
		}
		name = filepath.Join(folder, yara.FileName)
	}
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hinted{errors.New("YARA rules want the YARA engine, which is not installed"), yaraHint}
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	code, err := yara.Read(file)
	if errors.Is(err, yara.ErrOther) && y.Other {
		return code, nil
	}
	if err != nil {
		return nil, hinted{fmt.Errorf("%s: %w", name, err), yaraHint}
	}
	return code, nil
}

// compileYara compiles the rules in the folder, if one is named, and those of the sets in the data folder, for so many
// scans at once.
func compileYara(ctx context.Context, code []byte, folder, data string, engines int) (*yara.Pool, yara.Report, error) {
	sources, unread, err := pulledRules(data)
	if err != nil {
		return nil, yara.Report{}, err
	}
	if folder != "" {
		own, ownUnread, err := yara.Folder(os.DirFS(folder))
		if err != nil {
			return nil, yara.Report{}, fmt.Errorf("%s: %w", folder, err)
		}
		sources, unread = append(own, sources...), append(ownUnread, unread...)
	}
	if len(sources)+len(unread) == 0 {
		return nil, yara.Report{}, hinted{fmt.Errorf("%s: no YARA rules", cmp.Or(folder, "no folder")), "files of rules end in .yar, .yara or .rule; 'sekisho intel pull signature-base' fetches a public set, 'sekisho intel list' names them all"}
	}
	pool, report, err := yara.Open(ctx, yara.Config{Code: code, Sources: sources, Cache: yaraCache(), Engines: engines})
	report.Problems = append(unread, report.Problems...)
	return pool, report, err
}

// yaraCache returns the folder for compiled code, or "" where none can be made: then starting takes longer.
func yaraCache() string {
	folder, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	folder = filepath.Join(folder, "sekisho", "yara")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return ""
	}
	return folder
}

type yaraCheckCmd struct {
	yaraEngine
	Folder string `arg:"" optional:"" help:"A folder of rules of your own; those of the sets that were pulled are checked besides." type:"existingdir"`
	Data   string `help:"The data folder." type:"path" placeholder:"DIR"`
}

// Run compiles the rules and reports.
func (c *yaraCheckCmd) Run(ctx context.Context, t terminal) error {
	start := time.Now()
	code, err := c.code(c.Data)
	if err != nil {
		return err
	}
	pool, report, err := compileYara(ctx, code, c.Folder, c.Data, 1)
	if err != nil {
		return err
	}
	defer pool.Close()
	for _, p := range report.Problems {
		fmt.Fprintln(t.out, p)
	}
	fmt.Fprintf(t.out, "%d rules of %d files run, %d problems (%.1f s)\n", report.Rules, report.Files, len(report.Problems), time.Since(start).Seconds())
	if len(report.Problems) > 0 {
		return errFound
	}
	return nil
}

type yaraInstallCmd struct {
	File  string `arg:"" help:"The package of the engine, or the .wasm in it." type:"existingfile"`
	Other bool   `name:"yara-engine-other" help:"Install an engine that is not of the version known here."`
	Data  string `help:"The data folder." type:"path" placeholder:"DIR"`
}

// Run installs the engine.
func (c *yaraInstallCmd) Run(ctx context.Context, t terminal) error {
	code, err := yaraEngine{File: c.File, Other: c.Other}.code("")
	if err != nil {
		return err
	}
	engine, err := yara.New(ctx, code, yaraCache())
	if err != nil {
		return err
	}
	if err := engine.Close(); err != nil {
		return err
	}
	folder, err := libraryFolder(c.Data)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	name := filepath.Join(folder, yara.FileName)
	if err := os.WriteFile(name, code, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "%s %s is in %s\n", yara.Package, yara.Version, name)
	return err
}

// yaraEngines is how many scans run at once at most: an engine has as much memory as its rules take, 200 MB for the
// largest public sets.
const yaraEngines = 4

// matcher compiles the rules that --yara names and those that were pulled, and says on standard error how many of them are left out.
func (e engine) matcher(ctx context.Context) (*yara.Pool, error) {
	code, err := e.code(e.Data)
	if err != nil {
		return nil, err
	}
	pool, report, err := compileYara(ctx, code, e.Yara, e.Data, min(e.jobs(), yaraEngines))
	if err != nil {
		return nil, fmt.Errorf("--yara: %w", err)
	}
	if n := len(report.Problems); n > 0 {
		fmt.Fprintf(os.Stderr, "sekisho: %d YARA rules or files are left out, see 'sekisho yara check %s'\n", n, e.Yara)
	}
	return pool, nil
}
