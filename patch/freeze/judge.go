package freeze

import (
	"encoding/binary"
	"fmt"
	"math"

	"quarry/search/value"
)

// most is the length of the longest value that can be frozen, in bytes.
const most = 64 << 10

// judge decides what should be at a place.
type judge struct {
	mode      Mode
	typ       value.Type
	form      value.Form
	order     binary.ByteOrder
	flip      uint64 // of a form v^C
	negative  bool   // the greater the stored number, the less it means
	low, high []byte // of Within, as stored
}

// newJudge returns the judge of an entry and the width of its value.
func newJudge(e Entry) (*judge, int, error) {
	refuse := func(advice, format string, args ...any) (*judge, int, error) {
		return nil, 0, &EntryError{e.Name, fmt.Errorf(format, args...), advice}
	}
	j := &judge{mode: e.Rule.Mode, typ: e.Type, form: e.Form, order: e.Order}
	switch {
	case j.mode < Lock || j.mode > Within:
		return refuse("modes are lock, up-only, down-only and a range such as 1..5", "%w: its mode is off", ErrRule)
	case e.Rule.Interval != 0 && e.Rule.Interval < LeastInterval:
		return refuse("", "%w: an interval of %v is less than %v", ErrRule, e.Rule.Interval, LeastInterval)
	case e.Rule.Interval > MostInterval:
		return refuse("", "%w: an interval of %v is more than %v", ErrRule, e.Rule.Interval, MostInterval)
	case !e.Type.Number() && e.Type != value.String && e.Type != value.UTF16 && e.Type != value.Bytes:
		return refuse("name its type, such as i32", "%w: %s is no type of one value", value.ErrType, e.Type)
	case j.mode != Lock && (!e.Type.Number() || e.Form.Text()):
		return refuse("text and bytes can be locked", "%w: %s is for numbers", ErrRule, e.Rule)
	}
	if err := e.Form.Check(e.Type); err != nil {
		return refuse("", "%w", err)
	}
	width, err := widthOf(e)
	if err != nil {
		return refuse("", "%w", err)
	}
	j.orient()
	if err := j.bound(e.Rule); err != nil {
		return refuse("", "%w", err)
	}
	if e.Keep != nil {
		if err := j.check(e, e.Keep, width); err != nil {
			return nil, 0, err
		}
	}
	return j, width, nil
}

// check tells whether an entry of that width can keep a value.
func (j *judge) check(e Entry, keep []byte, width int) error {
	refuse := func(format string, args ...any) error {
		return &EntryError{e.Name, fmt.Errorf(format, args...), ""}
	}
	if len(keep) != width {
		return refuse("the value to keep has %d bytes, the place %d", len(keep), width)
	}
	if j.mode == Lock {
		return nil
	}
	switch k, ok := j.rank(keep); {
	case !ok:
		return refuse("%s is no number to go by", j.show(keep))
	case j.mode == Within && (k < j.mustRank(j.low) || k > j.mustRank(j.high)):
		return refuse("%s is not within %s", j.show(keep), e.Rule)
	}
	return nil
}

// widthOf returns how many bytes a value has.
func widthOf(e Entry) (int, error) {
	width := e.Form.Size(e.Type)
	switch {
	case width == 0 && e.Width == 0:
		width = len(e.Keep)
	case width == 0:
		width = e.Width
	case e.Width != 0 && e.Width != width:
		return 0, fmt.Errorf("a value of type %s has %d bytes, not %d", e.Type, width, e.Width)
	}
	if width < 1 || width > most {
		return 0, fmt.Errorf("a value of %d bytes; it can have 1 to %d", width, most)
	}
	return width, nil
}

// orient finds out how stored numbers are ordered.
func (j *judge) orient() {
	if !j.typ.Number() {
		return
	}
	j.flip, _ = j.form.Xor()
	if a, _, ok := j.form.Linear(); ok {
		j.negative = a.Sign() < 0
	}
}

// bound reads the ends of a range.
func (j *judge) bound(r Rule) (err error) {
	if j.mode != Within {
		return nil
	}
	if j.low, err = j.form.Encode(j.typ, r.Low, j.order); err != nil {
		return err
	}
	if j.high, err = j.form.Encode(j.typ, r.High, j.order); err != nil {
		return err
	}
	low, lowOK := j.rank(j.low)
	high, highOK := j.rank(j.high)
	if !lowOK || !highOK || low > high {
		return fmt.Errorf("%w: no number is within %s", ErrRule, r)
	}
	return nil
}

// want returns what should be at a place where found is, and what the entry keeps
// from now on. keep is what it kept until now, or nil. The answer is nil when
// that cannot be told: found is the first value, and no number.
func (j *judge) want(found, keep []byte) []byte {
	if j.mode == Lock {
		if keep == nil {
			return found
		}
		return keep
	}
	at, ok := j.rank(found)
	switch {
	case !ok && keep != nil:
		return keep
	case j.mode == Within && (!ok || at < j.mustRank(j.low)):
		return j.low
	case j.mode == Within && at > j.mustRank(j.high):
		return j.high
	case !ok:
		return nil
	case j.mode == Within || keep == nil:
		return found
	case j.mode == UpOnly && at < j.mustRank(keep), j.mode == DownOnly && at > j.mustRank(keep):
		return keep
	}
	return found
}

// mustRank returns the rank of what is known to have one.
func (j *judge) mustRank(raw []byte) uint64 {
	rank, _ := j.rank(raw)
	return rank
}

// rank maps numbers to integers in the order of what they mean to a person: by
// their sign, through the stored form, and with floats among them never
// rounded. ok is false for a NaN, and for what is not a number stored so.
func (j *judge) rank(raw []byte) (rank uint64, ok bool) {
	if !j.form.Plain() {
		if _, ok := j.form.Format(j.typ, raw, j.order); !ok {
			return 0, false
		}
	}
	rank, ok = rankOf(j.typ, value.Bits(j.typ, raw, j.order)^j.flip)
	if j.negative {
		rank = ^rank
	}
	return rank, ok
}

// rankOf is rank for a number that is stored as it is.
func rankOf(t value.Type, bits uint64) (rank uint64, ok bool) {
	const sign = 1 << 63
	switch {
	case t.Float():
		f := value.Float(t, bits)
		if f == 0 {
			return sign, true // of both signs
		}
		bits := math.Float64bits(f)
		if f < 0 {
			return ^bits, true
		}
		return bits | sign, !math.IsNaN(f)
	case t.Signed():
		return uint64(value.Signed(t, bits)) ^ sign, true
	}
	return bits, true
}

func (j *judge) show(raw []byte) string {
	text, _ := j.form.Format(j.typ, raw, j.order)
	return text
}
