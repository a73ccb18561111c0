package program

import (
	"bytes"
	"crypto"
	_ "crypto/md5" // digests of old signatures
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"hash"
	"io"

	"github.com/smallstep/pkcs7"

	"github.com/sekisho/sekisho"
)

const (
	signatureLimit = 4 << 20 // bytes of a signature
	longestChain   = 8
	certsLooked    = 64
)

var digests = map[string]crypto.Hash{
	"1.2.840.113549.2.5": crypto.MD5, "1.3.14.3.2.26": crypto.SHA1, "2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384, "2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// digestInfo is what an Authenticode signature is about [Authenticode_PE, SpcIndirectDataContent].
type digestInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

// authenticode reads the first signature in the certificate table and compares its digest with the file's.
func (p *image) authenticode(f *peFile) error {
	s := &p.form.Signature
	entry := p.read(f.certificates, int(min(f.certLen, signatureLimit)))
	if len(entry) < 8 || binary.LittleEndian.Uint16(entry[6:]) != 2 {
		s.Problem = "the certificate table holds no signature" // behind the end of a file that is cut, for one: it has none
		return nil
	}
	s.Format = "authenticode"
	length := int(binary.LittleEndian.Uint32(entry))
	if length < 8 || length > len(entry) {
		s.Problem = "the certificate table is cut short"
		return nil
	}
	p7, err := pkcs7.Parse(trimDER(entry[8:length]))
	if err != nil {
		s.Problem = "the signature cannot be read: " + clean(err.Error())
		return nil
	}
	signedBy(s, p7)
	var about asn1.RawValue
	var stated digestInfo
	rest, err := asn1.Unmarshal(p7.Content, &about)
	if err == nil {
		_, err = asn1.Unmarshal(rest, &stated)
	}
	kind, known := digests[stated.Algorithm.Algorithm.String()]
	if err != nil || !known {
		s.Problem = "the signature states no digest that is known"
		return nil
	}
	digest, err := p.authentihash(f, kind)
	if err != nil {
		return err
	}
	if s.Covers = bytes.Equal(digest, stated.Digest); !s.Covers {
		s.Problem = "the digest in the signature is not that of the file"
	}
	return nil
}

// trimDER cuts the padding behind a DER object of definite length.
func trimDER(data []byte) []byte {
	var value asn1.RawValue
	if rest, err := asn1.Unmarshal(data, &value); err == nil {
		return data[:len(data)-len(rest)]
	}
	return data
}

// authentihash is the digest of the file without its checksum, the table's entry for certificates, and those.
func (p *image) authentihash(f *peFile, kind crypto.Hash) ([]byte, error) {
	end := min(f.certificates, p.size)
	after := min(end+f.certLen, p.size)
	h := kind.New()
	for _, part := range [][2]int64{{0, f.checksum}, {f.checksum + 4, f.security}, {f.security + 8, end}, {after, p.size}} {
		if err := p.digest(h, part[0], part[1]); err != nil {
			return nil, err
		}
	}
	return h.Sum(nil), nil
}

func (p *image) digest(h hash.Hash, start, end int64) error {
	if end > hashLimit {
		return fmt.Errorf("%w: a signed program of more than %d bytes", sekisho.ErrLimit, hashLimit)
	}
	if start >= end {
		return nil
	}
	if p.ctx.Err() != nil {
		return fmt.Errorf("%w: %w", sekisho.ErrTimeout, p.ctx.Err())
	}
	_, err := io.Copy(h, io.NewSectionReader(p.r, start, end-start))
	return err
}

// The attributes in which a timestamp stands: of PKCS #9, and of Microsoft's RFC 3161 timestamps.
const (
	counterSignature = "1.2.840.113549.1.9.6"
	rfc3161Timestamp = "1.3.6.1.4.1.311.3.3.1"
	timestampToken   = "1.2.840.113549.1.9.16.2.14"
)

// signedBy states who signed and whether the signature is by that key. p7.Content is what is signed.
func signedBy(s *sekisho.Signature, p7 *pkcs7.PKCS7) {
	if err := p7.Verify(); err != nil {
		s.Problem = "the signature is not valid: " + clean(err.Error())
	} else {
		s.Valid = true
	}
	for _, signer := range p7.Signers {
		for _, attribute := range signer.UnauthenticatedAttributes {
			switch attribute.Type.String() {
			case counterSignature, rfc3161Timestamp, timestampToken:
				s.Timestamped = true
			}
		}
	}
	certificate := p7.GetOnlySigner()
	if certificate == nil {
		s.Valid = false
		s.Problem = "the signature names not one signer whose certificate it holds"
		return
	}
	s.Name = clean(certificate.Subject.CommonName)
	if s.Signer = s.Name; len(certificate.Subject.Organization) > 0 {
		s.Signer = clean(certificate.Subject.Organization[0])
	}
	if s.Issuer = clean(certificate.Issuer.CommonName); s.Issuer == "" && len(certificate.Issuer.Organization) > 0 {
		s.Issuer = clean(certificate.Issuer.Organization[0])
	}
	s.SelfSigned = signs(certificate, certificate)
	climb(s, certificate, p7.Certificates[:min(len(p7.Certificates), certsLooked)])
}

// climb follows the chain as far as the certificates in the signature go.
func climb(s *sekisho.Signature, certificate *x509.Certificate, all []*x509.Certificate) {
	for range longestChain {
		if signs(certificate, certificate) {
			s.Rooted = true
			return
		}
		var above *x509.Certificate
		for _, c := range all {
			if c != certificate && signs(c, certificate) {
				above = c
				break
			}
		}
		if above == nil {
			return
		}
		s.Chain = append(s.Chain, clean(above.Subject.CommonName))
		certificate = above
	}
}

// signs reports whether issuer made the signature of certificate. SHA-1, which old roots still have, counts.
func signs(issuer, certificate *x509.Certificate) bool {
	return bytes.Equal(issuer.RawSubject, certificate.RawIssuer) &&
		issuer.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature) == nil
}
