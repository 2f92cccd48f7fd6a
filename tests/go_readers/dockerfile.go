package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/distribution/reference"
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

// build is what is said beside the text of a Dockerfile.
type build struct {
	arguments values
	contexts  map[string]string
	target    string
}

// replaced tells whether a context stands for a name, as dockerui's NamedContext looks it up.
func (b build) replaced(name string) bool {
	if strings.EqualFold(name, "scratch") || strings.EqualFold(name, "context") {
		return false
	}
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return false
	}
	_, ok := b.contexts[strings.TrimSuffix(reference.FamiliarString(named), ":latest")]
	return ok
}

type stage struct {
	images []string
	needs  []int
}

// dockerfile gives the frontend, and what stages are built from and copied from; not what ONBUILD puts off.
func dockerfile(files [][]byte) (images []string, err error) {
	return built(files[0], build{})
}

func built(text []byte, with build) (images []string, err error) {
	if syntax, ok := with.arguments["BUILDKIT_SYNTAX"]; ok {
		images = append(images, strings.SplitN(strings.TrimSpace(syntax), " ", 2)[0])
	} else if syntax, _, _, ok := parser.DetectSyntax(text); ok {
		images = append(images, syntax)
	}
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return images, err
	}
	stages, arguments, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return images, err
	}
	lex, known, names := shell.NewLex(parsed.EscapeToken), values{}, map[string]int{}
	for _, argument := range arguments {
		for _, pair := range argument.Args {
			if given, ok := with.arguments[pair.Key]; ok {
				known[pair.Key] = given
			} else if pair.Value != nil {
				known[pair.Key], _, _ = lex.ProcessWord(*pair.Value, known)
			}
		}
	}
	all := make([]stage, len(stages))
	for number, parsed := range stages {
		base, unset, err := lex.ProcessWord(parsed.BaseName, known)
		if err != nil {
			return images, err
		}
		if len(unset) > 0 {
			return images, fmt.Errorf("a variable without value in %s", parsed.BaseName)
		}
		this := &all[number]
		isReplaced := parsed.Name != "" && with.replaced(parsed.Name)
		if from, ok := names[base]; ok {
			this.needs = append(this.needs, from)
		} else if base != "scratch" && !with.replaced(base) && !isReplaced {
			this.images = append(this.images, base)
		}
		if parsed.Name != "" {
			names[strings.ToLower(parsed.Name)] = number
		}
		if isReplaced {
			this.needs = nil
			continue
		}
		for _, from := range copied(parsed) {
			index, err := strconv.Atoi(from)
			if other, ok := names[strings.ToLower(from)]; ok {
				this.needs = append(this.needs, other)
			} else if err == nil && index < number {
				this.needs = append(this.needs, index)
			} else if !with.replaced(from) {
				this.images = append(this.images, from)
			}
		}
	}
	return append(images, reached(all, names, with.target)...), nil
}

// reached gives the images of the stages that a target needs, or of all.
func reached(all []stage, names map[string]int, target string) (images []string) {
	left, seen := []int{}, map[int]bool{}
	for number := range all {
		if at, ok := names[strings.ToLower(target)]; target == "" || (ok && at == number) {
			left = append(left, number)
		}
	}
	for len(left) > 0 {
		number := left[0]
		left = left[1:]
		if !seen[number] {
			seen[number] = true
			images = append(images, all[number].images...)
			left = append(left, all[number].needs...)
		}
	}
	return images
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
