package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"blitiri.com.ar/go/spf"
	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-msgauth/dmarc"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

const (
	lookupTime      = 6 * time.Second // for all questions of one mail
	signatureLimit  = 5               // DKIM signatures verified
	headerByteLimit = 64 << 10        // the signature library takes quadratic time on a long folded header
	headerLineLimit = 4000
)

// verify asks DNS. What could not be told is left empty, with an error that wraps sekisho.ErrUnavailable: the resolver
// marks every error that is not an answer as temporary.
func verify(pass *sekisho.Pass, mail *sekisho.Mail, from string) (results, error) {
	ctx, cancel := context.WithTimeout(pass.Context, lookupTime)
	defer cancel()
	r := results{source: "live"}
	spfErr := r.verifySPF(ctx, pass.Intel.DNS, mail.Envelope)
	dkimErr := r.verifyDKIM(ctx, pass, len(mail.Envelope.Client) > 0)
	dmarcErr := r.verifyDMARC(ctx, pass.Intel.DNS, from)
	return r, errors.Join(spfErr, dkimErr, dmarcErr)
}

func unavailable(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", sekisho.ErrUnavailable, what, err)
}

// verifySPF checks the SMTP client, RFC 7208. A client inside the organisation's network says nothing: the mail came
// in elsewhere, or is on its way out.
func (r *results) verifySPF(ctx context.Context, dns sekisho.Resolver, e sekisho.Envelope) error {
	client, err := netip.ParseAddr(strings.Trim(e.Client, "[]"))
	if err != nil {
		return nil
	}
	client = client.Unmap().WithZone("")
	if client.IsPrivate() || client.IsLoopback() || client.IsLinkLocalUnicast() || client.IsUnspecified() {
		return nil
	}
	local, domain := "postmaster", e.Helo
	if at := strings.LastIndexByte(e.From, '@'); at >= 0 {
		local, domain = strings.ReplaceAll(e.From[:at], "@", "_"), e.From[at+1:]
	}
	domain, ok := host.ASCII(domain)
	if !ok {
		r.spf = "none" // RFC 7208 §4.3
		return nil
	}
	result, err := spf.CheckHostWithSender(client.AsSlice(), e.Helo, local+"@"+domain, spf.WithContext(ctx), spf.WithResolver(dns))
	if result == spf.TempError {
		return unavailable("SPF of "+domain, err)
	}
	r.spf, r.spfDomain = string(result), domain
	return nil
}

// verifyDKIM checks the signatures, RFC 6376. live says that the mail is just coming in: for a mail of the past, an
// expired signature tells nothing.
func (r *results) verifyDKIM(ctx context.Context, pass *sekisho.Pass, live bool) error {
	a := pass.Artifact
	if a.Blob == nil {
		return nil
	}
	if err := boundedHeader(a); err != nil {
		return err
	}
	verifications, err := dkim.VerifyWithOptions(io.NewSectionReader(a.Blob, 0, a.Size), &dkim.VerifyOptions{
		MaxVerifications: signatureLimit,
		LookupTXT: func(name string) ([]string, error) {
			return pass.Intel.DNS.LookupTXT(ctx, name)
		},
	})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return fmt.Errorf("%w: DKIM: %w", sekisho.ErrMalformed, err)
	}
	var failed error
	result := "none"
	for _, v := range verifications {
		outcome := dkimResult(v, pass.Intel.Now, live)
		if outcome == "temperror" {
			failed = unavailable("DKIM signature of "+v.Domain, v.Err)
		}
		if outcome == "pass" {
			domain, _ := host.ASCII(v.Domain)
			r.dkimDomains = append(r.dkimDomains, domain)
		}
		if dkimOrder[outcome] > dkimOrder[result] {
			result = outcome
		}
	}
	if result == "temperror" {
		return failed
	}
	r.dkim = result
	return nil
}

// dkimOrder ranks results: one good signature is enough, and one that could not be checked might have been good.
var dkimOrder = map[string]int{"none": 0, "permerror": 1, "fail": 2, "temperror": 3, "pass": 4}

func dkimResult(v *dkim.Verification, now time.Time, live bool) string {
	switch {
	case v.Err == nil:
		return "pass"
	case dkim.IsTempFail(v.Err):
		return "temperror"
	case !live && !v.Expiration.IsZero() && !now.IsZero() && now.After(v.Expiration):
		return "temperror"
	case dkim.IsPermFail(v.Err):
		return "permerror"
	}
	return "fail"
}

// boundedHeader refuses a header that costs the signature library more than it is worth.
func boundedHeader(a *sekisho.Artifact) error {
	head := make([]byte, min(a.Size, headerByteLimit))
	n, err := a.Blob.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("DKIM: %w", err)
	}
	lines, start := 0, 0
	for i, c := range head[:n] {
		if c != '\n' {
			continue
		}
		if line := strings.TrimRight(string(head[start:i]), "\r"); line == "" {
			return nil
		}
		start = i + 1
		if lines++; lines > headerLineLimit {
			return fmt.Errorf("%w: DKIM: a header of more than %d lines", sekisho.ErrLimit, headerLineLimit)
		}
	}
	if int64(n) == a.Size {
		return nil
	}
	return fmt.Errorf("%w: DKIM: a header of more than %d bytes", sekisho.ErrLimit, headerByteLimit)
}

// verifyDMARC finds the policy of the From domain, or of its organisational domain (RFC 7489 §6.6.3), and applies it.
func (r *results) verifyDMARC(ctx context.Context, dns sekisho.Resolver, from string) error {
	options := &dmarc.LookupOptions{LookupTXT: func(name string) ([]string, error) { return dns.LookupTXT(ctx, name) }}
	record, err := dmarc.LookupWithOptions(from, options)
	site, _, _ := host.Site(from)
	inherited := errors.Is(err, dmarc.ErrNoPolicy) && site != from
	if inherited {
		record, err = dmarc.LookupWithOptions(site, options)
	}
	switch {
	case errors.Is(err, dmarc.ErrNoPolicy):
		r.dmarc = "none"
		return nil
	case dmarc.IsTempFail(err):
		return unavailable("DMARC policy of "+from, err)
	case err != nil:
		r.dmarc = "permerror"
		return nil
	}
	r.policy = string(record.Policy)
	if inherited && record.SubdomainPolicy != "" {
		r.policy = string(record.SubdomainPolicy)
	}
	r.strictSPF = record.SPFAlignment == dmarc.AlignmentStrict
	r.strictDKIM = record.DKIMAlignment == dmarc.AlignmentStrict
	switch {
	case r.aligned(from):
		r.dmarc, r.dmarcFrom = "pass", from
	case r.spf != "" && r.dkim != "":
		r.dmarc, r.dmarcFrom = "fail", from
	}
	return nil
}

// tag returns the value of a tag of a DKIM-Signature, RFC 6376 §3.2.
func tag(signature, name string) string {
	for signature != "" {
		var part string
		part, signature, _ = strings.Cut(signature, ";")
		if key, value, ok := strings.Cut(part, "="); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func expired(signature string, now time.Time) bool {
	seconds, err := strconv.ParseInt(tag(signature, "x"), 10, 64)
	return err == nil && !now.IsZero() && now.Unix() > seconds
}
