// Package docs makes the reference of quarry of its code: a page of each verb in
// Markdown and for man, of each topic, and the schemas of what --json shows.
package docs

import (
	"encoding/json"
	"fmt"
	"strings"

	"quarry/cmd/internal/cli"
	"quarry/cmd/internal/manual"
)

//go:generate go run ./generate ../../../docs

// Folders are those that hold files of this package alone.
var Folders = []string{"reference", "man"}

// Files returns what is in the folders, by path below docs.
func Files() (map[string][]byte, error) {
	files := make(map[string][]byte)
	schemas, err := Schemas()
	if err != nil {
		return nil, err
	}
	for verb, schema := range schemas {
		text, err := json.MarshalIndent(schema, "", "  ")
		if err != nil {
			return nil, err
		}
		files["reference/json/"+verb+".json"] = append(text, '\n')
	}
	pages := manual.All(cli.Tree())
	for _, page := range pages {
		files["man/"+page.Name+".1"] = []byte(page.Roff())
		files["reference/"+page.Name+".md"] = []byte(page.Markdown(links(page, schemas[page.Name] != nil)...))
	}
	for _, topic := range manual.Topics() {
		files["reference/"+topic.Name+".md"] = []byte(topic.Markdown())
	}
	files["reference/README.md"] = []byte(index(pages[0]))
	return files, nil
}

// links returns what is at the end of a page.
func links(page manual.Page, json bool) []string {
	var out []string
	if page.Parent != "" {
		out = append(out, fmt.Sprintf("- [%s](%s.md)", page.Parent, strings.ReplaceAll(page.Parent, " ", "-")))
	}
	if json {
		out = append(out, fmt.Sprintf("- [what --json shows](json/%s.json), each line of it", page.Name))
	}
	return append(out, "- [all verbs and topics](README.md)")
}

// index returns the first page.
func index(tree manual.Page) string {
	var text strings.Builder
	text.WriteString(`# Reference

Made from the code: ` + "`go generate ./cmd/...`" + ` makes it anew. ` + "`quarry help`" + ` tells the same, and
[docs/man](../man) holds the same pages for man.

In the shell a verb needs the process: ` + "`quarry -p 4711 find 100`" + `. At the prompt of
` + "`quarry attach 4711`" + ` it does not: ` + "`find 100`" + `. The flags of every verb are on the page
[quarry](quarry.md).

## Topics

| topic | |
| --- | --- |
`)
	for _, t := range manual.Topics() {
		fmt.Fprintf(&text, "| [%s](%s.md) | %s |\n", t.Name, t.Name, t.Summary)
	}
	for _, g := range tree.Groups {
		fmt.Fprintf(&text, "\n## %s\n\n| verb | | as JSON |\n| --- | --- | --- |\n", g.Title)
		for _, v := range g.Verbs {
			schema := ""
			if _, ok := results[v.Name]; ok {
				schema = "[schema](json/" + v.Name + ".json)"
			}
			fmt.Fprintf(&text, "| [%s](%s.md) | %s | %s |\n", strings.TrimPrefix(v.Path, "quarry "), v.Name, v.Summary, schema)
		}
	}
	return text.String()
}
