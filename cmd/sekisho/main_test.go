package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/worker"
)

func TestMain(m *testing.M) {
	worker.Main(opener.All, os.Stdin, os.Stdout)
	testscript.Main(m, map[string]func(){
		"sekisho": func() { os.Exit(run(context.Background(), os.Args[1:], terminal{os.Stdin, os.Stdout, os.Stderr})) },
	})
}

// TestScript runs the command line as a person would. Each script says what it settles.
func TestScript(t *testing.T) {
	examples, err := filepath.Abs(filepath.Join("..", "..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			env.Setenv("HOME", env.WorkDir)
			return nil
		},
	})
}
