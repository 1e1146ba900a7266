package condition

import (
	"strings"

	"quarry/search/value"
)

// parseChange reads a change by an amount from the words of text. ok is false
// when the words are none.
func parseChange(t value.Type, text string, fields []string) (c Condition, ok bool, err error) {
	op, amount := changeWords(fields)
	switch {
	case op == By && amount == nil:
		return upWithoutBy(text, fields)
	case len(amount) == 0:
		return c, false, &SyntaxError{text, "say by how much, such as by 5, by 1..3 or by 10%"}
	}
	c, want := parseAmount(strings.Join(amount, " "))
	c.Op = op
	switch {
	case t == value.Invalid && !(isNumber(c.A) && (c.B == "" || isNumber(c.B))):
		return Condition{}, false, nil
	case want != "":
		return Condition{}, false, &SyntaxError{text, want}
	}
	return c, true, nil
}

// changeWords splits the words of a change. amount is nil when they are none.
func changeWords(fields []string) (op Op, amount []string) {
	switch {
	case fields[0] == "by":
		return By, fields[1:]
	case len(fields) > 1 && fields[0] == "+":
		return UpBy, fields[1:]
	case len(fields) > 1 && fields[0] == "-":
		return DownBy, fields[1:]
	case len(fields) > 1 && fields[0] == "up" && fields[1] == "by":
		return UpBy, fields[2:]
	case len(fields) > 1 && fields[0] == "down" && fields[1] == "by":
		return DownBy, fields[2:]
	}
	return By, nil
}

// upWithoutBy refuses "up 5", which means nothing else than up by 5.
func upWithoutBy(text string, fields []string) (Condition, bool, error) {
	if len(fields) == 2 && (fields[0] == "up" || fields[0] == "down") && isNumber(strings.TrimSuffix(fields[1], "%")) {
		return Condition{}, false, &SyntaxError{text, "write " + fields[0] + " by " + fields[1]}
	}
	return Condition{}, false, nil
}

// parseAmount reads the size of a change. want says what is wrong with it, if
// anything is.
func parseAmount(text string) (c Condition, want string) {
	a, b, isRange := strings.Cut(text, "..")
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	a, percentA := strings.CutSuffix(a, "%")
	b, percentB := strings.CutSuffix(b, "%")
	c = Condition{A: strings.TrimSpace(a), B: strings.TrimSpace(b), Percent: percentA || percentB}
	switch {
	case isRange && (c.A == "" || c.B == ""):
		return c, "a range has two ends, such as by 1..3"
	case c.A == "":
		return c, "say by how much, such as by 5, by 1..3 or by 10%"
	case isRange && percentA && !percentB:
		return c, "both ends are percentages or none is, such as by 5%..10%"
	case strings.HasPrefix(c.A, "-") || strings.HasPrefix(c.B, "-"):
		return c, "a change has a size and a direction, such as down by 5"
	case strings.Contains(c.A+c.B, "%"):
		return c, "one % is enough, such as by 10%"
	}
	return c, ""
}

func isNumber(text string) bool { return value.Guess(text) != value.String }
