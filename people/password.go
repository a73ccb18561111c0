package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

const (
	passwordShortest = 12   // characters
	passwordLongest  = 1024 // bytes
	passwordDistinct = 6    // characters that differ
)

// argonCost is what one Argon2id hash costs (RFC 9106 §4, the second recommended set).
type argonCost struct {
	Memory uint32 `json:"memory"` // KiB
	Passes uint32 `json:"passes"`
	Lanes  uint8  `json:"lanes"`
}

// A passwordHash is a password as it is kept, sealed.
type passwordHash struct {
	argonCost
	Salt []byte `json:"salt"`
	Hash []byte `json:"hash"`
}

// hashPassword hashes a password with a new salt.
func (b *Book) hashPassword(ctx context.Context, password string) (passwordHash, error) {
	h := passwordHash{argonCost: b.cost, Salt: make([]byte, 16)}
	rand.Read(h.Salt)
	var err error
	h.Hash, err = b.argon(ctx, h, password)
	return h, err
}

// matches reports whether it is the password of a hash. It takes as long when it is not.
func (b *Book) matches(ctx context.Context, h passwordHash, password string) (bool, error) {
	hash, err := b.argon(ctx, h, password)
	return subtle.ConstantTimeCompare(hash, h.Hash) == 1, err
}

// argon waits for a place, so that many sign-ins at once do not use up the memory.
func (b *Book) argon(ctx context.Context, h passwordHash, password string) ([]byte, error) {
	select {
	case b.hash <- struct{}{}:
		defer func() { <-b.hash }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey(foldPassword(password), h.Salt, h.Passes, h.Memory, h.Lanes, 32), nil
}

// foldPassword makes a password the same bytes from every keyboard (NIST SP 800-63B §3.1.1.2): a Japanese one may write its
// letters wide.
func foldPassword(password string) []byte {
	if len(password) > passwordLongest {
		password = password[:passwordLongest]
	}
	return []byte(norm.NFKC.String(password))
}

// checkPassword returns ErrPassword unless a password is long enough, varied, and none that is guessed first: built on a common
// word, a run of the keyboard, or what everybody knows of the person.
func checkPassword(password string, who Applicant) error {
	weak := func(why string) error { return fmt.Errorf("%s: %w", why, ErrPassword) }
	if len(password) > passwordLongest || !utf8.ValidString(password) {
		return weak(fmt.Sprintf("longer than %d bytes, or not text", passwordLongest))
	}
	folded := strings.ToLower(string(foldPassword(password)))
	distinct := map[rune]bool{}
	for _, r := range folded {
		distinct[r] = true
	}
	switch {
	case utf8.RuneCountInString(folded) < passwordShortest:
		return weak(fmt.Sprintf("shorter than %d characters", passwordShortest))
	case len(distinct) < passwordDistinct:
		return weak("too few different characters")
	}
	// What is left when all that is guessed first is taken away has to be worth something by itself.
	rest := folded
	for _, known := range append(knownOf(who), common...) {
		rest = strings.ReplaceAll(rest, known, "")
	}
	worth := strings.TrimFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })
	if rest != folded && utf8.RuneCountInString(worth) < passwordShortest/2 {
		return weak("built on a common word, or on what is known of the person")
	}
	return nil
}

// knownOf returns the words of a person's name and mail address, of three characters or more.
func knownOf(who Applicant) []string {
	words := strings.FieldsFunc(strings.ToLower(norm.NFKC.String(who.Name)+" "+who.Mail), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	long := []string{strings.ToLower(strings.TrimSpace(who.Mail))}
	for _, w := range words {
		if utf8.RuneCountInString(w) >= 3 || !isASCII(w) {
			long = append(long, w)
		}
	}
	return long
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// common is what passwords are built on most often, longest first where one holds another. Written by hand in November 2026
// after what published counts of leaked passwords have in common.
var common = []string{
	"correcthorsebatterystaple", "1q2w3e4r5t6y7u8i9o0p", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv", "zaq12wsxcde34rfv",
	"abcdefghijklmnopqrstuvwxyz", "abcdefghijkl", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwerty", "qwertz", "azerty", "1q2w3e4r",
	"1qaz2wsx", "q1w2e3r4", "zaq12wsx", "qazwsx", "asdfgh", "zxcvb", "abcdef", "abc123", "abcd", "1234567890", "0987654321",
	"123456789", "987654321", "12345678", "1234567", "123456", "654321", "12345", "1234", "123", "000000", "111111",
	"administrator", "password", "passw0rd", "p@ssw0rd", "p@ssword", "passphrase", "kennwort", "passwort", "motdepasse", "changeme",
	"letmein", "trustno1", "iloveyou", "whatever", "welcome", "sunshine", "princess", "football", "baseball", "superman",
	"batman", "dragon", "monkey", "master", "shadow", "michael", "jordan", "secret", "access", "admin", "login", "guest", "default",
	"root", "test", "user", "pass", "hello", "summer", "winter", "spring", "autumn", "company", "security", "bitcoin", "ethereum",
	"crypto", "wallet", "exchange", "sekisho", "パスワード", "ぱすわーど", "あいうえお", "かきくけこ", "さくら", "管理者", "暗号資産", "取引所",
	"pasuwado", "aiueo", "sakura", "tokyo", "japan", "nihon", "nippon", "konnichiwa", "arigatou", "daisuki", "aishiteru", "2024", "2025", "2026", "2027",
}
