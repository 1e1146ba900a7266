// Package core writes the memory of a process to files: ranges as they are, or
// the whole process as an ELF core file, which debuggers open.
//
// Nothing is stopped or traced meanwhile, so what is written is what the memory
// held at slightly different moments. Pages that were never touched are not
// read, and are holes in the file.
package core
