package persona

import (
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

const (
	textLimit      = 8   // texts of a mail that are read
	openingLines   = 6   // lines in which a writer says who they are
	signatureLines = 15  // lines that may be a signature
	lineLimit      = 240 // bytes read of a line
	besideLimit    = 4   // words that stand beside a name in a line of a signature; more make it a sentence
)

// body reads the openings and signatures of the mail's own texts: not of attached mails and files.
func (s *search) body() {
	texts := 0
	for part := range s.pass.Artifact.All() {
		form, ok := part.Form.(*sekisho.TextForm)
		if !ok || !spoken(part, s.pass.Artifact) {
			continue
		}
		if texts++; texts > textLimit {
			return
		}
		s.opening(form.Content)
		s.signature(form.Content)
	}
}

// spoken reports whether a text is the mail's own words: its plain body, or what its HTML body shows.
func spoken(part, mail *sekisho.Artifact) bool {
	if part.Kind != sekisho.KindText || part.Via != "body" && part.Via != "content" {
		return false
	}
	for up := part.Up; up != nil; up = up.Up {
		if up == mail {
			return true
		}
		if up.Kind != sekisho.KindPage && up.Kind != sekisho.KindText {
			return false
		}
	}
	return false
}

func (s *search) opening(content string) {
	lines := 0
	for line := range strings.Lines(content) {
		if line = strings.TrimSpace(clip(line, lineLimit)); line == "" {
			continue
		}
		if lines++; lines > openingLines {
			return
		}
		s.r.read(fold.Text(line), s.words, s.tokens)
		for _, seen := range s.find(&s.r, false) {
			if introduced(&s.r, seen) {
				s.spoken("text", "body-opening", line, seen)
			}
		}
	}
}

// introductions are what stands before and after the name of a writer who says who they are.
var (
	before = []string{"this is", "i am", "i'm", "i’m", "im", "it's", "it’s", "my name is", "私は", "わたくし", "私、", "私"}
	after  = []string{"です", "でございます", "と申します", "と申し", "だ。", " here", ", here", " speaking"}
)

func introduced(r *reading, seen match) bool {
	head, tail := seen.from, seen.to
	for head > 0 && r.tokens[head-1].role != roleName {
		head--
	}
	for tail < len(r.tokens) && (r.tokens[tail].role == roleTitle || r.tokens[tail].role == roleOrganisation) {
		tail++
	}
	lead := strings.TrimRight(r.text[:r.tokens[head].text[0]], " ,、")
	for _, words := range before {
		if ahead, ok := strings.CutSuffix(lead, words); ok && (ahead == "" || scriptOf(rune(ahead[len(ahead)-1])) == separator) {
			return true
		}
	}
	follow := strings.TrimLeft(r.text[r.tokens[tail-1].text[1]:], " ")
	for _, words := range after {
		if strings.HasPrefix(follow, strings.TrimLeft(words, " ")) {
			return true
		}
	}
	return false
}

func (s *search) signature(content string) {
	for range signatureLines {
		content = strings.TrimRight(content, " \t\r\n\u3000\u00a0")
		if content == "" {
			return
		}
		start := strings.LastIndexByte(content, '\n') + 1
		line := content[start:]
		content = content[:start]
		if len(line) > lineLimit {
			continue
		}
		line = strings.TrimSpace(line)
		folded := fold.Text(line)
		if salutation(folded) {
			continue
		}
		s.r.read(folded, s.words, s.tokens)
		for _, seen := range s.find(&s.r, false) {
			if _, others := s.r.rest(seen.from, seen.to); others <= besideLimit && !addressee(&s.r) {
				s.spoken("text", "signature", line, seen)
			}
		}
	}
}

// salutations begin a line that speaks to somebody.
var salutations = []string{"dear", "hi", "hello", "hey", "to:", "cc:", "attn", "good morning", "good afternoon", "宛先", "宛て"}

func salutation(folded string) bool {
	for _, words := range salutations {
		if rest, ok := strings.CutPrefix(folded, words); ok && (rest == "" || scriptOf(rune(rest[0])) == separator || rest[0] >= 0x80) {
			return true
		}
	}
	return false
}

// addressee reports whether the line speaks to or of somebody politely, as nobody does of themselves.
func addressee(r *reading) bool {
	for _, t := range r.tokens {
		if t.addressed {
			return true
		}
	}
	return false
}
