package cheatengine

import "strings"

// colon returns where the colon behind a label is, outside of quotes, or -1.
func colon(text string) int {
	quoted := false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ':' && !quoted:
			return i
		case text[i] == '\'' && !quoted:
			return -1
		}
	}
	return -1
}

// call splits name(a,b) into its name, in lower case, and its arguments.
func call(text string) (name string, arguments []string, ok bool) {
	open := strings.IndexByte(text, '(')
	if open <= 0 || !strings.HasSuffix(text, ")") {
		return "", nil, false
	}
	name = strings.ToLower(strings.TrimSpace(text[:open]))
	if strings.IndexFunc(name, func(r rune) bool { return r < 'a' || r > 'z' }) >= 0 {
		return "", nil, false
	}
	for _, a := range strings.Split(text[open+1:len(text)-1], ",") {
		arguments = append(arguments, strings.TrimSpace(a))
	}
	return name, arguments, true
}

// expand puts the texts of defines in place of their names.
func (s *script) expand(text string) string {
	for _, d := range s.defines {
		if len(text) > maxStatement {
			break
		}
		text = replaceWord(text, d.name, d.text)
	}
	return text
}

// replaceWord replaces a name where it is not part of a longer one.
func replaceWord(text, name, by string) string {
	if !strings.Contains(text, name) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text) && b.Len() <= maxStatement; {
		whole := strings.HasPrefix(text[i:], name) && (i == 0 || !partOfName(text[i-1])) &&
			(i+len(name) == len(text) || !partOfName(text[i+len(name)]))
		if whole {
			b.WriteString(by)
			i += len(name)
			continue
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}

func partOfName(c byte) bool {
	return c == '_' || c == '.' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
