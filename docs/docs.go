// Package docs holds the operator's guide. The pages in reference are derived from code.
package docs

//go:generate go run ../cmd/sekisho reference reference
