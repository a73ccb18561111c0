// Command sekisho is the checkpoint of a crypto-asset business: mails, files and links pass it, are taken apart, judged
// with reasons, and reported.
//
// It exits with 0 when nothing was found at or above --fail-on, with 1 when something was, and with 2 when it could not
// do its work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/worker"
)

// The exit statuses.
const (
	exitClean = 0
	exitFound = 1
	exitError = 2
)

// errFound ends a command that did its work and found something at or above --fail-on.
var errFound = errors.New("found something")

type commands struct {
	Version kong.VersionFlag `help:"Print the version and end."`

	Serve   serveCmd   `cmd:"" help:"Run every door, the console and the record."`
	Inspect inspectCmd `cmd:"" help:"Take mails and files apart and say what is wrong with them, and why."`
	Keys    keysCmd    `cmd:"" help:"Find private keys, seed phrases and API secrets, and say which wallets they control."`
	Screen  screenCmd  `cmd:"" help:"Say what is known of blockchain addresses, chain by chain."`
	Intel   intelCmd   `cmd:"" help:"Fetch and import lists of labelled addresses and sites; how old each is."`
	Eval    evalCmd    `cmd:"" help:"Measure on labelled mails: recall, false alarms, a table of rules, what was missed."`
	Rules   rulesCmd   `cmd:"" help:"List, show and test the rules."`
	Facts   factsCmd   `cmd:"" help:"Print the vocabulary that rules can read."`
	Org     orgCmd     `cmd:"" help:"Write or check the organisation's profile."`
	Record  recordCmd  `cmd:"" help:"Verify the record, export a case from it."`
	People  peopleCmd  `cmd:"" help:"Let somebody in who cannot sign in any more."`
	Config  configCmd  `cmd:"" help:"Print the configuration of 'sekisho serve' with every key explained, or check one."`
	Learn   learnCmd   `cmd:"" help:"Learn who writes to whom."`
	Yara    yaraCmd    `cmd:"" help:"Check YARA rules of your own; install the engine that matches them."`

	Reference referenceCmd `cmd:"" hidden:"" help:"Write the reference pages that are derived from code."`
}

// A terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	worker.Main(opener.All, os.Stdin, os.Stdout)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // a tenth less processor time a mail, for some 50 MB
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], terminal{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run parses the arguments, runs the command and returns the exit status.
func run(ctx context.Context, args []string, t terminal) int {
	var c commands
	code := -1
	parser, err := kong.New(&c, kong.Name("sekisho"), kong.Writers(t.out, t.err),
		kong.Description("The checkpoint of a crypto-asset business."),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(status int) { code = status }),
		kong.Vars{"version": version()},
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(t))
	if err != nil {
		fmt.Fprintln(t.err, "sekisho:", err)
		return exitError
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if code >= 0 { // help was asked for and printed
		return exitClean
	}
	if err == nil {
		err = command.Run()
	}
	var asked hinted
	switch {
	case err == nil:
		return exitClean
	case errors.Is(err, errFound):
		return exitFound
	case errors.As(err, &asked):
		fmt.Fprintf(t.err, "sekisho: %v\nhint: %s\n", err, asked.hint)
	default:
		fmt.Fprintln(t.err, "sekisho:", err)
	}
	return exitError
}

// version returns what was built: the module's version, or the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return info.Main.Version + " " + s.Value
		}
	}
	return info.Main.Version
}

// A hinted error says what to do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }
