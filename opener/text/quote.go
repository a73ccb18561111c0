package text

import "strings"

// split tells what is written now from the earlier mails it quotes: lines that start with ">", the line that introduces
// them, and everything below the header block of an answered mail. When nothing else is there, the quotation is what a
// person reads, and so it is the content.
func split(s string) (content, quoted string) {
	if strings.Contains(s, "\r") {
		s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	}
	if !strings.HasPrefix(s, ">") && !strings.Contains(s, "\n>") && !strings.Contains(s, "-----") && !strings.Contains(s, "____") && !strings.Contains(s, "From:") && !strings.Contains(s, "差出人") {
		return strings.TrimSpace(s), ""
	}
	var written, old strings.Builder
	written.Grow(len(s) + 1)
	for rest := s; rest != ""; {
		line, after, _ := strings.Cut(rest, "\n")
		switch {
		case earlier(line, after):
			old.WriteString(rest)
			after = ""
		case strings.HasPrefix(line, ">"), introduces(line, after):
			old.WriteString(strings.TrimLeft(line, "> "))
			old.WriteByte('\n')
		default:
			written.WriteString(line)
			written.WriteByte('\n')
		}
		rest = after
	}
	content, quoted = strings.TrimSpace(written.String()), strings.TrimSpace(old.String())
	if content == "" {
		return quoted, ""
	}
	return content, quoted
}

// earlier reports whether the whole rest, from line on, is an answered mail.
func earlier(line, after string) bool {
	trimmed := strings.TrimSpace(line)
	if strings.HasPrefix(trimmed, "-----") {
		inner := strings.ToLower(strings.Trim(trimmed, "- "))
		return inner == "original message" || inner == "元のメッセージ" || inner == "元のメール"
	}
	if !strings.HasPrefix(trimmed, "From:") && !strings.HasPrefix(trimmed, "差出人") {
		return false
	}
	sent, to := false, false
	for range 5 {
		line, after, _ = strings.Cut(after, "\n")
		line = strings.TrimLeft(line, " \t*")
		sent = sent || strings.HasPrefix(line, "Sent:") || strings.HasPrefix(line, "Date:") || strings.HasPrefix(line, "送信日時") || strings.HasPrefix(line, "日時")
		to = to || strings.HasPrefix(line, "To:") || strings.HasPrefix(line, "宛先") || strings.HasPrefix(line, "Subject:") || strings.HasPrefix(line, "件名")
	}
	return sent && to
}

// introduces reports whether line says who wrote the quoted lines that follow: "On ... wrote:", "...:" in Japanese.
func introduces(line, after string) bool {
	line = strings.TrimSpace(line)
	if len(line) > 400 || !strings.HasSuffix(line, ":") && !strings.HasSuffix(line, "：") && !strings.HasPrefix(line, "On ") {
		return false
	}
	for range 3 {
		var next string
		next, after, _ = strings.Cut(after, "\n")
		next = strings.TrimSpace(next)
		if strings.HasPrefix(next, ">") {
			return true
		}
		if next != "" && !strings.HasSuffix(next, "wrote:") {
			return false
		}
	}
	return false
}
