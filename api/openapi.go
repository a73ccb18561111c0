package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

//go:generate go test -run TestOpenAPIIsWritten -update

// OpenAPI returns the description of the API, OpenAPI 3.1, made of the table of endpoints and the types of its requests and answers.
func OpenAPI() []byte {
	data, err := json.MarshalIndent(describeAll(endpoints()), "", "  ")
	if err != nil {
		panic(err) // a mistake in the table, which the tests find
	}
	return append(data, '\n')
}

func describeAll(table []endpoint) object {
	types := newSchemas()
	paths := map[string]object{}
	for _, e := range table {
		path := strings.ReplaceAll(e.path, "...}", "}")
		if paths[path] == nil {
			paths[path] = object{}
		}
		paths[path][strings.ToLower(e.method)] = e.describe(types)
	}
	types.of(reflect.TypeFor[Problem](), false)
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title":   "Sekisho",
			"version": "1",
			"description": "The checkpoint of a crypto-asset business: inspect mail, files, texts, links and addresses, screen addresses, read and decide " +
				"what is in the record.\n\nFields may be added to answers. Errors are problems of RFC 9457.",
			"license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":  []object{{"url": "/"}},
		"security": []object{{"token": []string{}}},
		"paths":    paths,
		"components": object{
			"schemas": types.named,
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer",
				"description": "A token with the scope of the operation, made in the console."}},
		},
	}
}

func (e *endpoint) describe(types *schemas) object {
	operation := object{
		"operationId": e.name,
		"summary":     e.title,
		"description": e.doc,
		"responses":   e.describeAnswers(types),
		"tags":        []string{e.tag()},
	}
	if e.scope == "" {
		operation["security"] = []object{}
	} else {
		operation["security"] = []object{{"token": []string{string(e.scope)}}}
	}
	if parameters := e.describeParameters(); len(parameters) > 0 {
		operation["parameters"] = parameters
	}
	if e.takesBody() {
		operation["requestBody"] = e.describeBody(types)
	}
	return operation
}

// tag is the first word of the path behind the version.
func (e *endpoint) tag() string {
	if len(e.segments) > 1 {
		return strings.TrimSuffix(e.segments[1], ".json")
	}
	return "health"
}

func (e *endpoint) describeParameters() []object {
	var all []object
	for _, segment := range e.segments {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			name = strings.TrimSuffix(strings.TrimSuffix(name, "}"), "...")
			all = append(all, object{"name": name, "in": "path", "required": true, "schema": object{"type": "string"}})
		}
	}
	for _, p := range e.query {
		all = append(all, p.describe())
	}
	if e.repeat {
		all = append(all, object{"name": repeatKey, "in": "header", "schema": object{"type": "string", "minLength": 1, "maxLength": 200},
			"description": "The same request with the same key is done once. The key is the token's own; with another request it is refused."})
	}
	if e.repeat && slices.Contains(e.faults, notRecorded) {
		all = append(all, object{"name": "Accept-Language", "in": "header", "schema": object{"type": "string"}, "example": "ja",
			"description": "The language of reasons: en (default) or ja."})
	}
	return all
}

func (p parameter) describe() object {
	schema := object{"type": "string", "maxLength": queryLimit}
	switch p.format {
	case "integer":
		schema = object{"type": "integer", "minimum": 0}
	case "date-time":
		schema["format"] = p.format
	}
	if p.enum != nil {
		schema["enum"] = p.enum
	}
	out := object{"name": p.name, "in": "query", "description": p.doc, "schema": schema}
	switch n, err := strconv.Atoi(p.example); {
	case p.format == "integer" && err == nil:
		out["example"] = n
	case p.example != "":
		out["example"] = p.example
	}
	return out
}

func (e *endpoint) describeBody(types *schemas) object {
	content := object{}
	if e.in != nil {
		content["application/json"] = object{"schema": types.of(reflect.TypeOf(e.in), true), "example": e.in}
	}
	for _, media := range e.media {
		content[media] = object{"schema": object{}}
	}
	if e.media != nil {
		content["multipart/form-data"] = object{"schema": object{"type": "object", "required": []string{"file"},
			"properties": object{"file": object{"type": "string", "format": "binary"}}}}
	}
	return object{"required": true, "content": content}
}

func (e *endpoint) describeAnswers(types *schemas) object {
	answers := object{}
	status := orElse(e.status, http.StatusOK)
	answers[strconv.Itoa(status)] = e.describeAnswer(types, status)
	if e.other != 0 {
		answers[strconv.Itoa(e.other)] = e.describeAnswer(types, e.other)
	}
	faults := slices.Clone(e.faults)
	if e.scope != "" {
		faults = append(faults, everyEndpoint...)
	}
	for _, f := range faults {
		key := strconv.Itoa(f.status)
		said := f.doc
		if before, ok := answers[key].(object); ok {
			said = before["description"].(string) + " Or: " + said
		}
		answers[key] = object{"description": said, "content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}}
	}
	return answers
}

func (e *endpoint) describeAnswer(types *schemas, status int) object {
	answer := object{"description": http.StatusText(status), "headers": object{"X-Request-Id": object{"schema": object{"type": "string"}}}}
	switch out := e.out.(type) {
	case nil:
	case download:
		answer["content"] = object{"application/octet-stream": object{"schema": object{}}}
	case document:
		answer["content"] = object{"application/json": object{"schema": object{"type": "object"}}}
	default:
		media := object{"schema": types.of(reflect.TypeOf(out), false)}
		if !reflect.ValueOf(out).IsZero() && status < http.StatusAccepted {
			media["example"] = filled(out)
		}
		answer["content"] = object{"application/json": media}
	}
	return answer
}
