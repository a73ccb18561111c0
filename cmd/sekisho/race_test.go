//go:build race

package main

// raceDetector tells that code runs some ten times slower than it does.
const raceDetector = true
