//go:build race

package inbox_test

// raceDetector tells that code runs some ten times slower than it does.
const raceDetector = true
