// Command generate writes the files that are derived from code: the lists of plug-ins and the reference in docs/.
package main

import (
	"fmt"
	"os"
)

const module = "github.com/sekisho/sekisho"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "list" {
		return list(args[1])
	}
	return fmt.Errorf("usage: generate list opener|detector")
}
