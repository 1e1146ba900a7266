package cheatengine

import "strings"

// statement is a line of a script without its comments.
type statement struct {
	text string
	row  int // of the script, from 0
}

// refusal tells which row of a script cannot be taken over, and why.
type refusal struct {
	row int
	why string
}

// harmless are the directives of a script that change nothing here.
var harmless = map[string]bool{"asm": true, "strict": true}

// readStatements splits a script into lines, without comments: // to the end of
// the line, and what stands in braces or between slashes and stars.
func readStatements(script string) ([]statement, *refusal) {
	var out []statement
	inside := "" // what ends the comment that is open
	row := 0
	for text := range strings.SplitSeq(script, "\n") {
		plain, still, why := stripComments(text, inside)
		if why != "" {
			return nil, &refusal{row, why}
		}
		if plain = strings.TrimSpace(plain); plain != "" {
			out = append(out, statement{plain, row})
		}
		inside = still
		row++
	}
	return out, nil
}

// stripComments takes comments off a line. inside is what ends the comment that
// is open at its beginning, and still the one at its end.
func stripComments(text, inside string) (plain, still, why string) {
	var b strings.Builder
	quote := byte(0)
	for text != "" {
		if inside != "" {
			_, rest, ended := strings.Cut(text, inside)
			if !ended {
				return b.String(), inside, ""
			}
			text, inside = rest, ""
			b.WriteByte(' ')
			continue
		}
		c := text[0]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.HasPrefix(text, "//"), c == ';':
			return b.String(), "", ""
		case strings.HasPrefix(text, "/*"):
			inside, text = "*/", text[2:]
			continue
		case strings.HasPrefix(text, "{$"):
			name, rest, _ := strings.Cut(text[2:], "}")
			if !harmless[strings.ToLower(strings.TrimSpace(name))] {
				return "", "", "it holds {$" + strings.TrimSpace(name) + "}, which is code to execute"
			}
			text = rest
			continue
		case c == '{':
			inside, text = "}", text[1:]
			continue
		}
		b.WriteByte(c)
		text = text[1:]
	}
	return b.String(), "", ""
}
