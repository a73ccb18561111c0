package dossier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/sekisho/sekisho/record"
)

var (
	// stixNamespace is the one of STIX 2.1 §2.9, for identifiers of observables.
	stixNamespace = uuid.MustParse("00abedb4-aa42-466c-9c01-fed23315a9b7")
	// ourNamespace is for identifiers of what we say: STIX keeps its own for observables.
	ourNamespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/sekisho/sekisho/dossier"))
)

// walletExtension defines the observable cryptocurrency-wallet, which STIX 2.1 has not: github.com/muchdogesec/stix2extensions.
const walletExtension = "extension-definition--be78509e-6958-51b1-8b26-d17ee0eba2d7"

// object is a STIX object; encoding/json writes its keys in order.
type object = map[string]any

// stix writes a STIX 2.1 bundle: every indicator of the case as an observable, that it was observed, and as an indicator only
// what a person blocked. What was merely seen in a mail, a well-known site for one, is not called malicious. Equal input gives
// equal identifiers.
func (c *contents) stix(indicators []*indicator) ([]byte, error) {
	created, modified := stixTime(c.caze.Opened), stixTime(later(c.caze.Opened, c.caze.Last))
	origin, _, _ := strings.Cut(c.head, "\n")
	author := object{"type": "identity", "spec_version": "2.1", "id": ourID("identity", origin), "created": created, "modified": created,
		"name": "Sekisho record " + origin, "identity_class": "system"}
	objects := []object{author}
	refs := []string{author["id"].(string)}
	seen := map[string]bool{}
	add := func(o object) {
		if id := o["id"].(string); !seen[id] {
			seen[id] = true
			objects, refs = append(objects, o), append(refs, id)
		}
	}
	for _, i := range indicators {
		observable, pattern, err := observe(i)
		if err != nil {
			return nil, err
		}
		if observable == nil {
			continue
		}
		add(observable)
		ref := observable["id"].(string)
		add(object{"type": "observed-data", "spec_version": "2.1", "id": ourID("observed-data", c.caze.ID, ref), "created_by_ref": author["id"],
			"created": created, "modified": modified, "first_observed": stixTime(i.first), "last_observed": stixTime(i.last),
			"number_observed": i.seen, "object_refs": []string{ref}})
		if i.blocked && pattern != "" {
			add(object{"type": "indicator", "spec_version": "2.1", "id": ourID("indicator", c.caze.ID, ref), "created_by_ref": author["id"],
				"created": created, "modified": modified, "name": i.kind + " blocked by a person", "description": i.reason,
				"indicator_types": []string{"malicious-activity"}, "pattern": pattern, "pattern_type": "stix", "pattern_version": "2.1",
				"valid_from": stixTime(i.first)})
		}
	}
	objects = append(objects, object{"type": "grouping", "spec_version": "2.1", "id": ourID("grouping", c.caze.ID), "created_by_ref": author["id"],
		"created": created, "modified": modified, "name": "Case " + c.caze.ID, "context": "suspicious-activity", "object_refs": refs})
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(object{"type": "bundle", "id": ourID("bundle", c.caze.ID, modified), "objects": objects})
	return b.Bytes(), err
}

// observe returns the observable of an indicator and the pattern that finds it; nil for a kind STIX has no word for.
func observe(i *indicator) (observable object, pattern string, err error) {
	quoted := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(i.value) + "'"
	kind, contributing := "", object{"value": i.value}
	switch i.kind {
	case record.IndicatorSender:
		kind = "email-addr"
	case record.IndicatorDomain:
		kind = "domain-name"
		if ip, err := netip.ParseAddr(strings.Trim(i.value, "[]")); err == nil {
			kind = "ipv4-addr"
			if ip.Is6() {
				kind = "ipv6-addr"
			}
		}
	case record.IndicatorURL:
		kind = "url"
	case record.IndicatorHash:
		kind, contributing = "file", object{"hashes": object{"SHA-256": i.value}}
		pattern = "[file:hashes.'SHA-256' = " + quoted + "]"
	case record.IndicatorAddress:
		_, address, found := strings.Cut(i.value, ":")
		if !found {
			address = i.value
		}
		kind, contributing = "cryptocurrency-wallet", object{"value": address}
		quoted = "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(address) + "'"
	default:
		return nil, "", nil
	}
	if pattern == "" {
		pattern = "[" + kind + ":value = " + quoted + "]"
	}
	id, err := observableID(kind, contributing)
	if err != nil {
		return nil, "", err
	}
	observable = object{"type": kind, "spec_version": "2.1", "id": id}
	for name, value := range contributing {
		observable[name] = value
	}
	if kind == "cryptocurrency-wallet" {
		observable["extensions"] = object{walletExtension: object{"extension_type": "new-sco"}}
	}
	return observable, pattern, nil
}

// observableID returns the identifier that STIX 2.1 §2.9 derives from an observable's contributing properties, written as RFC 8785
// says, which for one string is what encoding/json writes without HTML's escapes.
func observableID(kind string, contributing object) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(contributing); err != nil {
		return "", err
	}
	return kind + "--" + uuid.NewSHA1(stixNamespace, bytes.TrimRight(b.Bytes(), "\n")).String(), nil
}

// ourID returns the identifier of something we say, the same for the same parts.
func ourID(kind string, parts ...string) string {
	return kind + "--" + uuid.NewSHA1(ourNamespace, fmt.Appendf(nil, "%s %q", kind, parts)).String()
}

func stixTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
