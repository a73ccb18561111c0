package key

import "bytes"

// strayLimit is the most words of a sentence that are in the list as well and touch a phrase: "now send <phrase> thank you".
const strayLimit = 4

// amid looks for a phrase in the middle of a sentence. Most words of a sentence that are not of the phrase are in no list (a,
// the, is, of, my), so that hardly any prose has as many listed words in a row as a phrase has, and those that have fail the
// checksum. Only words parted as prose parts them are looked at: what is listed in columns, or in order, is a list.
func (t *text) amid(all []token, lang language) {
	for start := 0; start < len(all); {
		end := start + 1
		for end < len(all) && flows(t.data[all[end-1].end:all[end].start]) {
			end++
		}
		t.within(all[start:end], lang)
		start = end
	}
}

// within looks at every place where a phrase can be in a run with a few words more. The longest and the first are reported.
func (t *text) within(run []token, lang language) {
	for n := min(len(run), 24); n >= max(least, len(run)-strayLimit); n-- {
		if n%3 != 0 || !lengthOf(lang, n) {
			continue
		}
		for start := 0; start+n <= len(run); start++ {
			if t.phrase(run[start:start+n], lang, prose) {
				return
			}
		}
	}
}

// flows reports the gap between two words of a sentence: a space, a line end, or a comma and a space.
func flows(gap []byte) bool {
	switch len(gap) {
	case 1:
		return gap[0] == ' ' || gap[0] == '\n'
	case 2:
		return gap[0] == '\r' && gap[1] == '\n' || gap[0] == ',' && gap[1] == ' '
	}
	return bytes.Equal(gap, []byte("\u3000"))
}
