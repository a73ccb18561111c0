package key

// seriesLimit is the most words looked at together, at most half of them before the one that was sampled: each look then
// goes far ahead, and a text of nothing but listed words is read twice and not a thousand times.
const seriesLimit = 4096

// least is the number of words of the shortest phrase.
const least = 12

// moneroStride is the distance at which Monero seeds are looked for: 25 words of 4 letters span 124 bytes.
const moneroStride = 96

// word looks at one word, and when its neighbours are in the same list at the whole series. It returns where to go on.
func (t *text) word(tok token) int {
	t.resolve(&tok)
	next := tok.end
	if tok.start >= t.rare && t.isLong(tok) {
		t.rare = tok.start + moneroStride
		if !t.amongShort(tok) {
			next = max(next, t.series(tok, monero))
		}
	}
	if tok.set == 0 {
		return next
	}
	after, ok := t.following(tok)
	if ok {
		t.resolve(&after)
	}
	set := tok.set & after.set
	if set != tok.set {
		before, ok := t.preceding(tok)
		if ok {
			t.resolve(&before)
		}
		set |= tok.set & before.set
	}
	for ; set != 0; set &= set - 1 {
		next = max(next, t.series(tok, first(set)))
	}
	return next
}

// nearby is how far to each side amongShort looks, in bytes: fewer than the words of a Monero seed fit there.
const nearby = 48

// amongShort reports that words too short for a Monero seed stand on both sides of tok, so near that there is none between
// them: most words of a text, at a glance.
func (t *text) amongShort(tok token) bool {
	data := t.data
	run := 0
	ahead := data[tok.end:min(len(data), tok.end+nearby)]
	for i, c := range ahead {
		k := classes[c]
		if k == letter {
			run++
			continue
		}
		if run > 0 && run < 4 && k != wide && i > run && plainBefore(ahead[i-run-1]) {
			return t.afterShort(tok)
		}
		run = 0
	}
	return false
}

// afterShort is the half of amongShort that looks back.
func (t *text) afterShort(tok token) bool {
	behind := t.data[max(t.floor, tok.start-nearby):tok.start]
	run := 0
	for i := len(behind) - 1; i >= 0; i-- {
		if classes[behind[i]] == letter {
			run++
			continue
		}
		if after := i + 1 + run; run > 0 && run < 4 && plainBefore(behind[i]) && after < len(behind) && classes[behind[after]] != wide {
			return true
		}
		run = 0
	}
	return false
}

// plainBefore reports whether the letters behind c are a word by themselves: c is no escape, and no letter beyond ASCII.
func plainBefore(c byte) bool { return c != '\\' && classes[c] != wide }

// isLong reports whether the word can be one of a Monero seed: 4 to 12 letters.
func (t *text) isLong(tok token) bool {
	n := tok.end - tok.start
	return n >= 4 && n <= 12 && classes[t.data[tok.start]] == letter && classes[t.data[tok.end-1]] == letter && !t.glued(tok)
}

// in reports whether the word is in the list, and marks where it starts without an escape before it.
func (t *text) in(tok *token, lang language) bool {
	if lang == monero {
		t.unescape(tok)
		return t.isLong(*tok)
	}
	t.resolve(tok)
	return tok.set>>lang&1 == 1
}

