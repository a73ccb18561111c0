# The habits. `make` alone builds; `make test` is what the README and .ci/run call.
CORPUS ?= corpus
FUZZTIME ?= 10s
FUZZIN ?= .

.PHONY: build test bench fuzz lint generate peers peers-keys peers-files labels load torture

build:
	CGO_ENABLED=0 go build -trimpath -o bin/sekisho ./cmd/sekisho

test:
	go test ./...

generate:
	go generate ./...

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "gofmt would change these"; exit 1; }
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK) ./...

STATICCHECK = v0.8.2

# Recall, false alarms, mails a second, latency and memory over CORPUS (one folder a label, ham is honest), and the Go
# benchmarks of the hot paths.
bench: build
	bin/sekisho eval --misses 10 $(CORPUS)
	go test -run '^$$' -bench . -benchtime 200ms ./...

# The same mails through rspamd on this machine, in one run with Sekisho, if rspamd is installed.
peers: build
	sh docs/peers.sh $(CORPUS)

# The Go source tree through the key scanners that are installed, in one run with Sekisho.
peers-keys: build
	sh docs/peers-keys.sh $$(go env GOROOT)/src

# A mixed folder, one that the script makes or the FOLDER given, through the scanners of files that are installed, in one run
# with Sekisho.
peers-files: build
	sh docs/peers-files.sh $(FOLDER)

# Every fuzz target below FUZZIN for FUZZTIME.
fuzz:
	@set -e; for file in $$(grep -rl --include=*_test.go '^func Fuzz' $(FUZZIN) | sort); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$file); do \
			echo "$$file $$target"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) ./$$(dirname $$file); \
		done; \
	done

# Ten million labels: loading, memory, opening again, look-ups a second.
labels:
	go test -run TestFigures -timeout 20m -v ./intel/feed -labels 10000000

# Mail through Postfix with and without Sekisho: mails a second, time added at 1 and 8 connections; requests to the API a second; a record
# of 100,000 cases. Wants root and Postfix.
load: build
	go run ./docs/load
	go test ./api -run TestFigures -v -figures
	go test ./record -run TestFigures -timeout 30m -v -cases 100000

# Sekisho killed under load, and its disk full: is anything missing that was accepted? Wants root and Postfix.
torture: build
	go run ./docs/torture -sekisho bin/sekisho
