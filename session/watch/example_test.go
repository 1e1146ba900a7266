package watch_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"

	"quarry/session"
	"quarry/session/watch"
)

const game = `
#include <stdio.h>
int health = 100;
void damage(void) { health -= 7; }
int main(void) {
	printf("%lx\n", (unsigned long)&health);
	fflush(stdout);
	while (getchar() != EOF) damage(), puts("ouch"), fflush(stdout);
}
`

// Find the code that takes health.
func Example() {
	dir, err := os.MkdirTemp("", "watch")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	compiler := exec.Command("gcc", "-O0", "-x", "c", "-o", dir+"/game", "-")
	input, err := compiler.StdinPipe()
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		io.WriteString(input, game)
		input.Close()
	}()
	if err := compiler.Run(); err != nil {
		log.Fatal(err)
	}
	program := exec.Command(dir + "/game")
	keys, _ := program.StdinPipe()
	screen, _ := program.StdoutPipe()
	if err := program.Start(); err != nil {
		log.Fatal(err)
	}
	defer program.Wait()
	defer keys.Close()
	lines := bufio.NewScanner(screen)
	lines.Scan()
	var health uint64
	fmt.Sscanf(lines.Text(), "%x", &health)

	s, err := session.Attach(program.Process.Pid)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	w, err := watch.Start(context.Background(), s, watch.Perf, watch.Point{Addr: health, Length: 4, Kind: watch.Write})
	if err != nil {
		log.Fatal(err)
	}
	for range 3 {
		fmt.Fprint(keys, "x")
		lines.Scan()
	}
	if err := w.Stop(); err != nil {
		log.Fatal(err)
	}
	for _, hit := range w.Report().Points[0].Hits {
		c := hit.Cause.Candidates[0]
		fmt.Printf("%d times by %s of %s\n", hit.Count, c.Place.Function, c.Place.Module)
	}
	// Output:
	// 3 times by damage of game
}