// series collects the words around tok that are in the list and looks for phrases among them.
func (t *text) series(tok token, lang language) int {
	w := t.window
	back := w.tokens[:0]
	for before, ok := t.preceding(tok); ok && t.in(&before, lang) && (before.start >= t.done || lang == monero) && len(back) < seriesLimit/2; before, ok = t.preceding(before) {
		back = append(back, before)
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	all := append(back, tok)
	for after, ok := t.following(tok); ok && t.in(&after, lang) && len(all) < seriesLimit; after, ok = t.following(after) {
		all = append(all, after)
	}
	w.tokens = all[:0]
	if len(all) < least || lang == monero && len(all) < 25 {
		return tok.end
	}
	t.phrases(all, lang)
	end := all[len(all)-1].end
	if lang == monero {
		t.rare = end
		return tok.end
	}
	t.done = end
	if len(all) >= 20 {
		t.series(all[len(all)/2], monero) // the lists share words
	}
	return end
}

// phrases looks for phrases in a series of words of one list. A series is cut where its layout is cut: at blank lines, at
// line ends, at quotes and other hard marks, where numbers start again at 1. A part whose number of words is that of a
// phrase is looked at; longer series are lists of words.
func (t *text) phrases(all []token, lang language) {
	found := false
	for kind := range cutKinds {
		for start := 0; start < len(all); {
			end := start + 1
			for end < len(all) && !t.cut(all[end-1], all[end], kind) {
				end++
			}
			if lengthOf(lang, end-start) && t.phrase(all[start:end], lang, apart) {
				found = true
			}
			start = end
		}
	}
	if !found && len(all) <= 64 {
		found = t.inside(all, lang)
	}
	if !found {
		t.amid(all, lang)
	}
}

// inside looks for a phrase beside other words of the list, at the ends of a series or of one of its lines, where the
// surroundings speak of a phrase: "my seed phrase is abandon ...". Which words belong to it is not known, so that all that
// pass the checksum are reported.
func (t *text) inside(all []token, lang language) (found bool) {
	for _, kind := range []int{cutNothing, cutLine} {
		for start := 0; start < len(all); {
			end := start + 1
			for end < len(all) && !t.cut(all[end-1], all[end], kind) {
				end++
			}
			for n := min(end-start-1, 33); n >= least; n-- {
				if !lengthOf(lang, n) {
					continue
				}
				found = t.phrase(all[end-n:end], lang, named) || found
				found = t.phrase(all[start:start+n], lang, named) || found
			}
			start = end
		}
	}
	return found
}

func lengthOf(lang language, n int) bool {
	switch lang {
	case monero:
		return n == 25
	case shares:
		return n >= 20 && n <= 33
	case english:
		return n == 13 || n >= least && n <= 24 && n%3 == 0
	}
	return n >= least && n <= 24 && n%3 == 0
}

// The kinds of cut, from the weakest.
const (
	cutNothing = iota
	cutBlank   // a blank line
	cutLine    // a line end
	cutMark    // a mark that no layout of one phrase needs
	cutBoth    // a line end or a mark
	cutNumber  // numbers start again
	cutKinds
)

func (t *text) cut(a, b token, kind int) bool {
	gap := t.data[a.end:b.start]
	switch kind {
	case cutBlank:
		return newlines(gap) > 1
	case cutLine:
		return newlines(gap) > 0
	case cutMark:
		return marked(gap)
	case cutBoth:
		return newlines(gap) > 0 || marked(gap)
	case cutNumber:
		n, ok := lastNumber(gap)
		return ok && n == 1
	}
	return false
}

// newlines counts line ends, also those written as the escape \n.
func newlines(gap []byte) int {
	n := 0
	for i, c := range gap {
		if c == '\n' || c == 'n' && i > 0 && gap[i-1] == '\\' {
			n++
		}
	}
	return n
}

// marked reports a mark that ends a value: a colon, an equals sign, a bracket, or a quote that is not one of a list's.
func marked(gap []byte) bool {
	quotes, comma := 0, false
	for _, c := range gap {
		switch c {
		case ':', '=', ';', '(', '{', '[', ']', '}', '<', '>', '?', '!', '\v':
			return true
		case '"', '\'', '`':
			quotes++
		case ',':
			comma = true
		}
	}
	return quotes == 1 || quotes > 1 && !comma
}

func lastNumber(gap []byte) (n int, ok bool) {
	end := len(gap)
	for end > 0 && (gap[end-1] < '0' || gap[end-1] > '9') {
		end--
	}
	start := end
	for start > 0 && gap[start-1] >= '0' && gap[start-1] <= '9' && end-start < 3 {
		start--
	}
	for _, c := range gap[start:end] {
		n = n*10 + int(c-'0')
	}
	return n, end > start
}
