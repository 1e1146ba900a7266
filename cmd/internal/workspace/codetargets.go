package workspace

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"quarry/session"
	"quarry/session/disasm"
)

// target names where a jump or a call goes, through a stub of the linker to what
// that calls.
func (n *codeNames) target(addr uint64) string {
	name, ok := n.known[addr]
	if !ok {
		if name = n.stub(addr); name == "" {
			name = n.name(addr)
		}
		n.known[addr] = name
	}
	return name
}

// stub names what an entry of the procedure linkage table jumps to: name@plt.
func (n *codeNames) stub(addr uint64) string {
	if s, offset, ok := n.at(addr); ok && offset == 0 && s.Size > 0 {
		return "" // a function of its own
	}
	layout := n.session.Layout()
	decoder, err := disasm.New(layout.Arch, disasm.Intel)
	if err != nil {
		return ""
	}
	code := make([]byte, 32)
	got, _ := n.session.Read(code, addr)
	for at, i := range decoder.All(code[:got], addr) {
		switch {
		case at > 4: // not even the second one
			return ""
		case strings.HasPrefix(i.Text, "endbr"):
			continue
		case i.Flow != disasm.Jump || len(i.Memory) != 1:
			return ""
		}
		slot := i.Memory[0].Addr
		if m, ok := n.module(addr); ok && !i.Memory[0].Fixed {
			if i.Memory[0].Base != "ebx" || i.Memory[0].Index != "" {
				return ""
			}
			slot = uint64(uint32(n.linkage(m).GOT + uint64(i.Memory[0].Disp)))
		}
		if name := n.slot(slot); name != "" {
			return name + "@plt"
		}
		return ""
	}
	return ""
}

// slot names the function whose address is at a place, as the linker says or as
// it is there now.
func (n *codeNames) slot(addr uint64) string {
	if m, ok := n.module(addr); ok {
		if name, ok := n.linkage(m).Slots[addr]; ok {
			return name
		}
	}
	layout := n.session.Layout()
	word := make([]byte, layout.WordSize)
	if got, _ := n.session.Read(word, addr); got < len(word) {
		return ""
	}
	to := uint64(0)
	if layout.WordSize == 4 {
		to = uint64(layout.Order.Uint32(word))
	} else {
		to = layout.Order.Uint64(word)
	}
	if s, offset, ok := n.at(to); ok && offset == 0 {
		return s.Name()
	}
	return ""
}

// text returns the text that is at an address, quoted, or nothing.
func (n *codeNames) text(addr uint64) string {
	const least, most = 2, 40
	r, ok := session.FindRegion(n.regions, addr)
	if !ok || r.Perms&session.PermExec != 0 || !r.Readable() {
		return ""
	}
	p := make([]byte, min(most+utf8.UTFMax, r.End-addr))
	got, _ := n.session.Read(p, addr)
	text, _, ended := strings.Cut(string(p[:got]), "\x00")
	for !ended && len(text) > most {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	bad := strings.ContainsFunc(text, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) && r != '\n' && r != '\t' })
	if bad || len(text) < least {
		return ""
	}
	quoted := fmt.Sprintf("%q", text)
	if !ended {
		quoted += "…"
	}
	return quoted
}
