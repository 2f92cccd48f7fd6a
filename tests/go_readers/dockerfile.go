package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

type values map[string]string

func (v values) Get(name string) (string, bool) { value, ok := v[name]; return value, ok }

func (v values) Keys() (names []string) {
	for name := range v {
		names = append(names, name)
	}
	return names
}

// dockerfile gives the frontend, and what stages are built from and copied from; not what ONBUILD puts off.
func dockerfile(files [][]byte) (images []string, err error) {
	if syntax, _, _, ok := parser.DetectSyntax(files[0]); ok {
		images = append(images, syntax)
	}
	parsed, err := parser.Parse(bytes.NewReader(files[0]))
	if err != nil {
		return nil, err
	}
	stages, arguments, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return nil, err
	}
	lex, known, names := shell.NewLex(parsed.EscapeToken), values{}, map[string]bool{}
	for _, argument := range arguments {
		for _, pair := range argument.Args {
			if pair.Value != nil {
				known[pair.Key], _, _ = lex.ProcessWord(*pair.Value, known)
			}
		}
	}
	for number, stage := range stages {
		base, unset, err := lex.ProcessWord(stage.BaseName, known)
		if err != nil {
			return nil, err
		}
		if len(unset) > 0 {
			return nil, fmt.Errorf("a variable without value in %s", stage.BaseName)
		}
		if !names[strings.ToLower(base)] && base != "scratch" {
			images = append(images, base)
		}
		for _, from := range copied(stage) {
			index, err := strconv.Atoi(from)
			isStage := names[strings.ToLower(from)] || strings.EqualFold(from, stage.Name)
			if !isStage && (err != nil || index >= number) {
				images = append(images, from)
			}
		}
		if stage.Name != "" {
			names[strings.ToLower(stage.Name)] = true
		}
	}
	return images, nil
}

func copied(stage instructions.Stage) (from []string) {
	for _, command := range stage.Commands {
		switch command := command.(type) {
		case *instructions.CopyCommand:
			if command.From != "" {
				from = append(from, command.From)
			}
		case *instructions.RunCommand:
			_ = command.Expand(func(word string) (string, error) { return word, nil })
			for _, mount := range instructions.GetMounts(command) {
				if mount.From != "" {
					from = append(from, mount.From)
				}
			}
		}
	}
	return from
}
