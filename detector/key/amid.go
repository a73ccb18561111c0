package key

// strayLimit is the most words of a sentence that are in the list as well and touch a phrase: "now send <phrase> thank you".
const strayLimit = 4

// amid looks for a phrase in the middle of a sentence. Most words of a sentence that are not of the phrase are in no list (a,
// the, is, of, my), so that hardly any prose has as many listed words in a row as a phrase has, and those that have fail the
// checksum. Only words parted as prose parts them are looked at: what is listed in columns, or in order, is a list. Of Chinese,
// the lists have nearly every character that is often used.
func (t *text) amid(all []token, lang language) {
	if lang >= shares || lang == simplified || lang == traditional {
		return
	}
	for start := 0; start < len(all); {
		end := start + 1
		for end < len(all) && flows(t.data[all[end-1].end:all[end].start]) {
			end++
		}
		t.within(all[start:end], lang)
		start = end
	}
}

// within looks at every place where a phrase can be in a run with a few words more. Which words belong to it is not known, so that
// all that pass the checksum are reported.
func (t *text) within(run []token, lang language) {
	for n := min(len(run), 24); n >= max(least, len(run)-strayLimit); n-- {
		if n%3 != 0 || !lengthOf(lang, n) {
			continue
		}
		for start := 0; start+n <= len(run); start++ {
			t.phrase(run[start:start+n], lang, prose)
		}
	}
}

// flows reports the gap between two words of a sentence: a space, a line end, or a comma and a space.
func flows(gap []byte) bool {
	switch string(gap) {
	case " ", "\n", "\r\n", " \n", " \r\n", ", ", ",\n", ",\r\n", "\u3000":
		return true
	}
	return false
}
