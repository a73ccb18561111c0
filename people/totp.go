package people

import (
	"crypto/hmac"
	"crypto/sha1" // RFC 6238 §1.2: what every authenticator app has
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const (
	codePeriod = 30      // seconds, RFC 6238 §4.1
	codeDigits = 6       // RFC 4226 §5.3
	codeKey    = 20      // bytes, RFC 4226 §4
	codeModulo = 1000000 // ten to the power of codeDigits
)

// codeAt returns the code of one period of 30 seconds (RFC 4226 §5.3, RFC 6238 §4.2).
func codeAt(key []byte, step int64) string {
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%0*d", codeDigits, binary.BigEndian.Uint32(sum[at:])&0x7fffffff%codeModulo)
}

// codeStep returns the period that a code is of: this one, the one before or the one after (RFC 6238 §5.2, §6), or 0. It takes
// as long for a code that is of none.
func codeStep(key []byte, code string, now time.Time) int64 {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code)
	current := now.Unix() / codePeriod
	found := 0
	for step := current - 1; step <= current+1; step++ {
		match := subtle.ConstantTimeCompare([]byte(codeAt(key, step)), []byte(code))
		found = subtle.ConstantTimeSelect(match, int(step), found)
	}
	return int64(found)
}

// offerOf returns what an authenticator app needs to have the key.
func (b *Book) offerOf(ceremony string, key []byte, mail string) (Offer, error) {
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key)
	uri := (&url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/" + b.conf.Name + ":" + mail,
		RawQuery: "secret=" + secret + "&issuer=" + url.PathEscape(b.conf.Name) + fmt.Sprintf("&algorithm=SHA1&digits=%d&period=%d", codeDigits, codePeriod),
	}).String()
	var groups []string
	for i := 0; i < len(secret); i += 4 {
		groups = append(groups, secret[i:min(i+4, len(secret))])
	}
	qr, err := drawQR(uri)
	return Offer{Ceremony: ceremony, Secret: strings.Join(groups, " "), URI: uri, QR: qr}, err
}

// drawQR draws a QR code as SVG: one path, dark on light with the quiet zone of four modules that readers want.
func drawQR(text string) (string, error) {
	matrix, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, nil)
	if err != nil {
		return "", fmt.Errorf("draw QR code: %w", err)
	}
	var path strings.Builder
	for y := range matrix.GetHeight() {
		for x := range matrix.GetWidth() {
			if matrix.Get(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	w, h := matrix.GetWidth(), matrix.GetHeight()
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" shape-rendering="crispEdges">`+
		`<path fill="#fff" d="M0 0h%dv%dh-%dz"/><path fill="#000" d="%s"/></svg>`, w, h, w*4, h*4, w, h, w, path.String()), nil
}
