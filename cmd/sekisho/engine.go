package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/intel"
	"github.com/sekisho/sekisho/intel/contact"
	"github.com/sekisho/sekisho/intel/dns"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/org"
	"github.com/sekisho/sekisho/rules"
	"github.com/sekisho/sekisho/worker"
)

// An engine holds the flags that say with what knowledge things are judged.
type engine struct {
	Org      string `help:"The organisation's profile, see 'sekisho org init'." type:"existingfile" placeholder:"FILE"`
	Rules    string `help:"A folder of rules of your own, besides the built-in ones." type:"existingdir" placeholder:"DIR"`
	DNS      string `name:"dns" help:"off, system, or HOST:PORT of a resolver. No network is used unless asked." default:"off" placeholder:"off"`
	Contacts string `help:"Who writes to whom, see 'sekisho learn contacts'." type:"existingfile" placeholder:"FILE"`
	Data     string `help:"The folder of pulled lists, see 'sekisho intel'; by default sekisho in the user's data folder." type:"path" placeholder:"DIR"`
	Yara     string `help:"A folder of YARA rules of your own; wants the YARA engine, see 'sekisho yara'." type:"existingdir" placeholder:"DIR"`
	yaraEngine
	Jobs int `help:"Things inspected at once; 0 for one a processor." default:"0" placeholder:"N"`
}

// loadRules returns the built-in rules and those in the folder. Experimental and deprecated rules are left out unless
// all is set.
func loadRules(folder string, all bool) (rules.Set, error) {
	systems := []fs.FS{detector.Rules, rules.Joined}
	if folder != "" {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return rules.Set{}, errors.Join(err, fmt.Errorf("%s is no folder of rules", folder))
		}
		systems = append(systems, os.DirFS(folder))
	}
	set, err := rules.Load(systems...)
	if err != nil {
		return set, hinted{err, "see docs/rules.md for the form of a rule, 'sekisho facts' for what it can read"}
	}
	if !all {
		kept := set.Rules[:0]
		for _, r := range set.Rules {
			if r.Status == sekisho.StatusStable || r.Status == sekisho.StatusTest {
				kept = append(kept, r)
			}
		}
		set.Rules = kept
	}
	return set, nil
}

func compileRules(folder string, all bool) (*judge.Judge, error) {
	set, err := loadRules(folder, all)
	if err != nil {
		return nil, err
	}
	j, err := judge.Compile(set.Rules, set.Conditions, detector.All)
	if err != nil {
		return nil, hinted{err, "'sekisho facts' lists what rules can read"}
	}
	return j, nil
}

// start returns a checkpoint with everything the flags name, and what ends it.
func (e engine) start(ctx context.Context, experimental bool) (*checkpoint.Checkpoint, func(), error) {
	config, stop, err := e.parts(ctx, experimental)
	if err != nil {
		return nil, nil, err
	}
	cp, err := checkpoint.New(config)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return cp, stop, nil
}

// parts returns what a checkpoint is made of, and what ends it.
func (e engine) parts(ctx context.Context, experimental bool) (checkpoint.Config, func(), error) {
	j, err := compileRules(e.Rules, experimental)
	if err != nil {
		return checkpoint.Config{}, nil, err
	}
	config := checkpoint.Config{Openers: opener.All, Detectors: detector.All, Judge: j}
	if e.Org != "" {
		if config.Org, err = org.Load(e.Org); err != nil {
			return config, nil, hinted{err, "'sekisho org check " + e.Org + "' lists every problem"}
		}
	}
	if config.Intel, err = e.intel(); err != nil {
		return config, nil, err
	}
	pool := worker.New(e.jobs(), worker.Limits{})
	stop := pool.Close
	if e.Yara != "" {
		matcher, err := e.matcher(ctx)
		if err != nil {
			stop()
			return config, nil, err
		}
		config.Intel.Yara = matcher
		stop = func() {
			pool.Close()
			matcher.Close()
		}
	}
	config.Isolate = pool.Open
	return config, sync.OnceFunc(stop), nil
}

func (e engine) intel() (*sekisho.Intel, error) {
	known := intel.Builtin()
	known.Now = time.Now()
	var err error
	if known.DNS, err = dns.New(e.DNS); err != nil {
		return nil, fmt.Errorf("--dns %s: %w", e.DNS, err)
	}
	if e.Contacts != "" {
		book, err := contact.Load(e.Contacts)
		if err != nil {
			return nil, fmt.Errorf("--contacts: %w", err)
		}
		known.Contacts = book
	}
	if known.Labels, err = openLabels(e.Data); err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	return known, nil
}

func (e engine) jobs() int {
	if e.Jobs > 0 {
		return e.Jobs
	}
	return runtime.NumCPU()
}
