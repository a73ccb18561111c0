// Package opener lists every opener, one folder each.
package opener

//go:generate go run ../docs/generate list opener
