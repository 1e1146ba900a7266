package watch

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ring is the buffer into which the kernel writes the samples of one processor.
// See perf_event_open(2), MMAP layout.
type ring struct {
	fd   int // of an event that does nothing but own the buffer
	area []byte
	page *unix.PerfEventMmapPage
	data []byte
	one  []byte // a record that goes around the end
}

// ringSizes are how many bytes a buffer may have, the best first. What a user may
// have without a capability is 516 KiB for each processor by default,
// kernel.perf_event_mlock_kb.
var ringSizes = []int{512 << 10, 128 << 10, 32 << 10, 8 << 10}

// newRing makes the buffer of a processor.
func newRing(cpu, pageSize int) (*ring, error) {
	attr := unix.PerfEventAttr{
		Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_DUMMY,
		Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})), Sample_type: sampleType,
		Sample_regs_user: sampledRegisters, Sample_stack_user: sampledStack, Clockid: unix.CLOCK_MONOTONIC,
		Bits: unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv | unix.PerfBitUseClockID,
	}
	fd, err := unix.PerfEventOpen(&attr, 0, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	for _, size := range ringSizes {
		area, mapErr := unix.Mmap(fd, 0, pageSize+max(size, pageSize), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if mapErr == nil {
			return &ring{
				fd: fd, area: area, page: (*unix.PerfEventMmapPage)(unsafe.Pointer(&area[0])), data: area[pageSize:],
			}, nil
		}
		err = mapErr
	}
	unix.Close(fd)
	return nil, fmt.Errorf("buffer for samples: %w", err)
}

func (r *ring) close() {
	_ = unix.Munmap(r.area) // it was mapped by us
	unix.Close(r.fd)
}

// records calls f with the type and the body of each record that is there, and
// gives the buffer back to the kernel. The body is valid during the call.
func (r *ring) records(f func(kind uint32, body []byte)) {
	size := uint64(len(r.data))
	head, tail := atomic.LoadUint64(&r.page.Data_head), atomic.LoadUint64(&r.page.Data_tail)
	const header = 8
	for tail < head {
		at := tail % size // a header does not go around: all is a multiple of 8
		kind := binary.NativeEndian.Uint32(r.data[at:])
		length := uint64(binary.NativeEndian.Uint16(r.data[at+6:]))
		if length < header || length > head-tail {
			tail = head // it cannot be; go on with what comes next
			break
		}
		if at+length <= size {
			f(kind, r.data[at+header:at+length])
		} else {
			r.one = append(append(r.one[:0], r.data[at:]...), r.data[:at+length-size]...)
			f(kind, r.one[header:])
		}
		tail += length
	}
	atomic.StoreUint64(&r.page.Data_tail, tail)
}

// What a sample holds, in the order of the record.
const (
	sampleType = unix.PERF_SAMPLE_IP | unix.PERF_SAMPLE_TID | unix.PERF_SAMPLE_TIME | unix.PERF_SAMPLE_ADDR | unix.PERF_SAMPLE_ID |
		unix.PERF_SAMPLE_REGS_USER | unix.PERF_SAMPLE_STACK_USER
	sampledStack = 8 // bytes at the stack pointer
)

// clock turns the kernel's monotonic time, in nanoseconds, into a date.
type clock struct {
	date      time.Time
	monotonic int64
}

func newClock() clock {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) // it exists everywhere
	return clock{time.Now(), ts.Nano()}
}

func (c clock) at(monotonic uint64) time.Time {
	return c.date.Add(time.Duration(int64(monotonic) - c.monotonic))
}

// parseSample reads a sample and the ID of the event; ok is false for a record that
// is too short.
func parseSample(body []byte, c clock) (sm sample, id uint64, ok bool) {
	word := func() (v uint64) {
		if ok = ok && len(body) >= 8; ok {
			v, body = binary.NativeEndian.Uint64(body), body[8:]
		}
		return v
	}
	ok = true
	sm.ip = word()
	ids := word()
	var pair [8]byte
	binary.NativeEndian.PutUint64(pair[:], ids)
	sm.pid, sm.tid = int(binary.NativeEndian.Uint32(pair[:])), int(binary.NativeEndian.Uint32(pair[4:]))
	sm.when = c.at(word())
	_ = word() // the address that is watched
	id = word()
	const abi32 = 1
	if abi := word(); abi != 0 {
		values := make([]uint64, registerCount)
		for i := range values {
			values[i] = word()
		}
		names := perfNames
		if abi == abi32 && perfNames32 != nil {
			names = perfNames32
		}
		sm.regs = inOrder(names, func(i int) uint64 { return values[i] })
	}
	if size := word(); ok && size == sampledStack {
		sm.stack = word()
		sm.hasStack = word() == size // how much of it is true
	}
	return sm, id, ok
}
