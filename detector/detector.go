// Package detector lists every detector, one folder each, and embeds the rules that lie beside them.
package detector

import "embed"

//go:generate go run ../docs/generate list detector

// Rules holds each detector's rule.yaml.
//
//go:embed */rule.yaml
var Rules embed.FS
