// Package auth says whether a mail comes from where its From header says: SPF, DKIM, DMARC and ARC.
//
// When DNS may be asked, the mail itself is verified: SPF by the address of the SMTP client, DKIM by the raw bytes,
// DMARC by both. What cannot be verified so is taken from the Authentication-Results (RFC 8601) that the receiving
// server recorded, and only from a server whose authserv-id the profile names, nearest to the top. Everything further
// down, and everything in a mail attached to another, was written by the sender. What neither way can tell is unknown,
// which is a gap and never a failure: a dead DNS makes nobody a forger.
package auth

import (
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

// Facts is what is known of the identity of a mail's sender.
type Facts struct {
	Known       bool     `json:"known" doc:"SPF and DKIM, or DMARC, are known well enough to say whether the From domain is authenticated"`
	Source      string   `json:"source" doc:"where the results come from: live, recorded or unknown"`
	SPF         string   `json:"spf" doc:"result of SPF: pass, fail, softfail, neutral, none, temperror, permerror or unknown"`
	DKIM        string   `json:"dkim" doc:"best result of the DKIM signatures: pass, fail, neutral, none, temperror, permerror or unknown"`
	DMARC       string   `json:"dmarc" doc:"result of DMARC: pass, fail, none (no policy is published), temperror, permerror or unknown"`
	ARC         string   `json:"arc" doc:"result of the ARC chain as a believed server recorded it: pass, fail, none or unknown"`
	ARCDMARC    string   `json:"arc_dmarc" doc:"DMARC as a sealer named in the profile saw it before forwarding, when the chain passes; empty if not known"`
	SPFDomain   string   `json:"spf_domain" doc:"domain that SPF speaks of: of the envelope sender, or the name the client gave"`
	DKIMDomains []string `json:"dkim_domains" doc:"domains whose DKIM signature passes"`
	DMARCPolicy string   `json:"dmarc_policy" doc:"policy that the From domain publishes: none, quarantine or reject; empty when there is none or it is not known"`
	Aligned     bool     `json:"aligned" doc:"the From domain is authenticated: SPF or DKIM passes for a domain aligned with it (RFC 7489 §3.1), whether or not a policy is published"`
	Compauth    string   `json:"compauth" doc:"composite authentication that Exchange Online recorded: pass, softpass, fail, none; empty if not recorded"`
	FromDomain  string   `json:"from_domain" doc:"domain of From"`
	OwnDomain   bool     `json:"own_domain" doc:"From is in a domain of the organisation"`
	ExactSpoof  bool     `json:"exact_spoof" doc:"From is in a domain of the organisation and is known not to be authenticated"`
	BodyLimit   bool     `json:"l_tag" doc:"a DKIM signature has an l= tag, so that text can be added behind what is signed"`
	Expired     bool     `json:"expired" doc:"a DKIM signature was past its x= time at the moment of the inspection"`
	Ignored     int      `json:"results_ignored" doc:"Authentication-Results headers that were not believed"`
}

// Detector verifies the sender's identity.
var Detector = &sekisho.Detector{
	Name: "auth",
	Doc: `Sender identity: SPF, DKIM, DMARC, ARC
Verifies the mail when DNS may be asked, and otherwise reads the Authentication-Results of the servers that the profile
believes. ARC chains are not verified: their recorded result is read. A mail without a From domain claims no identity
and yields nothing.`,
	Kinds: []sekisho.Kind{sekisho.KindMail},
	Facts: Facts{},
	Run:   run,
}

// fromLimit bounds the From domains that are looked at; a lawful mail has one.
const fromLimit = 4

func run(pass *sekisho.Pass) error {
	mail, ok := pass.Artifact.Form.(*sekisho.Mail)
	if !ok {
		return nil
	}
	domains := fromDomains(mail)
	if len(domains) == 0 {
		return nil
	}
	recorded := readRecorded(mail, pass)
	results, err := recorded, error(nil)
	if pass.Intel.DNS != nil {
		results, err = verify(pass, mail, domains[0])
		results.fill(recorded)
	}
	facts := results.facts(domains, pass.Org)
	facts.Ignored = recorded.ignored
	for _, h := range mail.Headers {
		if strings.EqualFold(h.Name, "Dkim-Signature") {
			facts.BodyLimit = facts.BodyLimit || tag(h.Value, "l") != ""
			facts.Expired = facts.Expired || expired(h.Value, pass.Intel.Now)
		}
	}
	pass.Report(facts, spans(mail)...)
	if facts.Known || err != nil {
		return err
	}
	if pass.Intel.DNS == nil {
		return fmt.Errorf("%w: no trusted Authentication-Results and DNS is off", sekisho.ErrUnavailable)
	}
	return fmt.Errorf("%w: no trusted Authentication-Results, and the SMTP client is not known or is inside", sekisho.ErrUnavailable)
}

// fromDomains returns the distinct domains of From, the first one first.
func fromDomains(mail *sekisho.Mail) []string {
	var domains []string
	seen := make(map[string]bool)
	for _, box := range mail.From {
		if box.Domain == "" || seen[box.Domain] {
			continue
		}
		seen[box.Domain] = true
		if domains = append(domains, box.Domain); len(domains) == fromLimit {
			break
		}
	}
	return domains
}

func spans(mail *sekisho.Mail) []sekisho.Span {
	at := []sekisho.Span{sekisho.Quote("From", mail.Value("From"))}
	if results := mail.Value("Authentication-Results"); results != "" {
		at = append(at, sekisho.Quote("Authentication-Results", results))
	}
	return at
}

// results is what one source says. Empty results are not known.
type results struct {
	source      string
	spf         string
	spfDomain   string
	dkim        string
	dkimDomains []string // that pass
	dmarc       string
	dmarcFrom   string // the From domain that dmarc speaks of, empty if not said
	policy      string
	strictSPF   bool // aspf=s
	strictDKIM  bool // adkim=s
	arc         string
	arcDMARC    string
	compauth    string
	ignored     int
}

// fill takes over from what was recorded whatever could not be verified.
func (r *results) fill(recorded results) {
	if r.spf == "" && r.dkim == "" && r.dmarc == "" {
		*r = recorded
		return
	}
	if unknown(r.spf) && recorded.spf != "" {
		r.spf, r.spfDomain = recorded.spf, recorded.spfDomain
	}
	if unknown(r.dkim) && recorded.dkim != "" {
		r.dkim, r.dkimDomains = recorded.dkim, recorded.dkimDomains
	}
	if unknown(r.dmarc) && recorded.dmarc != "" {
		r.dmarc, r.dmarcFrom, r.policy = recorded.dmarc, recorded.dmarcFrom, recorded.policy
	}
	r.arc, r.arcDMARC, r.compauth = recorded.arc, recorded.arcDMARC, recorded.compauth
}

func unknown(result string) bool { return result == "" || result == "temperror" }

func (r *results) facts(domains []string, org *sekisho.Org) *Facts {
	f := &Facts{
		Source: or(r.source), SPF: or(r.spf), DKIM: or(r.dkim), DMARC: or(r.dmarc), ARC: or(r.arc),
		ARCDMARC: r.arcDMARC, SPFDomain: r.spfDomain, DKIMDomains: r.dkimDomains, DMARCPolicy: r.policy,
		Compauth: r.compauth, FromDomain: domains[0], Aligned: true,
	}
	spoof := false
	for _, domain := range domains {
		aligned := r.aligned(domain)
		own := within(domain, org.Domains)
		f.Aligned = f.Aligned && aligned
		f.OwnDomain = f.OwnDomain || own
		spoof = spoof || own && !aligned
	}
	f.Known = f.Aligned || !unknown(r.spf) && !unknown(r.dkim) || r.dmarc == "fail"
	f.ExactSpoof = f.Known && spoof
	return f
}

func or(result string) string {
	if result == "" {
		return "unknown"
	}
	return result
}

// aligned applies RFC 7489 §3.1 to one From domain.
func (r *results) aligned(from string) bool {
	if r.dmarcFrom == "" || r.dmarcFrom == from {
		switch r.dmarc {
		case "pass":
			return true
		case "fail":
			return false
		}
	}
	if r.spf == "pass" && alignedTo(from, r.spfDomain, r.strictSPF) {
		return true
	}
	for _, d := range r.dkimDomains {
		if alignedTo(from, d, r.strictDKIM) {
			return true
		}
	}
	return false
}

func alignedTo(from, domain string, strict bool) bool {
	if domain == "" || from == domain || strict {
		return domain != "" && from == domain
	}
	a, suffix, _ := host.Site(from)
	b, _, _ := host.Site(domain)
	return a == b && a != suffix
}

func within(domain string, own []string) bool {
	for _, o := range own {
		if host.Within(domain, o) {
			return true
		}
	}
	return false
}
