package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// secretLimit is the most bytes a file of a secret may have.
const secretLimit = 64 << 10

// Read returns the secret, without the line break at its end. It refuses an empty file and one that everybody may read.
func (f File) Read() (string, error) {
	file, err := os.Open(string(f))
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no file", f)
	}
	if info.Mode().Perm()&0o004 != 0 && os.PathSeparator == '/' {
		return "", fmt.Errorf("%s may be read by everybody: chmod 600 %s", f, f)
	}
	data, err := io.ReadAll(io.LimitReader(file, secretLimit+1))
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(string(data), "\r\n")
	if secret == "" || len(data) > secretLimit {
		return "", fmt.Errorf("%s is empty or larger than %d bytes", f, secretLimit)
	}
	return secret, nil
}

func (d *Duration) parse(s string) error {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return errors.New("want a time such as 90d, 12h, 3m or 30s")
		}
		*d = Duration(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	parsed, err := time.ParseDuration(s)
	if err != nil || parsed < 0 {
		return errors.New("want a time such as 90d, 12h, 3m or 30s")
	}
	*d = Duration(parsed)
	return nil
}

var units = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}

func (z *Size) parse(s string) error {
	bytes := int64(1)
	for _, u := range units {
		if number, ok := strings.CutSuffix(s, u.name); ok {
			s, bytes = strings.TrimSpace(number), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > (1<<62)/bytes {
		return errors.New("want a number of bytes such as 64MiB")
	}
	*z = Size(n * bytes)
	return nil
}
