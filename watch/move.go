package watch

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// nameLimit is the most bytes of a file's own name that its new one keeps.
const nameLimit = 120

// moveAway moves a file into the folder, under a name that starts with the passage's ID and ends in .held, so that nothing opens
// it by a double click, and takes everybody's rights but the owner's to read. It never replaces a file.
func moveAway(path, folder, id string) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	name := strings.ToValidUTF8(filepath.Base(path), "_")
	if len(name) > nameLimit {
		name = strings.ToValidUTF8(name[len(name)-nameLimit:], "")
	}
	to := filepath.Join(folder, id+"-"+name+".held")
	if _, err := os.Lstat(to); err == nil {
		return "", errors.New(to + " exists")
	}
	if err := os.Rename(path, to); err != nil {
		if err := copyAway(path, to); err != nil {
			return "", err
		}
	}
	return to, os.Chmod(to, 0o400)
}

// copyAway moves between file systems: the copy is whole and on disk before the file is removed.
func copyAway(path, to string) (err error) {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	copied, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(copied, from)
	if err := errors.Join(err, copied.Sync(), copied.Close()); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return os.Remove(path)
}
