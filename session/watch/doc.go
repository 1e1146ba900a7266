// Package watch tells which instructions write to an address, read it, or execute
// it, in a process that runs on.
//
//	w, err := watch.Start(ctx, s, watch.Perf, watch.Point{Addr: addr, Length: 4, Kind: watch.Write})
//	if err != nil { … } // ErrRegisters, ErrUnsupported, session.ErrPermission: try watch.Trace
//	defer w.Stop()
//	for range w.Changed() {
//		for _, hit := range w.Report().Points[0].Hits { … }
//	}
//
// # How
//
// Processors have debug registers, which notice that an address is used: four of
// them on x86, each for 1, 2, 4 or 8 bytes. [Perf] has the kernel set them and
// count and sample what they notice; see perf_event_open(2),
// PERF_TYPE_BREAKPOINT. The process is neither traced nor stopped, and threads
// that begin later are watched as well. A hit takes the thread about 4 µs, and 20 µs
// and more where a hypervisor has a part in each trap.
//
// [Trace] sets them through ptrace(2) and stops the thread at each hit, which takes
// ten times as long. TracerPid is not 0 meanwhile, no debugger can be attached,
// and [os/exec.Cmd.Wait] in the parent of the process can take a stop for its
// end: wait for [session.Session.Done] first. Signals are passed on, and a process
// that SIGSTOP has stopped stays stopped. The kernel keeps the
// registers of a thread reserved, unused, until the thread ends, for tracing alone:
// Perf has fewer. If this program is killed by SIGKILL, the registers stay set, and
// the next hit ends the process by SIGTRAP; another watch by tracing that is stopped
// in the usual way clears them.
//
// # What is seen
//
// A write of the same value is a hit. What the kernel writes for the process, as
// read(2) does, is not, nor what others write into its memory, nor what processes
// that share the memory do. What the process does in other processes that it has
// made by fork(2) is not seen.
//
// # Counts and samples
//
// Where registers are left, a second one only counts, and [PointReport.Count] is
// exact however often the point is hit. Samples can be lost or be throttled by the
// kernel (kernel.perf_event_max_sample_rate); then [PointReport.Sampled] is less
// than the count, and says so. With all registers in use the count is that of the
// event that samples, which is exact as long as nothing is throttled. A point that
// takes several registers is counted by its samples, since an instruction can hit
// more than one of them. Tracing sees all.
//
// # Which instruction it was
//
// The processor reports a hit after the instruction, and where it goes on. The
// [Cause] is found by decoding from where the function begins, as the symbols tell;
// without symbols all instructions are candidates that end there and use the
// point as far as the registers tell, and if there are several, that is said. A
// string instruction that repeats itself reports its own address; a call that
// pushes onto the point reports the start of the function, and the address on the
// stack tells where it was. A return that reads the point cannot be told.
//
// arm64 reports the instruction itself. This has not been tried on such a machine,
// where tracing is not to be had.
package watch
