package manual

import (
	"embed"
	"slices"
	"strings"
)

// topicFiles hold the topics of help, and their pages are made of them too: the
// first line is the summary; indented lines are shown as they are.
//
//go:embed topics/*.txt
var topicFiles embed.FS

// TopicNames are the topics of help, in its order.
var TopicNames = []string{"scopes", "types", "conditions", "addresses", "references", "patch-files", "exit-codes", "settings"}

// Topic is something that help tells about beside the verbs.
type Topic struct {
	Name, Summary, Text string
}

// Topics returns the topics of help.
func Topics() []Topic {
	var topics []Topic
	for _, name := range TopicNames {
		t, _ := TopicOf(name)
		topics = append(topics, t)
	}
	return topics
}

// TopicOf returns the topic of that name.
func TopicOf(name string) (Topic, bool) {
	if !slices.Contains(TopicNames, name) {
		return Topic{}, false
	}
	text, err := topicFiles.ReadFile("topics/" + name + ".txt")
	summary, rest, ok := strings.Cut(string(text), "\n\n")
	return Topic{name, summary, rest}, err == nil && ok
}
