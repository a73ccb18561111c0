//go:build !unix

package label

import "os"

// mapped reads the file at path.
func mapped(path string) (data []byte, unmap func() error, err error) {
	data, err = os.ReadFile(path)
	return data, func() error { return nil }, err
}
