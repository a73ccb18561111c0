package key

import "bytes"

// phraseContext are words beside a phrase, folded to lower case.
var phraseContext = [][]byte{[]byte("mnemonic"), []byte("seed"), []byte("recovery"), []byte("phrase"), []byte("bip39"),
	[]byte("bip-39"), []byte("wallet"), []byte("secret words"), []byte("backup words"), []byte("metamask"), []byte("trezor"),
	[]byte("ledger"), []byte("ニーモニック"), []byte("シード"), []byte("リカバリ"), []byte("復元"), []byte("秘密"),
	[]byte("ウォレット"), []byte("助记词"), []byte("助記詞"), []byte("니모닉"), []byte("시드")}

// The reach of the surroundings, in bytes.
const (
	reachBefore = 200
	reachAfter  = 80
)

// beside reports whether one of the words stands shortly before or after data[start:end].
func beside(data []byte, start, end int, words [][]byte) bool {
	var buf [reachBefore]byte
	before := lower(buf[:0], data[max(0, start-reachBefore):start])
	for _, w := range words {
		if bytes.Contains(before, w) {
			return true
		}
	}
	after := lower(buf[:0], data[end:min(len(data), end+reachAfter)])
	for _, w := range words {
		if bytes.Contains(after, w) {
			return true
		}
	}
	return false
}

// lower appends data to buf with ASCII letters in lower case.
func lower(buf, data []byte) []byte {
	from := len(buf)
	buf = append(buf, data...)
	for i, c := range buf[from:] {
		if c >= 'A' && c <= 'Z' {
			buf[from+i] = c | 0x20
		}
	}
	return buf
}
