package docs

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"quarry/cmd/internal/render"
)

// results are what verbs show as JSON, by the names of their pages. A verb that
// is not among them shows no JSON of its own.
var results = map[string][]any{
	"quarry-ps":           {render.Processes{}},
	"quarry-info":         {render.Info{}},
	"quarry-attach":       {render.Done{}}, // at the prompt
	"quarry-detach":       {render.Done{}},
	"quarry-run":          {render.Done{}}, // at the prompt
	"quarry-maps":         {render.Regions{}, render.RegionChanges{}, render.RegionChange{}, render.Done{}},
	"quarry-symbols":      {symbols{}},
	"quarry-disasm":       {render.Listing{}},
	"quarry-read":         {render.Readings{}},
	"quarry-hex":          {hexBytes{}},
	"quarry-strings":      {render.String{}},
	"quarry-dump":         {render.Dump{}},
	"quarry-find":         {matches{}},
	"quarry-narrow":       {matches{}},
	"quarry-matches":      {matches{}},
	"quarry-again":        {matches{}},
	"quarry-try":          {render.Tried{}},
	"quarry-monitor":      {render.Seen{}},
	"quarry-scans":        {render.Scans{}},
	"quarry-reset":        {render.Done{}},
	"quarry-set":          {render.Writes{}},
	"quarry-replace":      {render.Writes{}},
	"quarry-label":        {render.Entries{}, render.Done{}},
	"quarry-entries":      {render.Entries{}},
	"quarry-save":         {render.Saved{}},
	"quarry-load":         {render.Entries{}},
	"quarry-freeze":       {render.Entries{}},
	"quarry-unfreeze":     {render.Done{}},
	"quarry-undo":         {render.Done{}},
	"quarry-redo":         {render.Done{}},
	"quarry-history":      {render.History{}, render.Typed{}},
	"quarry-patch-plan":   {render.Plan{}},
	"quarry-patch-apply":  {render.Plan{}},
	"quarry-patch-check":  {render.Plan{}},
	"quarry-patch-revert": {render.Reverted{}},
	"quarry-patch-import": {render.Converted{}},
	"quarry-patch-export": {render.Converted{}},
	"quarry-demo":         {render.Step{}},
	"quarry-explain":      {render.Done{}},
	"quarry-tutorial":     {render.Lessons{}, render.Lesson{}, render.LessonScreen{}, render.LessonHint{}, render.LessonDone{}},
	"quarry-help":         {render.Topic{}, render.Help{}},
	"quarry-completion":   {render.Script{}},
	"quarry-config":       {render.Settings{}},
	"quarry-man":          {render.Manual{}, render.Manuals{}},
	"quarry-watch":        {render.Sightings{}},
	"quarry-signature":    {render.Signature{}},
	"quarry-nop":          {render.Nopped{}},
	"quarry-restore":      {render.Nopped{}},
	"quarry-version":      {render.Version{}},
}

// What is written piece by piece, or in another form than its type has, is
// described by a type of its own.
type (
	matches struct {
		render.Matches
		Rows []render.Match `json:"matches"`
	}
	symbols struct {
		Symbols  []render.Symbol `json:"symbols"`
		Count    int             `json:"count"`
		Stripped []string        `json:"stripped"`
	}
	hexBytes struct {
		Address    render.Address   `json:"address"`
		Bytes      string           `json:"bytes"`
		Unreadable []render.Span    `json:"unreadable"`
		Labels     []render.Label   `json:"labels"`
		Pointers   []render.Pointer `json:"pointers,omitempty"`
		Changed    []render.Span    `json:"changed,omitempty"`
	}
)

// types are the schemas of types with a JSON form of their own.
var types = map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[render.Address](): {Type: "string", Pattern: "^0x[0-9a-f]+$"},
	reflect.TypeFor[render.Code]():    {Type: "string", Pattern: "^([0-9a-f]{2})*$"},
	reflect.TypeFor[render.Value]():   {Types: []string{"number", "string"}, Description: "a number, exact for 64 bits too; a string for text, bytes and what is no finite number"},
	reflect.TypeFor[render.Source]():  {Type: "string", Enum: []any{render.FromFlag, render.FromEnvironment, render.FromFile, render.BuiltIn}},
}

// Schemas returns the schema of each verb's JSON, by the name of its page: that
// of one line.
func Schemas() (map[string]*jsonschema.Schema, error) {
	out := make(map[string]*jsonschema.Schema)
	for name, of := range results {
		var forms []*jsonschema.Schema
		for _, result := range of {
			s, err := jsonschema.ForType(reflect.TypeOf(result), &jsonschema.ForOptions{TypeSchemas: types})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			withoutNull(s)
			withoutAbsent(s, reflect.TypeOf(result))
			forms = append(forms, s)
		}
		schema := forms[0]
		if len(forms) > 1 {
			schema = &jsonschema.Schema{AnyOf: forms}
		}
		schema.Schema = "https://json-schema.org/draft/2020-12/schema"
		schema.Title = name + " --json"
		out[name] = schema
	}
	return out, nil
}

// withoutNull takes null off lists and off what is left out where there is
// nothing: quarry writes it for neither.
func withoutNull(s *jsonschema.Schema) {
	if slices.Contains(s.Types, "array") {
		s.Type, s.Types = "array", nil
	}
	for name, p := range s.Properties {
		if i := slices.Index(p.Types, "null"); i >= 0 && !slices.Contains(s.Required, name) {
			p.Types = slices.Delete(slices.Clone(p.Types), i, i+1)
			if len(p.Types) == 1 {
				p.Type, p.Types = p.Types[0], nil
			}
		}
		withoutNull(p)
	}
	if s.Items != nil {
		withoutNull(s.Items)
	}
}

// withoutAbsent takes off what is required of a type what it embeds by a pointer:
// where that is nil there is nothing of it.
func withoutAbsent(s *jsonschema.Schema, t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		if t.Kind() == reflect.Slice && s.Items != nil {
			s = s.Items
		}
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || len(s.Properties) == 0 {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.Properties[name]
		if p == nil {
			continue
		}
		for n := range len(f.Index) - 1 {
			if t.FieldByIndex(f.Index[:n+1]).Type.Kind() == reflect.Pointer {
				s.Required = slices.DeleteFunc(s.Required, func(required string) bool { return required == name })
			}
		}
		withoutAbsent(p, f.Type)
	}
}
