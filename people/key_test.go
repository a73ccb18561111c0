package people

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

const (
	testRPID   = "sekisho.kaede-ex.jp"
	testOrigin = "https://sekisho.kaede-ex.jp"
)

// Flags of authenticator data (WebAuthn §6.1).
const (
	flagPresent  = 0x01
	flagVerified = 0x04
	flagAttested = 0x40
)

// A testKey is an authenticator and the browser it is plugged into: one discoverable ES256 credential.
type testKey struct {
	private *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	count   uint32

	origin string // the page's, as the browser sees it
	rpid   string // that the authenticator signs for
	flags  byte
}

func newTestKey(t *testing.T) *testKey {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 24)
	rand.Read(id)
	return &testKey{private: private, id: id, origin: testOrigin, rpid: testRPID, flags: flagPresent | flagVerified}
}

// asked is what a test key reads of a ceremony's options.
type asked struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		RP        struct{ ID, Name string }
		User      struct{ ID, Name, DisplayName string }

		UserVerification       string `json:"userVerification"`
		Attestation            string `json:"attestation"`
		AuthenticatorSelection struct {
			ResidentKey      string `json:"residentKey"`
			UserVerification string `json:"userVerification"`
		} `json:"authenticatorSelection"`
		ExcludeCredentials []struct{ ID string } `json:"excludeCredentials"`
		AllowCredentials   []struct{ ID string } `json:"allowCredentials"`
	} `json:"publicKey"`
}

func ask(t *testing.T, c Ceremony) asked {
	t.Helper()
	var a asked
	if err := json.Unmarshal(c.Options, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func (k *testKey) clientData(kind, challenge string) []byte {
	data, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": k.origin, "crossOrigin": false})
	return data
}

func (k *testKey) authData(flags byte) []byte {
	sum := sha256.Sum256([]byte(k.rpid))
	return binary.BigEndian.AppendUint32(append(sum[:], flags), k.count)
}

// create answers a registration (WebAuthn §6.3.2).
func (k *testKey) create(t *testing.T, c Ceremony) io.Reader {
	t.Helper()
	a := ask(t, c)
	handle, err := base64.RawURLEncoding.DecodeString(a.PublicKey.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	k.handle = handle
	point, err := k.private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	cose, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		t.Fatal(err)
	}
	data := append(k.authData(k.flags|flagAttested), make([]byte, 16)...) // no AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(k.id)))
	data = append(append(data, k.id...), cose...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		t.Fatal(err)
	}
	return k.answer(map[string]any{
		"clientDataJSON":    b64(k.clientData("webauthn.create", a.PublicKey.Challenge)),
		"attestationObject": b64(object),
	})
}

// get answers a sign-in (WebAuthn §6.3.3).
func (k *testKey) get(t *testing.T, c Ceremony) io.Reader {
	t.Helper()
	k.count++
	client, data := k.clientData("webauthn.get", ask(t, c).PublicKey.Challenge), k.authData(k.flags)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(bytes.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return k.answer(map[string]any{
		"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(k.handle),
	})
}

func (k *testKey) answer(response map[string]any) io.Reader {
	text, _ := json.Marshal(map[string]any{
		"id": b64(k.id), "rawId": b64(k.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	return bytes.NewReader(text)
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
