package worker

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// landlocked reports whether workers of this test program can be confined by Landlock: not when it was built with cgo.
func landlocked() bool {
	_, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return false
	}
	_, _, errno = syscall.AllThreadsSyscall(unix.SYS_GETPID, 0, 0, 0)
	return !errors.Is(errno, syscall.ENOTSUP)
}
