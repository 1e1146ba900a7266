package freeze

// Start is New with another way to wait less than two milliseconds.
var Start = start

// Rank is how a judge orders a stored number.
func Rank(e Entry, raw []byte) (uint64, bool, error) {
	j, _, err := newJudge(e)
	if err != nil {
		return 0, false, err
	}
	rank, ok := j.rank(raw)
	return rank, ok, nil
}
