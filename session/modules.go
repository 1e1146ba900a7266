package session

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// Regions implements [Target].
func (s *Session) Regions() ([]Region, error) {
	regions, _, err := s.Map()
	return regions, err
}

// Modules implements [Target].
func (s *Session) Modules() ([]Module, error) {
	_, modules, err := s.Map()
	return modules, err
}

// Program returns the module of the program itself, as opposed to its libraries.
func (s *Session) Program() (Module, error) {
	modules, err := s.Modules()
	if err != nil {
		return Module{}, err
	}
	for _, m := range modules {
		if m.Path == s.exe && s.exe != "" {
			return m, nil
		}
	}
	return Module{}, fmt.Errorf("%s (%d): its program %q is not mapped", s.name, s.id.PID, s.exe)
}

// BuildID returns the build ID of the module in hexadecimal, as its linker
// wrote it, or the empty string when it has none. It is read from memory, so
// that it is that of the file which was loaded even if that has been replaced.
func (s *Session) BuildID(m Module) (string, error) {
	if len(m.Regions) == 0 {
		return "", fmt.Errorf("build ID of %s: the module has no regions", m.Name)
	}
	lowest := m.Regions[0]
	page := uint64(s.layout.PageSize)
	image := s.images.get(lowest, s.readImage)
	if image == nil {
		return "", s.Alive()
	}
	id, err := image.buildID(func(seg elfSegment, p []byte) error {
		if bias, ok := image.bias(lowest, page); ok && seg.inMem >= seg.fileSize {
			if _, err := s.Read(p, bias+seg.addr); err == nil || errors.Is(err, ErrGone) {
				return err
			}
		}
		return s.readMappedFile(lowest, p, int64(seg.offset))
	})
	if err != nil {
		return "", fmt.Errorf("build ID of %s: %w", m.Name, err)
	}
	return id, nil
}

// Map implements [Target]. It reads the memory map and tells what its regions are
// used for.
func (s *Session) Map() ([]Region, []Module, error) {
	raw, err := s.readMaps()
	if err != nil {
		return nil, nil, err
	}
	used := make(map[imageKey]bool)
	regions, modules := classify(raw, uint64(s.layout.PageSize), func(lowest Region) *elfImage {
		used[keyOf(lowest)] = true
		return s.images.get(lowest, s.readImage)
	})
	s.images.keep(used)
	// maps goes by PID.
	if err := s.SameProgram(); err != nil {
		return nil, nil, err
	}
	if s.explained() {
		s.seen.Store(&regions)
	}
	return regions, modules, nil
}

// readMaps reads the lines of maps.
func (s *Session) readMaps() ([]Region, error) {
	if err := s.Alive(); err != nil {
		return nil, err
	}
	path := s.fs.path(s.id.PID, "maps")
	regions, err := func() ([]Region, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return parseMaps(f)
	}()
	if s.explained() {
		s.recordOpen("read", path, err, fmt.Sprintf("the memory map, %d lines", len(regions)))
	}
	if err != nil {
		if gone := s.Alive(); gone != nil {
			return nil, gone
		}
		return nil, fmt.Errorf("memory map of %s (%d): %w", s.name, s.id.PID, err)
	}
	if len(regions) == 0 { // it is ending: its memory is there until the last reader lets go of it
		return nil, s.lost()
	}
	return untangle(regions), nil
}

// readImage reads the ELF headers of a mapped file: from memory where they are
// mapped and were looked at before, from the file otherwise. It returns nil when
// that cannot be done.
func (s *Session) readImage(lowest Region) *elfImage {
	mapped := lowest.Offset == 0 && lowest.Readable()
	if mapped && s.seenBefore(lowest.Start) {
		image, err := parseELF(regionReader{s, lowest.Range})
		if err == nil {
			return image
		}
		if errors.Is(err, errNoELF) && !errors.Is(err, ErrUnreadable) {
			return nil
		}
		mapped = false
	}
	var from io.ReaderAt = regionReader{s, lowest.Range}
	if f, err := s.openMapped(lowest); err == nil {
		defer f.Close()
		from = f
	} else if !mapped {
		return nil
	}
	image, err := parseELF(from)
	if err != nil {
		return nil
	}
	return image
}

// seenBefore reports whether the process has the page at addr, so that reading
// it gives the process no memory; true if that cannot be told.
func (s *Session) seenBefore(addr uint64) bool {
	parts, err := s.touched(nil, Region{Range: Range{Start: addr, End: addr + 1}})
	return err != nil || len(parts) > 0
}

// regionReader reads a region as if it were a file.
type regionReader struct {
	memory Memory
	bounds Range
}

// ReadAt implements io.ReaderAt.
func (r regionReader) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 || uint64(offset) >= r.bounds.Size() {
		return 0, io.EOF
	}
	want := p[:min(uint64(len(p)), r.bounds.Size()-uint64(offset))]
	n, err := r.memory.Read(want, r.bounds.Start+uint64(offset))
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// readMappedFile fills p with the bytes of the file that a region is mapped from.
func (s *Session) readMappedFile(r Region, p []byte, offset int64) error {
	f, err := s.openMapped(r)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.ReadAt(p, offset)
	return err
}

// imageKey names an image by its file and the address of its lowest mapping.
type imageKey struct {
	file  file
	start uint64
}

func keyOf(lowest Region) imageKey { return imageKey{lowest.file(), lowest.Start} }

// imageCache keeps the ELF headers of what is mapped, so that they are not read
// again for every look at the map. Files that are no ELF are kept as nil.
type imageCache struct {
	mu     sync.Mutex
	images map[imageKey]*elfImage
}

// get returns the image of a file, reading it when it is not known yet.
func (c *imageCache) get(lowest Region, read func(Region) *elfImage) *elfImage {
	key := keyOf(lowest)
	c.mu.Lock()
	image, known := c.images[key]
	c.mu.Unlock()
	if known {
		return image
	}
	image = read(lowest)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.images == nil {
		c.images = make(map[imageKey]*elfImage)
	}
	c.images[key] = image
	return image
}

// keep forgets the images that are not in use any more.
func (c *imageCache) keep(used map[imageKey]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.images {
		if !used[key] {
			delete(c.images, key)
		}
	}
}
