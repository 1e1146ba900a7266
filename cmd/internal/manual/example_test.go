package manual_test

import (
	"fmt"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/manual"
)

func Example() {
	quarry := &cobra.Command{Use: "quarry"}
	count := &cobra.Command{Use: "count REF", Short: "Count what is at a place", Run: func(*cobra.Command, []string) {}}
	quarry.AddCommand(count)
	page := manual.Of(count)
	fmt.Println(page.Name)
	fmt.Println(page.Usage)
	// Output:
	// quarry-count
	// quarry count REF [flags]
}

func ExampleTopicOf() {
	topic, ok := manual.TopicOf("types")
	fmt.Println(topic.Summary, ok)
	// Output: What a value is in memory: -t true
}
