package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// compose gives the images of all services, those of profiles included, and those that they are built from. GIVEN is
// a variable of the environment.
func compose(files [][]byte) (images []string, err error) {
	directory := os.Args[2]
	given := map[string]string{"GIVEN": "given"}
	lookup := func(name string) (string, bool) { value, ok := given[name]; return value, ok }
	environment, err := dotenv.ParseWithLookup(strings.NewReader(string(files[1])), lookup)
	if err != nil {
		return nil, err
	}
	for name, value := range given {
		environment[name] = value
	}
	file := types.ConfigFile{Filename: filepath.Join(directory, "compose.yaml"), Content: files[0]}
	details := types.ConfigDetails{
		WorkingDir:  directory,
		Environment: environment,
		ConfigFiles: []types.ConfigFile{file},
	}
	project, err := loader.LoadWithContext(context.Background(), details, func(options *loader.Options) {
		options.SetProjectName("project", true)
		options.Profiles = []string{"*"}
	})
	if err != nil {
		return nil, err
	}
	for _, services := range []types.Services{project.Services, project.DisabledServices} {
		for _, service := range services {
			if service.Image != "" {
				images = append(images, service.Image)
			}
			if service.Build != nil {
				bases, err := composed(*service.Build)
				if err != nil {
					return nil, err
				}
				images = append(images, bases...)
			}
		}
	}
	return images, nil
}

// composed gives what a service is built from, with the paths that Compose hands to buildx.
func composed(config types.BuildConfig) (images []string, err error) {
	text := []byte(config.DockerfileInline)
	if config.DockerfileInline == "" {
		path := config.Dockerfile
		if !filepath.IsAbs(path) {
			path = filepath.Join(config.Context, path)
		}
		if text, err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	arguments := values{}
	for name, value := range config.Args {
		if value != nil {
			arguments[name] = *value
		}
	}
	for _, value := range config.AdditionalContexts {
		if image, ok := strings.CutPrefix(value, "docker-image://"); ok {
			images = append(images, image)
		}
	}
	bases, err := built(text, build{arguments: arguments, contexts: config.AdditionalContexts, target: config.Target})
	return append(images, bases...), err
}
