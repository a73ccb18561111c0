package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho"
)

// blobLimit is the most bytes of one blob that are held in memory.
const blobLimit = 512 << 20

// Blobs calls found for every blob that the git repository in the folder holds, each once, whether a branch leads to it
// or not. A blob is named for a path that it had, and its object id. It runs git itself, which must be installed, in a
// way that starts no hook, pager, filter or transfer of the repository.
func Blobs(ctx context.Context, folder string, found func(Item) error) error {
	names, err := blobNames(ctx, folder)
	if err != nil {
		return err
	}
	cmd := git(ctx, folder, "cat-file", "--batch-all-objects", "--unordered", "--batch", "--buffer")
	return batch(cmd, nil, names, found)
}

// submoduleMode is the mode of an entry that names a commit of another repository.
const submoduleMode = "160000"

// Staged calls found for every file as it is about to be committed.
func Staged(ctx context.Context, folder string, found func(Item) error) error {
	list, err := git(ctx, folder, "diff", "--cached", "--no-ext-diff", "--no-textconv", "--raw", "-z", "--no-abbrev", "--diff-filter=ACMRT").Output()
	if err != nil {
		return gitError(folder, err)
	}
	names := map[string]string{}
	var ids strings.Builder
	fields := strings.Split(string(list), "\x00")
	for i := 0; i+1 < len(fields); {
		// :100644 100644 <old> <new> M\0path\0, with a second path after R and C
		meta := strings.Fields(fields[i])
		i++
		if len(meta) != 5 {
			return fmt.Errorf("git diff: unexpected record %q", strings.Join(meta, " "))
		}
		path := fields[i]
		i++
		if status := meta[4][0]; (status == 'R' || status == 'C') && i < len(fields) {
			path = fields[i]
			i++
		}
		if meta[1] == submoduleMode {
			continue // a commit of another repository, no blob
		}
		if _, ok := names[meta[3]]; !ok {
			fmt.Fprintln(&ids, meta[3])
		}
		names[meta[3]] = path
	}
	return batch(git(ctx, folder, "cat-file", "--batch", "--buffer"), strings.NewReader(ids.String()), names, found)
}

// git returns a command that reads the repository and nothing else.
func git(ctx context.Context, folder string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"}, args...)...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GIT_NO_LAZY_FETCH=1", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_PROTOCOL_FROM_USER=0", "GIT_ALLOW_PROTOCOL=none")
	return cmd
}

func gitError(folder string, err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		line, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		return fmt.Errorf("read git repository %s: %s", folder, line)
	}
	return fmt.Errorf("read git repository %s: %w", folder, err)
}

// blobNames returns a path for each object that a ref or the index leads to.
func blobNames(ctx context.Context, folder string) (map[string]string, error) {
	out, err := git(ctx, folder, "rev-list", "--objects", "--all", "--reflog", "--indexed-objects").Output()
	if err != nil {
		return nil, gitError(folder, err)
	}
	names := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if id, path, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok && path != "" {
			names[id] = path
		}
	}
	return names, nil
}

// batch reads the answers of git cat-file --batch: "<id> <type> <size>\n<bytes>\n".
func batch(cmd *exec.Cmd, in io.Reader, names map[string]string, found func(Item) error) error {
	cmd.Stdin = in
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start git: %w", err)
	}
	err = readBatch(bufio.NewReaderSize(out, 1<<20), names, found)
	if err != nil {
		_ = cmd.Process.Kill() // the error is what matters; Wait reports the kill
		_ = cmd.Wait()
		return err
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("git cat-file: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return nil
}

func readBatch(r *bufio.Reader, names map[string]string, found func(Item) error) error {
	for {
		line, err := r.ReadString('\n')
		if err == io.EOF && line == "" {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read git object: %w", err)
		}
		fields := strings.Fields(line)
		if len(fields) == 2 && fields[1] == "missing" {
			item := Item{Artifact: fileArtifact(blobName(names, fields[0]), nil, 0), Err: fmt.Errorf("%w: the repository lacks the blob", sekisho.ErrUnavailable)}
			if err := found(item); err != nil {
				return err
			}
			continue
		}
		if len(fields) != 3 {
			return fmt.Errorf("read git object: unexpected header %q", strings.TrimSpace(line))
		}
		size, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			return fmt.Errorf("read git object: %w", err)
		}
		if fields[1] != "blob" || size > blobLimit {
			if _, err := io.CopyN(io.Discard, r, size+1); err != nil {
				return fmt.Errorf("read git object: %w", err)
			}
			if fields[1] == "blob" {
				item := Item{Artifact: fileArtifact(blobName(names, fields[0]), nil, 0), Err: fmt.Errorf("%w: a blob of %d bytes", sekisho.ErrLimit, size)}
				if err := found(item); err != nil {
					return err
				}
			}
			continue
		}
		data := make([]byte, size+1)
		if _, err := io.ReadFull(r, data); err != nil {
			return fmt.Errorf("read git object: %w", err)
		}
		if err := found(Item{Artifact: fileArtifact(blobName(names, fields[0]), bytes.NewReader(data[:size]), size)}); err != nil {
			return err
		}
	}
}

func blobName(names map[string]string, id string) string {
	name := names[id]
	if name == "" {
		name = "(no path)"
	}
	return name + "@" + id[:min(12, len(id))]
}
